"""Lines → segments: cuts them, pools their tokens, pads them to a bucket of graph nodes."""

from docfuse_pipeline.nodes import make_segments
from docfuse_pipeline.step import Arrays, StepModel


class TritonPythonModel(StepModel):
    """The `segments` step."""

    def process(self, inputs: Arrays, wanted: frozenset[str]) -> Arrays:
        """One page's lines and token features → its nodes and segments."""
        return {**make_segments(inputs), "BACKBONE_CANVAS": inputs["CANVAS"]}
