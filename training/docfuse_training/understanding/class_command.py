"""Fitting class heads, as a command shows it: encoded pages → both heads → weights and `class_heads.json`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.progress import Progress

from docfuse_export.torch_export import export_modules
from docfuse_pipeline.class_words import FILE, WordClassifier, judge_class
from docfuse_training.understanding.batches import collate
from docfuse_training.understanding.class_heads import fit_class_heads
from docfuse_training.understanding.encode import Source
from docfuse_training.understanding.examples import Example
from docfuse_training.understanding.modules import Modules, shipped_modules
from docfuse_training.understanding.sources import HELD_OUT, frozen_examples
from docfuse_training.understanding.train_understanding import run_modules


def fit_classes(
    parts: dict[str, list[Source]], out: Path, start: Path, workers: int, weights_out: Path
) -> None:
    """Encode pages, fit the class heads, write the weights.

    Args:
        parts: one set to fit to, and one to measure on if there is one (`sources.HELD_OUT`).
        out: folder of the run, for encoded pages and figures.
        start: weights folder to start from.
        workers: processes that read pages.
        weights_out: folder for the weights.

    Raises:
        ValueError: the pages are too few, or of one class.
    """
    console = Console(stderr=True)
    with Progress(console=console) as progress:
        examples = frozen_examples(parts, out / "pages", start, workers, progress)
        modules = shipped_modules(start)
        task = progress.add_task("Fitting class heads", total=1)
        words, fitted = fit_class_heads(modules, _of(examples, held_out=False))
        progress.update(task, completed=1)
    record: dict[str, object] = asdict(fitted)
    console.print(f"Pages that were not fitted to: {fitted.accuracy:.3f} right (cross-validation).")
    if measured := _of(examples, held_out=True):
        record["held_out_accuracy"] = share = accuracy(modules, words, measured)
        console.print(f"Pages of dev.txt: {share:.3f} right.")
    (out / "class_heads.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    export_modules(modules.named(), weights_out)
    words.save(weights_out / FILE)


def _of(examples: dict[str, list[Example]], held_out: bool) -> list[Example]:
    return [e for name, chosen in examples.items() if name.endswith(HELD_OUT) == held_out for e in chosen]


@torch.no_grad()
def accuracy(modules: Modules, words: WordClassifier, examples: Sequence[Example]) -> float:
    """Share of the pages whose likeliest class is theirs, as the server judges them."""
    modules.eval()
    right = []
    for example in examples:
        fused = run_modules(modules, collate([example])).classes[0].softmax(-1).numpy()
        right.append(int(judge_class(fused, example.texts, words).argmax()) == example.labels.page_class)
    return float(np.mean(right))
