"""page: an image file → canvas, rectified page and the way back to the source."""

import json
from collections.abc import Mapping

import numpy as np
import triton_python_backend_utils as pb_utils

from docfuse_pipeline.admission import OFF, Admission
from docfuse_pipeline.correction import Correction, set_right
from docfuse_pipeline.image import SourceImage, read_image
from docfuse_pipeline.page import UPRIGHT, letterbox
from docfuse_pipeline.step import Arrays, StepModel

PERSPECTIVE = (
    "perspective",
    "The page was cut out of a photo and laid flat; what lies around it was not read.",
)


class TritonPythonModel(StepModel):
    """Takes a slot for the page; the last step of the page gives it back."""

    def setup(self, parameters: Mapping[str, str]) -> None:
        """Open the admission, where the server has one."""
        self.admission = Admission.from_environment()

    def process(self, inputs: Arrays, wanted: frozenset[str]) -> Arrays:
        """Wait for a slot, then decode and rectify."""
        slot = self.admission.acquire() if self.admission else OFF
        try:
            return {**self._rectified(inputs["IMAGE"]), "SLOT": np.array([slot], np.int32)}
        except Exception:
            if self.admission:
                self.admission.release(slot)
            raise

    def _rectified(self, file: np.ndarray) -> Arrays:
        source = read_image(file.tobytes())
        done = set_right(source.pixels, self._rotations, source.reduction)
        canvas, scale = letterbox(done.page.page)
        return {
            "CANVAS": canvas[None],
            "PAGE": done.page.page,
            "SCALE": np.array([scale], np.float32),
            "TRANSFORM": done.page.transform,
            "PAGE_INFO": np.array([_page_info(source, done)], np.object_),
        }

    def _rotations(self, thumbnail: np.ndarray) -> np.ndarray:
        """Ask the orientation engine; a page that it cannot judge stays as it is."""
        try:
            rotations = self.ask("orientation", ["ROTATIONS"], THUMBNAIL=thumbnail[None])["ROTATIONS"]
        except RuntimeError as error:
            pb_utils.Logger.log_warn(f"page: orientation unknown: {error}")
            return UPRIGHT
        return rotations[0]


def _page_info(source: SourceImage, done: Correction) -> bytes:
    warnings = [*source.warnings, *([PERSPECTIVE] if done.sheet is not None else [])]
    info = {
        "width": source.width,
        "height": source.height,
        "orientation": 90 * done.quarter_turns,
        "skew": done.skew,
        "warnings": [{"code": code, "message": message} for code, message in warnings],
    }
    return json.dumps(info).encode()
