"""The sheet in a photo: where the corners of the paper are.

A sheet is found by the contrast between bright paper and what it lies on, and it must be certain: a page that
is taken for a table loses its text, while a sheet that is missed is read as it lies.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from docfuse_pipeline.page import resized

GRID = 64
"""Samples a side of the first look, which most pages do not pass."""
RING = 1
"""Samples from the border that should show the table."""
THUMBNAIL_SIDE = 480
DARKER = 20
"""Gray levels by which a table is darker than the paper beside it."""
TABLE_SHARE = 0.6
"""Share of each border that shows the table."""
LEVELS = (0.5, 0.35, 0.65)
"""Thresholds between table and paper."""
SMALLEST_AREA = 0.2
"""Of the photo."""
SMALLEST_OVERLAP = 0.93
"""Intersection over union of the bright region and its quad."""
LEAST_SIDE_RATIO = 0.6
"""Of opposite sides."""
LARGEST_COSINE = 0.42
"""Of the angle at a corner: 65 to 115 degrees."""
REACH = 0.02
"""How far from a side its edge is looked for, and inside and outside are compared; share of the thumbnail."""
SAMPLES = 48
"""Places along a side at which its edge is looked for."""
SUPPORT = 0.75
"""Share of the places at which there is an edge, on the line."""
BRIGHT_OUTSIDE = 0.12
"""Most that may be as bright as paper outside the sheet."""
INK = 45
"""Gray levels of local contrast that may be writing."""
INK_OUTSIDE = 0.02
"""Most that such contrast may take of what lies outside the sheet."""
MARGIN = 0.006
"""Border left around the sheet, share of its sides: paper curls."""


def find_sheet(image: np.ndarray) -> np.ndarray | None:
    """Corners of the sheet of paper that was photographed, if there is one beyond doubt.

    Args:
        image: uint8 [h, w, 3] RGB.

    Returns:
        float64 [4, 2] pixels of the image, clockwise, the first one top left as the sheet lies; or None.
    """
    if not _shows_a_table(image):
        return None
    thumbnail, scale = _thumbnail(image)
    for quad, region in _candidates(thumbnail):
        corners = _judged(quad, region, thumbnail)
        if corners is not None:
            return _with_margin(corners) / scale
    return None


def _shows_a_table(image: np.ndarray) -> bool:
    """A first look at a grid of pixels: all four borders are darker than the paper."""
    height, width = image.shape[:2]
    if min(height, width) < GRID:
        return False
    grid = image[:: height // GRID, :: width // GRID].min(2)
    paper = np.percentile(grid, 75)
    dark = grid < paper - DARKER
    borders = (dark[:RING], dark[-RING:], dark[:, :RING], dark[:, -RING:])
    return all(border.mean() >= TABLE_SHARE for border in borders)


def _thumbnail(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The least of the three colours, slightly blurred, uint8; and thumbnail pixels per image pixel, x and y.

    Wood, skin and cloth have less blue or red than paper.
    """
    height, width = image.shape[:2]
    every = max(1, max(height, width) // (3 * THUMBNAIL_SIDE))
    shrink = min(1.0, THUMBNAIL_SIDE / max(height, width))
    rows, columns = max(1, round(height * shrink)), max(1, round(width * shrink))
    small = resized(np.ascontiguousarray(image[::every, ::every]), rows, columns)
    return cv2.GaussianBlur(small.min(2), (0, 0), 1.0), np.array([columns / width, rows / height])


def _candidates(thumbnail: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Quads float64 [4, 2] around the largest bright region at each level, and the regions, uint8 masks."""
    ring = max(2, round(0.02 * max(thumbnail.shape)))
    inner = thumbnail[ring:-ring, ring:-ring]
    border = np.concatenate([thumbnail[:ring].ravel(), thumbnail[-ring:].ravel()])
    table, paper = float(np.median(border)), float(np.percentile(inner, 80))
    for level in LEVELS:
        above = (thumbnail > table + level * (paper - table)).astype(np.uint8)
        bright = cv2.morphologyEx(above, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
        contours, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        if not contours:
            continue
        outline = max(contours, key=cv2.contourArea)
        quad = _quad(outline)
        if quad is not None and cv2.contourArea(quad.astype(np.float32)) >= SMALLEST_AREA * thumbnail.size:
            region = np.zeros_like(thumbnail)
            cv2.drawContours(region, [outline], -1, (1,), -1)
            yield quad, region


def _quad(outline: np.ndarray) -> np.ndarray | None:
    """The four corners of an outline, clockwise from top left, float64 [4, 2]; None if it has others."""
    hull = cv2.convexHull(outline)
    perimeter = cv2.arcLength(hull, True)
    for tolerance in np.arange(0.01, 0.1, 0.01):
        corners = cv2.approxPolyDP(hull, tolerance * perimeter, True)
        if len(corners) <= 4:
            break
    if len(corners) != 4:
        return None
    return _clockwise(corners[:, 0].astype(np.float64) + 0.5)


def _clockwise(corners: np.ndarray) -> np.ndarray:
    """Corners sorted clockwise, the first one top left."""
    centred = corners - corners.mean(0)
    corners = corners[np.argsort(np.arctan2(centred[:, 1], centred[:, 0]))]
    along = np.roll(corners, -1, 0) - corners
    level = np.argmax(along[:, 0] - np.abs(along[:, 1]))
    return np.roll(corners, -level, 0)


def _judged(quad: np.ndarray, region: np.ndarray, thumbnail: np.ndarray) -> np.ndarray | None:
    """The corners of a quad, refined by the edges along its sides; None if it is no sheet on a table."""
    fitted = [_fitted_side(thumbnail, quad[i], quad[(i + 1) % 4]) for i in range(4)]
    sides = [side for side in fitted if side is not None]
    if len(sides) < 4:
        return None
    corners = np.array([_crossing(sides[i - 1], sides[i]) for i in range(4)])
    if not _is_plausible(corners, thumbnail) or not _fills(corners, region):
        return None
    return corners if _lies_on_a_table(corners, thumbnail) else None


def _fitted_side(thumbnail: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray | None:
    """The line through the edges from dark to bright along a side, float64 [3]; None if they are too few."""
    reach = max(4, round(REACH * max(thumbnail.shape)))
    along = end - start
    inward = np.array([-along[1], along[0]]) / max(float(np.hypot(*along)), 1e-6)
    places = start + np.linspace(0.06, 0.94, SAMPLES)[:, None] * along
    steps = np.arange(-reach, reach + 0.25, 0.5)
    points = places[:, None] + steps[:, None] * inward
    profile = _sampled(thumbnail, points)
    rise = profile[:, 2:] - profile[:, :-2]
    best = rise.argmax(1)
    contrast = profile[:, -4:].mean(1) - profile[:, :4].mean(1)
    edges = places + steps[best + 1][:, None] * inward
    strong = contrast >= DARKER
    if strong.sum() < SUPPORT * SAMPLES:
        return None
    line = _line(edges[strong])
    near = np.abs(np.concatenate([edges, np.ones((SAMPLES, 1))], 1) @ line) <= reach / 4
    return line if (near & strong).mean() >= SUPPORT else None


def _sampled(thumbnail: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Gray at continuous points, float32 [..., 2] → [...]."""
    centres = points.astype(np.float32) - np.float32(0.5)
    values = cv2.remap(
        thumbnail, centres[..., 0], centres[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return values.astype(np.float32)


def _line(points: np.ndarray) -> np.ndarray:
    """Line [a, b, c], a x + b y + c = 0 with a² + b² = 1, that most points agree with."""
    dx, dy, x, y = cv2.fitLine(points.astype(np.float32), cv2.DIST_WELSCH, 0, 0.01, 0.01).ravel().tolist()
    return np.array([-dy, dx, dy * x - dx * y])


def _crossing(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    x, y, w = np.cross(one, other)
    return np.array([x, y]) / (w if abs(w) > 1e-9 else 1e-9)


def _is_plausible(corners: np.ndarray, thumbnail: np.ndarray) -> bool:
    """Convex, in the photo, with the angles and side ratios that a rectangle has when it is photographed."""
    height, width = thumbnail.shape
    slack = 0.02 * max(height, width)
    if not cv2.isContourConvex(corners.astype(np.float32)):
        return False
    if (corners < -slack).any() or (corners > np.array([width, height]) + slack).any():
        return False
    along = np.roll(corners, -1, 0) - corners
    length = np.linalg.norm(along, axis=1)
    cosines = (along * np.roll(along, 1, 0)).sum(1) / (length * np.roll(length, 1))
    ratios = np.minimum(length[:2], length[2:]) / np.maximum(length[:2], length[2:])
    return bool(np.abs(cosines).max() <= LARGEST_COSINE and ratios.min() >= LEAST_SIDE_RATIO)


def _filled(corners: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    mask = np.zeros(shape, np.uint8)
    cv2.fillConvexPoly(mask, np.round(corners - 0.5).astype(np.int32), (1,))
    return mask


def _fills(corners: np.ndarray, region: np.ndarray) -> bool:
    """Whether the bright region is the quad, no more and no less."""
    inside = _filled(corners, region.shape)
    return bool((inside & region).sum() >= SMALLEST_OVERLAP * (inside | region).sum())


def _lies_on_a_table(corners: np.ndarray, thumbnail: np.ndarray) -> bool:
    """Outside the sheet little is as bright as paper, and hardly anything has the contrast of writing."""
    apart = np.ones((2 * round(REACH * max(thumbnail.shape)) + 1,) * 2, np.uint8)
    sheet = _filled(corners, thumbnail.shape)
    outside = cv2.dilate(sheet, apart) == 0
    inside = cv2.erode(sheet, apart) == 1
    if not outside.any() or not inside.any():
        return False
    paper, table = float(np.percentile(thumbnail[inside], 60)), float(np.median(thumbnail[outside]))
    if paper - table < DARKER or (thumbnail[outside] > (paper + table) / 2).mean() > BRIGHT_OUTSIDE:
        return False
    contrast = cv2.morphologyEx(thumbnail, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    return bool((contrast[outside] > INK).mean() <= INK_OUTSIDE)


def _with_margin(corners: np.ndarray) -> np.ndarray:
    """Corners moved outward along both diagonals."""
    return corners + MARGIN * (corners - np.roll(corners, 2, 0))
