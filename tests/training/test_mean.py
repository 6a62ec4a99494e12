"""`docfuse train mean`: two weights folders → one between them."""

from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from docfuse_export.torch_export import export_modules
from docfuse_models.graph import GraphModule
from docfuse_pipeline.resources import weights
from docfuse_training.cli import train
from docfuse_training.reading.recognizer import recognizer_graph, write_weights
from docfuse_training.understanding.modules import shipped_modules

runner = CliRunner()


def test_the_mean_lies_between_both_by_the_share_given(tmp_path: Path) -> None:
    other = shipped_modules()
    with torch.no_grad():
        other.fusion.norm.bias += 1.0
    export_modules(other.named(), tmp_path / "run")
    arguments = [
        "mean",
        str(weights()),
        str(tmp_path / "run"),
        "--share",
        "0.25",
        "--out",
        str(tmp_path / "out"),
    ]
    result = runner.invoke(train, arguments)
    assert result.exit_code == 0, result.output
    before, after = shipped_modules(), shipped_modules(tmp_path / "out")
    assert torch.allclose(after.fusion.norm.bias, before.fusion.norm.bias + 0.25, atol=1e-3)
    assert torch.allclose(after.relation.types[0].weight, before.relation.types[0].weight, atol=1e-3)


@pytest.mark.parametrize("missing", ["first", "second"])
def test_a_folder_without_weights_is_named(missing: str, tmp_path: Path) -> None:
    folders = [str(tmp_path), str(weights())] if missing == "first" else [str(weights()), str(tmp_path)]
    result = runner.invoke(train, ["mean", *folders, "--out", str(tmp_path / "out")])
    assert result.exit_code == 2 and str(tmp_path) in result.output.replace("\n", ""), result.output


def test_a_recogniser_alone_has_a_mean_too(tmp_path: Path) -> None:
    module = GraphModule(recognizer_graph(weights()))
    name, value = max(module.named_parameters(), key=lambda pair: pair[1].numel())
    before = value.detach().clone()
    with torch.no_grad():
        value += 1.0
    write_weights(module.to_onnx(), tmp_path / "run")
    folders = [str(weights()), str(tmp_path / "run")]
    result = runner.invoke(train, ["mean", *folders, "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    after = dict(GraphModule(recognizer_graph(tmp_path / "out")).named_parameters())[name]
    assert torch.allclose(after, before + 0.5, atol=2e-3)
