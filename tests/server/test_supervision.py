"""Start, stop, restart and clean-up of a real tritonserver over a small model that obeys."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
import tritonclient.grpc as grpc
from toy import ask, belongings, family, stubs, write_repository
from tritonclient.utils import InferenceServerException

from docfuse_server.embedded import EmbeddedServer, embedded_server
from docfuse_server.errors import ServerError
from docfuse_server.ports import Ports

Start = Callable[..., EmbeddedServer]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_repository(tmp_path_factory.mktemp("repository"))


@pytest.fixture
def start(repository: Path) -> Iterator[Start]:
    """Starts servers, and ends them when the test is over."""
    servers: list[EmbeddedServer] = []

    def start(folder: Path = repository, **settings: Any) -> EmbeddedServer:
        servers.append(EmbeddedServer(repository=folder, **settings))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def _gone(processes: list[psutil.Process], limit: float = 20) -> bool:
    return not psutil.wait_procs(processes, timeout=limit)[1]


def _wait_for(condition: Callable[[], bool], limit: float = 90) -> bool:
    deadline = time.monotonic() + limit
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def test_answers_on_loopback_and_leaves_nothing_behind(start: Start) -> None:
    server = start()
    url = server.wait_ready()
    host, port = url.split(":")
    assert host == "127.0.0.1"
    assert ask(url, b"12345") == "5 bytes"
    processes = family(server.pid)
    assert len(processes) == 3  # supervisor, tritonserver, one stub
    assert belongings(server.pid)
    assert server.stop() == 0
    assert _gone(processes)
    assert not belongings(server.pid)
    with socket.socket() as free:
        assert free.connect_ex((host, int(port))) != 0


def test_explicit_ports(start: Start) -> None:
    ports = Ports().resolved("127.0.0.1")
    server = start(grpc_port=ports.grpc, http_port=ports.http, metrics_port=ports.metrics)
    assert server.wait_ready() == f"127.0.0.1:{ports.grpc}"
    for port in (ports.grpc, ports.http, ports.metrics):
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            pass


def test_port_in_use_is_one_clear_error(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=rf"grpc port {port} on 127.0.0.1 cannot be used.*--grpc-port"):
            start(grpc_port=port).wait_ready()


def test_a_model_that_does_not_load_shows_its_reason(start: Start, tmp_path: Path) -> None:
    broken = write_repository(tmp_path, 'raise RuntimeError("the weights of the toy are missing")')
    with pytest.raises(ServerError, match=r"model step: .*the weights of the toy are missing"):
        start(broken).wait_ready()


def test_a_repository_without_the_ensemble_does_not_count_as_ready(start: Start, tmp_path: Path) -> None:
    write_repository(tmp_path, ensemble="other")
    with pytest.raises(ServerError, match="does not answer a page"):
        start(tmp_path).wait_ready()


def test_a_stranger_cannot_unload_models(start: Start) -> None:
    with grpc.InferenceServerClient(start().wait_ready()) as client:
        with pytest.raises(InferenceServerException, match="docfuse-admin"):
            client.unload_model("document")
        with pytest.raises(InferenceServerException, match="docfuse-admin"):
            client.register_system_shared_memory("region", "/x", 1)


def test_a_page_in_flight_is_finished_before_the_end(start: Start) -> None:
    server = start()
    url = server.wait_ready()
    with ThreadPoolExecutor(1) as pool:
        page = pool.submit(ask, url, b"sleep 2")
        time.sleep(0.7)
        assert server.stop() == 0
        assert page.result() == "7 bytes"


@pytest.mark.parametrize("victim", ["stub", "tritonserver"])
def test_restarts_what_died_on_the_same_ports(start: Start, victim: str) -> None:
    server = start()
    url = server.wait_ready()
    old = family(server.pid)[1:]
    (stubs(server.pid)["step"] if victim == "stub" else old[0]).kill()
    server.wait_ready(times=2)
    assert len(server.restarts) == 1
    assert ("model step died" if victim == "stub" else "tritonserver ended") in server.restarts[0]
    assert ask(url, b"1234") == "4 bytes"
    assert _gone(old)


def test_a_page_whose_step_dies_ends_in_an_error_at_once(start: Start) -> None:
    server = start()
    begin = time.monotonic()
    with pytest.raises(InferenceServerException) as caught:
        ask(server.wait_ready(), b"die")
    assert str(caught.value.status()).split(".")[-1] in {"INTERNAL", "UNAVAILABLE"}
    assert time.monotonic() - begin < 15
    server.wait_ready(times=2)


def test_restarts_what_hangs(start: Start) -> None:
    server = start(hang_limit=3)
    url = server.wait_ready()
    with ThreadPoolExecutor(1) as pool:
        page = pool.submit(ask, url, b"hang", 60)
        server.wait_ready(times=2)
        assert isinstance(page.exception(), InferenceServerException)
    assert "it hangs" in server.restarts[0]
    assert ask(url, b"1234") == "4 bytes"


def test_a_busy_server_is_not_restarted(start: Start) -> None:
    """32 pages wait for 12 s behind one another: a canary would be answered long after the hang limit."""
    server = start(hang_limit=4)
    url = server.wait_ready()
    with ThreadPoolExecutor(33) as pool:
        answers = list(pool.map(lambda _: ask(url, b"sleep 0.36", 60), range(33)))
    assert answers == ["10 bytes"] * 33
    assert server.restarts == []


def test_recovers_when_what_broke_the_restart_is_mended(start: Start, tmp_path: Path) -> None:
    write_repository(tmp_path)
    server = start(tmp_path)
    url = server.wait_ready()
    write_repository(tmp_path, 'raise RuntimeError("broken for now")')
    stubs(server.pid)["step"].kill()
    assert _wait_for(lambda: any("broken for now" in event["message"] for event in server.events))
    write_repository(tmp_path)
    server.wait_ready(times=2)
    assert ask(url, b"1234") == "4 bytes"


def test_stop_while_starting_ends_everything(start: Start, tmp_path: Path) -> None:
    server = start(write_repository(tmp_path, "time.sleep(60)"))
    assert _wait_for(lambda: bool(stubs(server.pid))), server.events
    processes = family(server.pid)
    assert server.stop() == 0
    assert _gone(processes)
    assert not belongings(server.pid)


def test_ends_with_the_process_that_started_it(repository: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from docfuse_server.embedded import EmbeddedServer\n"
        f"server = EmbeddedServer(repository=Path({str(repository)!r})); server.wait_ready()\n"
        "print(server.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        processes = family(pid)
        parent.kill()
    assert _gone(processes)
    assert not belongings(pid)


def test_a_killed_supervisor_takes_its_server_along_and_the_next_one_clears_up(start: Start) -> None:
    server = start()
    server.wait_ready()
    processes = family(server.pid)
    os.kill(server.pid, signal.SIGKILL)
    assert _gone(processes)
    assert belongings(server.pid)
    start().wait_ready()
    assert not belongings(server.pid)


def test_as_a_context_manager(repository: Path) -> None:
    before = threading.active_count()
    with embedded_server(repository=repository) as url:
        assert ask(url, b"123") == "3 bytes"
    with pytest.raises(InferenceServerException):
        ask(url, b"123", timeout=3)
    assert threading.active_count() <= before


def test_a_step_that_is_lost_while_it_loads_is_started_again(start: Start, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    dies_once = (
        f"os.path.exists({str(mark)!r}) or (open({str(mark)!r}, 'w').close(), os.kill(os.getpid(), 9))"
    )
    server = start(write_repository(tmp_path / "repository", dies_once))
    assert ask(server.wait_ready(), b"12345") == "5 bytes"
    assert mark.exists()
    assert not server.restarts
