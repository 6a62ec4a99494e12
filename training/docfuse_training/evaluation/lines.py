"""Predicted boxes put together again: whole lines, and rows across the page."""

from __future__ import annotations

from docfuse.result import Box, Page

SPACE = 0.2
"""Gap between two parts of a line that is a space, in heights of the line."""


def bounds(box: Box) -> tuple[float, float, float, float]:
    """x1, y1, x2, y2 of a predicted box, pixels."""
    xs, ys = zip(*box.polygon, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _whole_line(boxes: list[Box]) -> Box:
    boxes = sorted(boxes, key=lambda box: bounds(box)[0])
    text, end = "", 0.0
    for box in boxes:
        x1, y1, x2, y2 = bounds(box)
        text += (" " if text and x1 - end > SPACE * (y2 - y1) else "") + box.text
        end = x2
    left, top, right, bottom = (
        f(bounds(box)[i] for box in boxes) for i, f in enumerate((min, min, max, max))
    )
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return boxes[0].model_copy(update={"text": text, "polygon": corners})


def whole_lines(page: Page) -> Page:
    """The page with its lines as boxes, as if our models had not cut them."""
    lines: dict[int, list[Box]] = {}
    for box in page.boxes:
        lines.setdefault(box.line, []).append(box)
    return page.model_copy(update={"boxes": [_whole_line(boxes) for boxes in lines.values()]})


def rows(page: Page) -> list[list[Box]]:
    """Boxes by printed row, rows from the top and boxes from the left."""
    found: list[list[Box]] = []
    for box in sorted(page.boxes, key=lambda box: sum(bounds(box)[1::2])):
        _, top, _, bottom = bounds(box)
        _, above, _, below = bounds(found[-1][0]) if found else (0, 0, 0, -1)
        if found and min(bottom, below) - max(top, above) > 0.5 * min(bottom - top, below - above):
            found[-1].append(box)
        else:
            found.append([box])
    return [sorted(row, key=lambda box: bounds(box)[0]) for row in found]
