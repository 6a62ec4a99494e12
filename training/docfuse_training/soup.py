"""Several runs from the same weights, and the mean of theirs (model soup, Wortsman et al. 2022).

Where pages are few, what one run gives depends much on the order in which it sees them; the mean of a few
evens that out and, unlike the mean of what they say, costs nothing when it is served.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from docfuse_training.long_run import Options, Report, Task, train


def train_runs(
    module: nn.Module, task: Task[Any], options: Options, checkpoint: Path, report: Report, device: str
) -> list[dict[str, Any]]:
    """Train `options.runs` times from where the module is; it ends with the mean of their weights.

    Args:
        module: where every run starts.
        task: batches, loss and scores.
        options: how to train; the seed of run k is `seed` + k, counted from 0.
        checkpoint: file of the first run's state; those of the others are named after it.
        report: as of `train`; steps are counted over all runs.
        device: where to compute.

    Returns:
        The records of all runs, as `train` gives them; the last has the scores of the mean.
    """
    start, mean = copy.deepcopy(module.state_dict()), copy.deepcopy(module)
    history: list[dict[str, Any]] = []
    for number in range(options.runs):
        own = replace(options, seed=options.seed + number)
        torch.manual_seed(own.seed)
        module.load_state_dict(start)
        path = checkpoint.with_stem(checkpoint.stem + f"_{number + 1}" * (number > 0))
        counted = partial(_counted, done=number * options.steps)
        history += map(counted, train(module, task, own, path, _behind(report, counted), device))
        blend(mean.to(device), module, 1 / (number + 1))
    module.load_state_dict(mean.state_dict())
    if options.runs > 1:
        history[-1]["scores"] = task.scores(module)
        report(history[-1])
    return history


def _counted(record: dict[str, Any], done: int) -> dict[str, Any]:
    """A record with the steps of the runs before."""
    return {**record, "step": record["step"] + done}


def _behind(report: Report, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Report:
    return lambda record: report(change(record))


def blend(module: nn.Module, other: nn.Module, share: float) -> None:
    """Move every parameter of a module by a share of the way to another's."""
    theirs = dict(other.named_parameters())
    with torch.no_grad():
        for name, value in module.named_parameters():
            value.lerp_(theirs[name], share)
