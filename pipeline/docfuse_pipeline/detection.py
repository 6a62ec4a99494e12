"""Text probability map → quads of text lines (post-processing of DB, Liao et al. 2020), in reading order."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from docfuse_pipeline.settings import MAX_NODES
from docfuse_pipeline.traits import DEFAULT, DetectorTraits

SMALLEST_SIDE = 3.0
"""Canvas pixels; before the quad is widened."""
TALL = 1.5
"""Height over width from which a quad may be vertical text."""
TALL_IN_LINES = 2.5
"""A quad is vertical text only if it is that many usual text heights tall; a lone 1 is not."""
SAME_ROW = 0.5
"""Two quads stand in one row if their centres differ by less than this share of their height."""


def find_quads(
    text_map: np.ndarray,
    scale: float,
    page_shape: tuple[int, int],
    detector: DetectorTraits = DEFAULT.detector,
) -> tuple[np.ndarray, np.ndarray]:
    """Find text lines on a text map.

    Args:
        text_map: uint8 [H, W], text probability × 255 per canvas pixel.
        scale: canvas pixels per page pixel.
        page_shape: height and width of the page, pixels.
        detector: thresholds of the detector that made the map.

    Returns:
        float32 [N, 4, 2] corners in page pixels, clockwise from the text's top left, and float32 [N] mean
        text probabilities; in no order.
    """
    height, width = page_shape
    used = text_map[: round(height * scale) or 1, : round(width * scale) or 1]
    found = [_scored_rectangle(contour, used, detector) for contour in _contours(used, detector)]
    kept = [rectangle for rectangle in found if rectangle is not None]
    if not kept:
        return np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32)
    corners = np.stack([corners for corners, _ in kept])
    quads = ordered_corners(_widened(corners, detector.unclip)) / scale
    quads = np.clip(quads, 0, np.array([width, height], np.float32))
    return _vertical_turned(quads.astype(np.float32)), np.array([score for _, score in kept], np.float32)


def find_lines(
    text_map: np.ndarray,
    scale: float,
    page_shape: tuple[int, int],
    detector: DetectorTraits = DEFAULT.detector,
) -> tuple[np.ndarray, int]:
    """`find_quads` in reading order, the first MAX_NODES of them, and how many were dropped."""
    quads, _ = find_quads(text_map, scale, page_shape, detector)
    quads = quads[reading_order(quads)]
    return quads[:MAX_NODES], max(0, len(quads) - MAX_NODES)


def _contours(text_map: np.ndarray, detector: DetectorTraits) -> Sequence[np.ndarray]:
    """Outlines of what is text on a map, as the detector's own library draws them."""
    ink = (text_map > detector.ink * 255).view(np.uint8)
    if detector.opened:
        opened = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        return cv2.findContours(opened, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]
    dilated = cv2.dilate(ink, np.ones((2, 2), np.uint8))
    return cv2.findContours(dilated, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)[0]


def _scored_rectangle(
    contour: np.ndarray, text_map: np.ndarray, detector: DetectorTraits
) -> tuple[np.ndarray, float] | None:
    """The smallest rectangle around a contour, float32 [4, 2], and its mean probability; None if too weak."""
    rectangle = cv2.minAreaRect(contour)
    if detector.opened:  # from the centres of the outermost pixels to their edges, as dilation has it
        (x, y), (width, height), angle = rectangle
        rectangle = (x + 0.5, y + 0.5), (width + 1, height + 1), angle
    if min(rectangle[1]) < SMALLEST_SIDE:
        return None
    corners = cv2.boxPoints(rectangle)
    height, width = text_map.shape
    left, top = np.clip(np.floor(corners.min(0)).astype(int), 0, (width - 1, height - 1))
    right, bottom = np.clip(np.ceil(corners.max(0)).astype(int), 0, (width - 1, height - 1))
    mask = np.zeros((bottom - top + 1, right - left + 1), np.uint8)
    cv2.fillPoly(mask, [(corners - (left, top)).astype(np.int32)], (1,))
    score = cv2.mean(text_map[top : bottom + 1, left : right + 1], mask)[0] / 255
    return (corners, score) if score >= detector.box else None


