"""The command `docfuse train detector`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.progress import Progress

    from docfuse_models.graph import GraphModule
    from docfuse_training.detection.page_batches import PageBatch
    from docfuse_training.long_run import Task

SHARES = {"sroie": 0.45, "synthetic": 0.3, "printed": 0.25}
"""Share of each source among the pages trained on."""
FOLDERS = ("sroie", "vrdu_adbuy")
"""Data sets that pages are taken from."""


def detector(
    out: Annotated[Path, typer.Option(help="Folder of the run: pages, checkpoint, figures.")],
    data: Annotated[Path | None, typer.Option(help="Folder with sroie/, vrdu_adbuy/.")] = None,
    pages: Annotated[int, typer.Option(min=1, help="Number of synthetic pages.")] = 300,
    steps: Annotated[int, typer.Option(min=1, help="Batches; the learning rate falls over them.")] = 1500,
    rate: Annotated[float, typer.Option(help="Highest learning rate.")] = 1e-4,
    start: Annotated[Path | None, typer.Option(help="Weights folder to start from, not PP-OCRv6.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of pages and batches.")] = 1,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    weights_out: Annotated[Path | None, typer.Option(help="Folder for detector.onnx.")] = None,
) -> None:
    """Train the text detector; a run that was cut off goes on when it is started again."""
    from docfuse_models.graph import GraphModule
    from docfuse_training.detection.detector import detector_graph, write_weights
    from docfuse_training.detection.page_sources import make_stores
    from docfuse_training.detection.page_store import INDEX, PageStore
    from docfuse_training.detection.train_detector import detector_task
    from docfuse_training.long_run import Options
    from docfuse_training.shown_run import train_shown
    from docfuse_training.stored import stores_of

    if data is not None and not any((data / name).is_dir() for name in FOLDERS):
        raise typer.BadParameter(f"{data} has none of {', '.join(FOLDERS)}", param_hint="--data")

    def prepare(progress: Progress) -> tuple[GraphModule, Task[PageBatch]]:
        make_stores(out / "pages", data, pages, seed, progress)
        training, held_out = stores_of(out / "pages", INDEX, PageStore)
        shared = {name: (store, SHARES[name]) for name, store in training.items() if name in SHARES}
        return GraphModule(detector_graph(start)), detector_task(shared, held_out)

    trained = train_shown(prepare, Options(steps=steps, rate=rate, seed=seed), out, device)
    write_weights(trained.to_onnx(), weights_out or out / "weights")
