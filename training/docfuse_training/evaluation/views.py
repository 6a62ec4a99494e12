"""Views of a page: turned, slanted, and photographed on a table, each with the way that its points take."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from docfuse_pipeline.page import map_points
from docfuse_pipeline.perspective import WHITE, rotation, shift

LONG_SIDE = 2400
"""A view is at most about this long, pixels."""
SHEET_SHARE = 0.8
"""How much of a photo's width and height the sheet takes."""

Maker = Callable[[np.ndarray, np.random.Generator], "View"]


@dataclass(frozen=True)
class View:
    """A view, uint8 [h, w, 3] RGB, and float64 [3, 3] from points of the page to points of the view."""

    image: np.ndarray
    transform: np.ndarray


def turned(page: np.ndarray, rng: np.random.Generator, *, quarters: int) -> View:
    """The page turned clockwise by quarter turns."""
    height, width = page.shape[:2]
    moves = ((0, 0), (height, 0), (width, height), (0, width))
    turn = np.round(rotation(90 * quarters))
    return View(np.ascontiguousarray(np.rot90(page, -quarters)), shift(*moves[quarters]) @ turn)


def slanted(page: np.ndarray, rng: np.random.Generator, *, degrees: float, dark: bool) -> View:
    """The page turned clockwise by some degrees, on white or on the dark of an open scanner."""
    height, width = page.shape[:2]
    turn = rotation(degrees)
    cos, sin = abs(turn[0, 0]), abs(turn[1, 0])
    size = math.ceil(width * cos + height * sin), math.ceil(width * sin + height * cos)
    matrix = shift(size[0] / 2, size[1] / 2) @ turn @ shift(-width / 2, -height / 2)
    return View(_warped(page, matrix, size, (24, 24, 24) if dark else WHITE), matrix)


def photographed(
    page: np.ndarray,
    rng: np.random.Generator,
    *,
    shift: float,
    degrees: float = 0.0,
    cropped: bool = False,
) -> View:
    """The page as a camera sees it: corners moved by up to `shift` of the sides, uneven light, JPEG.

    Args:
        page: uint8 [h, w, 3] RGB.
        rng: source of chance.
        shift: how far corners move, share of the width and height; at least one moves by all of it.
        degrees: clockwise, by which the sheet lies on the table.
        cropped: the photo ends at the sheet or within it: no table is seen.
    """
    height, width = page.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    moves = rng.uniform(-1, 1, (4, 2))
    moves *= shift / np.abs(moves).max()
    placed = map_points(rotation(degrees), corners + moves * (width, height))
    extent = np.ptp(placed, axis=0) / (1.0 if cropped else SHEET_SHARE)
    scale = min(1.0, LONG_SIDE / extent.max())
    size = (math.ceil(extent[0] * scale), math.ceil(extent[1] * scale))
    middle = (placed.max(0) + placed.min(0)) / 2
    placed = (placed - middle) * scale + np.array(size) / 2
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), placed.astype(np.float32))
    if cropped:
        return View(_finished(_warped(page, matrix, size, None), rng), matrix)
    table = _table(size, rng)
    sheet = _warped(page, matrix, size, (0, 0, 0)).astype(np.float32)
    cover = _warped(np.full_like(page, 255), matrix, size, (0, 0, 0)).astype(np.float32) / 255
    shadow = cv2.GaussianBlur(np.roll(cover, (9, 7), (0, 1)), (0, 0), 8)
    lit = sheet * np.array((0.93, 0.92, 0.88), np.float32) + (1 - cover) * table * (1 - 0.5 * shadow)
    return View(_finished(lit, rng), matrix)


def _warped(
    page: np.ndarray, matrix: np.ndarray, size: tuple[int, int], fill: tuple[int, int, int] | None
) -> np.ndarray:
    """Warp continuous points; without a fill the page's edge goes on."""
    centres = shift(-0.5, -0.5) @ matrix @ shift(0.5, 0.5)
    mode = cv2.BORDER_REPLICATE if fill is None else cv2.BORDER_CONSTANT
    return cv2.warpPerspective(
        page, centres, size, flags=cv2.INTER_AREA, borderMode=mode, borderValue=fill or WHITE
    )


def _table(size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """A table top: dark plastic, wood with grain, or a mottled cloth; float32 [h, w, 3]."""
    width, height = size
    kind = rng.integers(3)
    colour = np.array(((45, 45, 50), (135, 95, 60), (90, 105, 120))[kind], np.float32)
    grain = ((9, 9), (3, 90), (6, 6))[kind]
    depth = (6.0, 22.0, 26.0)[kind]
    coarse = rng.normal(0, depth, (height // grain[0] + 2, width // grain[1] + 2)).astype(np.float32)
    texture = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(colour + texture[..., None], 0, 255)


def _finished(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Uneven light, a lens that is not quite sharp, noise, and JPEG: uint8 [h, w, 3]."""
    height, width = image.shape[:2]
    coarse = rng.uniform(0.65, 1.0, (3, 3)).astype(np.float32)
    light = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    noise = rng.normal(0, 2.5, (height, width)).astype(np.float32)
    image = cv2.GaussianBlur(image.astype(np.float32) * light[..., None], (0, 0), 0.6) + noise[..., None]
    coded = cv2.imencode(".jpg", np.clip(image, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 88])[1]
    return cv2.imdecode(coded, cv2.IMREAD_COLOR)


VIEWS: dict[str, Maker] = {
    "upright": partial(turned, quarters=0),
    "turned 90": partial(turned, quarters=1),
    "turned 180": partial(turned, quarters=2),
    "turned 270": partial(turned, quarters=3),
    "skew +5": partial(slanted, degrees=5, dark=False),
    "skew -5": partial(slanted, degrees=-5, dark=False),
    "skew +10": partial(slanted, degrees=10, dark=False),
    "skew -10": partial(slanted, degrees=-10, dark=False),
    "skew +5, dark": partial(slanted, degrees=5, dark=True),
    "skew -10, dark": partial(slanted, degrees=-10, dark=True),
    "photo 0 %": partial(photographed, shift=0.0),
    "photo 2 %": partial(photographed, shift=0.02),
    "photo 4 %": partial(photographed, shift=0.04),
    "photo 8 %": partial(photographed, shift=0.08),
    "photo 4 %, 12° askew": partial(photographed, shift=0.04, degrees=12),
    "photo 4 %, turned 90": partial(photographed, shift=0.04, degrees=90),
    "photo 4 %, turned 180": partial(photographed, shift=0.04, degrees=180),
    "photo 2 %, no table": partial(photographed, shift=0.02, cropped=True),
    "photo 4 %, no table": partial(photographed, shift=0.04, cropped=True),
}
"""What `sweep` looks at, by name."""
