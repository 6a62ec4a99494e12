"""A benchmark's report as tables in a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.table import Table

from docfuse_bench.report import Report

_RATIOS = {
    "throughput_to_peer": "throughput ÷ {peer}",
    "reading_to_peer": "reading alone ÷ {peer}",
    "throughput_to_floor": "throughput ÷ bare engines",
    "lone_latency_to_floor": "lone page ÷ its bare engines",
    "cpu_to_floor": "processor time ÷ bare engines'",
    "peer_cpu_to_cpu": "{peer}'s processor time ÷ ours",
    "many_boxes_to_few": "page of {many} boxes ÷ page of {few}",
}


def print_report(report: Report, console: Console) -> None:
    """Print every part of the report that is there."""
    machine = report.machine
    if machine.load > machine.cores / 2:
        message = (
            f"! The machine was busy before the start: load {machine.load:.1f} on {machine.cores} cores."
        )
        console.print(message, style="yellow")
    if report.levels:
        console.print(_levels(report), _steps(report), _summary(report), sep="\n")
    for note in report.skipped:
        console.print(f"! Left out: {note}", style="yellow", markup=False)
    if report.error:
        console.print("The benchmark ended early; these are the figures up to there.", style="yellow")


def _grid(title: str, *columns: str) -> Table:
    grid = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", header_style="bold dim")
    for index, column in enumerate(columns):
        grid.add_column(column, justify="right" if index else "left", no_wrap=True)
    return grid


def _levels(report: Report) -> Table:
    pages, boxes = len(report.boxes), sum(report.boxes) / max(len(report.boxes), 1)
    title = f"{pages} pages of {', '.join(report.folders)}, {boxes:.0f} boxes a page"
    grid = _grid(title, "in flight", "pages/s", "mean ms", "p50 ms", "p95 ms", "p99 ms", "requests")
    for level in report.levels:
        seen = level.latency
        times = (f"{value:.0f}" for value in (seen.mean_ms, seen.p50_ms, seen.p95_ms, seen.p99_ms))
        style = "bold" if level is report.best else ""
        grid.add_row(
            str(level.concurrency), f"{seen.pages_per_second:.2f}", *times, str(level.requests), style=style
        )
    return grid


def _steps(report: Report) -> Table:
    assert report.best is not None
    title = f"{report.best.concurrency} in flight, ms a page; pages and rows in one execution"
    grid = _grid(title, "model", "queue", "compute", "bare", "pages", "rows")
    bare = report.floor.engines_ms if report.floor else {}
    steps = sorted(report.best.steps.items(), key=lambda item: -item[1].compute_ms)
    for name, step in steps:
        grid.add_row(
            name,
            f"{step.queue_ms:.1f}",
            f"{step.compute_ms:.1f}",
            f"{bare[name]:.1f}" if name in bare else "",
            f"{step.pages_per_execution:.2f}",
            f"{step.rows_per_execution:.1f}",
        )
    return grid


def _summary(report: Report) -> Table:
    grid = _grid("In short", "", "")
    for name, value in _facts(report):
        grid.add_row(name, value)
    grid.show_header = False
    return grid


def _facts(report: Report) -> Iterable[tuple[str, str]]:
    assert report.best is not None
    yield "best throughput", f"{report.best.latency.pages_per_second:.2f} pages/s"
    if report.reading:
        yield "reading alone", f"{report.reading:.2f} pages/s"
    if report.peer:
        yield report.peer.name, f"{report.peer.pages_per_second:.2f} pages/s"
    if report.floor:
        at_once = f"{report.floor.workers} × {report.floor.threads} threads"
        yield f"bare engines, {at_once}", f"{report.floor.pages_per_second:.2f} pages/s"
        yield "bare engines, one page alone", f"{report.floor.lone_ms:.0f} ms"
    if report.best.cpu_ms:
        yield "processor time a page", f"{report.best.cpu_ms:.0f} ms"
    if report.lone:
        yield "one page alone", f"{report.lone.latency.mean_ms:.0f} ms"
    names = {
        "peer": report.peer.name if report.peer else "",
        "many": report.dense.many_boxes if report.dense else 0,
        "few": report.dense.few_boxes if report.dense else 0,
    }
    for name, value in report.ratios().items():
        yield _RATIOS[name].format(**names), f"{value:.2f}"
    if report.memory:
        yield "memory of all server processes, highest", f"{sum(report.memory.values()) / 1e9:.2f} GB"
    if report.start:
        yield "start to ready", f"{report.start.ready_s:.1f} s"
        yield "start to first answer", f"{report.start.first_answer_s:.1f} s"
