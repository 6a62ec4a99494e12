"""Bilinear resizing whose filter widens with the reduction, as in Pillow and torchvision (`antialias`)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np


def resized(pixels: np.ndarray, width: int, height: int) -> np.ndarray:
    """Resize uint8 [h, w, c] to uint8 [height, width, c], computed in float32 and rounded once."""
    rows, columns, channels = pixels.shape
    flat = pixels.reshape(rows, columns * channels).astype(np.float32)
    squeezed = (_weights(rows, height) @ flat).reshape(height, columns, channels)
    return np.rint(_weights(columns, width) @ squeezed).astype(np.uint8)


@lru_cache(maxsize=1024)
def _weights(size: int, target: int) -> np.ndarray:
    """Share of each of `size` pixels in each of `target` ones: float32 [target, size], rows sum to 1."""
    scale = size / target
    support = max(scale, 1.0)
    centres = scale * (np.arange(target) + 0.5)
    distances = np.abs(np.arange(size) + 0.5 - centres[:, None]) / support
    weights = np.maximum(0.0, 1.0 - distances)
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)
