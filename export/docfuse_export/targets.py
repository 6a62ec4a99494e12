"""Where a repository is to be served, and what that changes in the configs of its engines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from docfuse_pipeline import settings as s
from docfuse_pipeline import specification as spec

QUEUE = 32
"""Pages that may wait in front of an ensemble before more are refused."""

FIRST_STEPS = frozenset({spec.PAGE_STEP.name, spec.OCR_PAGE_STEP.name})
"""Steps whose queue is bounded. On any later step of an ensemble a bound crashes tritonserver 2.51."""

Parameters = Mapping[str, Mapping[str, str]]
"""Parameters of configs, by model."""
_RECOGNIZER = "recognizer_"
_GROWING = frozenset({spec.FUSION.name, spec.RELATION.name})
"""Engines whose memory grows with the square of a page's nodes."""
_ON_CANVAS = frozenset({spec.DETECTOR.name, spec.BACKBONE.name})


@dataclass(frozen=True)
class Target:
    """How engines are run.

    Attributes:
        name: as `docfuse export --target` takes it.
        precision: in which the engines compute.
        backend: Triton backend of the engines.
        filename: the engine's file that the backend loads.
        platform: Triton platform, where the backend has one.
        gpu: whether engines run on a GPU.
        batches: whether Triton joins requests. Its OpenVINO backend compiles for `max_batch_size` rows alone,
            and fills every smaller request up to it; so there the batch is an axis like any other.
        waits: whether the engines of the ensembles wait for other pages to compute together with. On a CPU
            that gains nothing, and Triton drops pages whose client is gone from such a queue: their admission
            slots would be missing for seconds. Engines that a step asks always do.
        pinned: whether a graph's axes have to be declared just as the config has them.
        parameters: of an engine's config.
    """

    name: str
    precision: str
    backend: str
    filename: str
    platform: str = ""
    gpu: bool = False
    batches: bool = True
    waits: bool = False
    pinned: bool = True
    parameters: Callable[[spec.Model], dict[str, str]] = lambda model: {}


def _tensorrt(precision: str) -> Target:
    """Each profile has an execution context, which takes no more GPU memory than that profile needs."""
    own = {"execution_context_allocation_strategy": "ON_PROFILE_CHANGE"}
    return Target(
        "tensorrt",
        precision,
        "tensorrt",
        "model.plan",
        "tensorrt_plan",
        gpu=True,
        waits=True,
        parameters=lambda _: own,
    )


def _openvino(precision: str) -> Target:
    own = {"PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": "1"}
    return Target("openvino", precision, "openvino", "model.onnx", batches=False, parameters=lambda _: own)


def _onnxruntime(precision: str) -> Target:
    """What large pages took is given back after each run."""

    def parameters(model: spec.Model) -> dict[str, str]:
        shrinks = {"memory.enable_memory_arena_shrinkage": "cpu:0"} if model.name in _GROWING else {}
        return {"intra_op_thread_count": "0", **shrinks}

    return Target(
        "onnxruntime", precision, "onnxruntime", "model.onnx", "onnxruntime_onnx", parameters=parameters
    )


def _embedded(precision: str) -> Target:
    def parameters(model: spec.Model) -> dict[str, str]:
        """What `engine/runner.py` reads; pair geometry stays in float32."""
        own = {"chunk": "1", "precision": "f32", "threads": "0", "cache_dir": "cache"}
        if precision == "bf16" and model.name not in _GROWING:
            own["precision"] = "bf16"
        if model.name in _ON_CANVAS:
            own["shapes"] = ";".join(f"1x{height}x{width}x3" for height, width in s.CANVASES.values())
        elif model.name in _GROWING:
            own["release_from"] = "384"
        elif model.name == spec.TEXT_ENCODER.name:
            own |= {"chunk": "64", "trim_pad": "1", "trim_to": "8"}
        elif model.name.startswith(_RECOGNIZER):
            width = int(model.name.removeprefix(_RECOGNIZER))
            own["chunk"] = str(max(2, 2560 // width))
        return own

    return Target("embedded", precision, "python", "model.py", pinned=False, parameters=parameters)


_TARGETS: dict[str, tuple[Callable[[str], Target], tuple[str, ...]]] = {
    "tensorrt": (_tensorrt, ("fp16", "fp32")),
    "openvino": (_openvino, ("auto",)),
    "onnxruntime": (_onnxruntime, ("fp32",)),
    "embedded": (_embedded, ("bf16", "fp32")),
}
"""How each target is made, and its precisions, the default first. Triton's OpenVINO backend has no way to ask
for float32 where the CPU computes in bfloat16."""
TARGETS = tuple(_TARGETS)


def target_named(name: str, precision: str | None = None) -> Target:
    """A target at a precision, at its default one if none is given.

    Raises:
        ValueError: there is no such target, or it does not have that precision.
    """
    if name not in _TARGETS:
        raise ValueError(f"There is no target {name!r}: choose one of {', '.join(TARGETS)}.")
    make, precisions = _TARGETS[name]
    if precision is not None and precision not in precisions:
        raise ValueError(f"Target {name!r} has no precision {precision!r}: choose {' or '.join(precisions)}.")
    return make(precision or precisions[0])


EMBEDDED = target_named("embedded")
COMMITTED = target_named("tensorrt")
"""The target whose configs are committed, as a person reads them."""
