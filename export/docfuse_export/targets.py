"""Where a repository is to be served, and what that changes in the configs of its engines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from docfuse_pipeline import settings as s
from docfuse_pipeline import specification as spec

QUEUE = 32
"""Pages that may wait in front of an ensemble before more are refused."""

FIRST_STEPS = frozenset({spec.PAGE_STEP.name, spec.OCR_PAGE_STEP.name})
"""Steps whose queue is bounded. On any later step of an ensemble a bound crashes tritonserver 2.51."""


@dataclass(frozen=True)
class Target:
    """How engines are run: backend, platform and file of an engine, kind of instance, parameters."""

    name: str
    backend: str
    filename: str
    gpu: bool
    platform: str = ""
    parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def _embedded_parameters() -> dict[str, dict[str, str]]:
    canvases = ";".join(f"1x{height}x{width}x3" for height, width in s.CANVASES.values())
    parameters = {
        model.name: {"chunk": "1", "precision": "f32", "threads": "0", "cache_dir": "cache"}
        for model in spec.MODELS
        if model.kind == "engine"
    }
    for width, model in spec.RECOGNIZERS.items():
        parameters[model.name] |= {"chunk": str(max(2, 2560 // width)), "precision": "bf16", "skip_flat": "1"}
    for model in (spec.DETECTOR, spec.BACKBONE):
        parameters[model.name] |= {"precision": "bf16", "shapes": canvases}
    for model in (spec.FUSION, spec.RELATION):
        parameters[model.name] |= {"release_from": "512"}
    parameters[spec.ORIENTATION.name] |= {"precision": "bf16"}
    parameters[spec.TEXT_ENCODER.name] |= {
        "chunk": "64",
        "precision": "bf16",
        "trim_pad": "1",
        "trim_to": "8",
    }
    return parameters


TENSORRT = Target("tensorrt", "tensorrt", "model.plan", True, "tensorrt_plan")
EMBEDDED = Target("embedded", "python", "model.py", False, parameters=_embedded_parameters())
TARGETS = {target.name: target for target in (TENSORRT, EMBEDDED)}
COMMITTED = TENSORRT
"""The target whose configs are committed, as a person reads them."""
