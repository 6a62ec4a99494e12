"""Memory and processor time of a server's processes."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

import psutil

from docfuse_server.process import stub_model

_EVERY = 2.0
"""Seconds between two readings."""


def server_memory(pid: int) -> dict[str, int]:
    """Proportional set size, bytes, of a supervisor, its tritonserver and each Python model, by name."""
    sizes: dict[str, int] = {}
    for process in _family(pid):
        with contextlib.suppress(psutil.Error):  # it ended between listing and asking
            name = process.name()
            if name.startswith("triton_python"):
                name = stub_model(process)
            sizes[name] = sizes.get(name, 0) + int(process.memory_full_info().pss)
    return sizes


def server_cpu(pid: int) -> float:
    """Seconds of processor time that a supervisor, its tritonserver and its models have taken so far."""
    seconds = 0.0
    for process in _family(pid):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            seconds += times.user + times.system
    return seconds


def _family(pid: int) -> list[psutil.Process]:
    try:
        supervisor = psutil.Process(pid)
        return [supervisor, *supervisor.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


class MemoryWatch:
    """Reads a server's memory every two seconds for as long as the `with` block lasts.

    Args:
        pid: the server's supervisor.
        on_highest: given the sizes, bytes by name, whenever their sum is higher than ever.
    """

    def __init__(self, pid: int, on_highest: Callable[[dict[str, int]], None]) -> None:
        self._pid = pid
        self._on_highest = on_highest
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="docfuse-memory", daemon=True)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        highest = 0
        while True:
            sizes = server_memory(self._pid)
            if sum(sizes.values()) > highest:
                highest = sum(sizes.values())
                self._on_highest(sizes)
            if self._ending.wait(_EVERY):
                return
