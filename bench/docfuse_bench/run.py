"""A benchmark from beginning to end."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from docfuse import Client
from docfuse.errors import DocfuseError, InputError, ServerError
from docfuse_bench.floor import measure_floor
from docfuse_bench.load import Load
from docfuse_bench.memory import MemoryWatch, server_cpu
from docfuse_bench.pages import Pages, table_page
from docfuse_bench.peer import measure_rapidocr
from docfuse_bench.progress import Stages
from docfuse_bench.report import Dense, Report, Start
from docfuse_bench.serving import Served, serve
from docfuse_bench.tool import Tool
from docfuse_server.repository import prepare_repository

MANY_BOXES, FEW_BOXES = 400, 50
DENSE_REQUESTS = 10


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


@dataclass
class Benchmark:
    """One benchmark; fills `report` part by part and calls `save` after each."""

    plan: Plan
    pages: Pages
    tool: Tool
    report: Report
    stages: Stages
    save: Callable[[], None]

    def run(self) -> None:
        """Measure the server, then the library and the bare engines, each alone.

        Raises:
            DocfuseError: there is no server, it went away, or a part failed; `report.error` then says so too.
        """
        try:
            with serve(self.plan.url, self.plan.weights, self.stages) as served:
                self._measure_server(served)
            if self.plan.rapidocr:
                self._measure_rapidocr()
            if self.plan.floor:
                self._measure_floor()
        except (DocfuseError, KeyboardInterrupt) as error:
            self.report.error = str(error) or "Stopped."
            raise
        finally:
            self.save()

    def _measure_server(self, served: Served) -> None:
        load = Load(self.tool, served.url)
        with contextlib.ExitStack() as stack:
            client = stack.enter_context(Client(served.url, timeout=120))
            if served.pid is not None:
                client.analyze(self.pages.images[0])
                self.report.start = Start(served.ready_s, time.perf_counter() - served.begin)
                stack.enter_context(MemoryWatch(served.pid, self._keep_memory))
            self._warm_up(client)
            for concurrency in self.plan.concurrencies:
                self._measure_level(load, concurrency, served.pid)
            if self.plan.rapidocr:
                self._measure_reading(client)
            if self.plan.dense:
                self._compare_dense(client, load)

    def _keep_memory(self, sizes: dict[str, int]) -> None:
        self.report.memory = sizes

    def _warm_up(self, client: Client) -> None:
        """Send every page once: counts its boxes, and takes out the pages that the server refuses.

        Raises:
            InputError: it refuses all of them.
        """
        images, report = self.pages.images, self.report
        answered: list[bytes] = []
        with self.stages.stage("Reading the pages", len(images)) as on_progress:
            for number, document in enumerate(client.analyze_many(images), 1):
                if document.errors:
                    report.skipped.append(document.errors[0].message)
                else:
                    answered.append(images[number - 1])
                    report.boxes.append(sum(len(page.boxes) for page in document.pages))
                on_progress(number)
        if not answered:
            raise InputError(f"The server refuses every page: {report.skipped[-1]}")
        images[:] = answered

    def _measure_level(self, load: Load, concurrency: int, pid: int | None) -> None:
        images = self.pages.images
        requests = whole_rounds(max(self.plan.requests, 2 * concurrency), len(images))
        with self.stages.stage(f"{concurrency} in flight", requests) as on_progress:
            before = server_cpu(pid) if pid is not None else 0.0
            level = load.run(images, concurrency, requests, on_progress)
            if pid is not None:
                level = replace(level, cpu_ms=1000 * (server_cpu(pid) - before) / requests)
        self.report.levels.append(level)
        self.save()

    def _measure_reading(self, client: Client) -> None:
        """Read all pages with the `ocr` ensemble alone, as many at once as go best, if the server has it."""
        at_once = self.report.best.concurrency if self.report.best else 1
        images = self.pages.images
        try:
            client.ocr(images[0])
        except ServerError as error:
            self.report.skipped.append(f"reading alone: {error}")
            return
        with (
            self.stages.stage("Reading alone", len(images)) as on_progress,
            ThreadPoolExecutor(at_once) as pool,
        ):
            begin = time.perf_counter()
            for number, _ in enumerate(pool.map(client.ocr, images), 1):
                on_progress(number)
            self.report.reading = len(images) / (time.perf_counter() - begin)
        self.save()

    def _compare_dense(self, client: Client, load: Load) -> None:
        found = []
        for boxes in (MANY_BOXES, FEW_BOXES):
            image = table_page(boxes)
            with self.stages.stage(f"A page of {boxes} boxes", DENSE_REQUESTS) as on_progress:
                count = sum(len(page.boxes) for page in client.analyze(image).pages)
                level = load.run([image], 1, DENSE_REQUESTS, on_progress)
            found.append((count, level.latency.mean_ms))
        self.report.dense = Dense(*found[0], *found[1])
        self.save()

    def _measure_rapidocr(self) -> None:
        images = self.pages.images
        with self.stages.stage("RapidOCR", len(images)) as on_progress:
            self.report.peer = measure_rapidocr(images, on_progress)
        self.save()

    def _measure_floor(self) -> None:
        with self.stages.stage("Bare engines"):
            repository = prepare_repository(self.plan.weights)
            self.report.floor = measure_floor(repository, self.pages.images, self.plan.floor_rounds)


def whole_rounds(requests: int, pages: int) -> int:
    """At least so many requests, such that every page is sent equally often."""
    return -(-requests // pages) * pages
