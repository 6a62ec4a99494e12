"""Exports that are interrupted, collide, or run out of room: the old repository stays, the next run goes on.

Plans are built by a stand-in for TensorRT-RTX that takes its time, in processes of their own.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from docfuse_export import placing
from docfuse_export.placing import locked, new_folder
from docfuse_pipeline import resources
from docfuse_pipeline.settings import CROP_WIDTHS

FAKE = Path(__file__).with_name("fake")
ENGINES = 1 + len(CROP_WIDTHS)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """What OCR alone needs: the vocabulary."""
    folder = tmp_path / "weights"
    folder.mkdir()
    for name in ("recognizer.onnx", "tokenizer.json"):
        shutil.copyfile(resources.weights() / name, folder / name)
    return folder


def _command(weights: Path, out: Path, *options: str) -> list[str]:
    command = [sys.executable, "-m", "docfuse_export", "--target", "tensorrt", "--ensemble", "ocr", "--json"]
    return [*command, "--weights", str(weights), "--out", str(out), *options]


def _environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(FAKE), "COLUMNS": "1000", **more}


def _export(weights: Path, out: Path, *options: str, **environment: str) -> dict:
    done = subprocess.run(
        _command(weights, out, *options), capture_output=True, text=True, env=_environment(**environment)
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _finished(out: Path) -> list[Path]:
    parts = out.with_name(f".{out.name}-parts")
    return [path for path in parts.glob("*") if path.is_dir() and path.suffix != ".unfinished"]


def _left(out: Path) -> set[str]:
    return {path.name for path in out.parent.iterdir()} - {"weights"}


def test_plans_are_made_once_and_again_where_they_no_longer_fit(tmp_path: Path, weights: Path) -> None:
    out = tmp_path / "repository"
    first = _export(weights, out)
    assert first["tensorrt"]["flavour"] == "tensorrt_rtx" and len(first["engines"]) == ENGINES
    assert _left(out) == {"repository"}
    manifest = json.loads((out / "detector" / "1" / "plan.json").read_text(encoding="utf-8"))
    assert manifest["served_by_triton"] is False and manifest["capability"] == "8.9"
    assert not _export(weights, out)["changed"]

    (out / "detector" / "1" / "model.plan").write_bytes(b"damaged")
    shutil.rmtree(out / "recognizer_112")
    checked = subprocess.run(
        _command(weights, out, "--check"), capture_output=True, text=True, env=_environment()
    )
    assert checked.returncode == 1
    assert json.loads(checked.stdout)["stale"] == [
        "detector: the file is damaged: its hash is not the manifest's",
        "recognizer_112: its graph is gone",
    ]
    mended = _export(weights, out)
    made_anew = {name for name, engine in mended["engines"].items() if not engine["reused"]}
    assert made_anew == {"detector", "recognizer_112"}
    moved = _export(weights, out, "--compute-capability", "12.0")
    assert not any(engine["reused"] for engine in moved["engines"].values())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_export_leaves_the_old_repository_and_goes_on(
    tmp_path: Path, weights: Path, number: signal.Signals
) -> None:
    out = tmp_path / "repository"
    _export(weights, out, "--precision", "fp32")
    before = (out / "manifest.json").read_bytes()
    process = subprocess.Popen(
        _command(weights, out), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=_environment(FAKE_SECONDS="0.5"),
    )  # fmt: skip
    _wait(lambda: len(_finished(out)) >= 2)
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == (130 if number == signal.SIGINT else -number)
    if number == signal.SIGINT:
        assert "Interrupted." in errors and "Traceback" not in errors
    assert (out / "manifest.json").read_bytes() == before
    kept = {path.name.rpartition("-")[0] for path in _finished(out)}
    after = _export(weights, out)
    assert {name for name, engine in after["engines"].items() if engine["reused"]} == kept
    assert 2 <= len(kept) < ENGINES
    assert _left(out) == {"repository"}


def test_a_second_export_waits_for_the_first(tmp_path: Path, weights: Path) -> None:
    out = tmp_path / "repository"
    first = subprocess.Popen(
        _command(weights, out), stdout=subprocess.PIPE, text=True, env=_environment(FAKE_SECONDS="0.4")
    )
    _wait(lambda: len(_finished(out)) >= 1)
    command = [part for part in _command(weights, out) if part != "--json"]
    second = subprocess.run(command, capture_output=True, text=True, env=_environment(), timeout=60)
    assert json.loads(first.communicate(timeout=1)[0])["changed"]
    assert second.returncode == 0 and "up to date" in second.stdout
    assert f"Another export works on {out}; waiting for it." in second.stderr
    assert _left(out) == {"repository"}


def test_a_lock_is_free_again_when_its_holder_is_gone(tmp_path: Path) -> None:
    out, waited = tmp_path / "repository", []
    code = "import os, sys, pathlib\nfrom docfuse_export.placing import locked\n"
    code += "with locked(pathlib.Path(sys.argv[1])): os._exit(9)"
    assert subprocess.run([sys.executable, "-c", code, str(out)], check=False).returncode == 9
    with locked(out, lambda: waited.append(1)):
        pass
    assert not waited and list(tmp_path.iterdir()) == []


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    out = tmp_path / "repository"
    with new_folder(out) as folder:
        (folder / "a").write_text("1", encoding="utf-8")
        assert not out.exists()
    with pytest.raises(RuntimeError), new_folder(out) as folder:
        (folder / "a").write_text("2", encoding="utf-8")
        raise RuntimeError
    assert (out / "a").read_text(encoding="utf-8") == "1"
    (tmp_path / ".repository-new-killed").mkdir()
    with new_folder(out) as folder:
        (folder / "a").write_text("3", encoding="utf-8")
    assert (out / "a").read_text(encoding="utf-8") == "3"
    assert [path.name for path in tmp_path.iterdir()] == ["repository"]


def test_without_an_exchange_of_folders_the_old_one_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NFS has no such thing: between two renames there is nothing, until the next run."""
    monkeypatch.setattr(placing, "_exchange", lambda first, second: False)
    out = tmp_path / "repository"
    for content in ("1", "2"):
        with new_folder(out) as folder:
            (folder / "a").write_text(content, encoding="utf-8")
        assert (out / "a").read_text(encoding="utf-8") == content
    out.rename(tmp_path / ".repository-old")
    with pytest.raises(RuntimeError), new_folder(out) as folder:
        assert (out / "a").read_text(encoding="utf-8") == "2"
        raise RuntimeError
    assert [path.name for path in tmp_path.iterdir()] == ["repository"]


