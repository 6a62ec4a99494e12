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
DOCTR = "doctr/"
"""What the names of docTR's architectures begin with."""
DETECTORS = (
    PPOCR,
    *(f"{DOCTR}db_{backbone}" for backbone in ("resnet34", "resnet50", "mobilenet_v3_large")),
    *(f"{DOCTR}linknet_{backbone}" for backbone in ("resnet18", "resnet34", "resnet50")),
    *(f"{DOCTR}fast_{size}" for size in ("tiny", "small", "base")),
)
RECOGNIZERS = (
    PPOCR,
    *(f"{DOCTR}crnn_{backbone}" for backbone in ("vgg16_bn", "mobilenet_v3_small", "mobilenet_v3_large")),
    *(f"{DOCTR}vitstr_{size}" for size in ("small", "base")),
    *(f"{DOCTR}{name}" for name in ("parseq", "master", "sar_resnet31", "viptr_tiny")),
)
WIDTHS = {model.name: width for width, model in spec.RECOGNIZERS.items()}
"""Crop width of each recogniser engine."""
ENGINES = frozenset({spec.DETECTOR.name, spec.ORIENTATION.name, *WIDTHS})
"""Engines made from off-the-shelf models; the others come from the weights folder."""


@dataclass(frozen=True)
class Reading:
    """Which detector and which recogniser a repository gets.

    Attributes:
        detector: one of DETECTORS.
        recognizer: one of RECOGNIZERS.
        detector_weights: file with a docTR detector's weights; docTR's own pretrained ones if left out.
        recognizer_weights: the same for a docTR recogniser.

    Raises:
        ValueError: a name is unknown, or there is a weights file for a model that brings its own weights.
        FileNotFoundError: a weights file is not there.
    """

    detector: str = PPOCR
    recognizer: str = PPOCR
    detector_weights: Path | None = None
    recognizer_weights: Path | None = None

    def __post_init__(self) -> None:
        _check("detector", self.detector, DETECTORS, self.detector_weights)
        _check("recognizer", self.recognizer, RECOGNIZERS, self.recognizer_weights)

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


def _check(role: str, name: str, names: tuple[str, ...], weights: Path | None) -> None:
    if name not in names:
        raise ValueError(f"There is no {role} {name!r}: choose one of {', '.join(names)}.")
    if weights is None:
        return
    if name == PPOCR:
        raise ValueError(f"--{role}-weights belongs to a docTR {role}; {PPOCR} brings its own weights.")
    if not weights.is_file():
        raise FileNotFoundError(f"There is no weights file {weights} (--{role}-weights).")
