"""The command `docfuse train recognizer`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.progress import Progress

    from docfuse_models.graph import GraphModule
    from docfuse_training.long_run import Task
    from docfuse_training.reading.line_batches import LineBatch
    from docfuse_training.reading.line_store import Line

SHARES = {"drawn": 0.32, "pages": 0.12, "sroie": 0.34, "printed": 0.07, "scanned": 0.15}
"""Share of each source among the lines trained on."""
FOLDERS = ("sroie", "vrdu_adbuy", "unlabelled")
"""Data sets that lines are taken from."""


def recognizer(
    out: Annotated[Path, typer.Option(help="Folder of the run: lines, checkpoint, figures.")],
    data: Annotated[Path | None, typer.Option(help="Folder with sroie/, vrdu_adbuy/, unlabelled/.")] = None,
    lines: Annotated[int, typer.Option(min=1, help="Number of lines to draw.")] = 40_000,
    pages: Annotated[int, typer.Option(min=0, help="Number of synthetic pages to cut lines from.")] = 600,
    steps: Annotated[int, typer.Option(min=1, help="Batches; the learning rate falls over them.")] = 3600,
    rate: Annotated[float, typer.Option(help="Highest learning rate.")] = 5e-4,
    start: Annotated[Path | None, typer.Option(help="Weights folder to start from, not PP-OCRv6.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of lines and batches.")] = 1,
    workers: Annotated[int, typer.Option(help="Processes that draw lines.")] = 2,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    weights_out: Annotated[Path | None, typer.Option(help="Folder for recognizer.onnx.")] = None,
) -> None:
    """Train the text recogniser; a run that was cut off goes on when it is started again."""
    from docfuse_models.graph import GraphModule
    from docfuse_training.long_run import Options
    from docfuse_training.reading.line_calibration import cooled, find_temperature
    from docfuse_training.reading.line_store import INDEX, LineStore
    from docfuse_training.reading.line_stores import make_stores
    from docfuse_training.reading.recognizer import recognizer_graph, write_weights
    from docfuse_training.reading.train_recognizer import recognizer_task
    from docfuse_training.shown_run import train_shown
    from docfuse_training.stored import stores_of

    if data is not None and not any((data / name).is_dir() for name in FOLDERS):
        raise typer.BadParameter(f"{data} has none of {', '.join(FOLDERS)}", param_hint="--data")

    def prepare(progress: Progress) -> tuple[GraphModule, Task[LineBatch]]:
        """The graph to train and how, after its lines have been made."""
        graph = GraphModule(recognizer_graph(start))
        own = partial(_texts, graph) if start else None
        make_stores(out / "lines", data, lines, pages, seed, workers, progress, own)
        training, held_out = stores_of(out / "lines", INDEX, LineStore)
        shared = {name: (store, SHARES[name]) for name, store in training.items() if name in SHARES}
        return graph, recognizer_task(shared, held_out)

    trained = train_shown(prepare, Options(steps=steps, rate=rate, seed=seed), out, device)
    temperature = find_temperature(trained, LineStore(out / "lines" / "drawn_dev"))
    typer.echo(f"Confidence is calibrated with a temperature of {temperature:.2f}.", err=True)
    write_weights(cooled(trained.to_onnx(), temperature), weights_out or out / "weights")


def _texts(graph: GraphModule, lines: Sequence[Line]) -> list[str]:
    from docfuse_training.reading.line_scores import read_lines

    return [reading.text for reading in read_lines(graph, lines)]
