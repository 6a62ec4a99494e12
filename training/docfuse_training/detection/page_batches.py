"""Parts of pages as the detector meets them: another scale, slant, light and sharpness."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from docfuse_training.detection.page_store import LinePage, PageStore
from docfuse_training.detection.text_map import shrunk, text_map

Stores = Mapping[str, tuple[PageStore, float]]
"""Store and share of the pages by name."""
SIDE = 640
"""Of a part, pixels; the detector has no fixed size."""
BATCH = 4
SCALES = (0.6, 1.5)
MOST_SLANT = 3.0
"""Degrees, either way."""


@dataclass(frozen=True)
class PageBatch:
    """Parts of pages uint8 [N, SIDE, SIDE, 3] RGB; their text maps uint8 and where these count, bool."""

    images: Tensor
    text: Tensor
    counts: Tensor


def page_batches(stores: Stores, steps: range, seed: int) -> Iterator[PageBatch]:
    """The numbered batches of a run; each step depends on its number and the seed alone."""
    names = list(stores)
    shares = np.array([share for _, share in stores.values()])
    for step in steps:
        rng = np.random.default_rng((seed, step))
        parts = []
        for name in rng.choice(names, BATCH, p=shares / shares.sum()):
            store = stores[name][0]
            parts.append(part_of(store[int(rng.integers(len(store)))], rng))
        images, text, counts = (torch.from_numpy(np.stack(kind)) for kind in zip(*parts, strict=True))
        yield PageBatch(images, text, counts)


def part_of(page: LinePage, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A part of a page around one of its lines: uint8 [SIDE, SIDE, 3], and what `text_map` gives of it."""
    low, high = SCALES
    scale, slant = low * (high / low) ** rng.random(), rng.uniform(-MOST_SLANT, MOST_SLANT)
    height, width = page.image.shape[:2]
    middle = np.array([width, height]) / 2
    if len(page.boxes):
        x1, y1, x2, y2 = page.boxes[rng.integers(len(page.boxes))]
        middle = np.array([rng.uniform(x1, x2), (y1 + y2) / 2])
    angle = slant if rng.random() < 0.5 else 0.0
    matrix = np.asarray(cv2.getRotationMatrix2D(tuple(middle.tolist()), angle, scale), np.float64)
    matrix[:, 2] += rng.uniform(0.15, 0.85, 2) * SIDE - middle
    white, centres = (255, 255, 255), matrix.copy()
    centres[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5  # the matrix maps continuous points, warping pixels
    image = cv2.warpAffine(page.image, centres, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderValue=white)
    quads = shrunk(page.boxes) @ matrix[:, :2].T + matrix[:, 2]
    near = ((quads.max(1) > 0) & (quads.min(1) < SIDE)).all(-1)
    return _seen(image, rng), *text_map(quads[near], (SIDE, SIDE))


def _seen(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blur, contrast, noise and JPEG, each on some of the parts."""
    chance = rng.random(4)
    if chance[0] < 0.3:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.0))
    if chance[1] < 0.4:
        gain, lift = rng.uniform(0.5, 1.2), rng.uniform(-40, 40)
        image = np.clip((image.astype(np.float32) - 128) * gain + 128 + lift, 0, 255).astype(np.uint8)
    if chance[2] < 0.3:
        noise = rng.normal(0, rng.uniform(2, 14), image.shape[:2])
        image = np.clip(image + noise[..., None], 0, 255).astype(np.uint8)
    if chance[3] < 0.4:
        coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 90))])[1]
        image = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    return image
