"""A supervised server for the time of a `with` block, as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from docfuse_server import log
from docfuse_server.errors import ServerError

_STOP_LIMIT = 40.0


class EmbeddedServer:
    """A supervisor process and the server it looks after.

    It ends with `stop`, and by itself when the process that started it is gone, killed or not.
    """

    def __init__(
        self,
        weights: Path | None = None,
        *,
        repository: Path | None = None,
        log_file: Path | None = None,
        max_in_flight: int = 8,
        grpc_port: int = 0,
        http_port: int = 0,
        metrics_port: int = 0,
        **settings: Any,
    ) -> None:
        """Start the supervisor; `settings` are further fields of `supervisor.Settings` of JSON types."""
        self.events: list[dict[str, Any]] = []
        self._news = threading.Condition()
        self._ended = False
        options = {
            "weights": str(weights) if weights else None,
            "repository": str(repository) if repository else None,
            "log_file": str(log_file) if log_file else None,
            "max_in_flight": max_in_flight,
            "ports": {"grpc": grpc_port, "http": http_port, "metrics": metrics_port},
            **settings,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "docfuse_server", json.dumps(options)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.pid = self._process.pid
        threading.Thread(target=self._listen, name="docfuse-events", daemon=True).start()

    @property
    def restarts(self) -> list[str]:
        """Reasons of the restarts so far."""
        return [event["message"] for event in self.events if event["kind"] == "restart"]

    def wait_ready(self, times: int = 1) -> str:
        """Wait until the server has been ready for the `times`-th time; return its gRPC address.

        Raises:
            ServerError: it cannot be started.
        """
        with self._news:
            self._news.wait_for(lambda: self._count("ready") >= times or self._ended)
        if self._count("ready") < times:
            failed = [event["message"] for event in self.events if event["kind"] == "failed"]
            raise ServerError(failed[-1] if failed else "The embedded server ended before it was ready.")
        return str(next(event["message"] for event in self.events if event["kind"] == "ready"))

    def log_errors(self) -> list[str]:
        """What tritonserver has logged as errors since it was last ready."""
        ready = [event for event in self.events if event["kind"] == "ready"][-1]
        return log.errors(log.read(Path(ready["log_file"]), ready["log_size"]))

    def stop(self) -> int:
        """End server and supervisor; returns the supervisor's exit status."""
        self._process.terminate()
        try:
            return self._process.wait(_STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self._process.kill()  # the kernel then ends tritonserver, and its stubs end with it
            return self._process.wait()

    def _count(self, kind: str) -> int:
        return sum(event["kind"] == kind for event in self.events)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._news:
                self.events.append(json.loads(line))
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()


@contextmanager
def embedded_server(weights: Path | None = None, **settings: Any) -> Iterator[str]:
    """Run a server on free ports of loopback and yield its gRPC address, `host:port`.

    Args:
        weights: folder with ONNX weights, default the ones that come with docfuse.
        settings: see `EmbeddedServer`.

    Raises:
        ServerError: the server cannot be started here; the message says why.
    """
    server = EmbeddedServer(weights, **settings)
    try:
        yield server.wait_ready()
    finally:
        server.stop()
