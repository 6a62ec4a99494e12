"""How a page is set right: the sheet in a photo, quarter turns, slant; one warp undoes them all."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from docfuse_pipeline.deskew import estimate_skew, ink_points, printed_part, rough_slant, thumbnail
from docfuse_pipeline.page import (
    RectifiedPage,
    map_points,
    orientation_thumbnail,
    quarter_turns,
    rectify,
    resized,
)
from docfuse_pipeline.perspective import Flat, flattened, rotation, shift, warped
from docfuse_pipeline.sheet import find_sheet

LOOK_SIDE = 900
"""A photo is first laid flat about this long, to see how the sheet is turned and slanted."""
Rotations = Callable[[np.ndarray], np.ndarray]
"""Orientation thumbnail → float [4], probabilities that the page was turned by 0, 90, 180, 270 degrees."""
SLANTED = 2.0
"""Degrees from which the orientation model is shown a straightened image: 10 degrees mislead it."""
IN_DOUBT = 0.9
"""Probability up to which the orientation model is asked again; it hardly ever gives more than 0.93."""


@dataclass(frozen=True)
class Correction:
    """An upright page and what was undone.

    `quarter_turns` clockwise; `skew` degrees clockwise after them, as in the image; `sheet` float64 [4, 2],
    corners of a photographed page in the image, or None.
    """

    page: RectifiedPage
    quarter_turns: int
    skew: float
    sheet: np.ndarray | None


def set_right(image: np.ndarray, rotations_of: Rotations, reduction: float = 1.0) -> Correction:
    """Find out how a page lies in its image, and undo it.

    Args:
        image: uint8 [h, w, 3] RGB.
        rotations_of: the orientation model.
        reduction: source pixels per pixel of `image`, where it was decoded at a smaller size.
    """
    sheet = find_sheet(image)
    if sheet is not None:
        flat = _first_look(image, sheet)
        turns = _turns(flat, rotations_of)
        page = rectify(image, turns, estimate_skew(flat, turns), reduction, sheet)
        return Correction(page, turns, _skew(page, turns), sheet)
    small = thumbnail(image)
    slant = rough_slant(small)
    look = image if abs(slant) < SLANTED else _straightened(image, slant)
    turns = _turns(look, rotations_of)
    skew = estimate_skew(small, turns)
    ink = ink_points(small, image.shape[1], image.shape[0]) if skew else None
    return Correction(rectify(image, turns, skew, reduction, ink=ink), turns, skew, None)


def _turns(look: np.ndarray, rotations_of: Rotations) -> int:
    """Clockwise quarter turns; where the model is in doubt, it is shown the print alone as well."""
    rotations = rotations_of(orientation_thumbnail(look))
    if rotations.max() < IN_DOUBT:
        again = rotations_of(orientation_thumbnail(printed_part(look)))
        rotations = max(rotations, again, key=np.max)
    return quarter_turns(rotations)


def _first_look(image: np.ndarray, sheet: np.ndarray) -> np.ndarray:
    """The flat sheet, small: uint8 [h, w, 3]."""
    small = _small(image)
    scale = np.array([small.shape[1] / image.shape[1], small.shape[0] / image.shape[0]])
    return warped(small, flattened(sheet * scale, small.shape[1], small.shape[0]))


def _straightened(image: np.ndarray, slant: float) -> np.ndarray:
    """The image turned back by its slant about its middle, small, corners cut off: uint8 [h, w, 3]."""
    small = _small(image)
    height, width = small.shape[:2]
    turn = shift(width / 2, height / 2) @ rotation(slant) @ shift(-width / 2, -height / 2)
    return warped(small, Flat(turn, width, height))


def _small(image: np.ndarray) -> np.ndarray:
    height, width = image.shape[:2]
    every = max(1, max(height, width) // LOOK_SIDE)
    return resized(image, max(1, height // every), max(1, width // every))


def _skew(page: RectifiedPage, turns: int) -> float:
    """Degrees clockwise by which the middle of a page is slanted in its source, quarter turns aside."""
    height, width = page.page.shape[:2]
    start, end = map_points(page.transform, np.array([[0, height / 2], [width, height / 2]]))
    angle = math.degrees(math.atan2(*(end - start)[::-1])) - 90 * turns
    return round((angle + 180) % 360 - 180, 2)
