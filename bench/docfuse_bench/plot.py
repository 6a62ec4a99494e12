"""A benchmark's report as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
from matplotlib import pyplot

from docfuse_bench.report import Report

matplotlib.use("Agg")
_BLUE, _AMBER, _GRAY = "#1d4ed8", "#d97706", "#6b7280"


def plot_report(report: Report, path: Path) -> list[Path]:
    """Draw throughput, latency and the time of each step; returns the files written, none without figures."""
    if not report.levels:
        return []
    figure, (throughput, latency, steps) = pyplot.subplots(1, 3, figsize=(15, 4.5))
    _draw_throughput(throughput, report)
    _draw_latency(latency, report)
    _draw_steps(steps, report)
    for axis in (throughput, latency):
        axis.set_xlabel("pages in flight")
        axis.set_xticks([level.concurrency for level in report.levels])
        axis.set_ylim(bottom=0)
        axis.grid(axis="y", alpha=0.3)
        axis.legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return [path]


def _draw_throughput(axis: Any, report: Report) -> None:
    levels = report.levels
    axis.plot(
        [level.concurrency for level in levels],
        [level.latency.pages_per_second for level in levels],
        marker="o",
        color=_BLUE,
        label="docfuse",
    )
    if report.floor:
        axis.axhline(report.floor.pages_per_second, color=_GRAY, linestyle="--", label="bare engines")
    if report.peer:
        axis.axhline(report.peer.pages_per_second, color=_AMBER, linestyle=":", label=report.peer.name)
    axis.set_title("throughput, pages/s")


def _draw_latency(axis: Any, report: Report) -> None:
    for name, style in (("p50_ms", "-"), ("p95_ms", "--"), ("p99_ms", ":")):
        axis.plot(
            [level.concurrency for level in report.levels],
            [getattr(level.latency, name) for level in report.levels],
            style,
            marker="o",
            color=_BLUE,
            label=name.removesuffix("_ms"),
        )
    axis.set_title("latency, ms")


def _draw_steps(axis: Any, report: Report) -> None:
    assert report.best is not None
    steps = sorted(report.best.steps.items(), key=lambda item: item[1].compute_ms)
    names = [name for name, _ in steps]
    compute = [step.compute_ms for _, step in steps]
    axis.barh(names, compute, color=_BLUE, label="compute")
    axis.barh(
        names, [step.queue_ms for _, step in steps], left=compute, color=_AMBER, alpha=0.5, label="queue"
    )
    if report.floor:
        bare = {name: ms for name, ms in report.floor.engines_ms.items() if name in names}
        axis.plot(list(bare.values()), list(bare), "k|", markersize=9, label="bare engine")
    axis.set_title(f"time of each step, ms a page, {report.best.concurrency} in flight")
    axis.tick_params(axis="y", labelsize="small")
    axis.legend(fontsize="small", loc="lower right")
