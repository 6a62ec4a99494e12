"""The supervisor's endpoint for probes, `docfuse health`, and a stop that load balancers can see coming."""

from __future__ import annotations

import http.client
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from toy import ask, stubs, write_repository

from docfuse_server import status
from docfuse_server.errors import ServerError
from docfuse_server.ports import Ports
from docfuse_server.process import too_little_memory
from docfuse_server.status import StatusServer

_DOCFUSE = str(Path(sys.executable).with_name("docfuse"))
_FREE = ("--grpc-port", "0", "--http-port", "0", "--metrics-port", "0")


def _free_port() -> int:
    return Ports().resolved("127.0.0.1").grpc


@contextmanager
def _serve(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [_DOCFUSE, "serve", *_FREE, *arguments]
    with subprocess.Popen(command, stdout=-1, stderr=-1, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def _says(port: int, path: str = "/ready") -> str:
    try:
        return status.ask("127.0.0.1", port, path) or "ok"
    except ServerError:
        return "nothing listens"


def _wait_for(condition: Callable[[], bool], limit: float = 30) -> bool:
    deadline = time.monotonic() + limit
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def test_each_path_gives_its_reason() -> None:
    port, reasons = _free_port(), {"/ready": "starting", "/live": None}
    server = StatusServer("127.0.0.1", port, {path: lambda path=path: reasons[path] for path in reasons})
    try:
        assert status.ask("127.0.0.1", port, "/ready") == "starting"
        assert status.ask("0.0.0.0", port, "/live") is None
        reasons["/ready"] = None
        assert status.ask("127.0.0.1", port, "/ready") is None
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/metrics")
        assert connection.getresponse().status == 404
    finally:
        server.close()
    with pytest.raises(ServerError, match=f"No docfuse supervisor answers at 127.0.0.1:{port}"):
        status.ask("127.0.0.1", port, "/ready")


def test_probes_may_hang_up_at_any_time(capfd: pytest.CaptureFixture[str]) -> None:
    port = _free_port()
    server = StatusServer("127.0.0.1", port, {"/ready": lambda: time.sleep(0.1)})
    try:
        for said in (b"", b"GET /rea", b"GET /ready HTTP/1.0\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", port)) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # as a reset
                probe.sendall(said)
        time.sleep(0.3)
        assert status.ask("127.0.0.1", port, "/ready") is None
    finally:
        server.close()
    assert capfd.readouterr().err == ""


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=rf"health port {port} .* choose another with --health-port"):
            StatusServer("127.0.0.1", port, {})


def test_ready_while_pages_are_answered_and_not_while_it_restarts_or_stops(tmp_path: Path) -> None:
    port, folder = _free_port(), str(write_repository(tmp_path))
    options = ("--health-port", str(port), "--drain-delay", "1.5")
    with _serve("--repository", folder, *options) as process:
        assert process.stdout is not None
        assert _wait_for(lambda: _says(port) == "starting")
        assert _wait_for(lambda: _says(port) == "ok")
        assert subprocess.run([_DOCFUSE, "health", "--port", str(port)], check=False).returncode == 0
        process.stdout.readline()
        url = process.stdout.readline().split()[-1]
        stubs(process.pid)["step"].kill()
        assert _wait_for(lambda: _says(port) == "restarting: the process of model step died")
        assert _says(port, "/live") == "ok"  # the supervisor sees to it itself
        assert _wait_for(lambda: _says(port) == "ok")
        process.send_signal(signal.SIGTERM)
        assert _wait_for(lambda: _says(port) == "stopping")
        assert ask(url, b"12345") == "5 bytes"  # for those who have not noticed yet
        done = subprocess.run([_DOCFUSE, "health", "--port", str(port)], stdout=-1, text=True, check=False)
        assert (done.returncode, done.stdout) == (1, "stopping\n")
        assert process.wait(30) == 0
    assert _says(port) == "nothing listens"


def test_check_starts_answers_a_page_and_stops(tmp_path: Path) -> None:
    with _serve("--check", "--repository", str(write_repository(tmp_path))) as process:
        output = process.communicate(timeout=60)[0].splitlines()
    assert process.returncode == 0
    assert [line.split(":")[0] for line in output] == ["Starting …", "Ready", "Stopped."]


def test_verbose_prints_what_goes_wrong_later(tmp_path: Path) -> None:
    with _serve("--verbose", "--repository", str(write_repository(tmp_path))) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.readline()
        stubs(process.pid)["step"].kill()
        assert process.stdout.readline().startswith("Restarting")
        process.stdout.readline()
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert "Started GRPCInferenceService" in process.communicate(timeout=30)[1]


def test_little_shared_memory_is_named() -> None:
    assert too_little_memory(2**30) == ""
    assert too_little_memory(2**26) == (
        "; /dev/shm has only 64 MiB: give the container 1 GiB (docker: --shm-size 1g)"
    )
