"""Keeps one tritonserver alive: starts it, sees that it answers, restarts what died or hangs, stops it.

A busy server is not a dead one: as long as execution counters advance, a late answer is no reason to
restart. A server hangs when the canary page is not answered while the counters stand still.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from docfuse_pipeline.admission import Admission
from docfuse_pipeline.errors import OverloadedError
from docfuse_server import log, process
from docfuse_server.errors import InterruptedStartError, LostStepError, ServerError
from docfuse_server.health import Health
from docfuse_server.ports import Ports
from docfuse_server.probe import Probe, ProbeError
from docfuse_server.runtime import Runtime, find_runtime
from docfuse_server.status import StatusServer

_POLL = 0.25
_RESTRICTED = "model-repository,shared-memory,trace,logging"
_LOST_STEP = "is not healthy"
"""What tritonserver says of a step whose process is gone."""
_LAST_ANSWERS = 2.0
"""Seconds that tritonserver has to send its last answers, whatever the limit."""
_CALM = 60.0
"""A restart this many seconds after the last one counts as the first again."""
_HOPELESS = 600.0
"""A supervisor that has not had a working server for this many seconds is of no use any more."""


@dataclass(frozen=True)
class Settings:
    """How to run the server. Times are in seconds, sizes in bytes."""

    repository: Path
    ensemble: str = "document"
    terminal: frozenset[str] = frozenset({"document", "document_with_text", "document_tensors", "ocr"})
    host: str = "127.0.0.1"
    ports: Ports = field(default_factory=Ports)
    max_in_flight: int = 8
    log_file: Path | None = None
    start_limit: float = 180.0
    hang_limit: float = 30.0
    stop_limit: float = 20.0
    drain_delay: float = 0.0
    """A server that is to stop, and says so, goes on answering for this long: load balancers take notice."""
    health_port: int = 0
    """Port of `/ready` and `/live`; 0: none."""
    connection_age: float = 0.0
    """Clients connect anew after this long, and so find servers that were added; 0: never."""
    region_size: int = 2**20
    region_growth: int = 2**20
    load_threads: int = 4
    extra_environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Event:
    """What happened: the server is ready (the message is its address), is restarted or failed (why)."""

    kind: Literal["ready", "restart", "failed"]
    message: str
    log_file: str = ""
    log_size: int = 0
    """When ready: tritonserver's log and its length so far, in bytes."""


