"""Batches of examples: padded, seen a little differently each time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from docfuse_pipeline.labels import RELATIONS
from docfuse_training.understanding import align
from docfuse_training.understanding.augment import augment
from docfuse_training.understanding.examples import Example
from docfuse_training.understanding.text_blocks import TextBlock, text_blocks

NODES = 900
"""Padded segments of a batch, at most, where no page has more."""
_STEP = 16
"""Sizes are padded to a multiple: for every shape that is new, a CPU's kernels are made anew."""
MODALITIES = 3
"""Visual, semantic and position."""
_WINDOW = 6
"""Pages of a batch are drawn from so many times as many pages of like size."""
_WITHOUT = 0.08
"""Share of the pages that do without each modality."""

Groups = tuple[tuple[int, int, tuple[int, ...]], ...]
Sets = Mapping[str, tuple[Sequence[Example], float]]
"""Examples and share of the pages by name of the set."""


@dataclass(frozen=True)
class Batch:
    """Padded examples: tensors with axes B pages, N segments.

    `kept` [B, 3] says which modalities a page has; `groups`: page, field, segments of which one at least
    carries it; `settled` [B], see `Example`; `text`: the token rows, where the text encoder is to be run, and
    trained, on them.
    """

    pooled: Tensor
    surface: Tensor
    boxes: Tensor
    mask: Tensor
    regions: Tensor
    page: Tensor
    canvas: Tensor
    kept: Tensor
    types: Tensor
    fields: Tensor
    sources: Tensor
    targets: Tensor
    classes: Tensor
    settled: Tensor
    groups: Groups
    text: tuple[TextBlock, ...]

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        moved: dict[str, Any] = {k: v.to(device) for k, v in vars(self).items() if isinstance(v, Tensor)}
        return replace(self, **moved, text=tuple(block.to(device) for block in self.text))


def _rounded(size: int) -> int:
    return max(_STEP, -(-size // _STEP) * _STEP)


def _padded(arrays: Sequence[np.ndarray], size: int, fill: float = 0) -> Tensor:
    first = arrays[0]
    out = np.full((len(arrays), size, *first.shape[1:]), fill, first.dtype)
    for row, array in zip(out, arrays, strict=True):
        row[: len(array)] = array
    return torch.from_numpy(out)


def _padded_sources(labels: Sequence[align.SegmentLabels], size: int) -> tuple[Tensor, Tensor]:
    sources = np.zeros((len(labels), len(RELATIONS), size, size + 1), bool)
    targets = np.zeros((len(labels), len(RELATIONS), size), bool)
    for index, label_ in enumerate(labels):
        count = label_.sources.shape[1]
        sources[index, :, :count, : count + 1] = label_.sources
        targets[index, :, :count] = label_.targets
    return torch.from_numpy(sources), torch.from_numpy(targets)


def collate(examples: Sequence[Example], kept: np.ndarray | None = None, tuned: bool = False) -> Batch:
    """Pad examples to the largest of them.

    Args:
        examples: the pages.
        kept: bool [B, 3], modalities that each page has: visual, semantic, position; all by default.
        tuned: whether the text encoder is to be run.
    """
    size = _rounded(max(len(example.boxes) for example in examples))
    labels = [example.labels for example in examples]
    sources, targets = _padded_sources(labels, size)
    groups = tuple(
        (index, column, tuple(members))
        for index, label_ in enumerate(labels)
        for column, members in label_.groups
    )
    kept = np.ones((len(examples), MODALITIES), bool) if kept is None else kept
    return Batch(
        pooled=_padded([example.pooled for example in examples], size).float(),
        surface=_padded([example.surface for example in examples], size).float(),
        boxes=_padded([example.boxes for example in examples], size),
        mask=_padded([np.ones(len(example.boxes), np.float32) for example in examples], size),
        regions=_padded([example.regions for example in examples], size),
        page=torch.from_numpy(np.stack([example.page for example in examples])).float(),
        canvas=torch.tensor([example.canvas for example in examples], dtype=torch.float32),
        kept=torch.from_numpy(kept.astype(np.float32)),
        types=_padded([label_.types for label_ in labels], size, align.IGNORE),
        fields=_padded([label_.fields for label_ in labels], size, True),
        sources=sources,
        targets=targets,
        classes=torch.tensor([label_.page_class for label_ in labels]),
        settled=torch.tensor([float(example.settled) for example in examples]),
        groups=groups,
        text=text_blocks([example.rows for example in examples], size) if tuned else (),
    )


def some_modalities(count: int, generator: np.random.Generator, without: float = _WITHOUT) -> np.ndarray:
    """Which modalities so many pages have, bool [count, 3]: a page does without one of them at most."""
    choice = generator.random((count, 1))
    missing = np.arange(MODALITIES)
    kept: np.ndarray = (choice < missing * without) | (choice >= (missing + 1) * without)
    return kept


def training_batches(sets: Sets, steps: range, seed: int, tune_from: int) -> Iterator[Batch]:
    """The numbered batches of a run: pages of like size; each step depends on its number and the seed alone.

    Args:
        sets: examples with the share of each set, by name.
        steps: which steps.
        seed: of the run.
        tune_from: step from which the text encoder is trained too.
    """
    examples = [example for chosen, _ in sets.values() for example in chosen]
    weights = np.concatenate([np.full(len(chosen), share / len(chosen)) for chosen, share in sets.values()])
    order = np.argsort([len(example.boxes) for example in examples], kind="stable")
    weights = weights[order] / weights.sum()
    for step in steps:
        generator = np.random.default_rng((seed, step))
        last = int(generator.choice(len(order), p=weights)) + 1
        count = max(1, NODES // _rounded(len(examples[order[last - 1]].boxes)))
        first = max(0, last - _WINDOW * count)
        near = weights[first:last] / weights[first:last].sum()
        picked = generator.choice(np.arange(first, last), min(count, last - first), False, near)
        others, tuned = [examples[order[i]] for i in range(first, last)], step >= tune_from
        chosen = [augment(examples[order[i]], generator, others, not tuned) for i in picked]
        yield collate(chosen, some_modalities(len(chosen), generator), tuned)


def measuring_batches(
    examples: Sequence[Example], kept: Sequence[bool] = (True,) * MODALITIES
) -> Iterator[tuple[list[Example], Batch]]:
    """Every example once, with the kept modalities, for the text encoder to be run on."""

    def batch(chunk: list[Example]) -> Batch:
        return collate(chunk, np.tile(np.array(kept), (len(chunk), 1)), tuned=True)

    chunk: list[Example] = []
    for example in sorted(examples, key=lambda example: len(example.boxes)):
        if chunk and _rounded(len(example.boxes)) * (len(chunk) + 1) > NODES:
            yield chunk, batch(chunk)
            chunk = []
        chunk.append(example)
    if chunk:
        yield chunk, batch(chunk)
