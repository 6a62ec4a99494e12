"""What a benchmark found, as a record."""

from __future__ import annotations

import dataclasses
import datetime
import importlib.metadata
import json
import os
import platform
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from docfuse.errors import InputError
from docfuse_bench.floor import Floor
from docfuse_bench.load import Level
from docfuse_bench.peer import Peer


@dataclass(frozen=True)
class Machine:
    """Where it ran: processor, cores that this process may use, memory in bytes, system, load before."""

    processor: str
    cores: int
    memory: int
    system: str
    load: float
    """Mean number of runnable processes in the minute before the benchmark."""


@dataclass(frozen=True)
class Start:
    """Seconds from the start of an embedded server, its engines compiled before, to ready and an answer."""

    ready_s: float
    first_answer_s: float


@dataclass(frozen=True)
class Dense:
    """A page with many boxes against one with few, each alone: boxes found, mean milliseconds."""

    many_boxes: int
    many_ms: float
    few_boxes: int
    few_ms: float

    @property
    def ratio(self) -> float:
        """How many times longer the page with many boxes takes."""
        return self.many_ms / self.few_ms


@dataclass
class Report:
    """A benchmark, filled step by step; `error` says why it ended early.

    Attributes:
        url: the server's address, None for an embedded one.
        folders: where the documents come from, by name.
        skipped: documents and pages that were left out, and why.
        boxes: text boxes that the server found on each page, in the order of the pages.
        levels: one per concurrency.
        memory: bytes of the server's processes by name, when their sum was highest.
        reading: pages per second of the `ocr` ensemble, which only reads.
    """

    url: str | None
    folders: list[str]
    machine: Machine
    perf_analyzer: str
    docfuse: str = field(default_factory=lambda: importlib.metadata.version("docfuse"))
    date: str = field(default_factory=lambda: datetime.date.today().isoformat())
    skipped: list[str] = field(default_factory=list)
    boxes: list[int] = field(default_factory=list)
    start: Start | None = None
    levels: list[Level] = field(default_factory=list)
    memory: dict[str, int] = field(default_factory=dict)
    dense: Dense | None = None
    reading: float | None = None
    peer: Peer | None = None
    floor: Floor | None = None
    error: str | None = None

    @property
    def best(self) -> Level | None:
        """The concurrency with the highest throughput."""
        return max(self.levels, key=lambda level: level.latency.pages_per_second, default=None)

    @property
    def lone(self) -> Level | None:
        """One page at a time."""
        return next((level for level in self.levels if level.concurrency == 1), None)

    def ratios(self) -> dict[str, float]:
        """What makes figures of different machines comparable; those that the parts at hand allow."""
        found: dict[str, float] = {}
        if self.best and self.peer:
            found["throughput_to_peer"] = self.best.latency.pages_per_second / self.peer.pages_per_second
        if self.reading and self.peer:
            found["reading_to_peer"] = self.reading / self.peer.pages_per_second
        if self.best and self.floor:
            found["throughput_to_floor"] = self.best.latency.pages_per_second / self.floor.pages_per_second
        if self.lone and self.floor:
            found["lone_latency_to_floor"] = self.lone.latency.mean_ms / self.floor.lone_ms
        if self.best and self.best.cpu_ms and self.floor:
            found["cpu_to_floor"] = self.best.cpu_ms / self.floor.cpu_ms
        if self.best and self.best.cpu_ms and self.peer:
            found["peer_cpu_to_cpu"] = self.peer.cpu_ms / self.best.cpu_ms
        if self.dense:
            found["many_boxes_to_few"] = self.dense.ratio
        return found

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON types."""
        return {**dataclasses.asdict(self), "ratios": self.ratios()}

    def save(self, path: Path) -> None:
        """Write the report as JSON, in one step, so that a reader never finds half of one.

        Raises:
            InputError: it cannot be written.
        """
        draft = path.with_name(f".{path.name}")
        try:
            draft.write_text(json.dumps(self.as_dict(), indent=2) + "\n", encoding="utf-8")
            draft.replace(path)
        except OSError as error:
            raise InputError(f"{path} cannot be written: {error.strerror}.") from None


def this_machine() -> Machine:
    """The machine that this runs on."""
    processor = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        lines = info.read_text(encoding="utf-8", errors="replace").splitlines()
        processor = next(
            (ln.partition(":")[2].strip() for ln in lines if ln.startswith("model name")), processor
        )
    cores = len(os.sched_getaffinity(0))
    return Machine(processor, cores, psutil.virtual_memory().total, platform.platform(), os.getloadavg()[0])
