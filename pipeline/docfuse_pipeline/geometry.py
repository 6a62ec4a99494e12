"""Pair geometry: how each text box lies to each other one.

This is the reference for what the fusion and relation graphs compute for themselves from [N, 4]. It uses only
operations that ONNX has (no sort, no median, no scatter) and keeps ties, so the order of boxes never matters.
The features follow BROS and GeoLayoutLM: relative places in every attention layer and in the link head.
"""

import numpy as np

SAME_OVERLAP = 0.5
"""Two boxes share a row (column) if they overlap by this share of the smaller height (width)."""
TIE = 0.01
"""Distances this close, in units, count as equal when the nearest box is looked for."""
MIN_SIDE = 1.0
"""Shorter sides are taken as this long, canvas pixels, so that no ratio divides by zero."""
FAR = 1e9
"""Distance of what is no candidate."""

GEOMETRY_FEATURES = (
    "centre_x", "centre_y",  # centre of target minus centre of source
    "left", "right", "top", "bottom",  # edge of target minus the same edge of source
    "gap_x", "gap_y",  # empty space between the two; negative where they overlap
    "width_ratio", "height_ratio",  # log of target's over source's
    "overlap_x", "overlap_y",  # shared length over the shorter of both, 0 to 1
    "same_row", "same_column",  # 1 or 0
    "nearest_right", "nearest_below",  # 1 if target is source's next box in the row (column)
)  # fmt: skip
GEOMETRY_WIDTH = len(GEOMETRY_FEATURES)


def pair_geometry(boxes: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Geometry of every ordered pair of boxes.

    Lengths are divided by the mean height of the page's boxes (the unit) and squashed by
    sign(x)·log(1+|x|)/4; ratios are log/2 clipped to ±2. Moving or scaling the page changes nothing.

    Args:
        boxes: float [N, 4], x1, y1, x2, y2 in pixels; padded rows may hold anything finite.
        mask: float [N], 1 for a box, 0 for padding.

    Returns:
        float32 [N, N, GEOMETRY_WIDTH]; entry [i, j] tells how j (target) lies as seen from i (source).
        Pairs with padding are zero.
    """
    boxes, mask = np.asarray(boxes, np.float32).reshape(-1, 4), np.asarray(mask, np.float32)
    near, far = boxes[:, :2], boxes[:, 2:]
    size, pairs = np.maximum(far - near, MIN_SIDE), mask[:, None] * mask[None, :]
    unit = max(float((size[:, 1] * mask).sum() / max(float(mask.sum()), 1.0)), MIN_SIDE)
    centre = _difference((near + far) / 2) / unit
    edges = np.stack([_difference(near), _difference(far)], -1).reshape(*pairs.shape, 4) / unit
    gap = np.maximum(near[None, :] - far[:, None], near[:, None] - far[None, :]) / unit
    ratio = np.clip(_difference(np.log(size)) / 2, -2.0, 2.0)
    overlap = np.clip(-gap * unit / np.minimum(size[None, :], size[:, None]), 0.0, 1.0)
    aligned = (overlap[..., ::-1] >= SAME_OVERLAP).astype(np.float32)
    nearest = np.stack([_nearest(centre[..., axis], aligned[..., axis], pairs) for axis in (0, 1)], -1)
    lengths = np.concatenate([centre, edges, gap], -1)
    squashed = np.sign(lengths) * np.log1p(np.abs(lengths)) / 4
    features = np.concatenate([squashed, ratio, overlap, aligned, nearest], -1)
    return (features * pairs[..., None]).astype(np.float32)


def _difference(values: np.ndarray) -> np.ndarray:
    """[N, c] → [N, N, c]: target's value minus source's."""
    return values[None, :] - values[:, None]


def _nearest(distance: np.ndarray, aligned: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """1 where the target is the nearest aligned one ahead of the source, ties included; all [N, N]."""
    candidate = (distance > TIE) * aligned * pairs
    ahead = np.where(candidate > 0, distance, FAR)
    best = ahead.min(axis=1, keepdims=True, initial=FAR)
    return candidate * (ahead <= best + TIE)
