"""Half precision where it holds: an engine's graph with float16 in its body and float32 at its ends.

TensorRT networks are strongly typed: they compute in the types that the graph says, so what is to run in half
precision has to be said in the graph. Three parts stay in float32: whatever is computed from boxes alone (a
pixel of a canvas is finer than half precision's steps), what follows the last product of weights (softmax,
best partners, probabilities), and operators that runtimes only have in float32.
"""

from __future__ import annotations

from collections.abc import Iterable

from onnx import ModelProto, NodeProto, TensorProto, numpy_helper

from docfuse_export.graphs import drop_unused
from docfuse_pipeline import specification as spec

_PRODUCTS = frozenset({"MatMul", "Gemm", "Conv", "ConvTranspose"})
_SINGLE = frozenset(
    {"GridSample", "TopK", "Range", "Resize", "Min", "Max", "Pow", "ReduceMean", "ReduceSum", "Sqrt"}
)
"""Operators that stay in float32 wherever they stand: sums and squares overflow, the others want it so."""
_HALVED, _INPUT = "_cast_to_fp16_node", "graph_input_cast"
"""How the converter names its casts to float16: behind a float32 node, and behind an input."""
_EXACT = frozenset({spec.NODE_BOXES.name, spec.NODE_MASK.name})
"""Inputs whose values half precision cannot hold closely enough."""


def to_half(graph: ModelProto) -> ModelProto:
    """The graph with float16 weights and arithmetic, but for what stays in float32.

    Args:
        graph: with float32 weights (see `graphs.simplify`); left as it is.

    Returns:
        A graph with the same inputs and outputs, their types included.

    Raises:
        ImportError: the converter of ONNX Runtime is not installed.
    """
    from onnxruntime.transformers.float16 import convert_float_to_float16

    graph = _named(graph)
    single = single_nodes(graph)
    _own_constants(graph, single)
    converted: ModelProto = convert_float_to_float16(
        graph, keep_io_types=True, op_block_list=sorted(_SINGLE), node_block_list=sorted(single)
    )
    _drop_round_trips(converted)
    _sort(converted)
    drop_unused(converted)
    del converted.graph.value_info[:]
    return converted


def single_nodes(graph: ModelProto) -> set[str]:
    """Names of the nodes that stay in float32; nodes must have names."""
    nodes = list(graph.graph.node)
    return _from_boxes(graph) | _after_products(graph) | {n.name for n in nodes if n.op_type in _SINGLE}


def _from_boxes(graph: ModelProto) -> set[str]:
    """Nodes that see nothing but boxes, masks, shapes and constants, up to the first product with weights."""
    exact = {value.name for value in graph.graph.input} & _EXACT
    neutral = {tensor.name for tensor in graph.graph.initializer} | {""}
    found = set()
    for node in graph.graph.node:
        inputs = set(node.input)
        if node.op_type == "Shape" or inputs <= neutral:
            neutral |= set(node.output)
            found.add(node.name)
        elif inputs <= exact | neutral and node.op_type not in _PRODUCTS:
            exact |= set(node.output)
            found.add(node.name)
    return found


def _after_products(graph: ModelProto) -> set[str]:
    """Nodes between the last product with weights and a float32 output."""
    wanted = {v.name for v in graph.graph.output if v.type.tensor_type.elem_type != TensorProto.FLOAT16}
    found = set()
    for node in reversed(graph.graph.node):
        if wanted & set(node.output) and node.op_type not in _PRODUCTS:
            found.add(node.name)
            wanted |= set(node.input)
    return found


def _named(graph: ModelProto) -> ModelProto:
    copy = ModelProto()
    copy.CopyFrom(graph)
    for number, node in enumerate(copy.graph.node):
        node.name = f"{node.op_type}_{number}"
    return copy


def _own_constants(graph: ModelProto, single: Iterable[str]) -> None:
    """Give float32 nodes constants of their own: the converter would halve one that others read too."""
    names = set(single)
    weights = {t.name: t for t in graph.graph.initializer if t.data_type == TensorProto.FLOAT}
    shared = {name for node in graph.graph.node if node.name not in names for name in node.input}
    for node in graph.graph.node:
        if node.name not in names:
            continue
        for at, name in enumerate(node.input):
            if name in weights and name in shared:
                own = f"{name}.single"
                if own not in weights:
                    weights[own] = numpy_helper.from_array(numpy_helper.to_array(weights[name]), own)
                    graph.graph.initializer.append(weights[own])
                node.input[at] = own


def _drop_round_trips(graph: ModelProto) -> None:
    """Between two float32 nodes the converter goes through float16: join them directly."""
    halved = {
        node.output[0]: node.input[0]
        for node in graph.graph.node
        if (node.op_type == "Cast" and node.name.endswith(_HALVED)) or node.name.startswith(_INPUT)
    }
    outputs = {value.name for value in graph.graph.output}
    direct = {}
    for node in graph.graph.node:
        if node.op_type != "Cast" or node.input[0] not in halved or not _casts_to_single(node):
            continue
        if node.output[0] in outputs:  # a graph's output keeps its name
            node.op_type, node.input[0] = "Identity", halved[node.input[0]]
            del node.attribute[:]
        else:
            direct[node.output[0]] = halved[node.input[0]]
    for node in graph.graph.node:
        for at, name in enumerate(node.input):
            node.input[at] = direct.get(name, name)


def _casts_to_single(node: NodeProto) -> bool:
    return any(entry.name == "to" and entry.i == TensorProto.FLOAT for entry in node.attribute)


def _sort(graph: ModelProto) -> None:
    """Every node behind those it reads from: the converter appends its casts at the end."""
    known = {value.name for value in graph.graph.input} | {t.name for t in graph.graph.initializer} | {""}
    waiting, ordered = list(graph.graph.node), []
    while waiting:
        ready = [node for node in waiting if set(node.input) <= known]
        if not ready:
            raise ValueError("The converted graph has a loop.")
        ordered += ready
        known |= {name for node in ready for name in node.output}
        done = {id(node) for node in ready}
        waiting = [node for node in waiting if id(node) not in done]
    del graph.graph.node[:]
    graph.graph.node.extend(ordered)
