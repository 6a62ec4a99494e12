"""Training of the text detector on stored pages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import torch
from torch import Tensor, nn

from docfuse_training.detection.detector import evaluate_pages, planes
from docfuse_training.detection.page_batches import PageBatch, Stores, page_batches
from docfuse_training.detection.page_store import PageStore
from docfuse_training.detection.text_map import text_map_loss
from docfuse_training.long_run import Task, mixed_precision

_SCORED = 20


def detector_task(stores: Stores, held_out: Mapping[str, PageStore]) -> Task[PageBatch]:
    """Finding lines: planes float32 [N, 3, H, W] → logits of text [N, 1, H, W].

    Args:
        stores: pages to train on, with the share of each, by name.
        held_out: pages to measure on, by name.
    """
    return Task(
        partial(page_batches, stores),
        _loss,
        lambda module: {name: evaluate_pages(module, store, _SCORED) for name, store in held_out.items()},
    )


def _loss(module: nn.Module, batch: PageBatch) -> Tensor:
    device = next(module.parameters()).device
    images = planes(batch.images.to(device)).contiguous(memory_format=torch.channels_last)
    with mixed_precision(device):
        logits = module(images)
    return text_map_loss(logits, batch.text.to(device), batch.counts.to(device))
