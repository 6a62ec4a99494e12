"""`docfuse evaluate` as a user runs it, on one drawn document of each data set, through a real server."""

import json
from pathlib import Path

import pytest
import typer
from small_sets import WRITERS, write_sroie
from typer.testing import CliRunner

from docfuse_training.cli import evaluate
from docfuse_training.readers import READERS

KEYS = {
    "funsd": {"labelling_f1", "linking_f1", "pair_f1"},
    "sroie": {
        "field_f1",
        "field_f1_exact",
        "cer",
        "lines_exact",
        "cer_detected",
        "found_total",
        "detection_hmean",
    },
    "wildreceipt": {"macro_f1"},
    "adbuy": {"value_recall", "value_precision"},
    "zugferd": {"header_f1", "line_item_f1"},
    "kaggle": {"header_f1", "line_item_f1"},
    "rvlcdip": {"accuracy", "accuracy_low", "accuracy_high"},
    "pages": {"field_f1", "receipt_field_f1", "pair_f1", "line_item_f1", "class_accuracy"},
    "custom": {"field_f1", "pair_f1", "class_accuracy"},
}
app = typer.Typer()
app.command()(evaluate)
runner = CliRunner()


@pytest.mark.parametrize("name", WRITERS)
def test_figures_of_every_data_set(name: str, tmp_path: Path, server_url: str) -> None:
    WRITERS[name](tmp_path / "set")
    out = tmp_path / "figures.json"
    result = runner.invoke(app, [name, str(tmp_path / "set"), "--url", server_url, "--json", str(out)])
    assert result.exit_code == 0, result.output
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert KEYS[name] <= set(figures)
    assert all(0 <= figures[key] <= 1 for key in KEYS[name] - {"cer", "cer_detected"})
    assert (figures["pages"], figures["failed_pages"]) == (1, 0)
    assert figures["seconds_per_page"] > 0
    assert all(key in result.output for key in KEYS[name])


def test_what_is_read_and_where_is_what_was_drawn(tmp_path: Path, server_url: str) -> None:
    write_sroie(tmp_path)
    out = tmp_path / "figures.json"
    assert (
        runner.invoke(app, ["sroie", str(tmp_path), "--url", server_url, "--json", str(out)]).exit_code == 0
    )
    assert json.loads(out.read_text(encoding="utf-8"))["cer"] < 0.1


def test_one_kind_of_boxes_keeps_plain_names(tmp_path: Path, server_url: str) -> None:
    WRITERS["funsd"](tmp_path / "set")
    for boxes in ("gold", "detected"):
        out = tmp_path / f"{boxes}.json"
        options = ["--url", server_url, "--boxes", boxes, "--json", str(out)]
        assert runner.invoke(app, ["funsd", str(tmp_path / "set"), *options]).exit_code == 0
        figures = json.loads(out.read_text(encoding="utf-8"))
        assert KEYS["funsd"] <= set(figures)
        assert not any(key.endswith(("_gold", "_detected")) for key in figures)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing", "."], "nothing"),
        (["sroie", "absent"], "not a folder"),
        (["sroie", "set", "--split", "test"], "no list test.txt"),
        (["rvlcdip", "set"], "labels.csv"),
        (["adbuy", "set", "--boxes", "gold"], "no labelled boxes"),
        (["sroie", "set", "--url", "localhost:1", "--weights", "set"], "not both"),
    ],
)
def test_a_wrong_call_is_one_clear_error(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sroie(tmp_path / "set")
    monkeypatch.chdir(tmp_path)
    result = runner.invoke(app, arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_labels_of_another_format_are_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").write_text('{"name": 1}\n', encoding="utf-8")
    result = runner.invoke(app, ["adbuy", str(tmp_path)])
    assert (result.exit_code, "not in the format of adbuy" in result.stderr) == (2, True)


def test_a_missing_server_is_one_clear_error(tmp_path: Path) -> None:
    write_sroie(tmp_path)
    result = runner.invoke(app, ["sroie", str(tmp_path), "--url", "localhost:1"])
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")


def test_every_reader_has_a_small_set() -> None:
    assert set(WRITERS) == set(READERS)
