"""The cache of prepared repositories."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from docfuse_pipeline import resources
from docfuse_server import repository
from docfuse_server.errors import ServerError


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "fusion.onnx").write_bytes(b"one")
    return folder


def test_the_fingerprint_follows_the_weights(weights: Path) -> None:
    first = repository.fingerprint(weights)
    assert first == repository.fingerprint(weights)
    (weights / "fusion.onnx").write_bytes(b"two")
    assert first != repository.fingerprint(weights)


def test_missing_weights_are_one_clear_error(tmp_path: Path, weights: Path) -> None:
    with pytest.raises(ServerError, match="no folder of weights"):
        repository.prepare_repository(tmp_path / "nowhere", tmp_path / "cache")
    with pytest.raises(ServerError, match=r"could not be prepared: .*backbone\.onnx"):
        repository.prepare_repository(weights, tmp_path / "cache")


def test_two_processes_at_once_build_one_repository(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from docfuse_server.repository import prepare_repository\n"
        "print(prepare_repository(cache=Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    folders = {Path(process.communicate()[0].strip()) for process in processes}
    assert len(folders) == 1
    folder = folders.pop()
    assert folder == tmp_path / repository.fingerprint(resources.weights())
    assert (folder / "document" / "config.pbtxt").exists()
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == [folder]


def test_old_repositories_go_unless_they_are_in_use(tmp_path: Path) -> None:
    for age in range(6):
        folder = tmp_path / f"repository{age}"
        folder.mkdir()
        os.utime(folder, (1_000_000 - age, 1_000_000 - age))
    with (tmp_path / "repository5.used").open("ab") as used:
        fcntl.flock(used, fcntl.LOCK_SH)
        repository.prune(tmp_path)
    left = {path.name for path in tmp_path.iterdir() if path.is_dir()}
    assert left == {"repository0", "repository1", "repository2", "repository5"}
