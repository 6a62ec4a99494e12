"""The server to measure: one at a URL, or an embedded one whose start and memory are measured too."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from docfuse import Client
from docfuse.errors import NoServerError
from docfuse_bench.engines import served_outputs
from docfuse_bench.progress import Stages
from docfuse_server.embedded import EmbeddedServer
from docfuse_server.errors import ServerError
from docfuse_server.repository import prepare_repository

_READY_LIMIT = 20.0
"""Seconds that a server at a URL may take to say that it is ready."""


@dataclass(frozen=True)
class Served:
    """A server that is ready.

    Attributes:
        url: its gRPC address.
        pid: the supervisor's process, None for a server that is not ours.
        begin: when its start began, on the clock of `time.perf_counter`.
        ready_s: seconds from there until it was ready.
    """

    url: str
    pid: int | None = None
    begin: float = 0.0
    ready_s: float = 0.0


@contextmanager
def serve(url: str | None, weights: Path | None, stages: Stages) -> Iterator[Served]:
    """The server at `url`, or one that is started now and stopped at the end.

    Raises:
        NoServerError: there is none, or it cannot be started.
    """
    if url is not None:
        with Client(url) as client, stages.stage(f"Looking for the server at {url}"):
            client.wait_ready(_READY_LIMIT)
        yield Served(url)
        return
    try:
        _compile_engines(weights, stages)
        begin = time.perf_counter()
        server = EmbeddedServer(weights)
        try:
            with stages.stage("Starting the server"):
                address = server.wait_ready()
            yield Served(address, server.pid, begin, time.perf_counter() - begin)
        finally:
            server.stop()
    except ServerError as error:
        raise NoServerError(f"The embedded server cannot be started: {error}") from None


def _compile_engines(weights: Path | None, stages: Stages) -> None:
    """Let engines be compiled that never were, so that a start is measured as users have it every day."""
    with stages.stage("Preparing the model repository"):
        repository = prepare_repository(weights)
    if all(any((repository / name / "1" / "cache").glob("*")) for name in served_outputs()):
        return
    with stages.stage("Compiling the engines, once"):
        server = EmbeddedServer(weights)
        try:
            server.wait_ready()
        finally:
            server.stop()
