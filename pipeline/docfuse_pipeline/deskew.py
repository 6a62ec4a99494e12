"""Skew of a page from the projection profile of its ink (after Baird 1987)."""

from __future__ import annotations

import numpy as np

from docfuse_pipeline.page import resized

THUMBNAIL_SIDE = 600
MOST_SKEW = 15.0
LEAST_SKEW = 0.4
"""Less than this is left alone: readers do not mind, and resampling costs sharpness."""
COARSE_STEP = 1.0
FINE_STEP = 0.1
MOST_POINTS = 4000
FEWEST_POINTS = 200
EDGE = 24
"""Change of gray between two rows that counts as the edge of a stroke."""
GAIN = 1.15
"""The best angle's profile must be this much sharper than the upright one's."""


def estimate_skew(page: np.ndarray, quarter_turns: int = 0) -> float:
    """Degrees clockwise by which the text lines of a page are slanted, within ±15.

    0.0 where the slant is too small to matter or the evidence is weak.

    Args:
        page: uint8 [h, w, 3] RGB.
        quarter_turns: clockwise quarter turns of the page, to be undone first.
    """
    x, y = _edge_points(page, quarter_turns)
    if len(x) < FEWEST_POINTS:
        return 0.0
    best, sharpest = 0.0, 0.0
    for reach, step in ((MOST_SKEW, COARSE_STEP), (COARSE_STEP, FINE_STEP)):
        angles = np.arange(best - reach, best + reach + step / 2, step)
        sharpness = _sharpness(x, y, angles)
        best, sharpest = float(angles[np.argmax(sharpness)]), float(sharpness.max())
    upright = float(_sharpness(x, y, np.zeros(1))[0])
    if abs(best) < LEAST_SKEW or abs(best) > MOST_SKEW or sharpest < GAIN * upright:
        return 0.0
    return round(best, 2)


def _edge_points(page: np.ndarray, quarter_turns: int) -> tuple[np.ndarray, np.ndarray]:
    """Points of a thumbnail where ink ends towards the row below: base lines, mostly."""
    height, width = page.shape[:2]
    every = max(1, max(height, width) // (2 * THUMBNAIL_SIDE))
    green = np.ascontiguousarray(page[::every, ::every, 1])
    scale = min(1.0, THUMBNAIL_SIDE / max(green.shape))
    small = resized(green, max(1, round(green.shape[0] * scale)), max(1, round(green.shape[1] * scale)))
    gray = np.rot90(small, quarter_turns).astype(np.int16)
    y, x = np.nonzero(gray[1:] - gray[:-1] > EDGE)
    every = 1 + len(x) // MOST_POINTS
    return x[::every].astype(np.float32), y[::every].astype(np.float32)


def _sharpness(x: np.ndarray, y: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Sum of squares of the profile along lines slanted by each angle (degrees clockwise), float64 [A]."""
    slopes = np.tan(np.radians(angles)).astype(np.float32)
    rows = (y - slopes[:, None] * x).astype(np.int32)
    rows -= rows.min()
    size = int(rows.max()) + 1
    rows += (np.arange(len(angles), dtype=np.int32) * size)[:, None]
    profiles = np.bincount(rows.ravel(), minlength=len(angles) * size).reshape(len(angles), size)
    return np.square(profiles).sum(1).astype(np.float64)
