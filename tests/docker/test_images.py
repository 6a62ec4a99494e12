"""Dockerfiles, compose files and the GPU image's entry point, as far as they go without an image."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from docfuse_server import cli

DOCKER = Path(__file__).resolve().parents[2] / "docker"
_BIN = Path(sys.executable).parent
_ENTRY_POINT_ONLY = {"DOCFUSE_TRITON", "DOCFUSE_PLANS", "DOCFUSE_PRECISION", "DOCFUSE_ENTERED"}
_HAPROXY_ONLY = {"DOCFUSE_LISTEN", "DOCFUSE_A", "DOCFUSE_B", "DOCFUSE_C"}


def _tool(name: str) -> str:
    """Path of a program of the development environment."""
    if not (_BIN / name).is_file():
        pytest.skip(f"{name} is not installed")
    return str(_BIN / name)


@pytest.mark.parametrize("file", sorted(DOCKER.glob("*.Dockerfile")), ids=lambda path: path.name)
def test_dockerfiles_are_clean(file: Path) -> None:
    command = [_tool("hadolint"), "--no-color", "--config", str(DOCKER.parent / ".hadolint.yaml"), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("file", sorted(DOCKER.glob("compose.*.yaml")), ids=lambda path: path.name)
def test_compose_files_are_valid_and_harden(file: Path) -> None:
    command = [_tool("docker-compose"), "--file", str(file), "config"]
    service = yaml.safe_load(subprocess.run(command, stdout=-1, check=True).stdout)["services"]["docfuse"]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert {"mem_limit", "cpus", "pids_limit", "shm_size", "restart", "tmpfs"} <= service.keys()
    assert service["healthcheck"]["test"] == ["CMD", "docfuse", "health"]
    assert service["stop_grace_period"] == "1m0s"  # DOCFUSE_STOP_LIMIT and some time to end
    assert {port["host_ip"] for port in service["ports"]} == {"127.0.0.1"}


def test_every_variable_is_an_option() -> None:
    known = set(re.findall(r"DOCFUSE_\w+", Path(cli.__file__).read_text(encoding="utf-8")))
    for path in (path for path in DOCKER.rglob("*") if path.is_file()):
        used = set(re.findall(r"DOCFUSE_[A-Z_]+\b", path.read_text(encoding="utf-8")))
        assert used <= known | _ENTRY_POINT_ONLY | _HAPROXY_ONLY, path


def test_haproxy_takes_its_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("haproxy") is None:
        pytest.skip("haproxy is not installed")
    monkeypatch.setenv("DOCFUSE_LISTEN", "127.0.0.1:8101")
    for number, name in enumerate("ABC", 2):
        monkeypatch.setenv(f"DOCFUSE_{name}", f"127.0.0.{number}")
    command = ["haproxy", "-q", "-c", "-f", str(DOCKER / "haproxy.cfg")]
    assert subprocess.run(command, capture_output=True, text=True, check=False).stderr == ""


class _Entry:
    """Runs the GPU image's entry point with programs that only write down how they were called."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._calls = folder / "calls"
        self.gpus("8.9")
        self._program("docfuse", f'echo "$@" >> {self._calls}')

    def gpus(self, *capabilities: str) -> None:
        self._program("nvidia-smi", "; ".join(f"echo {text}" for text in capabilities) or "echo none; exit 9")

    def fail(self, command: str) -> None:
        self._program("docfuse", f'echo "$@" >> {self._calls}; [ "$1" != {command} ]')

    def run(self, *arguments: str, **environment: str) -> tuple[int, list[str], str]:
        """Status, calls of docfuse, and what went to stderr."""
        self._calls.write_text("")
        path = {"PATH": f"{self._folder}:/usr/bin:/bin", "DOCFUSE_PLANS": "/plans"}
        command = ["sh", str(DOCKER / "gpu-entrypoint.sh"), *arguments]
        done = subprocess.run(command, env=path | environment, capture_output=True, text=True, check=False)
        return done.returncode, self._calls.read_text().splitlines(), done.stderr

    def _program(self, name: str, script: str) -> None:
        (self._folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (self._folder / name).chmod(0o755)


@pytest.fixture
def entry(tmp_path: Path) -> _Entry:
    return _Entry(tmp_path)


def test_builds_for_the_gpu_that_is_there_then_serves(entry: _Entry) -> None:
    status, calls, _ = entry.run("serve", "--max-in-flight", "4")
    assert status == 0
    assert calls == [
        "export --target tensorrt --no-parity --out /plans/8.9",
        "serve --repository /plans/8.9 --max-in-flight 4",
    ]
    assert entry.run(DOCFUSE_PRECISION="fp32")[1] == [
        "export --target tensorrt --no-parity --out /plans/8.9 --precision fp32",
        "serve --repository /plans/8.9",
    ]


def test_does_not_serve_what_could_not_be_built(entry: _Entry) -> None:
    entry.fail("export")
    status, calls, _ = entry.run("serve")
    assert status != 0
    assert calls == ["export --target tensorrt --no-parity --out /plans/8.9"]


def test_several_gpus_must_be_alike(entry: _Entry) -> None:
    entry.gpus("9.0", "9.0")
    assert entry.run("serve")[1][0].endswith("/plans/9.0")
    entry.gpus("9.0", "8.9")
    status, calls, error = entry.run("serve")
    assert (status, calls) == (1, [])
    assert error.startswith("Error: GPUs of different kinds (8.9 9.0)")


def test_says_that_there_is_no_gpu(entry: _Entry) -> None:
    entry.gpus()
    status, calls, error = entry.run("serve")
    assert (status, calls) == (1, [])
    assert error == "Error: no GPU is to be seen (none): run with --gpus 1 and NVIDIA's container toolkit.\n"


def test_other_commands_need_no_gpu(entry: _Entry) -> None:
    entry.gpus()
    assert entry.run("version")[1] == ["version"]
    assert entry.run("health", "--live")[1] == ["health --live"]


def _stages(file: str) -> dict[str, Any]:
    text = (DOCKER / file).read_text(encoding="utf-8")
    return dict(re.findall(r"^(USER|STOPSIGNAL|ENTRYPOINT|CMD|EXPOSE) (.*)$", text, re.MULTILINE))


@pytest.mark.parametrize("file", ["cpu.Dockerfile", "gpu.Dockerfile"])
def test_images_run_as_nobody_in_particular_and_stop_gracefully(file: str) -> None:
    last = _stages(file)
    assert last["USER"] == "10001:10001"
    assert last["STOPSIGNAL"] == "SIGTERM"
    assert last["ENTRYPOINT"].startswith("[")  # exec form: the signal arrives
    assert last["EXPOSE"] == "8001 8000 8002 8003"
