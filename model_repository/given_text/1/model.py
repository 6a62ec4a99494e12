"""given_text: a caller's own boxes and text → lines of text and their tokens."""

import json
from collections.abc import Mapping
from pathlib import Path

from docfuse_pipeline.admission import Admission
from docfuse_pipeline.lines import decoded_texts, given_lines
from docfuse_pipeline.step import Arrays, StepModel
from docfuse_pipeline.text_tensors import line_tensors, token_tensors
from docfuse_pipeline.tokens import Tokenizer, token_rows

VOCABULARY = Path(__file__).with_name("tokenizer.json")
"""An assembled repository carries the vocabulary of its own weights."""


class TritonPythonModel(StepModel):
    """Takes the place of detector and recogniser; gives the page's slot back if the boxes are wrong."""

    def setup(self, parameters: Mapping[str, str]) -> None:
        """Read the vocabulary."""
        self.admission = Admission.from_environment()
        self.tokenizer = Tokenizer(VOCABULARY if VOCABULARY.is_file() else None)

    def process(self, inputs: Arrays, wanted: frozenset[str]) -> Arrays:
        """Check the boxes, take them to the page, tokenise."""
        try:
            return self._lines(inputs)
        except Exception:
            if self.admission:
                self.admission.release(int(inputs["SLOT"][0]))
            raise

    def _lines(self, inputs: Arrays) -> Arrays:
        info = json.loads(inputs["PAGE_INFO"][0])
        lines = given_lines(
            inputs["BOXES"],
            decoded_texts(inputs["TEXT"]),
            bool(inputs["CUT"][0]),
            inputs["TRANSFORM"],
            (info["width"], info["height"]),
        )
        return {**line_tensors(lines), **token_tensors(token_rows(lines, self.tokenizer))}
