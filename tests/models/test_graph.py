"""Published graphs as torch modules, against ONNX Runtime."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper

from docfuse_export import surgery
from docfuse_models.graph import GraphModule


def _published(model: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (output,) = session.run(None, {model.graph.input[0].name: x})
    return np.asarray(output)


@pytest.mark.parametrize(
    ("source", "shape"),
    [(surgery.recognizer_source, (2, 3, 48, 104)), (surgery.detector_source, (1, 3, 96, 64))],
)
def test_a_module_computes_what_its_graph_does(source, shape) -> None:  # type: ignore[no-untyped-def]
    model = onnx.load(source())
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    with torch.no_grad():
        ours = GraphModule(model).eval()(torch.from_numpy(x)).numpy()
    assert np.abs(ours - _published(model, x)).max() < 1e-4


def test_what_training_changes_goes_back_into_the_graph() -> None:
    model = onnx.load(surgery.detector_source())
    module = GraphModule(model)
    x = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(1.1)
        expected = module(x).numpy()
    assert np.abs(_published(module.to_onnx(), x.numpy()) - expected).max() < 1e-5
    assert np.abs(_published(model, x.numpy()) - expected).max() > 1e-4, "the change shows"


def test_an_operator_that_is_not_known_is_named() -> None:
    node = helper.make_node("Det", ["x"], ["y"])
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 2, 2])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    with pytest.raises(NotImplementedError, match="Det"):
        GraphModule(helper.make_model(helper.make_graph([node], "g", [x], [y])))
