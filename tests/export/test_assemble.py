"""A repository is complete, appears all at once, and is left alone while it is up to date."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from docfuse_export import surgery
from docfuse_export.assemble import MANIFEST, Plan, assemble, ensembles_named, fingerprint
from docfuse_export.configs import models_of
from docfuse_pipeline import resources
from docfuse_pipeline import specification as spec
from docfuse_pipeline.class_words import BUCKETS, FILE, WordClassifier
from docfuse_pipeline.labels import CLASSES
from docfuse_pipeline.settings import CROP_WIDTHS

OCR = ensembles_named(["ocr"])


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A weights folder of its own with just what OCR needs: the recogniser and the vocabulary."""
    folder = tmp_path / "weights"
    folder.mkdir()
    for name in ("recognizer.onnx", "tokenizer.json"):
        shutil.copyfile(resources.weights() / name, folder / name)
    return folder


def test_ocr_repository_is_complete(tmp_path: Path, weights: Path) -> None:
    out, seen = tmp_path / "repository", []
    assert assemble(Plan(weights=weights, ensembles=OCR), out, lambda name, size: seen.append(name))
    folders = {path.name for path in out.iterdir() if path.is_dir()}
    assert folders == {"ocr", *(model.name for model in models_of([spec.OCR]))}
    for name in folders:
        assert (out / name / "config.pbtxt").is_file() and (out / name / "1").is_dir()
    for name in seen:
        assert {p.name for p in (out / name / "1").iterdir()} == {"model.py", "runner.py", "model.onnx"}
        onnx.checker.check_model(onnx.load(out / name / "1" / "model.onnx"))
    assert set(seen) == {"detector", *(f"recognizer_{width}" for width in CROP_WIDTHS)}
    manifest = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["models"].keys() == set(seen)
    assert (out / "text" / "1" / "tokenizer.json").read_bytes() == (weights / "tokenizer.json").read_bytes()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_up_to_date_repository_is_left_alone_and_an_old_one_replaced(tmp_path: Path, weights: Path) -> None:
    out, plan = tmp_path / "repository", Plan(weights=weights, ensembles=OCR)
    assert assemble(plan, out)
    mark = out / "detector" / "1" / "cache"
    mark.mkdir()
    assert not assemble(plan, out)
    assert mark.is_dir()
    assert assemble(Plan(weights=weights, ensembles=OCR, queue=7), out)
    assert not mark.exists()
    assert "max_queue_size: 7" in (out / "ocr_page" / "config.pbtxt").read_text(encoding="utf-8")


def test_failure_half_way_leaves_the_old_repository(
    tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "repository"
    assemble(Plan(weights=weights, ensembles=OCR), out)
    before = (out / MANIFEST).read_bytes()
    monkeypatch.setattr(surgery, "detector_source", lambda: weights / "tokenizer.json")
    with pytest.raises(Exception, match=r"."):
        assemble(Plan(weights=weights, ensembles=OCR, queue=7), out)
    assert (out / MANIFEST).read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"repository", "weights"}


def test_fingerprint_follows_the_weights(weights: Path) -> None:
    plan = Plan(weights=weights, ensembles=OCR)
    before = fingerprint(plan)
    (weights / "tokenizer.json").write_text("{}", encoding="utf-8")
    assert fingerprint(plan) != before


def test_weights_of_words_go_to_the_step_that_judges(tmp_path: Path) -> None:
    weights, out = shutil.copytree(resources.weights(), tmp_path / "weights"), tmp_path / "repository"
    plan = Plan(weights=weights, ensembles=ensembles_named(["document_with_text"]))
    assemble(plan, out)
    before, step = fingerprint(plan), out / "structure" / "1"
    assert [path.name for path in step.iterdir()] == ["model.py"]
    WordClassifier(np.zeros((BUCKETS, len(CLASSES))), np.zeros(len(CLASSES))).save(weights / FILE)
    assert fingerprint(plan) != before and assemble(plan, out)
    assert (step / FILE).read_bytes() == (weights / FILE).read_bytes()
    (weights / FILE).write_bytes(b"something else")
    with pytest.raises(ValueError, match=FILE):
        assemble(plan, out)


def test_missing_weights_are_named(tmp_path: Path, weights: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"text_encoder\.onnx"):
        assemble(Plan(weights=weights), tmp_path / "repository")


def test_a_folder_of_someone_else_is_not_replaced(tmp_path: Path, weights: Path) -> None:
    with pytest.raises(ValueError, match="choose another folder"):
        assemble(Plan(weights=weights, ensembles=OCR), weights)
    assert (weights / "tokenizer.json").is_file()


def test_an_unknown_target_or_precision_says_what_there_is() -> None:
    with pytest.raises(ValueError, match="choose one of tensorrt, openvino, onnxruntime, embedded"):
        Plan(target="nonsense")
    with pytest.raises(ValueError, match="'int8': choose fp16 or fp32"):
        Plan(target="tensorrt", precision="int8")
    with pytest.raises(ValueError, match="choose exact or range"):
        Plan(profiles="many")


def test_shell_assembles_and_reports(tmp_path: Path, weights: Path) -> None:
    command = [sys.executable, "-m", "docfuse_export", "--ensemble", "ocr", "--json"]
    command += ["--out", str(tmp_path / "repository"), "--weights", str(weights)]
    command += ["--parameter", "detector.threads=1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    assert report["changed"] and report["models"]["detector"] > 5e6
    config = (tmp_path / "repository" / "detector" / "config.pbtxt").read_text(encoding="utf-8")
    assert 'key: "threads"\n  value {\n    string_value: "1"' in config


def test_shell_ends_in_one_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "docfuse_export", "--target", "nonsense", "--out", str(tmp_path / "r")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: There is no target 'nonsense'") and "Traceback" not in done.stderr
