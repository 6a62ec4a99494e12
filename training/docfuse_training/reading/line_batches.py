"""Batches of lines of like width, drawn from several stores by their shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from docfuse_pipeline.settings import CROP_HEIGHT, CROP_PAD
from docfuse_training.reading.line_augment import augmented_crop
from docfuse_training.reading.line_loss import LineLoss
from docfuse_training.reading.line_store import Line, LineStore
from docfuse_training.reading.recognizer import pixels

WIDTHS = (96, 160, 224, 288, 352, 448, 576, 768, 1056, 1440)
"""Widths of batches: a few, since every new shape costs a CPU the set-up of all its convolutions."""
COLUMNS = 6400
"""Columns of pixels in a batch, padding included."""
_USUAL_STRETCH = 1.05


Stores = Mapping[str, tuple[LineStore, float]]
"""Store and share of the crops by name."""


@dataclass(frozen=True)
class LineBatch:
    """Crops float32 [N, 3, 32, W], their target classes, and whether case and spaces count, bool [N]."""

    images: Tensor
    targets: list[list[int]]
    exact: Tensor


def line_batches(stores: Stores, loss: LineLoss, steps: range, seed: int) -> Iterator[LineBatch]:
    """The numbered batches of a run; each step depends on its number and the seed alone.

    Args:
        stores: store and share of the crops by name.
        loss: knows the alphabet.
        steps: which steps.
        seed: of the run.
    """
    names = list(stores)
    shares = np.array([share for _, share in stores.values()])
    shares = shares / shares.sum()
    by_width = {name: _by_width(store) for name, (store, _) in stores.items()}
    for step in steps:
        rng = np.random.default_rng((seed, step))
        anchor = by_width[names[rng.choice(len(names), p=shares)]]
        sizes = np.array([len(rows) for rows in anchor])
        kind = int(rng.choice(len(WIDTHS), p=sizes / sizes.sum()))
        count = COLUMNS // WIDTHS[kind]
        picked = []
        there = np.array([len(by_width[name][kind]) > 0 for name in names]) * shares
        for name, number in zip(names, rng.multinomial(count, there / there.sum()), strict=True):
            rows = by_width[name][kind]
            picked += [stores[name][0][int(i)] for i in rng.choice(rows, number)] if number else []
        yield _batch(picked, WIDTHS[kind], loss, rng)


def _by_width(store: LineStore) -> list[np.ndarray]:
    """Indices of the lines that go into batches of each width; the longest go into none."""
    widths = np.array([CROP_HEIGHT * store.length(i) for i in range(len(store))]) * _USUAL_STRETCH
    kinds = np.searchsorted(WIDTHS, widths)
    return [np.flatnonzero(kinds == kind) for kind in range(len(WIDTHS))]


def _batch(lines: Sequence[Line], width: int, loss: LineLoss, rng: np.random.Generator) -> LineBatch:
    crops = [_fitting(augmented_crop(line, rng), width) for line in lines]
    pads = [CROP_PAD if rng.random() < 0.9 else int(crop[:, -1].mean()) for crop in crops]
    targets = [loss.targets(line.text, line.exact) for line in lines]
    return LineBatch(pixels(crops, width, pads), targets, torch.tensor([line.exact for line in lines]))


def _fitting(crop: np.ndarray, width: int) -> np.ndarray:
    """A crop squeezed to a width where it is wider, as it would be when serving."""
    if crop.shape[1] <= width:
        return crop
    return cv2.resize(crop, (width, CROP_HEIGHT), interpolation=cv2.INTER_AREA)
