"""Crops of text lines, cut from the page at source resolution, in a few fixed widths."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from docfuse_pipeline.detection import sides
from docfuse_pipeline.settings import CROP_CAPS, CROP_HEIGHT, CROP_PAD, CROP_WIDTHS

FILLER = -1
"""Row index of a crop that only keeps a bucket from being empty."""
UPRIGHT = 0.1
"""A quad whose edges drift by less than this share of its height is cut without a warp."""


@dataclass(frozen=True)
class Crops:
    """Crops of one page by width.

    `by_width[w]` is (uint8 [n, 48, w, 3] RGB, int32 [n] index of each crop's quad); a bucket without crops
    has one row of CROP_PAD with index -1, which an engine may skip. `dropped` counts the quads that no
    bucket had room for.
    """

    by_width: dict[int, tuple[np.ndarray, np.ndarray]]
    dropped: int


def crop_widths(quads: np.ndarray) -> np.ndarray:
    """Columns that each quad takes at crop height, int32 [N]; longer than the widest crop is squeezed.

    Args:
        quads: float32 [N, 4, 2].
    """
    length, height = sides(quads)
    widths = np.ceil(CROP_HEIGHT * length / np.maximum(height, 1e-6))
    return np.clip(widths, 1, CROP_WIDTHS[-1]).astype(np.int32)


def cut_crops(page: np.ndarray, quads: np.ndarray) -> Crops:
    """Cut every quad out of the page, 48 pixels high, into the narrowest bucket that holds it.

    Args:
        page: uint8 [h, w, 3] RGB.
        quads: float32 [N, 4, 2] page pixels, clockwise from the text's top left, in the order in which
            they are to be kept where a bucket is full.
    """
    widths = crop_widths(quads)
    buckets = np.searchsorted(CROP_WIDTHS, widths)
    upright = _is_upright(quads)
    by_width: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    dropped = 0
    for bucket, width in enumerate(CROP_WIDTHS):
        rows = np.flatnonzero(buckets == bucket)
        dropped += max(0, len(rows) - CROP_CAPS[width])
        rows = rows[: CROP_CAPS[width]].astype(np.int32)
        crops = np.full((max(1, len(rows)), CROP_HEIGHT, width, 3), CROP_PAD, np.uint8)
        for crop, row in zip(crops, rows, strict=False):
            cut = _sliced if upright[row] else _warped
            cut(page, quads[row], crop[:, : widths[row]])
        by_width[width] = (crops, rows if len(rows) else np.array([FILLER], np.int32))
    return Crops(by_width, dropped)


def _is_upright(quads: np.ndarray) -> np.ndarray:
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
        crop[:] = cv2.resize(part, (crop.shape[1], CROP_HEIGHT), interpolation=cv2.INTER_LINEAR)


def _warped(page: np.ndarray, quad: np.ndarray, crop: np.ndarray) -> None:
    """Cut any quad into `crop` by a perspective warp."""
    width = crop.shape[1]
    target = np.array([[0, 0], [width, 0], [width, CROP_HEIGHT], [0, CROP_HEIGHT]], np.float32)
    matrix = cv2.getPerspectiveTransform(quad - np.float32(0.5), target - np.float32(0.5))
    crop[:] = cv2.warpPerspective(
        page, matrix, (width, CROP_HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
