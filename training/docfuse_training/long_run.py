"""A long training run: it can be cut off and goes on at its last checkpoint; what comes out is averaged."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypedDict, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

Report = Callable[[dict[str, Any]], None]
Batch = TypeVar("Batch")
_CLIP = 2.0


@dataclass(frozen=True)
class Options:
    """How to train.

    Attributes:
        steps: batches of the whole run; the learning rate falls to nothing over them.
        rate: highest learning rate.
        decay: weight decay.
        warm_up: share of the steps over which the learning rate rises.
        average: decay of the running average of the weights, which is what comes out.
        every: steps between two checkpoints.
        seed: of the batches.
        worker: whether a process of its own prepares the batches.
        runs: runs from the same start, with seeds of their own, the mean of whose weights comes out
            (`soup.train_runs`).
    """

    steps: int = 3600
    rate: float = 5e-4
    decay: float = 0.01
    warm_up: float = 0.04
    average: float = 0.998
    every: int = 500
    seed: int = 1
    worker: bool = True
    runs: int = 1

    def rate_at(self, step: int) -> float:
        """Learning rate of a step, counted from 0: a ramp, then half a cosine."""
        begin = self.warm_up * self.steps
        if step < begin:
            return self.rate * min(1.0, (step + 1) / begin)
        return self.rate * 0.5 * (1 + math.cos(math.pi * (step - begin) / max(self.steps - begin, 1)))


class ParameterGroup(TypedDict):
    """Parameters that are trained alike: at a share of the learning rate, and with their own decay."""

    params: list[nn.Parameter]
    share: float
    weight_decay: float


def all_alike(module: nn.Module, options: Options) -> list[ParameterGroup]:
    """Every parameter at the full rate."""
    return [ParameterGroup(params=list(module.parameters()), share=1.0, weight_decay=options.decay)]


@dataclass(frozen=True)
class Task(Generic[Batch]):
    """What is trained for.

    Attributes:
        batches: the batches of some steps for a seed, each depending on its number and the seed alone;
            picklable if a worker prepares them.
        loss: of the module on a batch.
        scores: figures of the averaged module by name of a held-out set.
        groups: the parameters that are trained, and how fast.
    """

    batches: Callable[[range, int], Iterator[Batch]]
    loss: Callable[[nn.Module, Batch], Tensor]
    scores: Callable[[nn.Module], dict[str, dict[str, float]]]
    groups: Callable[[nn.Module, Options], list[ParameterGroup]] = all_alike


class Run:
    """A module, the running average of its weights, and the optimiser: what a checkpoint holds."""

    def __init__(
        self, module: nn.Module, groups: list[ParameterGroup], options: Options, device: str
    ) -> None:
        self.module, self.options, self.device = module, options, device
        self.average = copy.deepcopy(module).requires_grad_(False)
        self.optimizer = torch.optim.AdamW(groups, options.rate, fused=True)  # type: ignore[arg-type]
        self.history: list[dict[str, Any]] = []

    def load(self, path: Path) -> None:
        """Go on from a checkpoint, if there is one."""
        if path.exists():
            state = torch.load(path, map_location=self.device, weights_only=True)
            self.history = state.pop("history")
            for name, value in state.items():
                getattr(self, name).load_state_dict(value)

    def save(self, path: Path) -> None:
        """Write a checkpoint, whole or not at all."""
        parts = {name: getattr(self, name).state_dict() for name in ("module", "average", "optimizer")}
        torch.save(parts | {"history": self.history}, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)

    def step(self, number: int, loss: Callable[[nn.Module], Tensor]) -> float:
        """One step of the optimiser; the loss."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.options.rate_at(number) * group["share"]
        value = loss(self.module)
        self.optimizer.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.module.parameters(), _CLIP)
        self.optimizer.step()
        decay = min(self.options.average, (number + 1) / (number + 10))
        with torch.no_grad():
            means: list[Tensor] = list(self.average.parameters())
            torch._foreach_lerp_(means, list[Tensor](self.module.parameters()), 1 - decay)
        return value.item()


class _Batches(torch.utils.data.IterableDataset[Any]):
    """Batches of some steps, for a process of its own to prepare."""

    def __init__(self, batches: Callable[[range, int], Iterator[Any]], steps: range, seed: int) -> None:
        self._batches, self._steps, self._seed = batches, steps, seed

    def __iter__(self) -> Iterator[Any]:
        return self._batches(self._steps, self._seed)


def _loader(batches: _Batches, worker: bool) -> torch.utils.data.DataLoader[Any]:
    if not worker:
        return torch.utils.data.DataLoader(batches, batch_size=None)
    # a forked process would inherit locks that other threads hold
    return torch.utils.data.DataLoader(
        batches, batch_size=None, num_workers=1, prefetch_factor=8, multiprocessing_context="spawn"
    )


def train(
    module: nn.Module,
    task: Task[Any],
    options: Options,
    checkpoint: Path,
    report: Report = lambda record: None,
    device: str = "cpu",
) -> list[dict[str, Any]]:
    """Train, and measure at every checkpoint; goes on where the checkpoint left off.

    Args:
        module: ends with the averaged weights.
        task: batches, loss and scores.
        options: how to train.
        checkpoint: file of the run's state.
        report: told of every step, and of the loss and the scores of each checkpoint.
        device: where to compute.

    Returns:
        A record per checkpoint: step, seconds, loss, scores by name of the held-out set.
    """
    checkpoint.parent.mkdir(parents=True, exist_ok=True)  # not found missing hours later
    module.to(device)
    run = Run(module, task.groups(module, options), options, device)
    run.load(checkpoint)
    done, spent = (run.history[-1]["step"], run.history[-1]["seconds"]) if run.history else (0, 0.0)
    losses, begin = [], time.monotonic()
    loader = _loader(_Batches(task.batches, range(done, options.steps), options.seed), options.worker)
    for step, batch in enumerate(loader, start=done + 1):
        losses.append(run.step(step - 1, lambda module, batch=batch: task.loss(module, batch)))  # type: ignore[misc]
        report({"step": step})
        if step % options.every == 0 or step == options.steps:
            record = {
                "step": step, "seconds": spent + time.monotonic() - begin, "loss": float(np.mean(losses)),
                "scores": task.scores(run.average),
            }  # fmt: skip
            losses = []
            run.history.append(record)
            run.save(checkpoint)
            report(record)
    module.load_state_dict(run.average.state_dict())
    return run.history


def mixed_precision(device: torch.device) -> torch.autocast:
    """Computing in bfloat16, on a device that has it; a CPU without it would emulate it many times slower."""
    has = device.type != "cpu" or torch.cpu._is_avx512_bf16_supported()
    return torch.autocast(device.type, torch.bfloat16, enabled=has)
