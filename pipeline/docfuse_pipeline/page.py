"""Page images: decode safely, turn upright, letterbox onto a canvas.

Points are continuous: a page of width w spans x from 0 to w, and the centre of its first pixel is at 0.5.
*Source pixels* are those of the image as a viewer shows it, after its EXIF orientation was applied.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from docfuse_pipeline.settings import CANVASES, ORIENTATION_SIDE, PAGE_LONG_SIDE

ORIENTATION_SHORT_SIDE = 256
"""The orientation model was trained on the centre of pages whose short side has this length."""
LARGEST_ENLARGEMENT = 2.0
"""A small page is enlarged at most this much on its canvas."""
SURE_OF_TURN = 0.6
"""Probability from which the orientation model is believed."""
WHITE = (255, 255, 255)


@dataclass(frozen=True)
class RectifiedPage:
    """An upright page.

    `page` uint8 [h, w, 3] RGB; `transform` float64 [3, 3] takes points of the page to source pixels.
    """

    page: np.ndarray
    transform: np.ndarray


def orientation_thumbnail(image: np.ndarray) -> np.ndarray:
    """What the orientation model sees of an image: its centre square, uint8 [224, 224, 3].

    Equals scaling the short side to 256 and taking the centre 224 × 224, without ever making the whole
    scaled image: that of a sliver would be huge.

    Args:
        image: uint8 [h, w, 3].
    """
    height, width = image.shape[:2]
    side = max(1, round(min(height, width) * ORIENTATION_SIDE / ORIENTATION_SHORT_SIDE))
    top, left = (height - side) // 2, (width - side) // 2
    square = image[top : top + side, left : left + side]
    return resized(square, ORIENTATION_SIDE, ORIENTATION_SIDE)


def rectify(image: np.ndarray, quarter_turns: int, skew: float, reduction: float = 1.0) -> RectifiedPage:
    """Undo the turns and the slant of an image, and reduce it to PAGE_LONG_SIDE.

    Args:
        image: uint8 [h, w, 3] RGB.
        quarter_turns: clockwise quarter turns by which the image was turned away from upright.
        skew: degrees clockwise by which the text lines are slanted once the quarter turns are undone.
        reduction: source pixels per pixel of `image`, where it was decoded at a smaller size.

    Returns:
        The page, large enough to hold all of the image (corners filled with white), and its transform.
    """
    height, width = image.shape[:2]
    shrink = min(1.0, PAGE_LONG_SIDE / max(height, width))
    if shrink < 1.0:
        image = resized(image, max(1, round(height * shrink)), max(1, round(width * shrink)))
    to_source = np.diag([width / image.shape[1] * reduction, height / image.shape[0] * reduction, 1.0])
    to_source = to_source @ _turned_back(quarter_turns, *image.shape[:2])
    page = np.ascontiguousarray(np.rot90(image, quarter_turns))
    if skew:
        page, unslanted = _deskewed(page, skew)
        to_source = to_source @ unslanted
    return RectifiedPage(page, to_source)


def _turned_back(quarter_turns: int, height: int, width: int) -> np.ndarray:
    """Points of `rot90(image, quarter_turns)` → points of the image, float64 [3, 3]."""
    matrices = (
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[0, -1, width], [1, 0, 0], [0, 0, 1]],
        [[-1, 0, width], [0, -1, height], [0, 0, 1]],
        [[0, 1, 0], [-1, 0, height], [0, 0, 1]],
    )
    return np.array(matrices[quarter_turns % 4], np.float64)


def _deskewed(page: np.ndarray, skew: float) -> tuple[np.ndarray, np.ndarray]:
    """The page turned counterclockwise by `skew` degrees, and its points → points of the slanted page."""
    height, width = page.shape[:2]
    cos, sin = math.cos(math.radians(skew)), math.sin(math.radians(skew))
    out_width, out_height = (
        math.ceil(width * abs(cos) + height * abs(sin)),
        math.ceil(width * abs(sin) + height * abs(cos)),
    )
    shrink = min(1.0, PAGE_LONG_SIDE / max(out_width, out_height))
    out_width, out_height = max(1, int(out_width * shrink)), max(1, int(out_height * shrink))
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]) @ np.diag([1 / shrink, 1 / shrink, 1])
    inverse = _shift(width / 2, height / 2) @ turn @ _shift(-out_width / 2, -out_height / 2)
    centres = _shift(-0.5, -0.5) @ inverse @ _shift(0.5, 0.5)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (out_width, out_height)
    return cv2.warpAffine(page, centres[:2], size, flags=flags, borderValue=WHITE), inverse


def _shift(x: float, y: float) -> np.ndarray:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64)


def letterbox(page: np.ndarray) -> tuple[np.ndarray, float]:
    """Scale a page onto the canvas that shows it largest; top left, the rest white.

    Args:
        page: uint8 [h, w, 3].

    Returns:
        The canvas, uint8 [H, W, 3], and canvas pixels per page pixel.
    """
    height, width = page.shape[:2]

    def fit(size: tuple[int, int]) -> float:
        return min(size[0] / height, size[1] / width)

    canvas_height, canvas_width = max(CANVASES.values(), key=fit)
    scale = min(fit((canvas_height, canvas_width)), LARGEST_ENLARGEMENT)
    canvas = np.full((canvas_height, canvas_width, 3), 255, np.uint8)
    rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
    canvas[:rows, :columns] = resized(page, rows, columns)
    return canvas, scale


def resized(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize an image: by area where it shrinks to less than half, else linearly, which is far cheaper.

    Args:
        image: uint8 [h, w] or [h, w, 3].
        height: of the result, at least 1.
        width: of the result, at least 1.
    """
    if image.shape[:2] == (height, width):
        return image
    much_smaller = 2 * height < image.shape[0] or 2 * width < image.shape[1]
    flag = cv2.INTER_AREA if much_smaller else cv2.INTER_LINEAR
    return cv2.resize(image, (width, height), interpolation=flag)


def map_points(transform: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Apply a homography to points, float [..., 2] → float64 [..., 2].

    Args:
        transform: float [3, 3].
        points: x and y in the last axis.
    """
    mapped = np.asarray(points, np.float64) @ transform[:, :2].T + transform[:, 2]
    return mapped[..., :2] / mapped[..., 2:]


def quarter_turns(rotations: np.ndarray) -> int:
    """Clockwise quarter turns of a page, 0 if the orientation model is not sure.

    Args:
        rotations: float [4], probabilities that the page was turned by 0, 90, 180, 270 degrees.
    """
    best = int(np.argmax(rotations))
    return best if rotations[best] >= SURE_OF_TURN else 0
