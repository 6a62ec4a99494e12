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
MOST_POINTS = 4000
COARSE_POINTS = 1500
FEWEST_POINTS = 200
BORDER = 0.03
"""Share of an image's long side, or of its print, that is left out or kept around the print."""
NEARLY_ALL = (1, 99)
"""Percentiles of the print's rows and columns."""
EDGE = 24
"""Change of gray between two rows that counts as the edge of a stroke."""
FAINT = 12
"""Change of gray between neighbours that may be the palest print."""
STRONG = 40
"""Change of gray between neighbours that is print beyond doubt."""
GAIN = 1.15
"""The best angle's profile must be this much sharper than the upright one's."""


def estimate_skew(page: np.ndarray, quarter_turns: int = 0) -> float:
    """Degrees clockwise by which the text lines of a page are slanted, within ±15.

    0.0 where the slant is too small to matter or the evidence is weak.

    Args:
        page: uint8 [h, w, 3] RGB, or its thumbnail.
        quarter_turns: clockwise quarter turns of the page, to be undone first.
    """
    x, y = _edge_points(thumbnail(page), quarter_turns)
    if len(x) < FEWEST_POINTS:
        return 0.0
    coarse, _ = _coarse(x, y)
    angles = np.arange(coarse - COARSE_STEP, coarse + COARSE_STEP + FINE_STEP / 2, FINE_STEP)
    sharpness = _sharpness(x, y, angles)
    best, sharpest = float(angles[np.argmax(sharpness)]), float(sharpness.max())
    upright = float(_sharpness(x, y, np.zeros(1))[0])
    if abs(best) < LEAST_SKEW or abs(best) > MOST_SKEW or sharpest < GAIN * upright:
        return 0.0
    return round(best, 2)


def rough_slant(page: np.ndarray) -> float:
    """Degrees clockwise, to about one, by which the print is slanted against the sides of the image.

    Whether it runs along the width or the height of the image does not matter: the sharper of both profiles
    tells.

    Args:
        page: uint8 [h, w, 3] RGB, or its thumbnail.
    """
    small = thumbnail(page)
    points = [_edge_points(small, turns) for turns in (0, 1)]
    found = [_coarse(x, y) for x, y in points if len(x) >= FEWEST_POINTS]
    return max(found, key=lambda angle_and_gain: angle_and_gain[1], default=(0.0, 0.0))[0]


def _coarse(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """The best of the coarse angles from a part of the points, and how much sharper it is than most."""
    every = 1 + len(x) // COARSE_POINTS
    angles = np.arange(-MOST_SKEW, MOST_SKEW + COARSE_STEP / 2, COARSE_STEP)
    sharpness = _sharpness(x[::every], y[::every], angles)
    return float(angles[np.argmax(sharpness)]), float(sharpness.max() / np.median(sharpness))


def ink_points(small: np.ndarray, width: int, height: int) -> np.ndarray:
    """Where anything at all is on a page, float64 [K, 2] pixels: what must not be cut off.

    Args:
        small: uint8 [h, w], the page's thumbnail.
        width: of the page, pixels.
        height: of the page, pixels.
    """
    contrast = cv2.morphologyEx(small, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    y, x = np.nonzero(contrast > FAINT)
    scale = np.array([width / small.shape[1], height / small.shape[0]])
    return (np.stack([x, y], 1) + 0.5) * scale


def printed_part(image: np.ndarray) -> np.ndarray:
    """The part of an image, uint8 [h, w, 3] RGB, that holds nearly all its print: a view of it.

    What lies along its borders is left out: the edge of a sheet, the table that it lies on.
    """
    border = round(BORDER * max(image.shape[:2]))
    inner = image[border : image.shape[0] - border, border : image.shape[1] - border]
    if not inner.size:
        return image
    small = thumbnail(inner)
    y, x = np.nonzero(cv2.morphologyEx(small, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > STRONG)
    if len(x) < FEWEST_POINTS:
        return image
    scale = np.array([inner.shape[1] / small.shape[1], inner.shape[0] / small.shape[0]])
    low, high = np.percentile(np.stack([x, y], 1) * scale, NEARLY_ALL, axis=0)
    room = BORDER * (high - low) + 1
    left, top = np.maximum(low - room, 0).astype(int)
    right, bottom = (high + room).astype(int)
    return inner[top:bottom, left:right]


def _edge_points(small: np.ndarray, quarter_turns: int) -> tuple[np.ndarray, np.ndarray]:
    """Points of a thumbnail where ink ends towards the row below: base lines, mostly."""
    gray = np.rot90(small, quarter_turns).astype(np.int16)
    y, x = np.nonzero(gray[1:] - gray[:-1] > EDGE)
    every = 1 + len(x) // MOST_POINTS
    return x[::every].astype(np.float32), y[::every].astype(np.float32)


def thumbnail(page: np.ndarray) -> np.ndarray:
    """The green of a page, at most THUMBNAIL_SIDE long, uint8 [h, w]; a thumbnail is its own thumbnail.

    Whole numbers of pixels are averaged first, which is several times as fast as any other reduction by area.

    Args:
        page: uint8 [h, w, 3] RGB, or a thumbnail.
    """
    if page.ndim == 2:
        return page
    green = cv2.extractChannel(page, 1)
    height, width = green.shape
    every = max(1, min(max(height, width) // THUMBNAIL_SIDE, height, width))
    rows, columns = height // every, width // every
    green = resized(green[: rows * every, : columns * every], rows, columns)
    scale = min(1.0, THUMBNAIL_SIDE / max(rows, columns))
    return resized(green, max(1, round(rows * scale)), max(1, round(columns * scale)))


def _sharpness(x: np.ndarray, y: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Sum of squares of the profile along lines slanted by each angle (degrees clockwise), float64 [A]."""
    slopes = np.tan(np.radians(angles)).astype(np.float32)
    rows = (y - slopes[:, None] * x).astype(np.int32)
    rows -= rows.min()
    size = int(rows.max()) + 1
    rows += (np.arange(len(angles), dtype=np.int32) * size)[:, None]
    profiles = np.bincount(rows.ravel(), minlength=len(angles) * size).reshape(len(angles), size)
    return np.square(profiles).sum(1).astype(np.float64)
