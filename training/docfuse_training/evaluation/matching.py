"""Which read boxes stand on which labelled boxes, and one-to-one matching."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from docfuse.result import Box
from docfuse_training.truth import TruthBox

SAME_PLACE = 0.5
"""Least share of the smaller box that two boxes of one place have in common."""


def labelled_boxes(boxes: Sequence[TruthBox]) -> np.ndarray:
    """Labelled boxes as float64 [N, 4]."""
    return np.array([b.box for b in boxes], np.float64).reshape(-1, 4)


def read_boxes(boxes: Sequence[Box]) -> np.ndarray:
    """Bounds of predicted polygons as float64 [M, 4]."""
    corners = np.array([b.polygon for b in boxes], np.float64).reshape(-1, 4, 2)
    return np.concatenate([corners.min(1), corners.max(1)], 1)


def _areas(boxes: np.ndarray) -> np.ndarray:
    return np.clip(boxes[:, 2:] - boxes[:, :2], 1e-6, None).prod(1)


def intersections(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Areas that boxes [N, 4] and [M, 4] have in common, [N, M], square pixels."""
    corner = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2])
    return np.clip(corner, 0, None).prod(2)


def overlap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Share of the smaller box that boxes [N, 4] and [M, 4] have in common, [N, M]."""
    return intersections(a, b) / np.minimum(_areas(a)[:, None], _areas(b)[None, :])


def iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union of boxes [N, 4] and [M, 4], [N, M]."""
    common = intersections(a, b)
    return common / (_areas(a)[:, None] + _areas(b)[None, :] - common)


def best_partner(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """For each box of a the box of b in its place with the highest IoU, -1 if there is none; int64 [N]."""
    if not len(a) or not len(b):
        return np.full(len(a), -1)
    scores = np.where(overlap(a, b) >= SAME_PLACE, iou(a, b), -1.0)
    return np.where(scores.max(1) > 0, scores.argmax(1), -1)


def same_place_groups(a: np.ndarray, b: np.ndarray) -> list[tuple[list[int], list[int]]]:
    """Groups of boxes of a and b joined by place, each with at least one box of a."""
    if not len(a):
        return []
    graph = np.zeros((len(a) + len(b),) * 2, np.int8)
    graph[: len(a), len(a) :] = overlap(a, b) >= SAME_PLACE
    _, group = connected_components(csr_array(graph), directed=False)
    members = [np.flatnonzero(group == g).tolist() for g in np.unique(group[: len(a)])]
    return [([m for m in ms if m < len(a)], [m - len(a) for m in ms if m >= len(a)]) for ms in members]


def most_pairs(allowed: np.ndarray) -> int:
    """Size of the largest one-to-one matching in a boolean matrix [N, M]."""
    rows, columns = linear_sum_assignment(allowed, maximize=True)
    return int(allowed[rows, columns].sum())
