"""text: what the recognisers saw → lines of text and their tokens."""

from collections.abc import Mapping
from pathlib import Path

from docfuse_pipeline.lines import read_lines
from docfuse_pipeline.step import Arrays, StepModel
from docfuse_pipeline.text_tensors import TOKEN_OUTPUTS, line_tensors, token_tensors
from docfuse_pipeline.tokens import Tokenizer, token_rows
from docfuse_pipeline.traits import ReadingTraits
from docfuse_pipeline.words import join_words

VOCABULARY = Path(__file__).with_name("tokenizer.json")
"""An assembled repository carries the vocabulary of its own weights."""


class TritonPythonModel(StepModel):
    """Decoding as the recogniser needs it, and tokenisation."""

    def setup(self, parameters: Mapping[str, str]) -> None:
        """Read the traits, and the vocabulary when the first tokens are asked for: OCR alone needs none."""
        self.traits = ReadingTraits.beside(__file__)
        self.tokenizer: Tokenizer | None = None

    def process(self, inputs: Arrays, wanted: frozenset[str]) -> Arrays:
        """Decode the lines; tokenise them where tokens are asked for."""
        kept, dropped = inputs["QUAD_COUNTS"].tolist()
        widths = self.traits.recognizer.widths
        lines = read_lines(
            inputs["QUADS"][:kept],
            {width: inputs[f"ROWS_{width}"] for width in widths},
            {width: inputs[f"CHARACTERS_{width}"] for width in widths},
            {width: inputs[f"PROBABILITIES_{width}"] for width in widths},
            dropped,
            self.traits.recognizer,
        )
        if self.traits.detector.words:
            lines = join_words(lines)
        outputs = line_tensors(lines)
        if wanted & TOKEN_OUTPUTS:
            self.tokenizer = self.tokenizer or Tokenizer(VOCABULARY if VOCABULARY.is_file() else None)
            outputs |= token_tensors(token_rows(lines, self.tokenizer))
        return outputs