class Supervisor:
    """One supervised server. `start`, then `watch` until `request_stop`, then `stop`."""

    def __init__(
        self,
        settings: Settings,
        on_event: Callable[[Event], None] = lambda event: None,
        alive: Callable[[], bool] = lambda: True,
    ) -> None:
        """Find the server and its ports; everything ends when `alive` turns false."""
        self._settings = settings
        self._alive = alive
        self._on_event = on_event
        self._runtime: Runtime = find_runtime()
        self.ports = settings.ports.resolved(settings.host)
        self.restarts = 0
        self._stopping = threading.Event()
        self._server: process.TritonProcess | None = None
        self._health: Health | None = None
        self._doing = "starting"
        self._last_good = time.monotonic()
        checks = {"/ready": self.not_ready, "/live": self.not_live}
        port = settings.health_port
        self._status = StatusServer(settings.host, port, checks) if port else None
        process.sweep()
        self._own = process.Belongings()
        self._backends = self._runtime.backend_directory(self._own.folder / "backends")
        self.log_file = settings.log_file or self._own.folder / "tritonserver.log"

    @property
    def url(self) -> str:
        """Where gRPC listens, `host:port`."""
        return f"{self._settings.host}:{self.ports.grpc}"

    def probe(self) -> Probe:
        """A probe of the server."""
        settings = self._settings
        return Probe(settings.host, self.ports.http, settings.ensemble, settings.terminal)

    def start(self) -> None:
        """Start the server and wait until it has answered the canary page.

        A start in which the process of a step was lost is tried once more.

        Raises:
            ServerError: it did not; the message has the reason from the server's log.
        """
        try:
            self._start_once()
        except LostStepError:
            self._start_once()

    def _start_once(self) -> None:
        environment = {
            **self._runtime.environment(),
            **self._settings.extra_environment,
            "DOCFUSE_ADMISSION": self._own.admission(self._settings.max_in_flight),
        }
        self._server = process.TritonProcess(self._command(), environment, self.log_file, self._own.prefix)
        try:
            self._await_ready(self._server.log_begin)
        except BaseException:
            self._kill()
            raise
        self._server.watch_stubs()
        self._health = Health(self.probe(), self._settings.hang_limit, self._admission())
        self._last_good = time.monotonic()
        self._on_event(Event("ready", self.url, str(self.log_file), self.log_file.stat().st_size))

    def watch(self) -> None:
        """Look after the server until a stop is requested."""
        attempts, last = 0, time.monotonic() - _CALM
        while not self._stopping.wait(_POLL) and self._alive():
            reason = self._trouble()
            if reason is None:
                self._last_good = time.monotonic()
                continue
            attempts = attempts + 1 if time.monotonic() - last < _CALM else 0
            if self._stopping.wait(min(30.0, 2.0 ** (attempts - 2)) if attempts > 1 else 0):
                return
            self._restart(reason)
            last = time.monotonic()

    def request_stop(self) -> None:
        """Make `watch` (and a start that is under way) return soon; safe in a signal handler."""
        self._doing = "stopping"
        self._stopping.set()

    def not_ready(self) -> str | None:
        """Why pages should go elsewhere for now, or None."""
        health = self._health
        if self._stopping.is_set() or health is None:
            return self._doing
        return None if health.answering() else health.trouble() or "the canary page was not answered"

    def not_live(self) -> str | None:
        """Why this supervisor should be replaced by a new one, or None."""
        still = time.monotonic() - self._last_good
        return f"{self._doing}: no working server for {still:.0f} s" if still > _HOPELESS else None

    def stop(self) -> None:
        """End the server: pages in flight are finished within a limit; nothing of it remains."""
        if self._server is not None and self._server.returncode() is None:
            time.sleep(self._settings.drain_delay)
            deadline = time.monotonic() + self._settings.stop_limit
            self._finish_pages(deadline)
            self._server.drain(max(_LAST_ANSWERS, deadline - time.monotonic()))
        self._kill()
        self._own.close()
        if self._status is not None:
            self._status.close()

    def _finish_pages(self, deadline: float) -> None:
        """Let the pages in flight finish, and none begin: take every slot of the admission ourselves.

        tritonserver itself would end an ensemble that has steps left to do.
        """
        admission = self._admission()
        with contextlib.suppress(OverloadedError):
            for _ in range(self._settings.max_in_flight):
                admission.acquire(deadline - time.monotonic())

    def _admission(self) -> Admission:
        return Admission(self._own.admission_file, self._settings.max_in_flight)

    def _trouble(self) -> str | None:
        if self._server is None or self._health is None:
            return "it could not be started"
        code = self._server.returncode()
        if code is not None:
            return f"tritonserver ended with status {code}"
        model = self._server.dead_stub()
        if model is not None:
            return f"the process of model {model} died{process.too_little_memory()}"
        return self._health.trouble()

    def _restart(self, reason: str) -> None:
        self.restarts += 1
        self._doing = f"restarting: {reason}"
        self._on_event(Event("restart", reason))
        self._kill()
        try:
            self.start()
        except InterruptedStartError:
            return
        except ServerError as error:
            self._on_event(Event("failed", str(error)))

    def _kill(self) -> None:
        if self._health is not None:
            self._health.close()
        if self._server is not None:
            self._server.kill()
        self._own.clear()
        self._server = self._health = None

    def _await_ready(self, log_begin: int) -> None:
        assert self._server is not None
        probe, deadline = self.probe(), time.monotonic() + self._settings.start_limit
        while not probe.ready():
            if self._server.returncode() is not None:
                reason = log.load_failure(log.read(self.log_file, log_begin))
                kind = LostStepError if _LOST_STEP in reason else ServerError
                raise kind(f"tritonserver could not load {self._settings.repository}: {reason}")
            self._check_start(deadline, log_begin)
            time.sleep(0.05)
        self._await_canary(probe, deadline, log_begin)

    def _await_canary(self, probe: Probe, deadline: float, log_begin: int) -> None:
        """Wait for the first answer, which may be late, since some steps load on first use."""
        try:
            probe.canary(max(1.0, deadline - time.monotonic()))
        except ProbeError as error:
            raise ServerError(f"The server is up but does not answer a page: {error}") from error
        self._check_start(deadline, log_begin)

    def _check_start(self, deadline: float, log_begin: int) -> None:
        if self._stopping.is_set() or not self._alive():
            raise InterruptedStartError("The server was stopped before it was ready.")
        if time.monotonic() > deadline:
            reason = log.load_failure(log.read(self.log_file, log_begin))
            limit = self._settings.start_limit
            raise ServerError(f"tritonserver was not ready within {limit:.0f} s: {reason}")

    def _command(self) -> list[str]:
        settings = self._settings
        addresses = {"grpc": settings.host, "http": settings.host, "metrics": settings.host}
        ports = {"grpc": self.ports.grpc, "http": self.ports.http, "metrics": self.ports.metrics}
        key = secrets.token_hex(16)
        age = int(settings.connection_age * 1000)
        python = {
            "shm-region-prefix-name": self._own.prefix,
            "shm-default-byte-size": settings.region_size,
            "shm-growth-byte-size": settings.region_growth,
            "stub-timeout-seconds": int(settings.start_limit),
        }
        return [
            str(self._runtime.executable),
            f"--model-repository={settings.repository}",
            f"--backend-directory={self._backends}",
            *(f"--backend-config=python,{name}={value}" for name, value in python.items()),
            *(f"--{name}-address={address}" for name, address in addresses.items()),
            *(f"--{name}-port={port}" for name, port in ports.items()),
            f"--grpc-restricted-protocol={_RESTRICTED}:docfuse-admin={key}",
            f"--http-restricted-api={_RESTRICTED}:docfuse-admin={key}",
            f"--model-load-thread-count={settings.load_threads}",
            f"--exit-timeout-secs={int(settings.stop_limit)}",
            *([f"--grpc-max-connection-age={age}"] if age else []),
            "--disable-auto-complete-config",
            f"--allow-gpu-metrics={str(self._runtime.gpu).lower()}",
            "--log-verbose=0",
        ]
