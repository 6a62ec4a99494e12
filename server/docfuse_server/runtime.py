"""Finds a tritonserver, the nvidia-pytriton wheel's or an installed one, and what its steps need."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from docfuse_server.cpus import usable_cores
from docfuse_server.errors import ServerError

VARIABLE = "DOCFUSE_TRITON"
"""Environment variable: the folder of an installed Triton, as /opt/tritonserver in NVIDIA's container, to run
instead of the wheel's."""
THREADS = "DOCFUSE_THREADS"
"""Environment variable: threads of an engine on the CPU; set here where not all cores may be used."""
_STUB = "triton_python_backend_stub"
_STUBS = ((3, 10), (3, 11), (3, 12))
_PACKAGES = ("docfuse_pipeline", "numpy", "openvino")
"""What the Python steps and the embedded engines import; their folders go onto the stubs' path."""


@dataclass(frozen=True)
class Runtime:
    """Where tritonserver and its parts lie."""

    executable: Path
    python_backend: Path
    stub: Path
    library_path: str
    python_path: str
    gpu: bool = False
    """Whether it may use GPUs: the wheel's cannot."""

    def backend_directory(self, directory: Path) -> Path:
        """Make a Triton backend directory in `directory`: Python, with the stub that fits, and all others."""
        python = directory / "python"
        python.mkdir(parents=True)
        for other in self.python_backend.parent.iterdir():
            if other != self.python_backend:
                (directory / other.name).symlink_to(other)
        for source in (*self.python_backend.glob("*.so"), *self.python_backend.glob("*.py"), self.stub):
            (python / source.name).symlink_to(source)
        return directory

    def environment(self) -> dict[str, str]:
        """Environment of tritonserver and its stubs: libraries, packages, one thread per Python step."""
        inherited = os.environ.get("LD_LIBRARY_PATH")
        return {
            **os.environ,
            # the stub finds its packages by the first python3 on the path, PYTHONPATH or not
            "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
            "LD_LIBRARY_PATH": ":".join(filter(None, (self.library_path, inherited))),
            "PYTHONPATH": self.python_path,
            "PYTHONHOME": sys.base_prefix,
            "PYTHONUTF8": "1",
            "PYTHONUNBUFFERED": "1",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "1",
            "OPENCV_FOR_THREADS_NUM": "1",
            "TOKENIZERS_PARALLELISM": "false",
            THREADS: os.environ.get(THREADS) or str(_engine_threads()),
        }


def _engine_threads() -> int:
    """Threads of an engine, 0 where it may decide itself; it does not see a container's quota."""
    cores = usable_cores()
    return cores if cores < (os.cpu_count() or 1) else 0


def find_runtime() -> Runtime:
    """Find the server.

    Raises:
        ServerError: the wheel is missing, this Python has no stub or no shared library, numpy is too new, or
            what DOCFUSE_TRITON names is no Triton.
    """
    installed = os.environ.get(VARIABLE)
    return _installed(Path(installed)) if installed else _of_wheel()


def _installed(folder: Path) -> Runtime:
    backend = folder / "backends" / "python"
    found = Runtime(
        executable=folder / "bin" / "tritonserver",
        python_backend=backend,
        stub=backend / _STUB,
        library_path=str(folder / "lib"),
        python_path=":".join(package_roots()),
        gpu=True,
    )
    for path in (found.executable, found.stub):
        if not path.is_file():
            raise ServerError(f"{VARIABLE}={folder} is no Triton with a Python backend: {path} is missing.")
    return found


def _of_wheel() -> Runtime:
    check_python(sys.version_info[:2])
    check_numpy(importlib.metadata.version("numpy"))
    spec = importlib.util.find_spec("pytriton")
    if spec is None or not spec.submodule_search_locations:
        raise ServerError("tritonserver is not installed: run `pip install 'docfuse[serve]'`.")
    package = Path(spec.submodule_search_locations[0])
    server = package / "tritonserver"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    libraries = [package.parent / "nvidia_pytriton.libs", find_libpython()]
    return Runtime(
        executable=server / "bin" / "tritonserver",
        python_backend=server / "backends" / "python",
        stub=server / "python_backend_stubs" / version / _STUB,
        library_path=":".join(str(path) for path in libraries),
        python_path=":".join(package_roots()),
    )


def check_python(version: tuple[int, int]) -> None:
    """Refuse a Python for which the wheel has no stub, or no numpy that it can work with."""
    if version not in _STUBS:
        raise ServerError(
            f"Python {version[0]}.{version[1]} cannot run the embedded server: use Python 3.10, 3.11 or 3.12."
        )


def check_numpy(version: str) -> None:
    """Refuse numpy 2: beside this tritonserver, tensors would silently arrive empty."""
    if int(version.split(".")[0]) >= 2:
        raise ServerError(
            f"numpy {version} does not work with the embedded server (tensors would arrive empty): "
            "run `pip install 'numpy<2'`."
        )


def find_libpython() -> Path:
    """Folder of the shared library of the running Python, which the stubs are linked against.

    Raises:
        ServerError: this Python was built or packaged without it.
    """
    name = f"libpython{sys.version_info.major}.{sys.version_info.minor}.so.1.0"
    for folder in _libpython_folders():
        if (folder / name).exists():
            return folder
    raise ServerError(
        f"{name} is missing: install this Python's shared library (Debian and Ubuntu: `apt install "
        f"libpython{sys.version_info.major}.{sys.version_info.minor}`; pyenv: build with --enable-shared)."
    )


def _libpython_folders() -> list[Path]:
    told = [sysconfig.get_config_var(name) for name in ("LIBDIR", "LIBPL")]
    usual = [f"{sys.base_prefix}/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib"]
    return [Path(folder) for folder in (*told, *usual) if folder]


def package_roots() -> list[str]:
    """Folders to put on the path of the stubs, source checkouts before site-packages."""
    roots: list[str] = []
    for name in _PACKAGES:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            roots.append(str(Path(spec.origin).parents[1]))
    roots.append(sysconfig.get_path("purelib"))
    return list(dict.fromkeys(roots))
