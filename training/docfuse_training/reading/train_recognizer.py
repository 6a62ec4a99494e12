"""Training of the text recogniser on stored lines."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import torch
from torch import Tensor, nn

from docfuse_training.long_run import Task, mixed_precision
from docfuse_training.reading.line_batches import LineBatch, Stores, line_batches
from docfuse_training.reading.line_loss import LineLoss
from docfuse_training.reading.line_scores import evaluate_store
from docfuse_training.reading.line_store import LineStore
from docfuse_training.stored import evenly

_SCORED = 400


def recognizer_task(stores: Stores, held_out: Mapping[str, LineStore]) -> Task[LineBatch]:
    """Reading lines: crops float32 [N, 3, 32, W] → logits [N, T, alphabet].

    Args:
        stores: lines to train on, with the share of each, by name.
        held_out: lines to measure on, by name.
    """
    loss = LineLoss()
    return Task(
        partial(line_batches, stores, loss),
        partial(_loss, line_loss=loss),
        lambda module: {name: _scores(module, store) for name, store in held_out.items()},
    )


def _loss(module: nn.Module, batch: LineBatch, line_loss: LineLoss) -> Tensor:
    device = next(module.parameters()).device
    images = batch.images.to(device, memory_format=torch.channels_last)
    with mixed_precision(device):
        logits = module(images)
    return line_loss(logits, batch.targets, batch.exact.to(device))


def _scores(module: nn.Module, store: LineStore) -> dict[str, float]:
    """Scores on some lines, evenly picked."""
    return evaluate_store(module, store, evenly(len(store), _SCORED))
