"""Tables of two ways: every value belongs to the key of its row and stands under the header of its column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from docfuse_training.synthetic import blocks
from docfuse_training.synthetic.desk import Desk
from docfuse_training.synthetic.matrix_values import ALL, NUMBERS, short_header
from docfuse_training.synthetic.typed_keys import key_text

Words = Callable[[Desk], str]
_KINDS = ("name", "company", "place", "code", "word", "number", "date")
"""Kinds of values that name rows: places, brands, grades."""
_LOWEST = 0.8
"""Where on a page the last part of a table begins."""
_MANY = 6
"""Columns from which headers have no room for words."""


@dataclass
class _Matrix:
    """A table on its way down the page.

    `left` is its left edge, `label` and `step` the widths of its row keys and of a column, pixels; `align` is
    how its columns are aligned, `ruling` what is drawn around a value. `words` makes up headers, `rows` names
    rows, and one of `values` makes those of a row.
    """

    desk: Desk
    words: Words
    left: float
    label: float
    step: float
    align: str
    ruling: str
    rows: Words
    values: Sequence[Words]
    headers: list[int] = field(default_factory=list)
    """Last box of the header of each column."""
    keys: list[int] = field(default_factory=list)
    """First box of each row's key that has no header of its own."""

    def anchor(self, column: int) -> float:
        """Where the texts of a column are aligned to, pixels."""
        return self.left + self.label + (column + (1.0 if self.align == "right" else 0.5)) * self.step


def write_matrix(desk: Desk, x: float, y: float, width: float, words: Words) -> float:
    """Row keys, column headers and values. Returns the y below.

    Args:
        desk: the page.
        x: left edge, pixels.
        y: top, pixels.
        width: pixels.
        words: makes up keys and headers.
    """
    rng, sheet = desk.rng, desk.sheet
    count = rng.choice((1, 2, 2, 3, 3, 4, 5, 6, 8, 10))
    matrix = _blank(desk, x, width, count, words)
    y = _headers(matrix, y, count)
    stub = _stub(matrix, y) if desk.chance(0.3) else -1
    if desk.chance(0.4):
        sheet.shape("line", x, y, x + matrix.label + matrix.step * count, y)
    missing = rng.choice((0.0, 0.0, 0.15))
    parts, again = desk.chance(0.25), desk.chance(0.3)
    for part in range(rng.choice((1, 2, 3)) if parts else 1):
        if y > sheet.height * _LOWEST:
            break
        if part and again:
            y = _headers(matrix, y, count)
        y = _part(matrix, y, rng.choice((2, 3, 4) if parts else (2, 3, 4, 5, 6, 8, 10)), missing, parts)
    if stub >= 0:
        sheet.relate("parent_child", stub, matrix.keys)
    return _sums(matrix, y) if desk.chance(0.15) else y


def _blank(desk: Desk, x: float, width: float, count: int, words: Words) -> _Matrix:
    """A table of so many columns, nothing of it written."""
    rng = desk.rng
    label = width * rng.uniform(0.25, 0.45)
    step = min((width - label) / count, desk.style.body.width("0") * rng.choice((11, 14, 20)))
    return _Matrix(
        desk, short_header if count > _MANY else words, x, label, step,
        rng.choice(("right", "right", "center")), rng.choice(("none", "none", "grid", "cells", "blanks")),
        _row_words(desk, words), rng.sample(ALL, 3) if desk.chance(0.4) else (rng.choice(NUMBERS),),
    )  # fmt: skip


def _stub(matrix: _Matrix, y: float) -> int:
    """The header of the row keys, beside those of the columns, which end at y. Returns its box."""
    desk, face = matrix.desk, matrix.desk.style.body
    text = blocks.wrap(key_text(desk, colon=False), face, matrix.label - face.size)[0]
    return desk.sheet.text(matrix.left, y - desk.style.line - 3, text, face, "section_header")


def _sums(matrix: _Matrix, y: float) -> float:
    """A last row that has no key. Returns the y below."""
    line = matrix.desk.style.line
    values = matrix.desk.rng.choice(NUMBERS)
    for column in range(len(matrix.headers)):
        _cell(matrix, column, y + line * 0.3, y + line * 1.3, -1, values(matrix.desk))
    return y + line * 1.5


def _row_words(desk: Desk, words: Words) -> Words:
    """What names the rows of a table: made-up keys, or values of one kind."""
    kind = desk.rng.choice(_KINDS)
    return words if desk.chance(0.55) else lambda desk: desk.some(kind)


