"""A graph as an engine in this process: on ONNX Runtime, on OpenVINO, on the embedded target's runner."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
from onnx import ModelProto

from docfuse_export.inprocess import Arrays, Engine

_LEFT_OUT = ("cache_dir", "trim_pad")


def onnxruntime_engine(graph: ModelProto | Path) -> Engine:
    """The graph on ONNX Runtime, on the CPU; half precision is stored as such, and computed in float32."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # ten engines take turns
    source = str(graph) if isinstance(graph, Path) else graph.SerializeToString()
    session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]

    def compute(inputs: Arrays) -> Arrays:
        return dict(zip(names, session.run(names, inputs), strict=True))

    return compute


def openvino_engine(path: Path) -> Engine:
    """The graph on OpenVINO as Triton's backend runs it: in the precision that OpenVINO chooses."""
    import openvino

    compiled = openvino.Core().compile_model(str(path), "CPU", {"PERFORMANCE_HINT": "LATENCY"})
    request = compiled.create_infer_request()
    names = [name for output in compiled.outputs for name in output.get_names()]

    def compute(inputs: Arrays) -> Arrays:
        results = request.infer(inputs)
        return {name: np.array(results[name]) for name in names}

    return compute


def embedded_engine(path: Path, parameters: Mapping[str, str], outputs: Collection[str]) -> Engine:
    """The graph on the embedded target's own runner, with the parameters of its config.

    But for the one by which it leaves out what nobody reads: tokens that are there as padding.
    """
    from docfuse_export.engine.runner import Options, Runner

    shown = {name: value for name, value in parameters.items() if name not in _LEFT_OUT}
    runner = Runner(path, Options.read(shown))
    return lambda inputs: runner.compute(inputs, outputs)
