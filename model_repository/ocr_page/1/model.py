"""ocr_page: raw pixels → canvas and page, uncorrected, so that boxes are in the pixels that were sent."""

from collections.abc import Mapping

import numpy as np

from docfuse_pipeline.admission import OFF, Admission
from docfuse_pipeline.image import check_pixels
from docfuse_pipeline.page import letterbox
from docfuse_pipeline.step import Arrays, StepModel


class TritonPythonModel(StepModel):
    """Takes a slot for the page; `lang_type` is accepted and not needed."""

    def setup(self, parameters: Mapping[str, str]) -> None:
        """Open the admission, where the server has one."""
        self.admission = Admission.from_environment()

    def process(self, inputs: Arrays, wanted: frozenset[str]) -> Arrays:
        """Letterbox the image."""
        page = inputs["image"][0]
        check_pixels(page.shape[1], page.shape[0])
        slot = self.admission.acquire() if self.admission else OFF
        canvas, scale = letterbox(page)
        return {
            "CANVAS": canvas[None],
            "PAGE": page,
            "SCALE": np.array([scale], np.float32),
            "SLOT": np.array([slot], np.int32),
        }
