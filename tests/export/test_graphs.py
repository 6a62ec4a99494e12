"""Graphs on their way to a target: read and checked, axes as Triton's backends want them, half precision."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import openvino
import pytest
from onnx import TensorProto, helper

from docfuse_export.assembly import Plan
from docfuse_export.configs import model_config
from docfuse_export.engines import final_graph, source_graph
from docfuse_export.graphs import load_graph, simplify
from docfuse_export.half import to_half
from docfuse_export.rewrites import for_tensorrt
from docfuse_export.runtimes import onnxruntime_engine
from docfuse_export.torch_export import example_inputs
from docfuse_pipeline import resources
from docfuse_pipeline import specification as spec

WEIGHTS = resources.weights()
OWN = (spec.TEXT_ENCODER, spec.BACKBONE, spec.FUSION, spec.RELATION)
PINNED = ("tensorrt", "openvino", "onnxruntime")


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "relation.onnx"
    path.write_bytes((WEIGHTS / "relation.onnx").read_bytes()[:100_000])
    with pytest.raises(ValueError, match=r"relation\.onnx is no readable ONNX file"):
        load_graph(path, spec.RELATION)


def test_a_file_of_another_model_is_named() -> None:
    with pytest.raises(ValueError, match="is not the fusion of this version, which has FEATURES FP16"):
        load_graph(WEIGHTS / "relation.onnx", spec.FUSION)


def test_an_unknown_operator_is_named() -> None:
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    node = helper.make_node("Conjure", ["x"], ["y"], domain="nowhere")
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    graph = helper.make_graph([node], "magic", [value], [out])
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("nowhere", 1)]
    with pytest.raises(ValueError, match=r"ONNX Runtime does not take magic.*Conjure"):
        simplify(helper.make_model(graph, opset_imports=opsets, ir_version=8))


@pytest.mark.parametrize("model", (spec.DETECTOR, spec.RECOGNIZERS[112], *OWN), ids=lambda m: m.name)
@pytest.mark.parametrize("target", ("openvino", "onnxruntime"))
def test_axes_are_those_that_tritons_backend_compares(target: str, model: spec.Model) -> None:
    """ONNX Runtime's backend wants outputs just as in the config; OpenVINO's wants every fixed size met."""
    plan = Plan(target=target)
    graph = final_graph(plan, model)
    assert {node.domain for node in graph.graph.node} <= {"", "ai.onnx"}
    config = model_config(model, plan.run_by)
    if target == "onnxruntime":
        session = onnxruntime.InferenceSession(graph.SerializeToString())
        for found, wanted in zip(session.get_outputs(), config.output, strict=True):
            sizes = [size if isinstance(size, int) else -1 for size in found.shape]
            assert (found.name, sizes) == (wanted.name, [-1, *wanted.dims])
        return
    found = openvino.Core().read_model(graph.SerializeToString())
    for entry in (*config.input, *config.output):
        ports = (*found.inputs, *found.outputs)
        (shape,) = (port.get_partial_shape() for port in ports if entry.name in port.get_names())
        assert len(shape) == len(entry.dims)
        for size, told in zip(shape, entry.dims, strict=True):
            assert size.is_dynamic or size.get_length() == told, entry.name


@pytest.mark.parametrize("model", OWN, ids=lambda m: m.name)
def test_rewritten_graphs_compute_the_same(model: spec.Model) -> None:
    graph = final_graph(Plan(target="onnxruntime"), model)
    inputs = example_inputs(model.name, batch=2, size=4 if model is spec.TEXT_ENCODER else 1)
    expected = onnxruntime_engine(graph)(inputs)
    for_tensorrt(graph)
    found = onnxruntime_engine(graph)(inputs)
    for name, array in expected.items():
        np.testing.assert_allclose(found[name], array, atol=1e-5, err_msg=name)
    assert not any(tensor.data_type == TensorProto.INT8 for tensor in graph.graph.initializer)
    assert "EyeLike" not in {node.op_type for node in graph.graph.node}


@pytest.mark.parametrize("model", OWN, ids=lambda m: m.name)
def test_half_precision_keeps_types_names_and_nearly_the_numbers(model: spec.Model) -> None:
    source = source_graph(Plan(), model)
    half = final_graph(Plan(target="tensorrt"), model)
    onnx.checker.check_model(half, full_check=True)
    for before, after in ((source.graph.input, half.graph.input), (source.graph.output, half.graph.output)):
        assert [(v.name, v.type.tensor_type.elem_type) for v in before] == [
            (v.name, v.type.tensor_type.elem_type) for v in after
        ]
    inputs = example_inputs(model.name, batch=2, size=4 if model is spec.TEXT_ENCODER else 1)
    expected, found = onnxruntime_engine(source)(inputs), onnxruntime_engine(half)(inputs)
    for name, array in expected.items():
        if name == "PARTNERS":
            assert (found[name] != array).mean() < 0.02
            continue
        scale = np.abs(array.astype(np.float32)).max()
        assert np.abs(array.astype(np.float32) - found[name]).max() < 0.02 * scale, name


def test_pair_geometry_stays_in_single_precision() -> None:
    """Half precision holds whole pixels only from 1024 on: geometry of neighbours would be lost."""
    graph = final_graph(Plan(target="tensorrt"), spec.FUSION)
    types = _types(graph)
    seen = {"NODE_BOXES"}
    for node in graph.graph.node:
        if seen & set(node.input) and node.op_type not in ("MatMul", "Gemm", "Cast", "Shape", "GridSample"):
            seen |= set(node.output)
            assert types[node.output[0]] != TensorProto.FLOAT16, node.name
    assert len(seen) > 50
    heavy = [node for node in graph.graph.node if node.op_type in ("MatMul", "Gemm")]
    halves = [node for node in heavy if types[node.output[0]] == TensorProto.FLOAT16]
    assert len(halves) >= len(heavy) - 2


def _types(graph: onnx.ModelProto) -> dict[str, int]:
    inferred = onnx.shape_inference.infer_shapes(graph).graph
    values = (*inferred.input, *inferred.output, *inferred.value_info)
    return {value.name: value.type.tensor_type.elem_type for value in values}


def test_between_single_nodes_nothing_is_rounded() -> None:
    """The converter goes through float16 between two nodes that both stay in float32."""
    nodes = [
        helper.make_node("Add", ["NODE_BOXES", "small"], ["moved"]),
        helper.make_node("Sub", ["moved", "NODE_BOXES"], ["difference"]),
        helper.make_node("MatMul", ["difference", "weight"], ["body"]),
        helper.make_node("Identity", ["body"], ["Y"]),
    ]
    tensors = {"small": [1 / 3], "weight": np.eye(4)}
    graph = helper.make_graph(
        nodes,
        "boxes",
        [helper.make_tensor_value_info("NODE_BOXES", TensorProto.FLOAT, ["N", 4])],
        [helper.make_tensor_value_info("Y", TensorProto.FLOAT, ["N", 4])],
        [onnx.numpy_helper.from_array(np.array(value, np.float32), name) for name, value in tensors.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    (found,) = onnxruntime_engine(to_half(model))(
        {"NODE_BOXES": np.full((2, 4), 1025.5, np.float32)}
    ).values()
    assert np.abs(found - 1 / 3).max() < 1e-3  # through float16, 1025.83 would have become 1026
