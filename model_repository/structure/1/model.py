"""Probabilities → the page's result as JSON; gives back the admission slot that the page held."""

from collections.abc import Mapping
from pathlib import Path

from docfuse_pipeline import class_words
from docfuse_pipeline.admission import Admission
from docfuse_pipeline.step import Arrays, StepModel
from docfuse_pipeline.structure import make_result

WORDS = Path(__file__).with_name(class_words.FILE)


class TritonPythonModel(StepModel):
    """The `structure` step."""

    def setup(self, parameters: Mapping[str, str]) -> None:
        """Join the server's admission, and load what the weights know of words."""
        self.admission = Admission.from_environment()
        self.words = class_words.WordClassifier.load(WORDS) if WORDS.is_file() else None

    def process(self, inputs: Arrays, wanted: frozenset[str]) -> Arrays:
        """One page's segments and probabilities → its result."""
        try:
            return make_result(inputs, self.words)
        finally:
            if self.admission:
                self.admission.release(int(inputs["SLOT"][0]))
