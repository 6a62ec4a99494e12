"""Our own modules as ONNX: same results as torch, names kept, RoIAlign as GridSample."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from docfuse_pipeline import specification as spec

torch = pytest.importorskip("torch")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from docfuse_export.initializers import load_initializers, note_aliases, store_half  # noqa: E402
from docfuse_export.torch_export import MODELS, export_modules, parity  # noqa: E402
from docfuse_models.build import build_modules  # noqa: E402


@pytest.fixture(scope="module")
def modules() -> dict:
    """Fresh modules; the text encoder's buffers, empty until weights are loaded, hold noise."""
    built = build_modules()
    words = built["text_encoder"].words
    words.copy_(torch.randint(-127, 128, words.shape, dtype=torch.int8))
    built["text_encoder"].word_scales.fill_(0.01)
    return built


@pytest.fixture(scope="module")
def exported(modules: dict, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return export_modules(modules, tmp_path_factory.mktemp("onnx"))


@pytest.mark.parametrize("name", MODELS)
def test_exported_module_equals_torch(name: str, modules: dict, exported: dict[str, Path]) -> None:
    """Weights are stored in half precision, the text encoder's in 8 bits: hence the tolerances."""
    for row in parity({name: modules[name]}, exported, shapes=((1, 1), (3, 2))):
        if row.tensor == "PARTNERS":
            assert row.mean < 0.01, row
        elif row.tensor == "FEATURES":
            assert row.largest < 0.05, row  # values of several units
        else:
            assert row.largest < (1e-2 if name == "text_encoder" else 5e-3), row


@pytest.mark.parametrize("name", MODELS)
def test_names_types_and_axes_are_the_specifications(name: str, exported: dict[str, Path]) -> None:
    graph = onnx.load(exported[name]).graph
    for entries, tensors in ((graph.input, MODELS[name].inputs), (graph.output, MODELS[name].outputs)):
        assert [entry.name for entry in entries] == [tensor.name for tensor in tensors]
        for entry, tensor in zip(entries, tensors, strict=True):
            dims = entry.type.tensor_type.shape.dim
            assert helper.tensor_dtype_to_np_dtype(entry.type.tensor_type.elem_type) == np.dtype(
                {"FP16": "float16", "FP32": "float32", "UINT8": "uint8", "INT32": "int32"}[tensor.dtype]
            )
            assert len(dims) == len(tensor.dims) + 1 and not dims[0].dim_value
            fixed = {at: size for at, size in enumerate(tensor.dims, 1) if not isinstance(size, spec.Axis)}
            for at, size in fixed.items():
                assert dims[at].dim_value == size or dims[at].dim_param == "tokens"


@pytest.mark.parametrize("name", MODELS)
def test_weights_come_back_by_their_torch_names(name: str, modules: dict, exported: dict[str, Path]) -> None:
    loaded = load_initializers(exported[name])
    state = {k: v for k, v in modules[name].state_dict().items() if not k.endswith("num_batches_tracked")}
    assert state.keys() <= loaded.keys()
    for key, value in state.items():
        step = np.abs(value.numpy()).max() / 254 if _in_eight_bits(name, key, value) else 1e-4
        assert np.allclose(loaded[key], value.numpy(), rtol=1e-3, atol=step), key


def _in_eight_bits(name: str, key: str, value: torch.Tensor) -> bool:
    return name == "text_encoder" and key.startswith("layers.") and value.ndim == 2


def test_submaps_are_sampled_by_gridsample(exported: dict[str, Path]) -> None:
    operators = {node.op_type for node in onnx.load(exported["fusion"]).graph.node}
    assert "GridSample" in operators and "RoiAlign" not in operators


def test_large_weights_are_stored_in_half_precision(exported: dict[str, Path]) -> None:
    for path in exported.values():
        for tensor in onnx.load(path).graph.initializer:
            small = np.prod(tensor.dims) < 1024 or tensor.name.endswith(".scale")
            assert tensor.data_type != TensorProto.FLOAT or small, tensor.name


def _linear(weight: np.ndarray) -> onnx.ModelProto:
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "weight"], ["y"])],
        "linear",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", weight.shape[0]])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", weight.shape[1]])],
        [numpy_helper.from_array(weight, "weight")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])


def test_weights_too_large_for_half_precision_are_refused() -> None:
    with pytest.raises(OverflowError, match="weight"):
        store_half(_linear(np.full((64, 64), 1e6, np.float32)))


def test_equal_weights_that_were_stored_once_come_back_under_both_names(tmp_path: Path) -> None:
    weight = np.eye(4, dtype=np.float32)
    model = _linear(weight)
    note_aliases(model, {"weight": weight, "twin": weight.copy(), "other": weight * 2})
    onnx.save(model, tmp_path / "m.onnx")
    loaded = load_initializers(tmp_path / "m.onnx")
    assert loaded.keys() == {"weight", "twin"} and np.array_equal(loaded["twin"], weight)
