"""The ONNX graph of an engine on its way to a target: read and checked, axes declared, simplified."""

from __future__ import annotations

import tempfile
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError
from onnx import ModelProto, TensorProto, helper

from docfuse_pipeline import specification as spec

ELEMENTS = {
    "UINT8": TensorProto.UINT8, "INT32": TensorProto.INT32, "FP16": TensorProto.FLOAT16,
    "FP32": TensorProto.FLOAT,
}  # fmt: skip
"""ONNX element type of the specification's types that engines take."""


def load_graph(path: Path, model: spec.Model) -> ModelProto:
    """Read the ONNX file of an engine.

    Raises:
        ValueError: the file cannot be read as ONNX, or is of another model.
        OSError: the file cannot be read at all.
    """
    try:
        graph = onnx.load_model_from_string(path.read_bytes())
        onnx.checker.check_model(graph)
    except (DecodeError, onnx.checker.ValidationError) as error:
        raise ValueError(
            f"{path} is no readable ONNX file ({error}): fetch or export the weights again."
        ) from error
    for found, wanted in ((graph.graph.input, model.inputs), (graph.graph.output, model.outputs)):
        if [_type_of(value) for value in found] != [(t.name, ELEMENTS[t.dtype]) for t in wanted]:
            names = ", ".join(f"{tensor.name} {tensor.dtype}" for tensor in wanted)
            raise ValueError(f"{path} is not the {model.name} of this version, which has {names}.")
    return graph


def _type_of(value: onnx.ValueInfoProto) -> tuple[str, int]:
    return value.name, value.type.tensor_type.elem_type


def declare_axes(graph: ModelProto, model: spec.Model) -> None:
    """Declare inputs and outputs with just those axes that the model's config has.

    Triton's ONNX Runtime backend refuses an output whose size the config gives but the graph leaves open.
    """
    for values, tensors in ((graph.graph.input, model.inputs), (graph.graph.output, model.outputs)):
        del values[:]
        for tensor in tensors:
            dims = [dim.name if isinstance(dim, spec.Axis) else dim for dim in tensor.dims]
            values.append(
                helper.make_tensor_value_info(tensor.name, ELEMENTS[tensor.dtype], ["batch", *dims])
            )
    del graph.graph.value_info[:]  # what the exporter knew of the sizes between
    graph.graph.name = model.name


def simplify(graph: ModelProto) -> ModelProto:
    """Fold constants (weights stored in half precision among them) and batch norms, drop what does nothing.

    ONNX Runtime's basic optimisations, after which the graph has standard operators only.

    Raises:
        ValueError: ONNX Runtime does not know an operator, or finds the graph wrong.
        ModuleNotFoundError: ONNX Runtime is not installed.
    """
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "ONNX Runtime is missing, which simplifies the graphs: pip install 'docfuse[export]'."
        ) from error
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = 3
    with tempfile.TemporaryDirectory(prefix="docfuse-") as folder:
        options.optimized_model_filepath = str(Path(folder) / "model.onnx")
        try:
            onnxruntime.InferenceSession(
                graph.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its errors share no base class but this one
            raise ValueError(f"ONNX Runtime does not take {graph.graph.name}: {error}") from error
        simple = onnx.load(options.optimized_model_filepath)
    simple.graph.name = graph.graph.name
    return simple


def drop_unused(graph: ModelProto) -> None:
    """Take out nodes and weights that no output depends on."""
    needed = {value.name for value in graph.graph.output}
    kept = []
    for node in reversed(graph.graph.node):
        if needed & set(node.output):
            kept.append(node)
            needed |= set(node.input)
    weights = [tensor for tensor in graph.graph.initializer if tensor.name in needed]
    del graph.graph.node[:], graph.graph.initializer[:]
    graph.graph.node.extend(kept[::-1])
    graph.graph.initializer.extend(weights)
