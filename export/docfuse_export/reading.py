"""The models that find and read text, by the names that `docfuse export` knows them by."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from onnx import ModelProto

from docfuse_export import surgery
from docfuse_pipeline import specification as spec
from docfuse_pipeline.traits import DEFAULT, ReadingTraits

if TYPE_CHECKING:
    from types import ModuleType

    from docfuse_export.doctr.modules import Detector, Recognizer

OWN = "docfuse"
"""The recogniser that this project trained from PP-OCRv6 small, in the weights folder."""
PPOCR = "ppocrv6"
"""PP-OCRv6 small, whose weights come with the `rapidocr` package."""
DOCTR = "doctr/"
"""What the names of docTR's architectures begin with."""
CONFIG = "config.json"
"""What docTR writes beside the weights of a model that it pushes to a hub: vocabulary, size, mean, …"""
DETECTORS = (
    PPOCR,
    *(f"{DOCTR}db_{backbone}" for backbone in ("resnet34", "resnet50", "mobilenet_v3_large")),
    *(f"{DOCTR}linknet_{backbone}" for backbone in ("resnet18", "resnet34", "resnet50")),
    *(f"{DOCTR}fast_{size}" for size in ("tiny", "small", "base")),
)
RECOGNIZERS = (
    OWN,
    *(f"{DOCTR}crnn_{backbone}" for backbone in ("vgg16_bn", "mobilenet_v3_small", "mobilenet_v3_large")),
    *(f"{DOCTR}vitstr_{size}" for size in ("small", "base")),
    *(f"{DOCTR}{name}" for name in ("parseq", "master", "sar_resnet31", "viptr_tiny")),
)
_RECOGNIZER = "recognizer_"


def weights_name(name: str) -> str:
    """Name of the weights file of an engine: recognisers of all widths have one."""
    return _RECOGNIZER.rstrip("_") if name.startswith(_RECOGNIZER) else name


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
    recognizer: str = OWN
    detector_weights: Path | None = None
    recognizer_weights: Path | None = None

    def __post_init__(self) -> None:
        _check("detector", self.detector, DETECTORS, self.detector_weights)
        _check("recognizer", self.recognizer, RECOGNIZERS, self.recognizer_weights)

    @cached_property
    def traits(self) -> ReadingTraits:
        """What the steps beside the two models have to know; loads docTR's models if they are chosen."""
        return ReadingTraits(
            DEFAULT.detector if self.detector == PPOCR else self._doctr_detector.traits,
            DEFAULT.recognizer if self.recognizer == OWN else self._doctr_recognizer.traits,
        )

    @property
    def _doctr_detector(self) -> Detector:
        return _doctr().detector_module(self.detector.removeprefix(DOCTR), self.detector_weights)

    @property
    def _doctr_recognizer(self) -> Recognizer:
        return _doctr().recognizer_module(self.recognizer.removeprefix(DOCTR), self.recognizer_weights)

    @property
    def _with_doctr(self) -> bool:
        return self.detector.startswith(DOCTR) or self.recognizer.startswith(DOCTR)

    def ensembles(self, chosen: Iterable[spec.Ensemble]) -> tuple[spec.Ensemble, ...]:
        """The chosen ensembles with the steps and tensors that this recogniser needs."""
        own = {ensemble.name: ensemble for ensemble in spec.ensembles(self.traits.recognizer)}
        return tuple(own[ensemble.name] for ensemble in chosen)

    def parameters(self) -> dict[str, dict[str, str]]:
        """Config parameters of embedded engines that are docTR's, by model.

        They compute in float32: how docTR's weights take bfloat16 has not been measured.
        """
        names = [spec.DETECTOR.name] if self.detector != PPOCR else []
        if self.recognizer != OWN:
            names += [model.name for model in spec.recognizers(self.traits.recognizer).values()]
        return {name: {"precision": "f32"} for name in names}

    def makes(self, name: str) -> bool:
        """Whether an engine is made from an off-the-shelf model; the others come from the weights folder."""
        if name.startswith(_RECOGNIZER):
            return self.recognizer != OWN
        return name in (spec.DETECTOR.name, spec.ORIENTATION.name)

    def engine(self, name: str) -> ModelProto:
        """The graph of an engine that `makes` says is made here."""
        if name == spec.ORIENTATION.name:
            return surgery.orientation()
        if name == spec.DETECTOR.name:
            return surgery.detector() if self.detector == PPOCR else _doctr().detector(self._doctr_detector)
        return _doctr().recognizer(self._doctr_recognizer)

    def files(self) -> Iterator[Path]:
        """Every file that the graphs are made from."""
        yield Path(surgery.__file__)
        yield from (surgery.detector_source(), surgery.orientation_source())
        for weights in (self.detector_weights, self.recognizer_weights):
            if weights is not None:
                yield from (file for file in (weights, weights.with_name(CONFIG)) if file.is_file())
        if self._with_doctr:
            yield from sorted(Path(__file__).with_name("doctr").glob("*.py"))

    def fingerprint(self) -> str:
        """Names, versions and traits: what the files alone do not tell."""
        versions = [_doctr().VERSIONS] if self._with_doctr else []
        return json.dumps([self.detector, self.recognizer, *versions, self.traits.to_json()])


def _doctr() -> ModuleType:
    """The side of the export that is docTR's, with torch, which nothing else here needs.

    Raises:
        ImportError: docTR is not installed.
    """
    try:
        return importlib.import_module("docfuse_export.doctr.graphs")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"docTR's models need docTR ({error}): pip install 'docfuse[doctr]'."
        ) from error


def _check(role: str, name: str, names: tuple[str, ...], weights: Path | None) -> None:
    if name not in names:
        raise ValueError(f"There is no {role} {name!r}: choose one of {', '.join(names)}.")
    if weights is None:
        return
    if not name.startswith(DOCTR):
        raise ValueError(f"--{role}-weights belongs to a docTR {role}; {name} brings its own weights.")
    if not weights.is_file():
        raise FileNotFoundError(f"There is no weights file {weights} (--{role}-weights).")
