"""boxes: text map → text lines in reading order and their crops."""

from collections.abc import Mapping

import numpy as np

from docfuse_pipeline.crops import cut_crops
from docfuse_pipeline.detection import find_lines
from docfuse_pipeline.pieces import cut_pieces
from docfuse_pipeline.step import Arrays, StepModel
from docfuse_pipeline.traits import ReadingTraits


class TritonPythonModel(StepModel):
    """Post-processing of the detector."""

    def setup(self, parameters: Mapping[str, str]) -> None:
        """Read what the detector's map and the recogniser's crops are like."""
        self.traits = ReadingTraits.beside(__file__)

    def process(self, inputs: Arrays, wanted: frozenset[str]) -> Arrays:
        """Find the lines and cut them out of the page."""
        page = inputs["PAGE"]
        detector, recognizer = self.traits.detector, self.traits.recognizer
        quads, dropped = find_lines(
            inputs["TEXT_MAP"][0], float(inputs["SCALE"][0]), page.shape[:2], detector
        )
        crops = cut_pieces(page, quads, recognizer) if recognizer.pieces else cut_crops(page, quads)
        outputs = {
            "QUADS": quads if len(quads) else np.zeros((1, 4, 2), np.float32),
            "QUAD_COUNTS": np.array([len(quads), dropped + crops.dropped], np.int32),
        }
        for width, (pixels, rows) in crops.by_width.items():
            outputs[f"CROPS_{width}"] = pixels
            outputs[f"ROWS_{width}"] = rows
        return outputs
