"""A long run as a command shows it: progress, a line per checkpoint, figures and their picture at the end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from rich.console import Console
from rich.progress import Progress
from torch import nn

from docfuse_training.long_run import Options, Task
from docfuse_training.soup import train_runs
from docfuse_training.train_plot import plot_scores

Module = TypeVar("Module", bound=nn.Module)


def train_shown(
    prepare: Callable[[Progress], tuple[Module, Task[Any]]], options: Options, out: Path, device: str
) -> Module:
    """Prepare and train, and leave `run.pt`, `history.json` and `history.png` in the folder of the run.

    Args:
        prepare: makes what the run needs: its data, the module to train, and the task.
        options: how to train.
        out: folder of the run; what is there is gone on with.
        device: `auto`, or a device of torch.

    Returns:
        The trained module.
    """
    torch.manual_seed(options.seed)
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    with Progress(console=Console(stderr=True)) as progress:
        module, task = prepare(progress)
        bar = progress.add_task("Training", total=options.runs * options.steps)

        def report(record: dict[str, Any]) -> None:
            progress.update(bar, completed=record["step"])
            if "scores" in record:
                progress.console.print(_line(record))

        history = train_runs(module, task, options, out / "run.pt", report, device)
    (out / "history.json").write_text(json.dumps(history, indent=1))
    plot_scores(history, out / "history.png")
    return module


def _line(record: dict[str, Any]) -> str:
    scores = "; ".join(
        f"{name}: " + " ".join(f"{key} {value:.4f}" for key, value in figures.items())
        for name, figures in record["scores"].items()
    )
    return f"step {record['step']} ({record['seconds']:.0f} s) loss {record['loss']:.3f} | {scores}"
