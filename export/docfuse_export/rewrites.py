"""What TensorRT's ONNX parser does not take, written in operators that it takes; results stay the same."""

from __future__ import annotations

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper


def for_tensorrt(graph: ModelProto) -> None:
    """Rewrite a graph in place so that TensorRT parses it."""
    _widen_bytes(graph)
    _cast_before_transpose(graph)
    _compare_instead_of_eye(graph)


def _widen_bytes(graph: ModelProto) -> None:
    """Tables of int8 become float16, which holds them exactly: TensorRT takes int8 for quantised values."""
    for tensor in graph.graph.initializer:
        if tensor.data_type == TensorProto.INT8:
            wide = numpy_helper.to_array(tensor).astype(np.float16)
            tensor.CopyFrom(numpy_helper.from_array(wide, tensor.name))


def _cast_before_transpose(graph: ModelProto) -> None:
    """Cast uint8 pixels first and transpose them then: TensorRT can do nothing with uint8 but cast it."""
    pixels = {v.name for v in graph.graph.input if v.type.tensor_type.elem_type == TensorProto.UINT8}
    nodes = graph.graph.node
    for transpose in [n for n in nodes if n.op_type == "Transpose" and n.input[0] in pixels]:
        (cast,) = (node for node in nodes if transpose.output[0] in node.input)
        first, second = NodeProto(), NodeProto()
        first.CopyFrom(cast)
        second.CopyFrom(transpose)
        first.input[0], second.output[0] = transpose.input[0], cast.output[0]
        first.output[0] = second.input[0] = f"{transpose.input[0]}.wide"
        cast.CopyFrom(second)  # the later place of the two
        transpose.CopyFrom(first)


def _compare_instead_of_eye(graph: ModelProto) -> None:
    """The identity matrix of a size that varies: 1 where a row's number equals the column's."""
    nodes: list[NodeProto] = []
    for node in graph.graph.node:
        nodes += _comparison(graph, node) if node.op_type == "EyeLike" else [node]
    del graph.graph.node[:]
    graph.graph.node.extend(nodes)


def _comparison(graph: ModelProto, eye: NodeProto) -> list[NodeProto]:
    (to,) = [entry.i for entry in eye.attribute if entry.name == "dtype"] or [TensorProto.FLOAT]
    made = eye.output[0]
    shape, size, numbers, rows, columns, equal = (
        f"{made}.{part}" for part in ("shape", "size", "numbers", "rows", "columns", "equal")
    )
    zero, one, first, last = (
        _constant(graph, f"{made}.{name}", value)
        for name, value in (("zero", 0), ("one", 1), ("first", [0]), ("last", [1]))
    )
    return [
        helper.make_node("Shape", [eye.input[0]], [shape]),
        helper.make_node("Gather", [shape, zero], [size], axis=0),
        helper.make_node("Range", [zero, size, one], [numbers]),
        helper.make_node("Unsqueeze", [numbers, last], [rows]),
        helper.make_node("Unsqueeze", [numbers, first], [columns]),
        helper.make_node("Equal", [rows, columns], [equal]),
        helper.make_node("Cast", [equal], [made], to=to),
    ]


def _constant(graph: ModelProto, name: str, value: int | list[int]) -> str:
    graph.graph.initializer.append(numpy_helper.from_array(np.array(value, np.int64), name))
    return name
