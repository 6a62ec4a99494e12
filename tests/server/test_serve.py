"""`docfuse serve` as a user runs it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from toy import ask, belongings, family, stubs, write_repository


def _serve(*arguments: str) -> subprocess.Popen[str]:
    command = [str(Path(sys.executable).with_name("docfuse")), "serve", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


_FREE = ("--grpc-port", "0", "--http-port", "0", "--metrics-port", "0")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serves_says_where_restarts_and_stops(tmp_path: Path, number: signal.Signals) -> None:
    log = tmp_path / "triton.log"
    folder = write_repository(tmp_path / "repository")
    with _serve("--repository", str(folder), "--log-file", str(log), *_FREE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "Starting …\n"
        ready = process.stdout.readline()
        assert ready.startswith("Ready: gRPC on 127.0.0.1:")
        assert ask(ready.split()[-1], b"123") == "3 bytes"
        stubs(process.pid)["step"].kill()
        assert process.stdout.readline() == "Restarting: the process of model step died\n"
        assert process.stdout.readline() == ready
        processes = family(process.pid)
        process.send_signal(number)
        assert process.wait(30) == 0
        assert process.stdout.read() == "Stopped.\n"
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert not psutil.wait_procs(processes, timeout=10)[1]
    assert not belongings(process.pid)
    assert "Started GRPCInferenceService" in log.read_text()


def test_quiet_prints_nothing_but_errors(tmp_path: Path) -> None:
    folder = write_repository(tmp_path, 'raise RuntimeError("no such weights")')
    with _serve("--quiet", "--repository", str(folder), *_FREE) as process:
        out, error = process.communicate(timeout=60)
    assert process.returncode == 1
    assert out == ""
    assert error.startswith("Error: ")
    assert "no such weights" in error
    assert "Traceback" not in error


def test_port_in_use(tmp_path: Path) -> None:
    folder = write_repository(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with _serve("--repository", str(folder), *_FREE[:2], "--http-port", port) as process:
            error = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert f"http port {port} on 127.0.0.1 cannot be used" in error
    assert len(error.splitlines()) == 1
