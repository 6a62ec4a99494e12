"""What a text map should be, lines shrunk so that neighbours stay apart (DB, Liao et al. 2020); its loss."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from docfuse_pipeline.detection import SMALLEST_SIDE
from docfuse_pipeline.traits import DEFAULT

HARD_NEGATIVES = 3
"""Pixels without text that count, the worst ones, per pixel with text."""
_COARSE = 4
"""Corners are drawn to a sixteenth of a pixel."""


def shrunk(boxes: np.ndarray) -> np.ndarray:
    """Boxes float [N, 4] as quads [N, 4, 2], shrunk to what serving widens to the box again.

    A rectangle w × h whose sides move inwards by d is widened by unclip · area / perimeter of what is left;
    where that is d, (4 u + 8) d² - (2 + 2 u) (w + h) d + u w h = 0.
    """
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    ratio = DEFAULT.detector.unclip
    square, line = 4 * ratio + 8, (2 + 2 * ratio) * (width + height)
    inward = (line - np.sqrt(line**2 - 4 * square * ratio * width * height)) / (2 * square)
    x1, y1, x2, y2 = (boxes + inward[:, None] * np.array([1, 1, -1, -1])).T
    return np.stack([np.stack(corner, -1) for corner in ((x1, y1), (x2, y1), (x2, y2), (x1, y2))], 1)


def text_map(quads: np.ndarray, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Draw shrunk lines.

    Args:
        quads: float [N, 4, 2], pixels of the canvas.
        shape: height and width of the canvas.

    Returns:
        uint8 [H, W], 1 where there is text; bool [H, W], where it counts: not on lines that are too thin.
    """
    text, unsure = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    for quad in quads:
        thin = min(np.linalg.norm(quad[3] - quad[0]), np.linalg.norm(quad[1] - quad[0])) < SMALLEST_SIDE
        points = np.round((quad - 0.5) * 2**_COARSE).astype(np.int32)
        cv2.fillPoly(unsure if thin else text, [points], (1,), shift=_COARSE)
    return text, unsure == 0


def text_map_loss(logits: Tensor, text: Tensor, counts: Tensor) -> Tensor:
    """Cross entropy on text and on the hardest background, plus the dice loss.

    Args:
        logits: float [N, 1, H, W], of a pixel being text.
        text: uint8 [N, H, W], 1 where there is text.
        counts: bool [N, H, W], where the map counts.
    """
    scores, wanted = logits[:, 0].float(), text.float()
    losses = functional.binary_cross_entropy_with_logits(scores, wanted, reduction="none")
    found = scores.sigmoid()
    positive, negative = losses[(text == 1) & counts], losses[(text == 0) & counts]
    hard = min(len(negative), max(HARD_NEGATIVES * len(positive), 1))
    worst = negative.topk(hard).values
    entropy = (positive.sum() + worst.sum()) / max(len(positive) + hard, 1)
    common = (found * wanted * counts).sum()
    dice = 1 - 2 * common / ((found * counts).sum() + (wanted * counts).sum() + 1)
    return entropy + torch.as_tensor(dice)
