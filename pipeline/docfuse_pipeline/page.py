"""Page images: decode safely, turn upright, letterbox onto a canvas.

Points are continuous: a page of width w spans x from 0 to w, and the centre of its first pixel is at 0.5.
*Source pixels* are those of the image as a viewer shows it, after its EXIF orientation was applied.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from docfuse_pipeline.perspective import Flat, flattened, rotation, shift, warped
from docfuse_pipeline.settings import CANVASES, ORIENTATION_SIDE, PAGE_LONG_SIDE

ORIENTATION_SHORT_SIDE = 256
"""The orientation model was trained on the centre of pages whose short side has this length."""
LARGEST_ENLARGEMENT = 2.0
"""A small page is enlarged at most this much on its canvas."""
INK_MARGIN = 0.012
"""Kept around the ink of a slanted page, share of its long side."""
UPRIGHT = np.array([1.0, 0.0, 0.0, 0.0], np.float32)
"""What the orientation model says of a page that is upright beyond doubt."""
SURE_OF_TURN = 0.6
"""Probability from which the orientation model is believed."""


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


def rectify(
    image: np.ndarray,
    quarter_turns: int,
    skew: float,
    reduction: float = 1.0,
    sheet: np.ndarray | None = None,
    ink: np.ndarray | None = None,
) -> RectifiedPage:
    """Undo the perspective, the turns and the slant of an image in one warp, and reduce it to PAGE_LONG_SIDE.

    Args:
        image: uint8 [h, w, 3] RGB.
        quarter_turns: clockwise quarter turns by which the image was turned away from upright.
        skew: degrees clockwise by which the text lines are slanted once the quarter turns are undone.
        reduction: source pixels per pixel of `image`, where it was decoded at a smaller size.
        sheet: float64 [4, 2] corners of the page in the image, as `find_sheet` gives them; turns and skew are
            then those of the flat sheet. None: the page is all of the image.
        ink: float64 [K, 2] points of the image; a slanted page is cut down to them, for the white wedges that
            turning adds would only make its text smaller on the canvas. None: nothing is cut off.

    Returns:
        The page (what lies outside the image is white), and its transform.
    """
    height, width = image.shape[:2]
    shrink = min(1.0, PAGE_LONG_SIDE / max(height, width))
    if shrink < 1.0:
        image = resized(image, max(1, round(height * shrink)), max(1, round(width * shrink)))
    reduced = np.diag([image.shape[1] / width, image.shape[0] / height, 1.0])
    flat = Flat(np.eye(3), image.shape[1], image.shape[0])
    if sheet is not None:
        flat = flattened(map_points(reduced, sheet), image.shape[1], image.shape[0])
    upright = _turned_back(flat, quarter_turns)
    if skew:
        upright = _unslanted(upright, skew)
        if ink is not None and len(ink):
            upright = _cut_down(upright, map_points(reduced, ink))
    if sheet is None and not skew:
        page = np.ascontiguousarray(np.rot90(image, quarter_turns))
    else:
        upright = _within(upright, PAGE_LONG_SIDE)
        page = warped(image, upright)
    to_source = np.diag([reduction, reduction, 1.0]) @ np.linalg.inv(reduced) @ upright.transform
    return RectifiedPage(page, to_source)


def _turned_back(flat: Flat, quarter_turns: int) -> Flat:
    """The sheet after `rot90(sheet, quarter_turns)`."""
    width, height = flat.width, flat.height
    matrices = (
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[0, -1, width], [1, 0, 0], [0, 0, 1]],
        [[-1, 0, width], [0, -1, height], [0, 0, 1]],
        [[0, 1, 0], [-1, 0, height], [0, 0, 1]],
    )
    turned = flat.transform @ np.array(matrices[quarter_turns % 4], np.float64)
    return Flat(turned, height, width) if quarter_turns % 2 else Flat(turned, width, height)


def _unslanted(flat: Flat, skew: float) -> Flat:
    """The sheet turned counterclockwise by `skew` degrees about its middle, on one that holds all of it."""
    width, height = flat.width, flat.height
    turn = rotation(skew)
    cos, sin = abs(turn[0, 0]), abs(turn[1, 0])
    out_width, out_height = math.ceil(width * cos + height * sin), math.ceil(width * sin + height * cos)
    back = shift(width / 2, height / 2) @ turn @ shift(-out_width / 2, -out_height / 2)
    return Flat(flat.transform @ back, out_width, out_height)


def _cut_down(flat: Flat, points: np.ndarray) -> Flat:
    """The part of a sheet around points of the image, with a margin."""
    inside = map_points(np.linalg.inv(flat.transform), points)
    margin = INK_MARGIN * max(flat.width, flat.height)
    low = np.maximum(inside.min(0) - margin, 0)
    high = np.minimum(inside.max(0) + margin, (flat.width, flat.height))
    left, top = np.floor(low).astype(int).tolist()
    right, bottom = np.ceil(high).astype(int).tolist()
    return Flat(flat.transform @ shift(left, top), max(1, right - left), max(1, bottom - top))


def _within(flat: Flat, long_side: int) -> Flat:
    """The sheet at most `long_side` long."""
    shrink = min(1.0, long_side / max(flat.width, flat.height))
    width, height = max(1, int(flat.width * shrink)), max(1, int(flat.height * shrink))
    return Flat(flat.transform @ np.diag([1 / shrink, 1 / shrink, 1.0]), width, height)


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