def test_a_full_disk_is_one_clear_error(tmp_path: Path, weights: Path) -> None:
    """A file system of 8 MB in a name space of its own, which needs no rights where the kernel allows it."""
    inside = tmp_path / "small"
    inside.mkdir()
    mount = f"mount -t tmpfs -o size=8m none {inside} && exec "
    wrapped = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    if shutil.which("unshare") is None or subprocess.run([*wrapped, f"{mount}true"]).returncode:
        pytest.skip("this machine does not let us mount a small file system")
    command = (
        " ".join(_command(weights, inside / "repository")) + f"; status=$?; ls -A {inside}; exit $status"
    )
    done = subprocess.run(
        [*wrapped, mount.removesuffix("exec ") + command], capture_output=True, text=True, env=_environment()
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: No space left on device") and "Traceback" not in done.stderr
    assert "repository" not in done.stdout.split()


def test_weights_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(resources.weights(), folder)
    (folder / "fusion.onnx").write_bytes(b"\x00" * 1000)
    for target in ("embedded", "onnxruntime"):
        done = subprocess.run(
            [sys.executable, "-m", "docfuse_export", "--target", target, "--weights", str(folder),
             "--out", str(tmp_path / "repository"), "--no-parity"],
            capture_output=True, text=True, env=_environment(),
        )  # fmt: skip
        assert done.returncode == 1
        assert f"Error: {folder / 'fusion.onnx'} is no readable ONNX file" in done.stderr
        assert "Traceback" not in done.stderr and not (tmp_path / "repository").exists()


def test_without_tensorrt_one_sentence_says_what_to_install(tmp_path: Path, weights: Path) -> None:
    hide = tmp_path / "hidden"
    hide.mkdir()
    for name in ("tensorrt", "tensorrt_rtx"):
        (hide / f"{name}.py").write_text(
            f"raise ModuleNotFoundError('hidden', name={name!r})", encoding="utf-8"
        )
    done = subprocess.run(
        _command(weights, tmp_path / "repository"), capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(hide), "COLUMNS": "1000"},
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("Error: TensorRT is missing.") and "pip install" in done.stderr
