"""The token rows of a batch in blocks of like length: most lines are short, and padding costs like text."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from docfuse_models.text_encoder import FRAME, TextEncoder
from docfuse_pipeline.tokens import PAD
from docfuse_training.understanding.examples import TextRows

_WIDTHS = (8 - FRAME, 16 - FRAME, 32 - FRAME, 64 - FRAME)
"""Tokens of a row in each block, with the frame a shape that suits kernels."""
_TOKENS = 512
"""A block is padded to a multiple of so many tokens: for every new shape a CPU's kernels are made anew."""
FILL: dict[str, float] = {"ids": PAD, "gaps": 0.0, "owners": -1, "cuts": False, "known": False}
"""The parts of `TextRows`, and what each is padded with."""


@dataclass(frozen=True)
class TextBlock:
    """R rows of T tokens: tensors [R, T].

    `ids` int64; `gaps` float32; `owners` int64, the place of a token's segment among the batch's B·N, -1 for
    none; `cuts` and `known` bool, whether a segment begins there, whether that is known.
    """

    ids: Tensor
    gaps: Tensor
    owners: Tensor
    cuts: Tensor
    known: Tensor

    def to(self, device: torch.device) -> TextBlock:
        """The same on a device."""
        return TextBlock(**{name: tensor.to(device) for name, tensor in vars(self).items()})


def text_blocks(pages: Sequence[TextRows], size: int) -> tuple[TextBlock, ...]:
    """The rows of all pages.

    Args:
        pages: their rows.
        size: padded number of segments of a page.
    """
    rows = [_wide(page, size * index) for index, page in enumerate(pages)]
    joined = {name: np.concatenate([page[name] for page in rows]) for name in FILL}
    lengths, blocks = (joined["ids"] != PAD).sum(1), []
    for shorter, width in itertools.pairwise((0, *_WIDTHS)):
        chosen = np.flatnonzero((lengths > shorter) & (lengths <= width))
        if len(chosen):
            below = -len(chosen) % (_TOKENS // (width + FRAME))
            parts = {name: padded(array[chosen, :width], below, 0, name) for name, array in joined.items()}
            blocks.append(TextBlock(**{name: torch.from_numpy(array) for name, array in parts.items()}))
    return tuple(blocks)


def padded(array: np.ndarray, below: int, right: int, name: str) -> np.ndarray:
    """A part of `TextRows` with so many rows and columns more."""
    return np.pad(array, ((0, below), (0, right)), constant_values=FILL[name])


def _wide(page: TextRows, first: int) -> dict[str, np.ndarray]:
    """The rows of a page whose segments stand from `first` on, as wide as any."""
    owners = page.owners.astype(np.int64)
    rows: dict[str, np.ndarray] = {
        "ids": page.ids.astype(np.int64), "gaps": page.gaps.astype(np.float32),
        "owners": np.where(owners >= 0, owners + first, -1), "cuts": page.cuts, "known": page.known,
    }  # fmt: skip
    missing = _WIDTHS[-1] - page.ids.shape[1]
    return {name: padded(array, 0, missing, name) for name, array in rows.items()}


def run_blocks(encoder: TextEncoder, blocks: Sequence[TextBlock], pooled: Tensor) -> tuple[Tensor, Tensor]:
    """Mean token feature of each segment [B, N, 384] like `pooled`, and logits where cuts are known [K]."""
    sums = pooled.new_zeros(pooled.shape).flatten(0, 1)
    counts, cuts = sums.new_zeros(len(sums)), [sums.new_zeros(0)]
    for block in blocks:
        features = encoder.raw(block.ids).float()
        logits = encoder.cut(features, block.gaps, (block.ids != PAD).float())
        cuts.append(logits[block.known].float())
        inside = block.owners >= 0
        owners = block.owners[inside]
        sums = sums.index_add(0, owners, features[inside])
        counts = counts.index_add(0, owners, counts.new_ones(len(owners)))
    return (sums / counts.clamp(min=1.0).unsqueeze(1)).view_as(pooled), torch.cat(cuts)


def known_cuts(blocks: Sequence[TextBlock]) -> Tensor:
    """Where cuts are known, in the order of `run_blocks`: whether there is one, float [K]."""
    return torch.cat([torch.zeros(0), *(block.cuts[block.known].float().cpu() for block in blocks)])
