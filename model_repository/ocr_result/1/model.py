"""ocr_result: lines → the outputs that docling's KServe client expects."""

from collections.abc import Mapping

from docfuse_pipeline.admission import Admission
from docfuse_pipeline.step import Arrays, StepModel


class TritonPythonModel(StepModel):
    """Ends a page of OCR and gives its slot back."""

    def setup(self, parameters: Mapping[str, str]) -> None:
        """Open the admission, where the server has one."""
        self.admission = Admission.from_environment()

    def process(self, inputs: Arrays, wanted: frozenset[str]) -> Arrays:
        """Leave the dummy line out; a page without text has zero rows."""
        if self.admission:
            self.admission.release(int(inputs["SLOT"][0]))
        count = int(inputs["LINE_COUNTS"][0])
        return {
            "boxes": inputs["LINE_QUADS"][:count],
            "txts": inputs["LINE_TEXT"][:count],
            "scores": inputs["LINE_SCORES"][:count],
        }