def _headers(matrix: _Matrix, y: float, count: int) -> float:
    """Headers over their columns, each of up to two lines; perhaps some again under each of several groups.

    Returns the y below.
    """
    desk, step = matrix.desk, matrix.step
    style, sheet = desk.style, desk.sheet
    size = desk.rng.randrange(2, count + 1) if count > 1 and desk.chance(0.35) else 0
    headers = [blocks.wrap(matrix.words(desk), style.body, step * 0.85)[:2] for _ in range(count)]
    groups: list[int] = []
    matrix.headers.clear()
    if size:
        groups, y = _group_headers(matrix, y, size, count)
        if desk.chance(0.6):
            headers = [headers[column % size] for column in range(count)]
    tall = max(map(len, headers))
    for column, lines in enumerate(headers):
        top = y + (tall - len(lines)) * style.line
        boxes = [
            sheet.text(
                matrix.anchor(column), top + i * style.line, line, style.body, "table_header",
                align=matrix.align,
            )
            for i, line in enumerate(lines)
        ]  # fmt: skip
        sheet.chain(boxes)
        matrix.headers.append(boxes[-1])
        if groups and column // size < len(groups):
            sheet.relate("parent_child", groups[column // size], boxes[:1])
    return y + tall * style.line + 3


def _group_headers(matrix: _Matrix, y: float, size: int, count: int) -> tuple[list[int], float]:
    """Headers over so many columns each, above those of the columns. Returns their boxes and the y below."""
    desk, face = matrix.desk, matrix.desk.style.body
    boxes = []
    for first in range(0, count - size + 1, size):
        middle = matrix.left + matrix.label + (first + size / 2) * matrix.step
        room = size * matrix.step - face.size
        text = blocks.wrap(matrix.words(desk), face, room)[0]
        boxes.append(desk.sheet.text(middle, y, text, face, "section_header", align="center"))
    return boxes, y + desk.style.line


def _part(matrix: _Matrix, y: float, rows: int, missing: float, headed: bool) -> float:
    """Rows one below the other, perhaps under a header of their own. Returns the y below."""
    desk, style, sheet = matrix.desk, matrix.desk.style, matrix.desk.sheet
    header, keys = -1, []
    if headed:
        header = sheet.text(matrix.left, y, f"{matrix.words(desk)}:", style.key, "section_header")
        y += style.line
    indent = style.body.size if headed and desk.chance(0.5) else 0.0
    for _ in range(rows):
        if y > sheet.height * (_LOWEST + 0.04):
            break
        lines = _row_key(matrix, indent)
        below = y + len(lines) * style.line * desk.rng.choice((1.0, 1.0, 1.15))
        boxes = [
            sheet.text(matrix.left + indent, y + i * style.line, line, style.key, "key")
            for i, line in enumerate(lines)
        ]
        sheet.chain(boxes)
        keys.append(boxes[0])
        if matrix.ruling == "cells":
            sheet.shape("box", matrix.left - 3, y - 2, matrix.left + matrix.label + 3, below - 2)
        values = desk.rng.choice(matrix.values)
        for column in range(len(matrix.headers)):
            text = values(desk)
            _cell(matrix, column, y, below, boxes[0], "" if desk.chance(missing) else text)
        y = below
    if headed:
        sheet.relate("parent_child", header, keys)
    else:
        matrix.keys.extend(keys)
    return y + style.line * 0.5 * headed


def _row_key(matrix: _Matrix, indent: float) -> list[str]:
    desk = matrix.desk
    tail = desk.rng.choice(("", "", "", f" ({desk.rng.randrange(20, 400)})", ":", " ....."))
    room = matrix.label - indent - desk.style.body.size
    return blocks.wrap(matrix.rows(desk) + tail, desk.style.key, room)[:2]


def _cell(matrix: _Matrix, column: int, y: float, below: float, key: int, text: str) -> None:
    """The value of a row in a column, if it has one and there is room, and what is ruled around it.

    A negative `key`: its row has none.
    """
    sheet, face = matrix.desk.sheet, matrix.desk.style.value
    left = matrix.left + matrix.label + column * matrix.step
    if matrix.ruling in ("grid", "cells"):
        sheet.shape("box", left + 3, y - 2, left + matrix.step + 3, below - 2)
    elif matrix.ruling == "blanks":
        sheet.shape("line", left + 6, y + face.size * 1.2, left + matrix.step, y + face.size * 1.2)
    if text and face.width(text) < matrix.step - 2:
        box = sheet.text(matrix.anchor(column), y, text, face, "value", "unknown", matrix.align)
        if key >= 0:
            sheet.relate("key_value", key, [box])
        sheet.relate("header_cell", matrix.headers[column], [box])