def _widened(corners: np.ndarray, ratio: float) -> np.ndarray:
    """Undo the shrinking of DB's training: offset each rectangle by area × ratio / perimeter.

    For a rectangle the offset polygon's smallest rectangle is the rectangle with both sides longer by twice
    the offset, so no polygon library is needed.

    Args:
        corners: float32 [N, 4, 2], rectangles.
        ratio: of the offset.
    """
    along, down = corners[:, 1] - corners[:, 0], corners[:, 3] - corners[:, 0]
    length = np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6)
    depth = np.maximum(np.linalg.norm(down, axis=1, keepdims=True), 1e-6)
    offset = ratio * length * depth / (2 * (length + depth))
    along, down = along / length * offset, down / depth * offset
    steps = (-along - down, along - down, along + down, -along + down)
    return corners + np.stack(steps, axis=1)


def ordered_corners(corners: np.ndarray) -> np.ndarray:
    """Sort each rectangle's corners clockwise from its top left, float [N, 4, 2] → the same."""
    centred = corners - corners.mean(1, keepdims=True)
    angles = np.arctan2(centred[..., 1], centred[..., 0])
    corners = np.take_along_axis(corners, np.argsort(angles, axis=1)[..., None], axis=1)
    along = corners[:, 1] - corners[:, 0]
    steep = np.abs(along[:, 1]) > np.abs(along[:, 0])
    turned = np.where((along[:, 1] > 0)[:, None, None], np.roll(corners, 1, 1), np.roll(corners, -1, 1))
    return np.where(steep[:, None, None], turned, corners)


def sides(quads: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Length along the text and height across it of each quad, float [N] each."""
    length = np.maximum(
        np.linalg.norm(quads[:, 1] - quads[:, 0], axis=1), np.linalg.norm(quads[:, 2] - quads[:, 3], axis=1)
    )
    height = np.maximum(
        np.linalg.norm(quads[:, 3] - quads[:, 0], axis=1), np.linalg.norm(quads[:, 2] - quads[:, 1], axis=1)
    )
    return length, height


def _vertical_turned(quads: np.ndarray) -> np.ndarray:
    """Let quads of vertical text, taken to run downwards, begin at their top right corner."""
    length, height = sides(quads)
    usual = np.median(np.minimum(length, height))
    vertical = (height >= TALL * length) & (height >= TALL_IN_LINES * usual)
    return np.where(vertical[:, None, None], np.roll(quads, -1, axis=1), quads)


def running_down(quads: np.ndarray) -> np.ndarray:
    """Which quads, float [N, 4, 2], hold text that runs downwards: bool [N]."""
    along = quads[:, 1] - quads[:, 0]
    return along[:, 1] > np.abs(along[:, 0])


def turned_over(quads: np.ndarray) -> np.ndarray:
    """The quads, [N, 4, 2], for text that stands on its head in them."""
    return np.roll(quads, 2, axis=1)


def reading_order(quads: np.ndarray) -> np.ndarray:
    """Indices of quads row by row, each row from left to right; int [N].

    Rows follow the slant that most of the text has, so that a slightly slanted page keeps its rows.

    Args:
        quads: float [N, 4, 2].
    """
    if not len(quads):
        return np.zeros(0, np.int64)
    slant = _slant(quads)
    centres = quads.mean(1)
    x = centres[:, 0]
    y = centres[:, 1] - slant * x
    height = np.maximum(np.ptp(quads[..., 1] - slant * quads[..., 0], axis=1), 1e-6)
    rows = np.zeros(len(quads), np.int64)
    row, row_y, row_height, members = 0, None, 0.0, 0
    for index in np.argsort(y, kind="stable"):
        if row_y is not None and y[index] - row_y > SAME_ROW * min(row_height, height[index]):
            row, members, row_y = row + 1, 0, None
        row_y = y[index] if row_y is None else (row_y * members + y[index]) / (members + 1)
        row_height = max(row_height, height[index]) if members else height[index]
        members += 1
        rows[index] = row
    return np.lexsort((x, rows))


def _slant(quads: np.ndarray) -> float:
    """Slope of the text, weighted median over the quads by their length; vertical quads do not count."""
    along = (quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3]) / 2
    flat = np.abs(along[:, 1]) < 0.5 * along[:, 0]
    if not flat.any():
        return 0.0
    slopes, weights = along[flat, 1] / along[flat, 0], along[flat, 0]
    order = np.argsort(slopes)
    middle = np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)
    return float(slopes[order][min(middle, len(order) - 1)])
