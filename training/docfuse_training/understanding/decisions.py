"""What decides: boxes that a page's class hangs on, the threshold of links, pages that are right as a whole.

    python -m docfuse_training.understanding.decisions --data DATA --out OUT

Held-out pages, cut where their labels say so, elsewhere as the cut head does. A box is left out as padding
is: nothing else on the page sees it any more, but its ink stays in the look of the page as a whole.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from rich.console import Console
from rich.progress import Progress

from docfuse_pipeline.labels import RELATIONS
from docfuse_training.understanding.batches import collate
from docfuse_training.understanding.examples import Example
from docfuse_training.understanding.metrics import Metrics, is_left_open, measure
from docfuse_training.understanding.modules import Modules, shipped_modules
from docfuse_training.understanding.shown_figures import show_figures
from docfuse_training.understanding.sources import held_out_examples
from docfuse_training.understanding.train_understanding import run_modules

LEFT_OUT = (1, 3, 5, 10)
"""Numbers of boxes that are left out of a page."""
THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
MOST_BOXES = 80
"""Pages with more are not tried without each of them: the work grows with the third power."""
_DRAWS = 4
_AT_ONCE = 16

Figures = dict[str, dict[str, float]]


@torch.no_grad()
def class_probabilities(modules: Modules, example: Example, left_out: Sequence[Sequence[int]]) -> np.ndarray:
    """Class probabilities [K, classes] of a page, each time without some of its boxes."""
    found = []
    for first in range(0, len(left_out), _AT_ONCE):
        some = left_out[first : first + _AT_ONCE]
        batch = collate([example] * len(some))
        for mask, boxes in zip(batch.mask, some, strict=True):
            mask[list(boxes)] = 0
        found.append(run_modules(modules, batch).classes.softmax(-1).numpy())
    return np.concatenate(found)


def decisive_boxes(modules: Modules, example: Example) -> list[int]:
    """The boxes of a page, first those without which its class loses most of its probability."""
    alone = [(box,) for box in range(len(example.boxes))]
    found = class_probabilities(modules, example, [(), *alone])
    order: list[int] = found[1:, found[0].argmax()].argsort(kind="stable").tolist()
    return order


def changed_classes(modules: Modules, examples: Iterable[Example], seed: int) -> Figures:
    """Share of the pages that get another class without their most decisive boxes, and without any others.

    A row has the pages with twice as many boxes as it leaves out, or more, up to `MOST_BOXES`.
    """
    generator = np.random.default_rng(seed)
    changed: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for example in (example for example in examples if len(example.boxes) <= MOST_BOXES):
        order = decisive_boxes(modules, example)
        for number in (number for number in LEFT_OUT if 2 * number <= len(order)):
            drawn = [generator.choice(order, number, replace=False).tolist() for _ in range(_DRAWS)]
            found = class_probabilities(modules, example, [(), order[:number], *drawn]).argmax(-1)
            others = found[1:] != found[0]
            changed[f"without {number}"].append((float(others[0]), float(others[1:].mean())))
    return {
        row: dict(zip(("most decisive", "any"), np.mean(shares, 0).tolist(), strict=True))
        for row, shares in changed.items()
    }


@torch.no_grad()
def link_curves(modules: Modules, examples: Iterable[Example]) -> Figures:
    """F1 by threshold and relation, if each target has the likeliest source that is as likely as that."""
    answers: dict[str, list[tuple[float, bool, bool]]] = defaultdict(list)
    for example in examples:
        probabilities = run_modules(modules, collate([example])).second[0].softmax(-1).numpy()
        for number, name in enumerate(RELATIONS):
            for target in np.flatnonzero(example.labels.targets[number]):
                allowed = example.labels.sources[number, target]
                if is_left_open(allowed):
                    continue
                likely = probabilities[number, target, 1 : len(allowed)]
                best = int(likely.argmax())
                answers[name].append((float(likely[best]), bool(allowed[1 + best]), not allowed[0]))
    curves = {
        name: f1_by_threshold(np.array(rows)) for name, rows in answers.items() if any(row[2] for row in rows)
    }
    return {
        f"from {threshold}": {n: curve[threshold] for n, curve in curves.items()} for threshold in THRESHOLDS
    }


def f1_by_threshold(answers: np.ndarray) -> dict[float, float]:
    """F1 by threshold of rows of probability, right, linked at all."""
    probability, right, linked = answers.T
    found = {threshold: probability >= threshold for threshold in THRESHOLDS}
    return {
        threshold: float(2 * right[chosen].sum() / (chosen.sum() + linked.sum()))
        for threshold, chosen in found.items()
    }


@torch.no_grad()
def whole_pages(modules: Modules, examples: Sequence[Example]) -> dict[str, float]:
    """Share of the pages of which all is right that is known of a task, and that is known at all."""
    right: dict[str, list[bool]] = defaultdict(list)
    for example in examples:
        metrics, batch = Metrics(), collate([example])
        measure(metrics, [example], batch, run_modules(modules, batch))
        tasks = {task: metrics.faultless(task) for task, _ in metrics.true}
        for task, faultless in {**tasks, "everything": all(tasks.values())}.items():
            right[task].append(faultless)
    return {task: float(np.mean(found)) for task, found in right.items()}


def main(
    out: Annotated[Path, typer.Option(help="Folder for the encoded pages and decisions.json.")],
    data: Annotated[Path | None, typer.Option(help="Folder with sroie/, vrdu_adbuy/, …")] = None,
    synthetic: Annotated[int, typer.Option(min=0, help="As many pages as a run would train on.")] = 800,
    weights: Annotated[Path | None, typer.Option(help="Weights folder, not the shipped one.")] = None,
    seed: Annotated[int, typer.Option(help="Of the synthetic pages, and of the boxes drawn.")] = 1,
    workers: Annotated[int, typer.Option(min=1, help="Processes that read pages.")] = 2,
) -> None:
    """Measure the held-out pages of `docfuse train models`."""
    found: dict[str, dict[str, Figures]] = {}
    with Progress(console=Console(stderr=True)) as progress:
        examples = held_out_examples(data, synthetic, seed, out / "pages", weights, workers, progress)
        modules = shipped_modules(weights).eval()
        for name, chosen in progress.track(examples.items(), description="Measuring"):
            found[name] = {
                "class": changed_classes(modules, chosen, seed),
                "links": link_curves(modules, chosen),
                "whole pages": {"share right": whole_pages(modules, chosen)},
            }
    (out / "decisions.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    for name, tables in found.items():
        for title, rows in tables.items():
            show_figures({f"{name}: {title}": rows}, sorted({task for row in rows.values() for task in row}))


if __name__ == "__main__":
    typer.run(main)
