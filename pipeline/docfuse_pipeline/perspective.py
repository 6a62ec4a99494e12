"""Homographies: a flat sheet as a camera sees it, and back.

The aspect of a photographed sheet follows from its corners alone (Zhang and He 2007, "Whiteboard scanning and
image enhancement").
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

WHITE = (255, 255, 255)
FOCAL = (0.4, 2.5)
"""Focal lengths that cameras of documents have, in diagonals of the photo; others come from errors."""


@dataclass(frozen=True)
class Flat:
    """A sheet laid flat.

    `transform` float64 [3, 3] takes its points to pixels of its image; `width` and `height` are in pixels.
    """

    transform: np.ndarray
    width: int
    height: int


def flattened(corners: np.ndarray, width: int, height: int) -> Flat:
    """Lay a photographed sheet flat, in the photo's resolution and the sheet's true aspect.

    Args:
        corners: float64 [4, 2] in the photo, clockwise from top left.
        width: of the photo, pixels; its middle is taken for the camera's axis.
        height: of the photo, pixels.
    """
    sides = np.linalg.norm(np.roll(corners, -1, 0) - corners, axis=1)
    across, down = (sides[0] + sides[2]) / 2, (sides[1] + sides[3]) / 2
    aspect = _aspect(corners - np.array([width / 2, height / 2]), float(np.hypot(width, height)))
    if aspect is not None:
        area = across * down
        across, down = np.sqrt(area * aspect), np.sqrt(area / aspect)
    across, down = max(1, round(across)), max(1, round(down))
    flat = np.array([[0, 0], [across, 0], [across, down], [0, down]], np.float32)
    return Flat(cv2.getPerspectiveTransform(flat, corners.astype(np.float32)), across, down)


def _aspect(corners: np.ndarray, diagonal: float) -> float | None:
    """Width over height of a rectangle, from corners around the camera's axis; None if they do not tell."""
    points = np.concatenate([corners / diagonal, np.ones((4, 1))], 1)
    left_top, right_top, right_bottom, left_bottom = points
    across = np.cross(left_top, right_bottom)
    right = across @ left_bottom / (np.cross(right_top, right_bottom) @ left_bottom)
    bottom = across @ right_top / (np.cross(left_bottom, right_bottom) @ right_top)
    to_right, to_bottom = right * right_top - left_top, bottom * left_bottom - left_top
    vanishing = to_right[2] * to_bottom[2]
    focal2 = -(to_right[:2] @ to_bottom[:2]) / vanishing if abs(vanishing) > 1e-9 else np.inf
    if not FOCAL[0] ** 2 <= focal2 <= FOCAL[1] ** 2:
        return None
    scale = np.array([1, 1, focal2])
    return float(np.sqrt((to_right**2 @ scale) / (to_bottom**2 @ scale)))


def shift(x: float, y: float) -> np.ndarray:
    """The homography that moves points, float64 [3, 3]."""
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64)


def rotation(degrees: float) -> np.ndarray:
    """The homography that turns points clockwise about the origin, float64 [3, 3]."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]], np.float64)


def warped(image: np.ndarray, flat: Flat) -> np.ndarray:
    """The sheet cut from the image, uint8 [height, width, 3]; white where the image does not reach.

    Args:
        image: uint8 [h, w, 3].
        flat: the sheet; its transform takes continuous points.
    """
    centres = shift(-0.5, -0.5) @ flat.transform @ shift(0.5, 0.5)
    flags, size = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, (flat.width, flat.height)
    if np.allclose(centres[2], (0, 0, 1), atol=1e-12):
        return cv2.warpAffine(image, centres[:2], size, flags=flags, borderValue=WHITE)
    return cv2.warpPerspective(image, centres, size, flags=flags, borderValue=WHITE)
