"""The layers of the house: who may import whom, and that serving never needs torch."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {
    "docfuse": ("client", set()),
    "docfuse_pipeline": ("pipeline", set()),
    "docfuse_models": ("models", {"docfuse_pipeline"}),
    "docfuse_export": ("export", {"docfuse", "docfuse_models", "docfuse_pipeline"}),
    "docfuse_training": ("training", {"docfuse", "docfuse_export", "docfuse_models", "docfuse_pipeline"}),
    "docfuse_server": ("server", {"docfuse_pipeline"}),
    "docfuse_bench": ("bench", {"docfuse", "docfuse_export", "docfuse_pipeline", "docfuse_server"}),
    "docfuse_batch": ("batch", {"docfuse"}),
}


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", PACKAGES)
def test_dependencies_run_one_way(package: str) -> None:
    folder, allowed = PACKAGES[package]
    files = list((ROOT / folder / package).rglob("*.py"))
    assert files
    for path in files:
        foreign = _imports(path) & (set(PACKAGES) - allowed - {package})
        assert not foreign, f"{path.relative_to(ROOT)} imports {foreign}"


@pytest.mark.parametrize(
    "module",
    [
        "docfuse.cli",
        "docfuse_server.cli",
        "docfuse_export.cli",
        "docfuse_training.cli",
        "docfuse_bench.cli",
        "docfuse_batch.cli",
    ],
)
def test_commands_start_without_torch(module: str) -> None:
    code = f"import {module}, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_steps_import_only_the_pipeline() -> None:
    steps = list((ROOT / "model_repository").glob("*/1/model.py"))
    assert steps
    for path in steps:
        allowed = {"docfuse_pipeline", "triton_python_backend_utils", "numpy"} | set(sys.stdlib_module_names)
        assert _imports(path) <= allowed, path
