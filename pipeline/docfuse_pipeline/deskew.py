"""Skew of a page from the projection profile of its ink (after Baird 1987)."""

from __future__ import annotations

import cv2
import numpy as np

from docfuse_pipeline.page import resized

THUMBNAIL_SIDE = 600
MOST_SKEW = 15.0
LEAST_SKEW = 0.4
"""Less than this is left alone: readers do not mind, and resampling costs sharpness."""
COARSE_STEP = 1.0
FINE_STEP = 0.1
MOST_POINTS = 6000
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
    upright = _sharpness(x, y, 0.0)
    best = 0.0
    for reach, step in ((MOST_SKEW, COARSE_STEP), (COARSE_STEP, FINE_STEP)):
        angles = np.arange(best - reach, best + reach + step / 2, step)
        best = float(angles[np.argmax([_sharpness(x, y, angle) for angle in angles])])
    if abs(best) < LEAST_SKEW or abs(best) > MOST_SKEW or _sharpness(x, y, best) < GAIN * upright:
        return 0.0
    return round(best, 2)


def _edge_points(page: np.ndarray, quarter_turns: int) -> tuple[np.ndarray, np.ndarray]:
    """Points of a thumbnail where ink ends towards the row below: base lines, mostly."""
    height, width = page.shape[:2]
    scale = min(1.0, THUMBNAIL_SIDE / max(height, width))
    small = resized(page, max(1, round(height * scale)), max(1, round(width * scale)))
    gray = np.rot90(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), quarter_turns).astype(np.int16)
    y, x = np.nonzero(gray[1:] - gray[:-1] > EDGE)
    every = 1 + len(x) // MOST_POINTS
    return x[::every].astype(np.float32), y[::every].astype(np.float32)


def _sharpness(x: np.ndarray, y: np.ndarray, angle: float) -> float:
    """Sum of squares of the profile along lines slanted by `angle` degrees clockwise."""
    rows = (y - x * np.float32(np.tan(np.radians(angle)))).astype(np.int32)
    profile = np.bincount(rows - rows.min()).astype(np.float64)
    return float(np.square(profile).sum())
