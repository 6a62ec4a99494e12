"""Training of all tasks at once on encoded pages."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from docfuse_models.fusion import position_input
from docfuse_models.geometry import pair_geometry
from docfuse_pipeline.settings import FEATURE_STRIDE, SUBMAP
from docfuse_training import losses
from docfuse_training.checkpoints import Modules, load_run, save_run
from docfuse_training.dataset import Batch, Example, augment, batches, collate
from docfuse_training.train_metrics import Metrics, measure

Report = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """How to train.

    `minutes`, if given, ends the run early; the learning rate follows whichever of epochs and minutes is
    further on. `nodes` bounds the padded segments of a batch.
    """

    epochs: int = 12
    minutes: float | None = None
    rate: float = 6e-4
    decay: float = 0.03
    warm_up: float = 0.05
    nodes: int = 900
    seed: int = 0
    weights: dict[str, float] = field(
        default_factory=lambda: {
            "types": 1.0, "fields": 1.0, "groups": 0.5, "first": 0.5, "second": 1.0, "classes": 0.3,
        }
    )  # fmt: skip
    drop_modality: float = 0.08


@dataclass(frozen=True)
class Dropped:
    """Which modality a batch does without: factors 0 or 1 per page, [B, 1, 1] each."""

    visual: Tensor
    semantic: Tensor
    position: Tensor


def drop_modalities(count: int, share: float) -> Dropped:
    """Choose at random, never more than one modality of a page."""
    choice = torch.rand(count, 1, 1)
    kept = [((choice < i * share) | (choice >= (i + 1) * share)).float() for i in range(3)]
    return Dropped(*kept)


def run_modules(modules: Modules, batch: Batch, dropped: Dropped | None = None) -> losses.Outputs:
    """The graph from the frozen features on; the same numbers as the exported modules give.

    The backbone's projection is linear over channels and RoIAlign linear over places, so projecting the
    submaps of the frozen channels equals cutting submaps from the projected map.
    """
    dropped = dropped or drop_modalities(len(batch.mask), 0.0)
    weight, bias = modules.backbone.projection.weight.flatten(1), modules.backbone.projection.bias
    assert bias is not None
    regions = batch.regions.flatten(3).float().transpose(2, 3) @ weight.T + bias
    regions = regions.transpose(2, 3).unflatten(3, SUBMAP) * batch.mask[:, :, None, None, None]
    regions = regions * dropped.visual[..., None, None]
    page = batch.page.unflatten(1, (weight.shape[1], -1)).transpose(1, 2) @ weight.T + bias
    page = page.transpose(1, 2).flatten(1)
    semantic = torch.cat([modules.text_encoder.projection(batch.pooled), batch.surface], -1)
    semantic = semantic * batch.mask.unsqueeze(-1) * dropped.semantic
    cells = batch.canvas / FEATURE_STRIDE
    position = position_input(batch.boxes, cells[:, :1], cells[:, 1:]) * dropped.position
    geometry = pair_geometry(batch.boxes, batch.mask)
    nodes, classes = modules.fusion.encode(regions, page, semantic, position, geometry, batch.mask)
    types, fields, first, second = modules.relation.scores(nodes, geometry, batch.mask)
    return losses.Outputs(types, fields, first, second, classes)


def all_losses(outputs: losses.Outputs, batch: Batch) -> dict[str, Tensor]:
    """The loss of each task."""
    return {
        "types": losses.type_loss(outputs.types, batch.types),
        "fields": losses.field_loss(outputs.fields, batch.fields, batch.mask),
        "groups": losses.group_loss(outputs.fields, batch.groups),
        "first": losses.relation_loss(outputs.first, batch.sources, batch.targets),
        "second": losses.relation_loss(outputs.second, batch.sources, batch.targets),
        "classes": losses.class_loss(outputs.classes, batch.classes),
    }


def evaluate(modules: Modules, examples: Sequence[Example], nodes: int) -> Metrics:
    """Metrics on held-out examples."""
    modules.train(False)
    metrics = Metrics()
    with torch.no_grad():
        for chunk in batches(examples, nodes, None):
            batch = collate(chunk)
            measure(metrics, chunk, batch, run_modules(modules, batch))
    return metrics


def _rate(options: Options, progress: float) -> float:
    if progress < options.warm_up:
        return options.rate * max(progress / options.warm_up, 0.02)
    turned = (progress - options.warm_up) / (1 - options.warm_up)
    return options.rate * max(0.5 * (1 + float(np.cos(np.pi * min(turned, 1.0)))), 0.005)


def make_optimizer(modules: Modules, options: Options) -> torch.optim.Optimizer:
    """AdamW; norms and biases do not decay. The cut head is trained on its own."""
    cut = {id(p) for p in modules.text_encoder.cut.parameters()}
    parameters = [p for p in modules.trainable() if id(p) not in cut]
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": options.decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, options.rate)


def train(
    modules: Modules,
    training: Sequence[Example],
    held_out: Mapping[str, Sequence[Example]],
    options: Options,
    checkpoint: Path,
    report: Report = lambda line: None,
) -> list[dict[str, Any]]:
    """Train, and measure after each epoch; goes on where the checkpoint left off.

    Args:
        modules: changed in place.
        training: examples.
        held_out: held-out examples by name of their set.
        options: how to train.
        checkpoint: file of the run's state, written after each epoch.
        report: told one line an epoch.

    Returns:
        One record an epoch: losses, metrics by set, seconds.
    """
    optimizer = make_optimizer(modules, options)
    history: list[dict[str, Any]] = []
    spent = 0.0
    if checkpoint.exists():
        state = load_run(checkpoint, modules, optimizer)
        history, spent = state["history"], state["spent"]
    for epoch in range(len(history), options.epochs):
        if options.minutes is not None and spent >= 60 * options.minutes:
            break
        begin = time.monotonic()
        record = _epoch(modules, optimizer, training, options, epoch, spent)
        spent += time.monotonic() - begin
        record["metrics"] = {
            name: evaluate(modules, examples, options.nodes).summary() for name, examples in held_out.items()
        }
        record["seconds"] = spent
        history.append(record)
        save_run(checkpoint, modules, optimizer, {"history": history, "spent": spent})
        report(_line(record))
    modules.train(False)
    return history


def _epoch(
    modules: Modules,
    optimizer: torch.optim.Optimizer,
    training: Sequence[Example],
    options: Options,
    epoch: int,
    spent: float,
) -> dict[str, Any]:
    generator = np.random.default_rng((options.seed, epoch))
    torch.manual_seed(options.seed * 1000 + epoch)
    modules.train()
    chunks = list(batches(training, options.nodes, generator))
    totals: dict[str, list[float]] = {}
    begin = time.monotonic()
    for step, chunk in enumerate(chunks):
        progress = (epoch + step / len(chunks)) / options.epochs
        if options.minutes is not None:
            progress = max(progress, (spent + time.monotonic() - begin) / (60 * options.minutes))
        if progress >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = _rate(options, progress)
        batch = collate([augment(example, generator) for example in chunk])
        outputs = run_modules(modules, batch, drop_modalities(len(chunk), options.drop_modality))
        parts = all_losses(outputs, batch)
        total = torch.stack([options.weights[name] * value for name, value in parts.items()]).sum()
        optimizer.zero_grad()
        total.backward()
        torch.nn.utils.clip_grad_norm_(modules.trainable(), 1.0)
        optimizer.step()
        for name, value in parts.items():
            totals.setdefault(name, []).append(value.item())
    return {"epoch": epoch, "losses": {name: float(np.mean(values)) for name, values in totals.items()}}


def _line(record: dict[str, Any]) -> str:
    loss = " ".join(f"{name} {value:.3f}" for name, value in record["losses"].items())
    scores = "; ".join(
        f"{name}: " + " ".join(f"{key} {value:.3f}" for key, value in metrics.items())
        for name, metrics in record["metrics"].items()
    )
    return f"epoch {record['epoch']} ({record['seconds']:.0f} s) {loss} | {scores}"
