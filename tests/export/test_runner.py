"""The embedded engine's runner against ONNX Runtime: chunks, trimmed rows, static shapes, cache."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import psutil
import pytest
from onnx import TensorProto, helper, numpy_helper

from docfuse_export import surgery
from docfuse_export.engine.runner import Options, Runner, rows_by_length

PAD = 1


@pytest.fixture(scope="module")
def row_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """IDS int32 [N, T], GAPS fp32 [N, T] → FEATURES [N, T, 4] (embedding + gap), LONGEST [N, T]."""
    table = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    nodes = [
        helper.make_node("Gather", ["table", "IDS"], ["rows"]),
        helper.make_node("Unsqueeze", ["GAPS", "last"], ["wide"]),
        helper.make_node("Add", ["rows", "wide"], ["FEATURES"]),
        helper.make_node("Abs", ["GAPS"], ["SIZES"]),
    ]
    graph = helper.make_graph(
        nodes,
        "rows",
        [
            helper.make_tensor_value_info("IDS", TensorProto.INT32, ["N", "T"]),
            helper.make_tensor_value_info("GAPS", TensorProto.FLOAT, ["N", "T"]),
        ],
        [
            helper.make_tensor_value_info("FEATURES", TensorProto.FLOAT, ["N", "T", 4]),
            helper.make_tensor_value_info("SIZES", TensorProto.FLOAT, ["N", "T"]),
        ],
        [numpy_helper.from_array(table, "table"), numpy_helper.from_array(np.array([2]), "last")],
    )
    path = tmp_path_factory.mktemp("rows") / "model.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8), path)
    return path


def _rows(lengths: list[int], columns: int = 32) -> dict[str, np.ndarray]:
    random = np.random.default_rng(1)
    used = np.arange(columns) < np.array(lengths)[:, None]
    ids = np.where(used, random.integers(2, 50, used.shape), PAD).astype(np.int32)
    return {"IDS": ids, "GAPS": random.normal(size=used.shape).astype(np.float32)}


@pytest.mark.parametrize("chunk", [1, 3, 100])
def test_trimmed_rows_equal_whole_ones_where_there_is_text(row_model: Path, chunk: int) -> None:
    lengths = [5, 32, 0, 8, 9, 31, 1, 16]
    inputs = _rows(lengths)
    runner = Runner(row_model, Options(chunk=chunk, threads=1, trim_pad=PAD))
    outputs = runner.compute(inputs, {"FEATURES", "SIZES"})
    session = onnxruntime.InferenceSession(str(row_model))
    whole = dict(zip(("FEATURES", "SIZES"), session.run(["FEATURES", "SIZES"], inputs), strict=True))
    for name, expected in whole.items():
        assert outputs[name].shape == expected.shape
        for row, length in enumerate(lengths):
            assert np.array_equal(outputs[name][row, :length], expected[row, :length]), (name, row)
            assert not outputs[name][row, max(8, -(-length // 8) * 8) :].any(), "filled up with zeros"


def test_rows_are_grouped_by_length() -> None:
    groups = {width: rows.tolist() for rows, width in rows_by_length(_rows([0, 8, 9, 32, 3])["IDS"], PAD, 8)}
    assert groups == {8: [0, 1, 4], 16: [2], 32: [3]}


def test_width_is_never_more_than_there_is() -> None:
    assert [width for _, width in rows_by_length(_rows([20], columns=20)["IDS"], PAD, 8)] == [20]


def test_only_wanted_outputs_come_back(row_model: Path) -> None:
    runner = Runner(row_model, Options(threads=1))
    assert runner.compute(_rows([3]), {"SIZES"}).keys() == {"SIZES"}


def test_results_of_a_call_outlive_the_next_one(row_model: Path) -> None:
    runner, inputs = Runner(row_model, Options(threads=1)), _rows([3])
    first = runner.compute(inputs, {"SIZES"})["SIZES"]
    kept = first.copy()
    runner.compute({**inputs, "GAPS": inputs["GAPS"] + 1}, {"SIZES"})
    assert np.array_equal(first, kept)


def test_memory_of_a_large_page_is_given_back(tmp_path: Path) -> None:
    """An engine of the square of its rows' length, as pair geometry is: 64 MB per tensor in between."""
    nodes = [
        helper.make_node("Unsqueeze", ["X", "two"], ["down"]),
        helper.make_node("Unsqueeze", ["X", "one"], ["across"]),
        helper.make_node("Sub", ["down", "across"], ["pairs"]),
        helper.make_node("Softmax", ["pairs"], ["weights"], axis=2),
        helper.make_node("MatMul", ["weights", "pairs"], ["product"]),
        helper.make_node("ReduceMean", ["product", "two"], ["Y"], keepdims=0),
    ]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "pairs",
        [value("X", TensorProto.FLOAT, ["N", "P"])],
        [value("Y", TensorProto.FLOAT, ["N", "P"])],
        [numpy_helper.from_array(np.array([at]), name) for at, name in ((1, "one"), (2, "two"))],
    )
    path = tmp_path / "model.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8), path)
    large = np.random.default_rng(0).normal(size=(1, 4096)).astype(np.float32)
    process, used = psutil.Process(), {}
    for release in (2048, 0):
        runner = Runner(path, Options(threads=1, release_from=release))
        runner.compute({"X": large[:, :64]}, {"Y"})
        before = process.memory_info().rss
        result = runner.compute({"X": large}, {"Y"})["Y"]
        used[release] = process.memory_info().rss - before
        assert result.shape == (1, 4096) and np.isfinite(result).all()
    assert used[0] > 100e6 and used[2048] < used[0] / 2


def test_static_and_dynamic_shapes_agree_and_are_cached(tmp_path: Path, receipt: np.ndarray) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(surgery.detector().SerializeToString())
    options = Options(chunk=1, threads=1, cache_dir="cache", shapes=((1, 256, 256, 3),))
    canvases = np.stack([receipt[:256, :256], receipt[64:320, 128:384]])
    static = Runner(path, options).compute({"CANVAS": canvases}, {"TEXT_MAP"})["TEXT_MAP"]
    assert list((tmp_path / "cache").iterdir())
    dynamic = Runner(path, Options(chunk=2, threads=1)).compute({"CANVAS": canvases}, {"TEXT_MAP"})[
        "TEXT_MAP"
    ]
    assert static.max() > 200 and np.abs(static.astype(int) - dynamic).max() <= 2


def test_options_come_from_parameters() -> None:
    options = Options.read({"chunk": "4", "shapes": "1x8x9x3;2x3", "trim_pad": "1", "precision": "bf16"})
    assert options == Options("bf16", 4, 0, "", ((1, 8, 9, 3), (2, 3)), 1, 8)
    assert Options.read({}) == Options()
