"""Tables of two ways: every value belongs to the key of its row and stands under the header of its column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from docfuse_training.synthetic import blocks
from docfuse_training.synthetic.desk import Desk

Words = Callable[[Desk], str]


@dataclass(frozen=True)
class _Column:
    """Right edge of a column, pixels, and the boxes of its header."""

    right: float
    header: list[int]


def write_matrix(desk: Desk, x: float, y: float, width: float, words: Words) -> float:
    """Row keys, column headers and values. Returns the y below.

    Args:
        desk: the page.
        x: left edge, pixels.
        y: top, pixels.
        width: pixels.
        words: makes up keys and headers.
    """
    style, rng, sheet = desk.style, desk.rng, desk.sheet
    count = rng.choice((1, 2, 2, 3, 3, 4, 5, 6))
    label = width * rng.uniform(0.25, 0.45)
    step = min((width - label) / count, style.body.width("0") * rng.choice((11, 14, 20)))
    headers = [blocks.wrap(words(desk), style.body, step * 0.85)[:2] for _ in range(count)]
    if count > 1 and desk.chance(0.3):
        y = _group_headers(desk, x + label, y, step, words, count)
    y, columns = _headers(desk, x + label, y, step, headers)
    if desk.chance(0.4):
        sheet.shape("line", x, y, x + label + step * count, y)
    make = rng.choice((_count, _decimal, _decimal, _share, _measure, _signed, _date))
    missing = rng.choice((0.0, 0.0, 0.15))
    for _ in range(rng.choice((2, 3, 4, 5, 6, 8, 10))):
        if y > sheet.height * 0.84:
            break
        lines = blocks.wrap(_row_key(desk, words), style.key, label - style.body.size)[:2]
        keys = [sheet.text(x, y + i * style.line, line, style.key, "key") for i, line in enumerate(lines)]
        sheet.chain(keys)
        for column in columns:
            text = make(desk)
            if rng.random() >= missing and style.value.width(text) < step:
                _value(desk, column, y, keys[0], text)
        y += len(lines) * style.line * rng.choice((1.0, 1.0, 1.15))
    return y


def _headers(
    desk: Desk, x: float, y: float, step: float, headers: Sequence[Sequence[str]]
) -> tuple[float, list[_Column]]:
    """Headers over their columns, each of up to two lines. Returns the y below and the columns."""
    style, sheet = desk.style, desk.sheet
    tall = max(map(len, headers))
    columns = []
    for number, lines in enumerate(headers, 1):
        right = x + number * step
        top = y + (tall - len(lines)) * style.line
        boxes = [
            sheet.text(right, top + i * style.line, line, style.body, "table_header", align="right")
            for i, line in enumerate(lines)
        ]
        sheet.chain(boxes)
        columns.append(_Column(right, boxes))
    return y + tall * style.line + 3, columns


def _group_headers(desk: Desk, x: float, y: float, step: float, words: Words, count: int) -> float:
    """Headers over two columns or more, above those of the columns. Returns the y below."""
    style = desk.style
    size = desk.rng.randrange(2, count + 1)
    for first in range(0, count - size + 1, size):
        middle, room = x + (first + size / 2) * step, size * step - style.body.size
        text = blocks.wrap(words(desk), style.body, room)[0]
        if style.body.width(text) < room:
            desk.sheet.text(middle, y, text, style.body, "table_header", align="center")
    return y + style.line


def _row_key(desk: Desk, words: Words) -> str:
    text = words(desk)
    tail = desk.rng.choice(("", "", "", f" ({desk.rng.randrange(20, 400)})", ":", " ....."))
    return text + tail


def _value(desk: Desk, column: _Column, y: float, key: int, text: str) -> None:
    sheet = desk.sheet
    box = sheet.text(column.right, y, text, desk.style.value, "value", "unknown", "right")
    sheet.relate("key_value", key, [box])
    sheet.relate("header_cell", column.header[-1], [box])


def _count(desk: Desk) -> str:
    return desk.locale.number(desk.rng.choice((9, 99, 999, 99_999)) * desk.rng.random(), 0)


def _decimal(desk: Desk) -> str:
    return desk.locale.number(desk.rng.choice((1, 10, 100)) * desk.rng.random(), desk.rng.choice((1, 2)))


def _share(desk: Desk) -> str:
    return f"{desk.rng.randrange(0, 101)}{desk.rng.choice(('', '%', ' %', '+', '*'))}"


def _measure(desk: Desk) -> str:
    return _decimal(desk) + desk.rng.choice((" mg", " mm", " g", '"', " kg", ""))


def _signed(desk: Desk) -> str:
    return desk.rng.choice(("+", "-", "", "")) + _decimal(desk) + desk.rng.choice(("", "*", "**"))


def _date(desk: Desk) -> str:
    return desk.locale.date(desk.locale.some_date())
