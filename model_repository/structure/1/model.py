"""Probabilities → the page's result as JSON; gives back the admission slot that the page held."""

from collections.abc import Mapping

from docfuse_pipeline.admission import Admission
from docfuse_pipeline.step import Arrays, StepModel
from docfuse_pipeline.structure import make_result


class TritonPythonModel(StepModel):
    """The `structure` step."""

    def setup(self, parameters: Mapping[str, str]) -> None:
        """Join the server's admission."""
        self.admission = Admission.from_environment()

    def process(self, inputs: Arrays, wanted: frozenset[str]) -> Arrays:
        """One page's segments and probabilities → its result."""
        try:
            return make_result(inputs)
        finally:
            if self.admission:
                self.admission.release(int(inputs["SLOT"][0]))
