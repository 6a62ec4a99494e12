"""What layers and pair geometry give: fusion and relation trained anew, each time without a part.

    python -m docfuse_training.understanding.ablation --data DATA --out OUT

Backbone and text encoder are those of the weights folder and stay as they are, but for their projections, so
that a variant takes minutes. It is trained on synthetic pages and labelled ones, which have all labels, and
measured on those held out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import torch
import typer
from torch import nn

if TYPE_CHECKING:
    from docfuse_training.understanding.batches import Sets
    from docfuse_training.understanding.examples import Example
    from docfuse_training.understanding.modules import Modules

SETS = ("synthetic", "pages")
TASKS = ("type", "field", "class", "cell_item", "key_value", "same_text")


def with_layers(count: int, modules: Modules) -> None:
    """Keep the first layers of the fusion."""
    modules.fusion.layers = modules.fusion.layers[:count]


def without_layer_geometry(modules: Modules) -> None:
    """Let attention see no geometry of pairs."""
    _silence(modules.fusion.geometry.outer)


def without_link_geometry(modules: Modules) -> None:
    """Score pairs by their features alone."""
    for scores in (modules.relation.first, modules.relation.second):
        _silence(scores.geometry)


def without_geometry(modules: Modules) -> None:
    """No geometry of pairs at all: a box knows its own place."""
    without_layer_geometry(modules)
    without_link_geometry(modules)


def without_refinement(modules: Modules) -> None:
    """Types, fields and pairs from the fusion's features as they are."""
    modules.relation.refine = _AsItIs()  # type: ignore[assignment]


VARIANTS: dict[str, Callable[[Modules], None]] = {
    **{f"{count} layers": partial(with_layers, count) for count in range(4)},
    "as shipped: 4 layers": partial(with_layers, 4),
    "no geometry in the layers": without_layer_geometry,
    "no geometry in the links": without_link_geometry,
    "no geometry in either": without_geometry,
    "no refinement of pairs": without_refinement,
}


class _AsItIs(nn.Module):
    """A layer that changes nothing."""

    def forward(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        """X [B, N, 256] → the same."""
        return x


def _silence(linear: nn.Linear) -> None:
    """Make a layer give nothing, and learn nothing."""
    for parameter in linear.parameters():
        nn.init.zeros_(parameter.requires_grad_(False))


def train_variant(
    change: Callable[[Modules], None],
    sets: Sets,
    held_out: Mapping[str, Sequence[Example]],
    weights: Path | None,
    steps: int,
    seed: int,
    advance: Callable[[], None] = lambda: None,
) -> dict[str, dict[str, float]]:
    """Train fresh fusion and relation modules without a part, and measure them.

    Args:
        change: takes the part away.
        sets: examples to train on.
        held_out: examples to measure on, by name.
        weights: weights folder of backbone and text encoder, the shipped one by default.
        steps: batches.
        seed: of weights and batches.
        advance: called after every step.

    Returns:
        figures by name of the held-out set.
    """
    from docfuse_models.fusion import Fusion
    from docfuse_models.relation import Relation
    from docfuse_training.long_run import Options, Run
    from docfuse_training.understanding.command import DECAY, RATE
    from docfuse_training.understanding.modules import shipped_modules
    from docfuse_training.understanding.train_understanding import understanding_task

    torch.manual_seed(seed)
    modules = shipped_modules(weights)
    modules.fusion, modules.relation = Fusion(), Relation()
    change(modules)
    task = understanding_task(sets, held_out, tune_from=steps + 1)
    options = Options(steps=steps, rate=RATE, decay=DECAY, average=0.99, seed=seed)
    run = Run(modules.train(), task.groups(modules, options), options, "cpu")
    for step, batch in enumerate(task.batches(range(steps), seed)):
        run.step(step, lambda module, batch=batch: task.loss(module, batch))  # type: ignore[misc]
        advance()
    return task.scores(run.average)


def main(
    out: Annotated[Path, typer.Option(help="Folder for the encoded pages and ablation.json.")],
    data: Annotated[Path | None, typer.Option(help="Folder with the labelled pages' data sets.")] = None,
    synthetic: Annotated[int, typer.Option(min=8, help="Synthetic pages to train on.")] = 400,
    steps: Annotated[int, typer.Option(min=1, help="Batches of each variant.")] = 300,
    weights: Annotated[Path | None, typer.Option(help="Weights folder, not the shipped one.")] = None,
    seed: Annotated[int, typer.Option(help="Of pages, weights and batches.")] = 1,
    workers: Annotated[int, typer.Option(min=1, help="Processes that read pages.")] = 2,
) -> None:
    """Train and measure every variant; what was measured before is kept."""
    from rich.console import Console
    from rich.progress import Progress

    from docfuse_training.understanding.shown_figures import show_figures
    from docfuse_training.understanding.sources import (
        HELD_OUT,
        REAL,
        SYNTHETIC_SHARES,
        frozen_examples,
        real_parts,
        synthetic_parts,
    )

    parts = synthetic_parts(synthetic, seed) | (real_parts(data) if data else {})
    parts = {name: sources for name, sources in parts.items() if name.removesuffix(HELD_OUT) in SETS}
    shares = {"synthetic": sum(SYNTHETIC_SHARES.values()), "pages": REAL["pages"].share}
    path = out / "ablation.json"
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    with Progress(console=Console(stderr=True)) as progress:
        examples = frozen_examples(parts, out / "pages", weights, workers, progress)
        sets = {name: (examples[name], shares[name]) for name in SETS if name in examples}
        held_out = {name: examples[name + HELD_OUT] for name in sets}
        for name in (name for name in VARIANTS if name not in found):
            bar = progress.add_task(name, total=steps)
            advance = partial(progress.advance, bar)
            found[name] = train_variant(VARIANTS[name], sets, held_out, weights, steps, seed, advance)
            path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    show_figures({name: {row: figures[name] for row, figures in found.items()} for name in sets}, TASKS)


if __name__ == "__main__":
    typer.run(main)
