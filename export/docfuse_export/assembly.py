"""What to assemble: target, weights, ensembles, options."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from docfuse_export import configs, reading
from docfuse_export.profiles import KINDS
from docfuse_export.targets import EMBEDDED, QUEUE, Parameters, Target, target_named
from docfuse_pipeline import resources
from docfuse_pipeline import specification as spec


@dataclass(frozen=True)
class Plan:
    """What to assemble.

    Attributes:
        target: name of the target.
        weights: folder with recognizer.onnx, text_encoder.onnx, backbone.onnx, fusion.onnx, relation.onnx,
            tokenizer.json.
        ensembles: which ensembles the repository offers; models that none of them needs are left out.
        queue: pages that may wait before more are refused.
        parameters: config parameters by model, stronger than the target's.
        reading: which detector and recogniser.
        precision: in which the engines compute; the target's default if None.
        profiles: kind of TensorRT's optimisation profiles.
        capability: compute capability to build plans for; that of the GPU if None.
        workspace_mib: most scratch memory of a layer of a plan; None leaves it to TensorRT.

    Raises:
        ValueError: there is no such target, precision or kind of profiles.
    """

    target: str = EMBEDDED.name
    weights: Path = field(default_factory=resources.weights)
    ensembles: tuple[spec.Ensemble, ...] = spec.ENSEMBLES
    queue: int = QUEUE
    parameters: Parameters = field(default_factory=dict)
    reading: reading.Reading = field(default_factory=reading.Reading)
    precision: str | None = None
    profiles: str = KINDS[0]
    capability: str | None = None
    workspace_mib: int | None = None

    def __post_init__(self) -> None:
        if self.profiles not in KINDS:
            raise ValueError(f"There are no {self.profiles!r} profiles: choose {' or '.join(KINDS)}.")
        _ = self.run_by

    @cached_property
    def run_by(self) -> Target:
        """How the engines are run."""
        return target_named(self.target, self.precision)

    @property
    def served(self) -> tuple[spec.Ensemble, ...]:
        """The ensembles as the chosen detector and recogniser need them."""
        return self.reading.ensembles(self.ensembles)

    @property
    def models(self) -> tuple[spec.Model, ...]:
        """Every model that the ensembles need."""
        return configs.models_of(self.served)

    @property
    def engines(self) -> tuple[spec.Model, ...]:
        """Those of the models that are engines."""
        return tuple(model for model in self.models if model.kind == "engine")

    def configs(self) -> dict[str, str]:
        """Text of every config.pbtxt, by model."""
        parameters = dict(self.parameters)
        if self.target == EMBEDDED.name and self.precision is None:
            for name, own in self.reading.parameters().items():
                parameters[name] = {**own, **parameters.get(name, {})}
        return configs.all_configs(self.run_by, parameters, self.queue, self.served, self.profiles)

    def makes(self, name: str) -> bool:
        """Whether an engine is made from an off-the-shelf model; a detector among the weights comes first."""
        trained = name == spec.DETECTOR.name and self.reading.detector == reading.PPOCR
        return self.reading.makes(name) and not (trained and (self.weights / f"{name}.onnx").is_file())

    def weights_file(self, model: spec.Model) -> Path:
        """The ONNX file of an engine that comes from the weights folder."""
        return self.weights / f"{reading.weights_name(model.name)}.onnx"
