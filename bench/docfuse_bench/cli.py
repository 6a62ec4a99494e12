"""The command `docfuse bench`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from docfuse_bench.report import Report

_MOST_IN_FLIGHT = 256
_QUICK_PAGES = 8


def bench(
    url: Annotated[
        str | None,
        typer.Option(
            envvar="DOCFUSE_URL", help="gRPC address of a server, host:port; without it one is started."
        ),
    ] = None,
    concurrency: Annotated[
        str,
        typer.Option(help="Pages in flight, FIRST:LAST[:STEP]; without STEP in doubles."),
    ] = "1:8",
    documents: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of images and PDFs, may be repeated; without it the bundled samples."),
    ] = None,
    pages: Annotated[int, typer.Option(min=1, help="Most pages, drawn evenly from the folders.")] = 24,
    requests: Annotated[int, typer.Option(min=1, help="Least pages sent at each level.")] = 120,
    report: Annotated[
        Path | None, typer.Option(help="Write the figures as JSON to this file, and a plot beside it.")
    ] = None,
    rapidocr: Annotated[
        bool | None, typer.Option(help="Read the pages with RapidOCR too. Default: without --url.")
    ] = None,
    floor: Annotated[
        bool | None, typer.Option(help="Time the bare engines too. Default: without --url.")
    ] = None,
    dense: Annotated[bool, typer.Option(help="Compare a page of 400 boxes with one of 50.")] = True,
    weights: Annotated[Path | None, typer.Option(help="Weights of the server that is started.")] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="One round of 8 pages at most: for a first look only.")
    ] = False,
) -> None:
    """Measure a server with perf_analyzer, beside its bare engines and the RapidOCR library."""
    from rich.console import Console

    from docfuse.demo import samples
    from docfuse.errors import InputError
    from docfuse_bench.pages import draw_pages
    from docfuse_bench.progress import Stages
    from docfuse_bench.report import Report, this_machine
    from docfuse_bench.run import Benchmark, Plan
    from docfuse_bench.tool import find_tool

    if url is not None and weights is not None:
        raise InputError("A server that runs has its weights: give --url or --weights, not both.")
    plan = Plan(
        url=url,
        weights=weights,
        concurrencies=parse_concurrency(concurrency),
        requests=1 if quick else requests,
        dense=dense,
        rapidocr=url is None if rapidocr is None else rapidocr,
        floor=url is None if floor is None else floor,
        floor_rounds=1 if quick else 3,
    )
    folders = documents or [samples()[0].parent]
    notes = Stages(Console(stderr=True, highlight=False))
    drawn = draw_pages(folders, min(pages, _QUICK_PAGES) if quick else pages)
    with notes.stage("Looking for perf_analyzer"):
        tool = find_tool()
    names = [folder.name for folder in folders]
    found = Report(url, names, this_machine(), tool.version, skipped=drawn.skipped)
    save = _saver(found, report)
    try:
        Benchmark(plan, drawn, tool, found, notes, save).run()
    finally:
        _show(found, report)


def parse_concurrency(text: str) -> list[int]:
    """Levels of `FIRST[:LAST[:STEP]]`; without STEP each level has twice the pages in flight of the last.

    Raises:
        typer.BadParameter: it is not of that form, or out of range.
    """
    if not re.fullmatch(r"\d{1,3}(:\d{1,3}){0,2}", text):
        raise _bad_concurrency(text)
    first, *others = (int(part) for part in text.split(":"))
    last, step = [*others, *(first, 0)[len(others) :]]
    if not 1 <= first <= last <= _MOST_IN_FLIGHT or (len(others) == 2 and not step):
        raise _bad_concurrency(text)
    if step:
        return list(range(first, last + 1, step))
    doubled = itertools.takewhile(lambda level: level < last, (first << n for n in itertools.count()))
    return [*doubled, last]


def _bad_concurrency(text: str) -> typer.BadParameter:
    return typer.BadParameter(
        f"{text!r} is not FIRST:LAST or FIRST:LAST:STEP with 1 ≤ FIRST ≤ LAST ≤ {_MOST_IN_FLIGHT}.",
        param_hint="--concurrency",
    )


def _saver(found: Report, path: Path | None) -> Callable[[], None]:
    """What writes the report as it is so far; does so once, to see that it can."""
    if path is None:
        return lambda: None
    if path.suffix != ".json":
        raise typer.BadParameter(
            f"{path} must end in .json; the plot is written beside it.", param_hint="--report"
        )
    from docfuse_bench import plot  # noqa: F401  # better now than after minutes that matplotlib is missing

    found.save(path)
    return lambda: found.save(path)


def _show(found: Report, path: Path | None) -> None:
    """Print what was found, in full or in part, and draw it."""
    from rich.console import Console

    from docfuse_bench.table import print_report

    console = Console(highlight=False)
    print_report(found, console)
    if path is not None:
        from docfuse_bench.plot import plot_report

        written = [path, *plot_report(found, path.with_suffix(".png"))]
        console.print(f"Written: {', '.join(str(file) for file in written)}", style="dim", soft_wrap=True)
