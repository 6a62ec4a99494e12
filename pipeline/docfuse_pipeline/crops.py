"""Crops of text lines, cut from the page at source resolution, in a few fixed widths."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from docfuse_pipeline.detection import sides
from docfuse_pipeline.page import resized
from docfuse_pipeline.settings import CROP_CAPS, CROP_HEIGHT, CROP_PAD, CROP_WIDTHS

SQUEEZE, STRETCH = 0.85, 1.3
"""Least and most that a line's proportions are changed. Much padding makes the recogniser miss spaces, and
squeezed letters run together ("Ilusion", "Sik"): of SROIE's dev lines 0.948, 0.950 and 0.949 are read exactly
when squeezed to 0.75, 0.85 and not at all, at 185, 214 and 258 columns a line."""
UPRIGHT = 0.1
"""A quad whose edges drift by less than this share of its height is cut without a warp."""


@dataclass(frozen=True)
class Crops:
    """Crops of one page by width.

    `by_width[w]` is (uint8 [n, 32, w, 3] RGB, int32 [n] index of each crop's quad), for the widths that have
    crops. `dropped` counts the quads that no bucket had room for.
    """

    by_width: dict[int, tuple[np.ndarray, np.ndarray]]
    dropped: int


def crop_widths(quads: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Index of the bucket that each quad goes to and the columns that it takes there, int32 [N] each.

    A line is squeezed a little where that saves it a wider bucket, and else stretched a little; what is
    longer than the widest crop is squeezed as much as it must be.

    Args:
        quads: float32 [N, 4, 2].
    """
    length, height = sides(quads)
    natural = np.maximum(np.ceil(CROP_HEIGHT * length / np.maximum(height, 1e-6)), 1)
    buckets = np.searchsorted(CROP_WIDTHS, np.minimum(natural * SQUEEZE, CROP_WIDTHS[-1]))
    room = np.array(CROP_WIDTHS)[buckets]
    return buckets.astype(np.int32), np.minimum(np.round(natural * STRETCH), room).astype(np.int32)


def cut_crops(page: np.ndarray, quads: np.ndarray) -> Crops:
    """Cut every quad out of the page, 32 pixels high, into the bucket that suits it.

    Args:
        page: uint8 [h, w, 3] RGB.
        quads: float32 [N, 4, 2] page pixels, clockwise from the text's top left, in the order in which
            they are to be kept where a bucket is full.
    """
    buckets, widths = crop_widths(quads)
    upright = upright_quads(quads)
    by_width: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    dropped = 0
    for bucket in np.unique(buckets).tolist():
        width = CROP_WIDTHS[bucket]
        rows = np.flatnonzero(buckets == bucket)
        dropped += max(0, len(rows) - CROP_CAPS[width])
        rows = rows[: CROP_CAPS[width]].astype(np.int32)
        crops = np.full((len(rows), CROP_HEIGHT, width, 3), CROP_PAD, np.uint8)
        for crop, row in zip(crops, rows, strict=True):
            cut = _sliced if upright[row] else _warped
            cut(page, quads[row], crop[:, : widths[row]])
        by_width[width] = (crops, rows)
    return Crops(by_width, dropped)


def upright_quads(quads: np.ndarray) -> np.ndarray:
    """Which quads, float32 [N, 4, 2], can be cut out without a warp: bool [N]."""
    _, height = sides(quads)
    drift = np.stack(
        [
            quads[:, 0, 1] - quads[:, 1, 1],
            quads[:, 3, 1] - quads[:, 2, 1],
            quads[:, 0, 0] - quads[:, 3, 0],
            quads[:, 1, 0] - quads[:, 2, 0],
        ]
    )
    begins_left = quads[:, 1, 0] > quads[:, 0, 0]
    return (np.abs(drift).max(0) < UPRIGHT * height) & begins_left


def _sliced(page: np.ndarray, quad: np.ndarray, crop: np.ndarray) -> None:
    """Cut an upright quad into `crop` by slicing."""
    left, top = np.floor(quad.min(0)).astype(int)
    right, bottom = np.ceil(quad.max(0)).astype(int)
    part = page[max(top, 0) : max(bottom, 1), max(left, 0) : max(right, 1)]
    if part.size:
        crop[:] = resized(part, *crop.shape[:2])


def _warped(page: np.ndarray, quad: np.ndarray, crop: np.ndarray) -> None:
    """Cut any quad into `crop` by a perspective warp."""
    width = crop.shape[1]
    target = np.array([[0, 0], [width, 0], [width, CROP_HEIGHT], [0, CROP_HEIGHT]], np.float32)
    matrix = cv2.getPerspectiveTransform(quad - np.float32(0.5), target - np.float32(0.5))
    crop[:] = cv2.warpPerspective(
        page, matrix, (width, CROP_HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
