"""Where lines, arrows and labels go on a page. Pure geometry, in pixels; boxes are x1, y1, x2, y2."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from docfuse.result import Box, Page, Point


class Rect(NamedTuple):
    """An upright rectangle."""

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def width(self) -> float:
        """Its width."""
        return self.x2 - self.x1

    @property
    def height(self) -> float:
        """Its height."""
        return self.y2 - self.y1

    def overlap(self, other: Rect) -> float:
        """Area common to both."""
        width = min(self.x2, other.x2) - max(self.x1, other.x1)
        height = min(self.y2, other.y2) - max(self.y1, other.y1)
        return max(width, 0.0) * max(height, 0.0)

    def grown(self, by: float) -> Rect:
        """The rectangle with a margin around it."""
        return Rect(self.x1 - by, self.y1 - by, self.x2 + by, self.y2 + by)


def bounds(points: Iterable[Point]) -> Rect:
    """Smallest upright rectangle around points (at least one)."""
    xs, ys = zip(*points, strict=True)
    return Rect(min(xs), min(ys), max(xs), max(ys))


def arrow(source: Rect, target: Rect) -> tuple[Point, Point]:
    """Start and end of an arrow between two boxes.

    It joins the sides that face each other: side to side if the boxes share a row, else bottom to top (or top
    to bottom) if they share a column, else the corners of the line of centres.
    """
    rows = min(source.y2, target.y2) - max(source.y1, target.y1)
    columns = min(source.x2, target.x2) - max(source.x1, target.x1)
    if rows > 0.3 * min(source.height, target.height):
        y1, y2 = (source.y1 + source.y2) / 2, (target.y1 + target.y2) / 2
        return (
            ((source.x2, y1), (target.x1, y2))
            if source.x1 <= target.x1
            else ((source.x1, y1), (target.x2, y2))
        )
    down = source.y1 <= target.y1
    y1, y2 = (source.y2, target.y1) if down else (source.y1, target.y2)
    if columns > 0:
        x = (max(source.x1, target.x1) + min(source.x2, target.x2)) / 2
        x = min(x, max(source.x1, target.x1) + 1.5 * min(source.height, target.height))
        return (x, y1), (x, y2)
    x1, x2 = (source.x2, target.x1) if source.x2 < target.x1 else (source.x1, target.x2)
    return (x1, y1), (x2, y2)


def arrow_head(start: Point, end: Point, size: float) -> list[Point]:
    """Triangle at the end of an arrow; empty if the arrow has no length."""
    length = math.dist(start, end)
    if length == 0:
        return []
    ux, uy = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    bx, by = end[0] - ux * size, end[1] - uy * size
    half = size * 0.45
    return [end, (bx - uy * half, by + ux * half), (bx + uy * half, by - ux * half)]


def place_label(
    anchor: Rect, width: float, height: float, page: Rect, obstacles: Sequence[Rect], labels: Sequence[Rect]
) -> Rect:
    """Place for a label of some size at a box, covering as little text and as few other labels as may be.

    Args:
        anchor: the box that the label belongs to.
        width: of the label.
        height: of the label.
        page: labels outside are not seen.
        obstacles: what should stay visible.
        labels: labels that are placed already, which must.
    """
    gap = height * 0.12
    lefts = (anchor.x1, anchor.x2 - width, (anchor.x1 + anchor.x2 - width) / 2)
    middle = (anchor.y1 + anchor.y2 - height) / 2
    corners = [(x, anchor.y1 - height - gap) for x in lefts]
    corners += [(anchor.x2 + gap, middle), (anchor.x1 - width - gap, middle)]
    corners += [(x, anchor.y2 + gap) for x in lefts]
    places = [_inside(Rect(x, y, x + width, y + height), page) for x, y in corners]

    def cost(place: Rect) -> float:
        covered = sum(place.overlap(obstacle) for obstacle in obstacles)
        return covered + 4 * sum(place.overlap(label) for label in labels) + 2 * place.overlap(anchor)

    return min(places, key=cost)


def _inside(place: Rect, page: Rect) -> Rect:
    """The place moved into the page."""
    dx = max(page.x1 - place.x1, 0) + min(page.x2 - place.x2, 0)
    dy = max(page.y1 - place.y1, 0) + min(page.y2 - place.y2, 0)
    return Rect(place.x1 + dx, place.y1 + dy, place.x2 + dx, place.y2 + dy)


def key_value_arrows(page: Page) -> list[tuple[Point, Point]]:
    """Start and end of an arrow for every link from a key to its value."""
    boxes = boxes_by_id(page)
    return [
        arrow(bounds(boxes[link.source].polygon), bounds(boxes[link.target].polygon))
        for link in page.links
        if link.relation == "key_value" and link.source in boxes and link.target in boxes
    ]


def boxes_by_id(page: Page) -> dict[int, Box]:
    """The boxes of a page by their id."""
    return {box.id: box for box in page.boxes}


def item_areas(page: Page) -> list[Rect]:
    """The area of each line item of a page, in order."""
    boxes = boxes_by_id(page)
    areas = []
    for table in page.tables:
        for item in table.items:
            points = [
                point
                for cell in item.cells
                for box in cell.boxes
                if box in boxes
                for point in boxes[box].polygon
            ]
            if points:
                areas.append(bounds(points))
    return areas


def field_labels(page: Page) -> list[tuple[Rect, str, float]]:
    """For each named field with a value on the page: the place of its value, its name, its confidence."""
    boxes = boxes_by_id(page)
    labels = []
    for field in page.fields:
        points = [point for box in field.value_boxes if box in boxes for point in boxes[box].polygon]
        if field.name is not None and points:
            labels.append((bounds(points), field.name, field.confidence))
    return labels
