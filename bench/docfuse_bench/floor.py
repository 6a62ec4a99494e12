"""The floor: what the bare engines take for the same pages, with nothing around them."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docfuse_bench.engines import Engines, Recording, record_page
from docfuse_bench.errors import FloorError
from docfuse_pipeline.tokens import Tokenizer

MOST_WORKERS = 8
"""Each worker holds engines of its own, some hundred megabytes."""
_START_LIMIT = 120.0


@dataclass(frozen=True)
class Floor:
    """What the bare engines take.

    Attributes:
        pages_per_second: all cores busy, each with pages of its own.
        cpu_ms: processor time a page in that.
        workers: processes, each with its share of the cores.
        threads: threads of a worker's engines.
        lone_ms: one page alone, its engines one after the other with all cores each; mean over the pages.
        engines_ms: the same by engine.
    """

    pages_per_second: float
    cpu_ms: float
    workers: int
    threads: int
    lone_ms: float
    engines_ms: dict[str, float]


def measure_floor(repository: Path, images: Sequence[bytes], rounds: int) -> Floor:
    """Record what the engines are given for each page, then time them.

    Args:
        repository: an assembled repository of the embedded target.
        images: encoded pages, all readable.
        rounds: how often each page is computed.
    """
    engines = Engines(repository)
    tokenizer = Tokenizer(repository / "text" / "1" / "tokenizer.json")
    recordings = [record_page(image, engines.compute, tokenizer) for image in images]
    engines_ms = lone_times(engines, recordings, rounds)
    shares = core_shares()
    pages_per_second, cpu_ms = throughput(repository, recordings, rounds, shares)
    return Floor(
        pages_per_second=pages_per_second,
        cpu_ms=cpu_ms,
        workers=len(shares),
        threads=len(shares[0]),
        lone_ms=sum(engines_ms.values()),
        engines_ms=engines_ms,
    )


def lone_times(engines: Engines, recordings: Sequence[Recording], rounds: int) -> dict[str, float]:
    """Milliseconds a page by engine, one engine after the other; the recording has warmed them up."""
    seconds: dict[str, float] = defaultdict(float)
    for recording in list(recordings) * rounds:
        for name, inputs in recording:
            begin = time.perf_counter()
            engines.compute(name, inputs)
            seconds[name] += time.perf_counter() - begin
    return {name: 1000 * value / (rounds * len(recordings)) for name, value in seconds.items()}


def core_shares() -> list[list[int]]:
    """The cores that this process may use, shared out to as many workers as there are cores, 8 at most."""
    cores = sorted(os.sched_getaffinity(0))
    workers = min(len(cores), MOST_WORKERS)
    size = len(cores) // workers
    return [cores[worker * size : (worker + 1) * size] for worker in range(workers)]


def throughput(
    repository: Path, recordings: Sequence[Recording], rounds: int, shares: Sequence[list[int]]
) -> tuple[float, float]:
    """Pages a second, and milliseconds of processor time a page, of one process per share of cores.

    Each takes the next page as soon as it is free.

    Raises:
        FloorError: a process ended, or was not ready within two minutes.
    """
    context = multiprocessing.get_context("spawn")
    cores = context.SimpleQueue()
    for share in shares:
        cores.put(share)
    ready = context.Barrier(len(shares), timeout=_START_LIMIT)
    pool = ProcessPoolExecutor(
        len(shares), context, initializer=_start, initargs=(repository, recordings, cores, ready)
    )
    try:
        with pool:
            list(pool.map(_nothing, shares))  # returns when every worker has passed the barrier
            begin = time.perf_counter()
            pages = list(range(len(recordings))) * rounds
            cpu = sum(pool.map(_compute, pages))
            return len(pages) / (time.perf_counter() - begin), 1000 * cpu / len(pages)
    except BrokenProcessPool as error:
        raise FloorError(
            f"One of {len(shares)} processes with bare engines ended ({error}): free some memory, or leave "
            "this part out with --no-floor."
        ) from None


_engines: Engines
_recordings: Sequence[Recording]


def _start(repository: Path, recordings: Sequence[Recording], cores: Any, ready: Any) -> None:
    """Confine this worker to its cores, since OpenVINO pins every process's first thread to the same core."""
    global _engines, _recordings
    share = cores.get()
    os.sched_setaffinity(0, share)
    _engines, _recordings = Engines(repository, len(share)), recordings
    for page in range(len(recordings)):
        _compute(page)
    ready.wait()


def _nothing(_: object) -> None:
    """What a worker does before the clock runs."""


def _compute(page: int) -> float:
    """Run a page's engines; returns seconds of processor time."""
    begin = time.process_time()
    for name, inputs in _recordings[page]:
        _engines.compute(name, inputs)
    return time.process_time() - begin
