"""A benchmark from beginning to end."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from docfuse import Client
from docfuse.errors import DocfuseError, InputError
from docfuse_bench.floor import measure_floor
from docfuse_bench.load import Load
from docfuse_bench.memory import MemoryWatch
from docfuse_bench.pages import Pages, table_page
from docfuse_bench.peer import measure_rapidocr
from docfuse_bench.progress import Stages
from docfuse_bench.report import Dense, Report, Start
from docfuse_bench.serving import Served, serve
from docfuse_bench.tool import Tool
from docfuse_server.repository import prepare_repository

MANY_BOXES, FEW_BOXES = 400, 50
_DENSE_REQUESTS = 10


@dataclass(frozen=True)
class Plan:
    """What to measure.

    Attributes:
        url: a running server; None: an embedded one is started.
        weights: weights of the embedded server, None: those that come with docfuse.
        concurrencies: pages in flight, one level each.
        requests: least pages sent at each level.
        dense: whether to compare pages with many and few boxes.
        rapidocr: whether the RapidOCR library reads the pages too.
        floor: whether to time the bare engines.
        floor_rounds: how often the floor computes each page.
    """

    url: str | None
    weights: Path | None
    concurrencies: Sequence[int]
    requests: int
    dense: bool
    rapidocr: bool
    floor: bool
    floor_rounds: int


def run(
    plan: Plan, pages: Pages, tool: Tool, report: Report, stages: Stages, save: Callable[[], None]
) -> None:
    """Measure, filling `report`; `save` is called after each part.

    Raises:
        DocfuseError: there is no server, or it went away; `report.error` then says so too.
    """
    try:
        with serve(plan.url, plan.weights, stages) as served:
            _measure_served(plan, pages, Load(tool, served.url), served, report, stages, save)
        if plan.rapidocr:
            with stages.stage("RapidOCR", len(pages.images)) as on_progress:
                report.peer = measure_rapidocr(pages.images, on_progress)
            save()
        if plan.floor:
            with stages.stage("Bare engines"):
                repository = prepare_repository(plan.weights)
                report.floor = measure_floor(repository, pages.images, plan.floor_rounds)
    except (DocfuseError, KeyboardInterrupt) as error:
        report.error = str(error) or "Stopped."
        raise
    finally:
        save()


def _measure_served(
    plan: Plan,
    pages: Pages,
    load: Load,
    served: Served,
    report: Report,
    stages: Stages,
    save: Callable[[], None],
) -> None:
    with Client(served.url, timeout=120) as client:
        if served.pid is not None:
            client.analyze(pages.images[0])
            report.start = Start(served.ready_s, time.perf_counter() - served.begin)
        _warm_up(client, pages, report, stages)
        with MemoryWatch(served.pid) if served.pid is not None else nullcontext() as memory:
            for concurrency in plan.concurrencies:
                requests = whole_rounds(max(plan.requests, 2 * concurrency), len(pages.images))
                with stages.stage(f"{concurrency} in flight", requests) as on_progress:
                    report.levels.append(load.run(pages.images, concurrency, requests, on_progress))
                report.memory = memory.highest if memory is not None else {}
                save()
            if plan.dense:
                report.dense = _compare_dense(client, load, stages)


def whole_rounds(requests: int, pages: int) -> int:
    """At least so many requests, such that every page is sent equally often."""
    return -(-requests // pages) * pages


def _warm_up(client: Client, pages: Pages, report: Report, stages: Stages) -> None:
    """Send every page once: counts its boxes, and takes out the pages that the server refuses.

    Raises:
        InputError: it refuses all of them.
    """
    answered: list[bytes] = []
    with stages.stage("Reading the pages", len(pages.images)) as on_progress:
        for number, document in enumerate(client.analyze_many(pages.images), 1):
            if document.errors:
                pages.skipped.append(document.errors[0].message)
            else:
                answered.append(pages.images[number - 1])
                report.boxes.append(sum(len(page.boxes) for page in document.pages))
            on_progress(number)
    report.skipped = pages.skipped
    if not answered:
        raise InputError(f"The server refuses every page: {pages.skipped[-1]}")
    pages.images[:] = answered


def _compare_dense(client: Client, load: Load, stages: Stages) -> Dense:
    found = []
    for boxes in (MANY_BOXES, FEW_BOXES):
        image = table_page(boxes)
        with stages.stage(f"A page of {boxes} boxes", _DENSE_REQUESTS) as on_progress:
            count = sum(len(page.boxes) for page in client.analyze(image).pages)
            level = load.run([image], 1, _DENSE_REQUESTS, on_progress)
        found.append((count, level.latency.mean_ms))
    (many_boxes, many_ms), (few_boxes, few_ms) = found
    return Dense(many_boxes, many_ms, few_boxes, few_ms)
