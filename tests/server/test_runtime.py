"""What the embedded server needs of this machine, and how it says that something is missing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil
import pytest
from toy import ask, write_repository

from docfuse_server import runtime
from docfuse_server.embedded import embedded_server
from docfuse_server.errors import ServerError


def test_finds_every_part() -> None:
    found = runtime.find_runtime()
    assert os.access(found.executable, os.X_OK)
    assert os.access(found.stub, os.X_OK)
    assert (found.python_backend / "libtriton_python.so").exists()
    folders = [Path(folder) for folder in found.library_path.split(":")]
    assert any((folder / f"libpython3.{sys.version_info.minor}.so.1.0").exists() for folder in folders)


def test_the_backend_directory_has_library_helper_and_stub(tmp_path: Path) -> None:
    folder = runtime.find_runtime().backend_directory(tmp_path / "backends") / "python"
    names = {"libtriton_python.so", "triton_python_backend_utils.py", "triton_python_backend_stub"}
    assert {path.name for path in folder.iterdir() if path.exists()} == names


def test_stubs_find_the_packages_of_this_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/already/there")
    environment = runtime.find_runtime().environment()
    assert any(
        (Path(p) / "docfuse_pipeline" / "step.py").exists() for p in environment["PYTHONPATH"].split(":")
    )
    assert any((Path(p) / "numpy" / "__init__.py").exists() for p in environment["PYTHONPATH"].split(":"))
    assert environment["LD_LIBRARY_PATH"].endswith(":/already/there")


@pytest.mark.parametrize("version", [(3, 9), (3, 13)])
def test_other_pythons_are_refused(version: tuple[int, int]) -> None:
    with pytest.raises(ServerError, match=rf"Python 3\.{version[1]} .* use Python 3.10, 3.11 or 3.12"):
        runtime.check_python(version)


def test_numpy_2_is_refused() -> None:
    runtime.check_numpy("1.26.4")
    with pytest.raises(ServerError, match=r"numpy 2\.1\.0 .*pip install 'numpy<2'"):
        runtime.check_numpy("2.1.0")


def test_a_python_without_shared_library_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(runtime, "_libpython_folders", lambda: [tmp_path])
    with pytest.raises(ServerError, match=r"libpython3.*is missing: install"):
        runtime.find_libpython()


def test_an_installed_triton_is_used_with_all_its_backends(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for path in (
        "bin/tritonserver",
        "backends/python/triton_python_backend_stub",
        "backends/tensorrt/lib.so",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    monkeypatch.setenv("DOCFUSE_TRITON", str(tmp_path))
    found = runtime.find_runtime()
    assert found.gpu
    folder = found.backend_directory(tmp_path / "made")
    assert (folder / "python" / "triton_python_backend_stub").exists()
    assert (folder / "tensorrt" / "lib.so").exists()
    (tmp_path / "bin/tritonserver").unlink()
    with pytest.raises(
        ServerError, match=r"is no Triton with a Python backend: .*bin/tritonserver is missing"
    ):
        runtime.find_runtime()


def test_an_installed_triton_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wheel = runtime.find_runtime()
    installed = tmp_path / "tritonserver"
    (installed / "bin").mkdir(parents=True)
    (installed / "bin" / "tritonserver").symlink_to(wheel.executable)
    wheel.backend_directory(installed / "backends")  # the stub beside the library, as NVIDIA has it
    monkeypatch.setenv("DOCFUSE_TRITON", str(installed))
    monkeypatch.setenv("LD_LIBRARY_PATH", wheel.library_path)
    with embedded_server(repository=write_repository(tmp_path / "repository")) as url:
        assert str(installed) in " ".join(argument for one in _tritonservers() for argument in one.cmdline())
        assert ask(url, b"12345") == "5 bytes"


def _tritonservers() -> list[psutil.Process]:
    return [one for one in psutil.Process().children(recursive=True) if one.name() == "tritonserver"]
