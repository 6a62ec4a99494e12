"""boxes: text map → text lines in reading order and their crops."""

import numpy as np

from docfuse_pipeline.crops import cut_crops
from docfuse_pipeline.detection import find_lines
from docfuse_pipeline.step import Arrays, StepModel


class TritonPythonModel(StepModel):
    """Post-processing of the detector."""

    def process(self, inputs: Arrays, wanted: frozenset[str]) -> Arrays:
        """Find the lines and cut them out of the page."""
        page = inputs["PAGE"]
        quads, dropped = find_lines(inputs["TEXT_MAP"][0], float(inputs["SCALE"][0]), page.shape[:2])
        crops = cut_crops(page, quads)
        outputs = {
            "QUADS": quads if len(quads) else np.zeros((1, 4, 2), np.float32),
            "QUAD_COUNTS": np.array([len(quads), dropped + crops.dropped], np.int32),
        }
        for width, (pixels, rows) in crops.by_width.items():
            outputs[f"CROPS_{width}"] = pixels
            outputs[f"ROWS_{width}"] = rows
        return outputs
