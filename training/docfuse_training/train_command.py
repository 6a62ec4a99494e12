"""The command `docfuse train`: data → encoded pages → cut head → all tasks → weights."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from docfuse_training.checkpoints import Modules
    from docfuse_training.dataset import Example, Prepared
    from docfuse_training.encode import Source
    from docfuse_training.truth import TruthPage

_PART = 8
"""Pages that one process encodes at a stretch."""
_DEV_SEED_OFFSET = 1_000_000
SETS = {"sroie": "sroie", "adbuy": "vrdu_adbuy"}
"""Data sets whose terms allow training, and the names of their folders."""


@dataclass(frozen=True)
class Pages:
    """Training and held-out parts of the data."""

    training: list[Source]
    held_out: list[Source]


def _advance(progress: Progress, task: TaskID, page_id: str) -> None:
    progress.advance(task)


def _parts(pages: Sequence[TruthPage], hows: tuple[str, ...]) -> list[Source]:
    from docfuse_training.encode import Source

    return [Source(_listed(pages[i : i + _PART]), hows) for i in range(0, len(pages), _PART)]


def _listed(pages: Sequence[TruthPage]) -> Any:
    return lambda: iter(pages)


def _synthetic(seed: int, first: int, last: int, families: str) -> Any:
    from docfuse_training.synthetic import generate_page

    def pages() -> Iterable[TruthPage]:
        return (generate_page(seed, index, families) for index in range(first, last))

    return pages


def gather(data: Path | None, synthetic: int, seed: int) -> Pages:
    """All parts of the data; held out are SROIE's dev list, other advertisers, layouts of their own."""
    from docfuse_training.encode import READ, Source
    from docfuse_training.readers import READERS

    training, held_out = [], []
    for first in range(0, synthetic, _PART):
        training.append(Source(_synthetic(seed, first, min(first + _PART, synthetic), "train")))
    for first in range(0, synthetic // 8, _PART):
        last = min(first + _PART, synthetic // 8)
        held_out.append(Source(_synthetic(seed + _DEV_SEED_OFFSET, first, last, "held_out")))
    for name, folder in SETS.items():
        if data is None or not (data / folder).is_dir():
            continue
        hows = ("read", "given") if name == "sroie" else (READ,)
        for split, parts in (("train", training), ("dev", held_out)):
            documents = READERS[name](data / folder, split)
            parts += _parts([page for document in documents for page in document.pages], hows)
    if not training:
        raise typer.BadParameter("no data: give --synthetic, or --data with sroie or vrdu_adbuy in it")
    return Pages(training, held_out)


def read_cache(cache: Path) -> list[Prepared]:
    """Every encoded page of a cache folder, aligned."""
    from docfuse_training.dataset import prepare
    from docfuse_training.encode import load

    return [prepare(load(path)) for path in sorted(cache.glob("*.npz"))]


def set_of(page_id: str) -> str:
    """Which set a page is from, by its id."""
    if page_id.startswith("synthetic"):
        return "synthetic"
    return "adbuy" if "-" in page_id else "sroie"


def make_examples(
    cache: Path, pages: Sequence[Prepared], modules: Modules, progress: Progress
) -> list[Example]:
    """Cut pages with the trained cut head and compute their frozen features."""
    from docfuse_training.dataset import make_example
    from docfuse_training.encode import cache_path, load_canvas
    from docfuse_training.encode_reader import RawBackbone
    from docfuse_training.train_cuts import predict_cuts

    backbone = RawBackbone(modules.backbone, 2)
    examples, last, raw = [], None, None
    for page in progress.track(sorted(pages, key=lambda p: p.encoded.page.id), description="Segments"):
        if page.encoded.page.id != last:
            last = page.encoded.page.id
            raw = backbone(load_canvas(cache_path(cache, last, page.encoded.how)))
        assert raw is not None
        examples.append(make_example(page, predict_cuts(modules.text_encoder.cut, page), raw))
    return examples


def train(
    out: Annotated[Path, typer.Option(help="Folder of the run: cache, checkpoint, figures.")],
    data: Annotated[Path | None, typer.Option(help="Folder with sroie/ and vrdu_adbuy/.")] = None,
    synthetic: Annotated[int, typer.Option(help="Number of synthetic pages.")] = 1200,
    epochs: Annotated[int, typer.Option(help="Passes over the pages.")] = 14,
    minutes: Annotated[float | None, typer.Option(help="Stop training after so long.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of pages, weights and batches.")] = 1,
    workers: Annotated[int, typer.Option(help="Encoding processes.")] = 2,
    weights_out: Annotated[Path | None, typer.Option(help="Folder for the ONNX weights.")] = None,
) -> None:
    """Train the models on encoded pages; a run that was cut off goes on when it is started again."""
    import torch
    from rich.console import Console
    from rich.progress import Progress

    from docfuse_training.checkpoints import frozen_modules
    from docfuse_training.encode import encode

    console = Console(stderr=True)
    pages = gather(data, synthetic, seed)
    with Progress(console=console) as progress:
        for name, sources in (("train", pages.training), ("dev", pages.held_out)):
            task = progress.add_task(f"Encoding {name}", total=None)
            encode(sources, out / "cache" / name, workers, partial(_advance, progress, task))
    torch.manual_seed(seed)
    modules = frozen_modules(seed)
    run(modules, out, epochs, minutes, seed, console)
    if weights_out is not None:
        from docfuse_export.torch_export import export_modules

        export_modules(modules.named(), weights_out)


def run(modules: Modules, out: Path, epochs: int, minutes: float | None, seed: int, console: Any) -> None:
    """Train cut head and heads on the encoded pages of a run's folder; figures go to `history.json`."""
    from rich.progress import Progress

    from docfuse_training.train import Options
    from docfuse_training.train import train as train_all
    from docfuse_training.train_cuts import cut_scores, train_cuts
    from docfuse_training.train_plot import plot_history

    training, held_out = read_cache(out / "cache" / "train"), read_cache(out / "cache" / "dev")
    losses = train_cuts(modules.text_encoder.cut, training, 10, seed)
    cut_figures = cut_scores(modules.text_encoder.cut, held_out)
    console.print(f"cuts: loss {losses[-1]:.4f} " + " ".join(f"{k} {v:.3f}" for k, v in cut_figures.items()))
    with Progress(console=console) as progress:
        examples = make_examples(out / "cache" / "train", training, modules, progress)
        dev: dict[str, list[Example]] = {}
        for example in make_examples(out / "cache" / "dev", held_out, modules, progress):
            dev.setdefault(f"{set_of(example.id)} {example.how}", []).append(example)
    options = Options(epochs=epochs, minutes=minutes, seed=seed)
    history = train_all(modules, examples, dev, options, out / "run.pt", console.print)
    (out / "history.json").write_text(json.dumps({"cuts": cut_figures, "epochs": history}, indent=1))
    plot_history(history, out / "history.png")
