"""The command `docfuse train recognizer`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from onnx import ModelProto

SHARES = {"drawn": 0.36, "sroie": 0.4, "printed": 0.1, "scanned": 0.14}
"""Share of each source among the lines trained on."""
FOLDERS = ("sroie", "vrdu_adbuy", "unlabelled")
"""Data sets that lines are taken from."""


def recognizer(
    out: Annotated[Path, typer.Option(help="Folder of the run: lines, checkpoint, figures.")],
    data: Annotated[
        Path | None, typer.Option(help="Folder with sroie/, vrdu_adbuy/, vrdu_registration/, unlabelled/.")
    ] = None,
    lines: Annotated[int, typer.Option(help="Number of lines to draw.")] = 40_000,
    steps: Annotated[int, typer.Option(help="Batches; the learning rate falls over them.")] = 3600,
    rate: Annotated[float, typer.Option(help="Highest learning rate.")] = 5e-4,
    start: Annotated[Path | None, typer.Option(help="Weights folder to start from, not PP-OCRv6.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of lines and batches.")] = 1,
    workers: Annotated[int, typer.Option(help="Processes that draw lines.")] = 2,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    weights_out: Annotated[Path | None, typer.Option(help="Folder for recognizer.onnx.")] = None,
) -> None:
    """Train the text recogniser; a run that was cut off goes on when it is started again."""
    import torch
    from rich.console import Console
    from rich.progress import Progress

    from docfuse_models.graph import GraphModule
    from docfuse_training.reading.line_stores import make_stores, stores_of
    from docfuse_training.reading.recognizer import recognizer_graph
    from docfuse_training.reading.train_recognizer import Options, train_recognizer

    if data is not None and not any((data / name).is_dir() for name in FOLDERS):
        raise typer.BadParameter(f"{data} has none of {', '.join(FOLDERS)}", param_hint="--data")
    torch.manual_seed(seed)
    device = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    with Progress(console=Console(stderr=True)) as progress:
        make_stores(out / "lines", data, lines, seed, workers, progress)
        training, held_out = stores_of(out / "lines")
        task = progress.add_task("Training", total=steps)
        module = GraphModule(recognizer_graph(start))

        def report(record: dict[str, Any]) -> None:
            progress.update(task, completed=record["step"])
            if "scores" in record:
                progress.console.print(_line(record))

        history = train_recognizer(
            module,
            {name: (store, SHARES[name]) for name, store in training.items()},
            held_out,
            Options(steps=steps, rate=rate, seed=seed),
            out / "run.pt",
            report,
            device,
        )
    _finish(out, history, module.to_onnx(), weights_out)


def _line(record: dict[str, Any]) -> str:
    scores = "; ".join(
        f"{name}: " + " ".join(f"{key} {value:.4f}" for key, value in figures.items())
        for name, figures in record["scores"].items()
    )
    return f"step {record['step']} ({record['seconds']:.0f} s) loss {record['loss']:.3f} | {scores}"


def _finish(out: Path, history: list[dict[str, Any]], graph: ModelProto, weights_out: Path | None) -> None:
    """Write weights, figures and their picture."""
    from docfuse_training.reading.recognizer import write_weights
    from docfuse_training.train_plot import plot_scores

    write_weights(graph, weights_out or out / "weights")
    (out / "history.json").write_text(json.dumps(history, indent=1))
    plot_scores(history, out / "history.png")
