"""Builds TensorRT plans, with `tensorrt` or with `tensorrt_rtx`, which have the same interface.

`tensorrt`, as NVIDIA's Triton container has it, builds for the GPU that it finds; its plans are what Triton
serves. `tensorrt_rtx` also builds on a machine without a GPU, for a compute capability that is named: such a
plan proves that a graph builds, and is served by nobody.
"""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from onnx import ModelProto

from docfuse_export.profiles import Profile

FULL, RTX = "tensorrt", "tensorrt_rtx"
DEFAULT_CAPABILITY = "8.9"
"""What TensorRT-RTX builds for where there is no GPU and none is named: Ada (L4, L40S, RTX 40)."""
_OLDEST = 10
"""First version of TensorRT whose networks may be strongly typed throughout."""
_MISSING = (
    "TensorRT is missing. NVIDIA's Triton container has it; elsewhere: pip install tensorrt. Without a GPU: "
    "pip install --no-deps tensorrt-rtx-cu13 tensorrt-rtx-cu13-libs tensorrt-rtx-cu13-bindings, whose plans "
    "prove that the graphs build but are not served by Triton."
)


class BuildError(RuntimeError):
    """TensorRT does not take a graph, or cannot build it."""


@dataclass(frozen=True)
class Builder:
    """A TensorRT that builds for one compute capability.

    Attributes:
        module: `tensorrt` or `tensorrt_rtx`.
        flavour: its name.
        capability: such as `8.9`.
        workspace_mib: most scratch memory of a layer; None leaves it to TensorRT.
        timing_cache: file in which timings of kernels are kept from one build to the next.
    """

    module: ModuleType
    flavour: str
    capability: str
    workspace_mib: int | None = None
    timing_cache: Path | None = None

    @property
    def version(self) -> str:
        """Version of TensorRT."""
        return str(self.module.__version__)

    def build(self, graph: ModelProto, profiles: Sequence[Profile]) -> bytes:
        """Build a plan.

        Args:
            graph: types and all as it is to run.
            profiles: shapes that the plan must take.

        Raises:
            BuildError: an operator is not supported, or no engine comes out; with what TensorRT said.
        """
        log = _log(self.module)
        builder = self.module.Builder(log)
        network = builder.create_network(1 << int(self.module.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
        parser = self.module.OnnxParser(network, log)
        if not parser.parse(graph.SerializeToString()):
            errors = [parser.get_error(index) for index in range(parser.num_errors)]
            reasons = [f"operator {error.node_operator()}: {error.desc()}" for error in errors]
            raise BuildError(f"TensorRT does not take {graph.graph.name}: {_first(reasons or log.errors)}")
        config = self._config(builder, profiles)
        plan = builder.build_serialized_network(network, config)
        if plan is None:
            raise BuildError(f"TensorRT could not build {graph.graph.name}: {_first(log.errors)}")
        self._keep_timings(config)
        return bytes(plan)

    def _config(self, builder: Any, profiles: Sequence[Profile]) -> Any:
        config = builder.create_builder_config()
        if self.flavour == RTX:
            config.num_compute_capabilities = 1
            config.set_compute_capability(_capabilities(self.module)[self.capability], 0)
        if self.workspace_mib is not None:
            config.set_memory_pool_limit(self.module.MemoryPoolType.WORKSPACE, self.workspace_mib * 2**20)
        for profile in profiles:
            shapes = builder.create_optimization_profile()
            for name, (smallest, usual, largest) in profile.shapes.items():
                shapes.set_shape(name, smallest, usual, largest)
            config.add_optimization_profile(shapes)
        if self.timing_cache is not None:
            known = self.timing_cache.read_bytes() if self.timing_cache.is_file() else b""
            config.set_timing_cache(config.create_timing_cache(known), ignore_mismatch=False)
        return config

    def _keep_timings(self, config: Any) -> None:
        cache = config.get_timing_cache() if self.timing_cache is not None else None
        if cache is not None and self.timing_cache is not None:
            self.timing_cache.parent.mkdir(parents=True, exist_ok=True)
            self.timing_cache.write_bytes(bytes(cache.serialize()))


def find_builder(
    capability: str | None = None, workspace_mib: int | None = None, timing_cache: Path | None = None
) -> Builder:
    """The TensorRT of this machine, the full one before TensorRT-RTX.

    Args:
        capability: compute capability to build for; that of the GPU if left out.
        workspace_mib: see `Builder`.
        timing_cache: see `Builder`.

    Raises:
        ImportError: neither is installed, or it cannot be loaded.
        ValueError: it cannot build for that compute capability, or is too old.
    """
    here = device_capability()
    module = _load(FULL)
    if module is not None:
        chosen = _of_device(module, capability, here)
        return Builder(module, FULL, chosen, workspace_mib, timing_cache)
    module = _load(RTX)
    if module is None:
        raise ModuleNotFoundError(_MISSING)
    chosen = capability or here or DEFAULT_CAPABILITY
    if chosen not in _capabilities(module):
        known = ", ".join(_capabilities(module))
        raise ValueError(
            f"TensorRT-RTX cannot build for compute capability {chosen!r}: choose one of {known}."
        )
    return Builder(module, RTX, chosen, workspace_mib, timing_cache)


def _load(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return None


def _of_device(module: ModuleType, capability: str | None, here: str | None) -> str:
    if int(module.__version__.split(".")[0]) < _OLDEST:
        raise ValueError(f"TensorRT {module.__version__} is too old: version {_OLDEST} or later is needed.")
    if here is None:
        raise ValueError("TensorRT builds for the GPU of this machine, and there is none: run it on one.")
    if capability not in (None, here):
        raise ValueError(
            f"TensorRT builds for this machine's GPU, of compute capability {here}, not for {capability}."
        )
    return here


def _capabilities(module: ModuleType) -> dict[str, Any]:
    """What TensorRT-RTX builds for: `SM89` is 8.9, `SM120` 12.0."""
    found = {}
    for name, value in module.ComputeCapability.__members__.items():
        digits = name.removeprefix("SM")
        if digits.isdigit():
            found[f"{digits[:-1]}.{digits[-1]}"] = value
    return found


def device_capability() -> str | None:
    """Compute capability of the first GPU, such as `8.9`, by the CUDA driver; None without a GPU."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return None
    device, major, minor = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
    if driver.cuInit(0) or driver.cuDeviceGet(ctypes.byref(device), 0):
        return None
    for value, attribute in ((major, 75), (minor, 76)):  # CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_…
        if driver.cuDeviceGetAttribute(ctypes.byref(value), attribute, device):
            return None
    return f"{major.value}.{minor.value}"


def _log(module: ModuleType) -> Any:
    """A logger that keeps errors and passes nothing on."""

    class Log(module.ILogger):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.errors: list[str] = []

        def log(self, severity: Any, message: str) -> None:
            if severity <= module.ILogger.ERROR:
                self.errors.append(message)

    return Log()


def _first(reasons: Sequence[str]) -> str:
    """The first reason, on one line."""
    return " ".join(reasons[0].split()) if reasons else "it gave no reason."
