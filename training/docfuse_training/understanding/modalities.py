"""What each modality gives: held-out pages with visual, semantic and position features alone, in pairs, all.

    python -m docfuse_training.understanding.modalities --data DATA --out OUT

A box's feature is taken away as training does it, by zeros in its place; the look of the page as a whole and
the geometry of pairs stay. Training takes one feature at most away from a page, so that a feature alone is a
harder test than any it saw.
"""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Annotated

import typer

NAMES = ("visual", "semantic", "position")
TASKS = ("type", "field", "class", "cell_item", "key_value")
SUBSETS = sorted((kept for kept in product((False, True), repeat=len(NAMES)) if any(kept)), key=sum)


def name_of(kept: tuple[bool, ...]) -> str:
    """A subset in words."""
    return " + ".join(name for name, has in zip(NAMES, kept, strict=True) if has)


def main(
    out: Annotated[Path, typer.Option(help="Folder for the encoded pages and modalities.json.")],
    data: Annotated[Path | None, typer.Option(help="Folder with sroie/, vrdu_adbuy/, …")] = None,
    synthetic: Annotated[int, typer.Option(min=0, help="As many pages as a run would train on.")] = 800,
    weights: Annotated[Path | None, typer.Option(help="Weights folder, not the shipped one.")] = None,
    seed: Annotated[int, typer.Option(help="Of the synthetic pages.")] = 1,
    workers: Annotated[int, typer.Option(min=1, help="Processes that read pages.")] = 2,
) -> None:
    """Measure the held-out pages of `docfuse train models` with some modalities only."""
    from rich.console import Console
    from rich.progress import Progress

    from docfuse_training.understanding.modules import shipped_modules
    from docfuse_training.understanding.shown_figures import show_figures
    from docfuse_training.understanding.sources import held_out_examples
    from docfuse_training.understanding.train_understanding import evaluate

    with Progress(console=Console(stderr=True)) as progress:
        examples = held_out_examples(data, synthetic, seed, out / "pages", weights, workers, progress)
        modules = shipped_modules(weights)
        found = {
            name: {name_of(kept): evaluate(modules, chosen, kept).summary() for kept in SUBSETS}
            for name, chosen in progress.track(examples.items(), description="Measuring")
        }
    (out / "modalities.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    show_figures(found, TASKS)


if __name__ == "__main__":
    typer.run(main)
