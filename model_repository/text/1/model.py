"""text: text map → text lines in reading order, what the recognisers read in them, and their tokens."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from docfuse_pipeline.crops import cut_crops
from docfuse_pipeline.detection import find_lines
from docfuse_pipeline.lines import Lines, read_both_ways, read_lines
from docfuse_pipeline.pieces import cut_pieces
from docfuse_pipeline.step import Arrays, StepModel
from docfuse_pipeline.text_tensors import TOKEN_OUTPUTS, line_tensors, token_tensors
from docfuse_pipeline.tokens import Tokenizer, token_rows
from docfuse_pipeline.traits import ReadingTraits
from docfuse_pipeline.words import join_words

VOCABULARY = Path(__file__).with_name("tokenizer.json")
"""An assembled repository carries the vocabulary of its own weights."""


class TritonPythonModel(StepModel):
    """Post-processing of the detector, recognition, decoding and tokenisation."""

    def setup(self, parameters: Mapping[str, str]) -> None:
        """Read the traits, and the vocabulary when the first tokens are asked for: OCR alone needs none."""
        self.traits = ReadingTraits.beside(__file__)
        self.tokenizer: Tokenizer | None = None
        self.threads = ThreadPoolExecutor(len(self.traits.recognizer.widths))

    def process(self, inputs: Arrays, wanted: frozenset[str]) -> Arrays:
        """Find the lines and read them; tokenise them where tokens are asked for."""
        lines = self._lines(inputs["TEXT_MAP"][0], inputs["PAGE"], float(inputs["SCALE"][0]))
        outputs = line_tensors(lines)
        if wanted & TOKEN_OUTPUTS:
            self.tokenizer = self.tokenizer or Tokenizer(VOCABULARY if VOCABULARY.is_file() else None)
            outputs |= token_tensors(token_rows(lines, self.tokenizer))
        return outputs

    def _lines(self, text_map: np.ndarray, page: np.ndarray, scale: float) -> Lines:
        detector = self.traits.detector
        quads, dropped = find_lines(text_map, scale, page.shape[:2], detector)
        lines = read_both_ways(partial(self._read, page), quads)
        lines = replace(lines, dropped=lines.dropped + dropped)
        return join_words(lines) if detector.words else lines

    def _read(self, page: np.ndarray, quads: np.ndarray) -> Lines:
        recognizer = self.traits.recognizer
        crops = cut_pieces(page, quads, recognizer) if recognizer.pieces else cut_crops(page, quads)
        read = self._recognized({width: pixels for width, (pixels, _) in crops.by_width.items()})
        return read_lines(
            quads,
            {width: rows for width, (_, rows) in crops.by_width.items()},
            {width: arrays["CHARACTERS"] for width, arrays in read.items()},
            {width: arrays["PROBABILITIES"] for width, arrays in read.items()},
            crops.dropped,
            recognizer,
        )

    def _recognized(self, crops: Mapping[int, np.ndarray]) -> dict[int, Arrays]:
        """Ask the engines of all widths that have crops, side by side."""
        outputs = ("CHARACTERS", "PROBABILITIES")
        asked = {
            width: self.threads.submit(self.ask, f"recognizer_{width}", outputs, CROPS=pixels)
            for width, pixels in crops.items()
        }
        return {width: answer.result() for width, answer in asked.items()}
