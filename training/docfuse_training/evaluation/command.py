"""The command `docfuse evaluate`."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from docfuse_training.evaluation.measure import Boxes, Task
    from docfuse_training.truth import TruthDocument


class DataSet(str, Enum):
    """Data sets that can be measured on."""

    funsd = "funsd"
    sroie = "sroie"
    wildreceipt = "wildreceipt"
    adbuy = "adbuy"
    zugferd = "zugferd"
    kaggle = "kaggle"
    rvlcdip = "rvlcdip"
    pages = "pages"
    custom = "custom"


class BoxSource(str, Enum):
    """Where text boxes come from."""

    gold = "gold"
    detected = "detected"


def evaluate(
    data_set: Annotated[DataSet, typer.Argument(help="Which data set the folder holds.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the data set.")],
    boxes: Annotated[
        BoxSource | None,
        typer.Option(help="Labelled boxes and texts, or our own reading (default: what the set needs)."),
    ] = None,
    weights: Annotated[Path | None, typer.Option(help="Folder with ONNX weights for the server.")] = None,
    split: Annotated[
        str | None,
        typer.Option(
            help="Measure on NAME.txt of the folder, or NAME of pages (default: dev, else test, else all)."
        ),
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")] = None,
    url: Annotated[str | None, typer.Option(help="Use this server instead of starting one.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N documents.")] = None,
) -> None:
    """Measure a served docfuse on a public data set."""
    from docfuse_training.evaluation.measure import TASKS
    from docfuse_training.readers import READERS, DataError

    name = data_set.value
    task = TASKS[name]
    if boxes is BoxSource.gold and not task.has_boxes:
        _fail(f"{name} has no labelled boxes: leave out --boxes gold.", 2)
    if url is not None and weights is not None:
        _fail("A server that runs has its weights: give --url or --weights, not both.", 2)
    try:
        truth = READERS[name](folder, split)[:limit]
    except DataError as error:
        _fail(str(error), 2)
    except (KeyError, IndexError, TypeError) as error:
        _fail(f"The labels in {folder} are not in the format of {name} ({error!r}).", 2)
    if not truth:
        _fail(f"{folder} has no documents to measure on.", 2)
    sources: tuple[Boxes, ...] = (boxes.value,) if boxes else task.boxes
    figures = _measure(task, truth, sources, url, weights)
    _show(name, figures)
    if json_file is not None:
        json_file.write_text(json.dumps({"data_set": name, **figures}, indent=2) + "\n", encoding="utf-8")


def _fail(message: str, status: int) -> NoReturn:
    typer.echo(f"Error: {message}", err=True)
    raise typer.Exit(status)


def _measure(
    task: Task, truth: list[TruthDocument], sources: tuple[Boxes, ...], url: str | None, weights: Path | None
) -> dict[str, float]:
    from docfuse import DocfuseError
    from docfuse_training.evaluation.measure import run_scores, together
    from docfuse_training.evaluation.predict import predict, progress_bar, server

    try:
        with server(url, weights) as address, progress_bar() as progress:
            runs = {source: predict(address, truth, source == "gold", task, progress) for source in sources}
            lines = _line_figures(task, truth, address)
    except (DocfuseError, RuntimeError) as error:  # the client's errors, and the embedded server's
        _fail(str(error), 1)
    failed = [error.message for run in runs.values() for error in run.errors]
    for message in failed[:3]:
        typer.echo(f"A page failed: {message}", err=True)
    pages = sum(len(document.pages) for document in truth)
    seconds = sum(run.seconds for run in runs.values()) / (len(runs) * pages)
    counts = {
        "documents": len(truth),
        "pages": pages,
        "failed_pages": len(failed),
        "seconds_per_page": seconds,
    }
    return (
        together(
            task, {source: run_scores(task, truth, run.documents, source) for source, run in runs.items()}
        )
        | lines
        | counts
    )


def _line_figures(task: Task, truth: list[TruthDocument], address: str) -> dict[str, float]:
    """How well labelled lines are read; nothing where there are none, or the server has other recognisers."""
    from tritonclient.utils import InferenceServerException

    from docfuse_training.evaluation.gold_lines import gold_line_pairs
    from docfuse_training.reading.line_scores import score_lines

    if not task.has_boxes:
        return {}
    try:
        return score_lines(gold_line_pairs(address, truth))
    except InferenceServerException as error:
        typer.echo(f"Labelled lines were not read: {error.message()}", err=True)
        return {}


def _show(name: str, figures: dict[str, float]) -> None:
    """Print the figures, those of the rules beside ours."""
    from rich.console import Console
    from rich.table import Table

    table = Table("figure", name, title="docfuse evaluate")
    ruled = any(key.startswith("rules_") for key in figures)
    if ruled:
        table.add_column("rules")
    for key, value in figures.items():
        if not key.startswith("rules_"):
            other = figures.get(f"rules_{key}")
            beside = [_number(other) if other is not None else ""] if ruled else []
            table.add_row(key, _number(value), *beside)
    Console().print(table)


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.3f}"
