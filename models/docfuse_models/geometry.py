"""Pair geometry inside the graph: `docfuse_pipeline.geometry` for batches, in torch."""

from __future__ import annotations

import torch
from torch import Tensor

from docfuse_pipeline.geometry import FAR, GEOMETRY_WIDTH, MIN_SIDE, SAME_OVERLAP, TIE

__all__ = ["GEOMETRY_WIDTH", "pair_geometry"]


def _difference(values: Tensor) -> Tensor:
    """[B, N, c] → [B, N, N, c]: target's value minus source's."""
    return values.unsqueeze(1) - values.unsqueeze(2)


def _nearest(distance: Tensor, aligned: Tensor, pairs: Tensor) -> Tensor:
    """1 where the target is the nearest aligned one ahead of the source, ties included; all [B, N, N]."""
    candidate = (distance > TIE).float() * aligned * pairs
    ahead = torch.where(candidate > 0, distance, torch.full_like(distance, FAR))
    return candidate * (ahead <= ahead.amin(2, keepdim=True) + TIE).float()


def pair_geometry(boxes: Tensor, mask: Tensor) -> Tensor:
    """Geometry of every ordered pair of boxes; the reference says what it means.

    Args:
        boxes: float [B, N, 4], x1, y1, x2, y2 in pixels; padded rows may hold anything finite. N ≥ 1.
        mask: float [B, N], 1 for a box, 0 for padding.

    Returns:
        float [B, N, N, GEOMETRY_WIDTH]; entry [i, j] tells how j lies as seen from i.
    """
    near, far = boxes[..., :2], boxes[..., 2:]
    size, pairs = (far - near).clamp(min=MIN_SIDE), mask.unsqueeze(2) * mask.unsqueeze(1)
    mean = (size[..., 1] * mask).sum(1) / mask.sum(1).clamp(min=1.0)
    unit = mean.clamp(min=MIN_SIDE)[:, None, None, None]
    centre = _difference((near + far) / 2) / unit
    starts, ends = _difference(near) / unit, _difference(far) / unit
    edges = torch.stack([starts, ends], -1).flatten(3)
    gap = torch.maximum(near.unsqueeze(1) - far.unsqueeze(2), near.unsqueeze(2) - far.unsqueeze(1)) / unit
    ratio = (_difference(size.log()) / 2).clamp(-2.0, 2.0)
    overlap = (-gap * unit / torch.minimum(size.unsqueeze(1), size.unsqueeze(2))).clamp(0.0, 1.0)
    aligned = (torch.stack([overlap[..., 1], overlap[..., 0]], -1) >= SAME_OVERLAP).float()
    nearest = torch.stack([_nearest(centre[..., i], aligned[..., i], pairs) for i in (0, 1)], -1)
    lengths = torch.cat([centre, edges, gap], -1)
    squashed = lengths.sign() * torch.log1p(lengths.abs()) / 4
    return torch.cat([squashed, ratio, overlap, aligned, nearest], -1) * pairs.unsqueeze(-1)
