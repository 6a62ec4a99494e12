"""The models that find and read text, by the names that `docfuse export` knows them by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from onnx import ModelProto

from docfuse_export import surgery
from docfuse_pipeline import specification as spec
from docfuse_pipeline.alphabet import ALPHABET

PPOCR = "ppocrv6"
"""PP-OCRv6 small, whose weights come with the `rapidocr` package."""
WIDTHS = {model.name: width for width, model in spec.RECOGNIZERS.items()}
"""Crop width of each recogniser engine."""
ENGINES = frozenset({spec.DETECTOR.name, spec.ORIENTATION.name, *WIDTHS})
"""Engines made from off-the-shelf models; the others come from the weights folder."""


@dataclass(frozen=True)
class Reading:
    """Which detector and which recogniser a repository gets."""

    detector: str = PPOCR
    recognizer: str = PPOCR

    @property
    def alphabet(self) -> tuple[str, ...]:
        """Character per index of the recogniser's output."""
        return ALPHABET

    def engine(self, name: str) -> ModelProto:
        """The graph of one of ENGINES."""
        if name == spec.DETECTOR.name:
            return surgery.detector()
        if name == spec.ORIENTATION.name:
            return surgery.orientation()
        return surgery.recognizer(WIDTHS[name], self.alphabet)

    def files(self) -> Iterator[Path]:
        """Every file that the graphs are made from."""
        yield Path(surgery.__file__)
        yield from (surgery.detector_source(), surgery.recognizer_source(), surgery.orientation_source())
