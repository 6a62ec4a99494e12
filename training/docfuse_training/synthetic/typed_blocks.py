"""Blocks of typewritten forms: keys of any wording, values far from them, missing or of several lines."""

from __future__ import annotations

from docfuse_training.synthetic import blocks
from docfuse_training.synthetic.desk import Desk
from docfuse_training.synthetic.matrix import write_matrix
from docfuse_training.synthetic.prose import sentences
from docfuse_training.synthetic.tables import Column, Grid, table
from docfuse_training.synthetic.typed_choices import marked_column, marked_row
from docfuse_training.synthetic.typed_keys import Key, key_text, list_key, write_key, write_numbered
from docfuse_training.synthetic.typed_notes import notes, paragraph
from docfuse_training.synthetic.typed_sections import Block
from docfuse_training.synthetic.typed_values import signed_name, some_value, stacked

_SIGNED = "signed name"
_WORDED = "worded"
"""Kind of a column whose cells are worded like keys."""
_LISTED = ("name", "company", "word", "place")
"""Kinds of what lists hold that are not lists of signed names."""


def _answer(desk: Desk, key: Key, x: float, end: float, ruled: bool, empty: float = 0.1) -> float:
    """The value of a key from x on, beside its last line: nothing, a line, or several, perhaps ruled.

    `empty` is the chance of nothing. Returns the y below.
    """
    sheet, style = desk.sheet, desk.style
    below = sheet.boxes[key.boxes[0]].box[0] if desk.chance(0.2) else x
    count = 0 if desk.chance(empty) else desk.rng.choice((1, 1, 1, 1, 1, 1, 2, 3, 4))
    lines = _answer_lines(desk, x, below, end, count)
    boxes = [
        sheet.text(left, key.last + i * style.line, line, style.value, "value", "unknown")
        for i, (left, line) in enumerate(lines)
    ]
    sheet.chain(boxes)
    sheet.relate("key_value", key.boxes[0], boxes)
    for row in range(max(count, 1) if ruled else 0):
        bottom = key.last + row * style.line + style.body.size * 1.2
        sheet.shape("line", x - 3, bottom, end, bottom)
    return key.last + max(len(boxes), 1) * style.line


def _answer_lines(desk: Desk, x: float, below: float, end: float, count: int) -> list[tuple[float, str]]:
    """Left edge and text of so many lines of a value; those after the first begin at `below`."""
    face, size = desk.style.value, desk.style.body.size
    if count > 1 and desk.chance(0.35):
        stack = [(x, line) for line in stacked(desk, count)]
        return stack if all(x + face.width(line) < end for _, line in stack) else []
    text = some_value(desk) if count < 2 else sentences(desk, 1)
    first, *rest = blocks.wrap(text, face, max(end - x - size, 3 * size))[:count] or [""]
    if below != x:
        rest = blocks.wrap(" ".join(rest), face, end - below)
    return [(x, first), *((below, line) for line in rest)] if first else []


def _aligned(desk: Desk, x: float, y: float, width: float) -> float:
    """Keys one below the other, all values at one place, often far away."""
    style, rng, sheet = desk.style, desk.rng, desk.sheet
    texts = [key_text(desk) for _ in range(rng.choice((2, 3, 4, 5, 6, 8, 10)))]
    numbered = rng.choice(("({})", "{}.", "{})")) if desk.chance(0.25) else ""
    apart, first = desk.chance(0.6), rng.randrange(1, 20)
    column = width * rng.uniform(0.2, 0.5)
    if desk.chance(0.5):
        column = max(column, max(style.key.width(f"(00) {text}") for text in texts) + style.body.size)
    room = min(column, width * 0.7) - style.body.size
    ruled, step = desk.chance(0.4), style.line * rng.choice((1.0, 1.0, 1.3, 1.7, 2.0))
    empty = rng.choice((0.1, 0.1, 0.1, 0.5, 0.8))
    for number, text in enumerate(texts, first):
        if y > sheet.height * 0.86:
            break
        sign = numbered.format(number)
        if sign and apart:
            key = write_numbered(desk, x, y, sign, text, room)
        else:
            key = write_key(desk, x, y, f"{sign} {text}", room)
        start = max(x + room + style.body.size, key.right + style.body.size)
        y = _answer(desk, key, start, x + width, ruled, empty) + step - style.line
    return y


def _running(desk: Desk, x: float, y: float, width: float) -> float:
    """Keys with their values right behind them, several in a row, with lines to write on."""
    style, rng, sheet = desk.style, desk.rng, desk.sheet
    ruled = desk.chance(0.6)
    for _ in range(rng.choice((1, 2, 3, 4))):
        count, pen = rng.choice((1, 2, 2, 3)), x
        below = y
        for _ in range(count):
            end = pen + width / count - style.body.size
            key = write_key(desk, pen, y, key_text(desk), (end - pen) * rng.uniform(0.4, 0.75))
            least = 0.5 if style.colon or ruled else 1.0
            start = key.right + style.body.size * rng.uniform(least, 1.4)
            value = some_value(desk) if desk.chance(0.75) else ""
            lines = blocks.wrap(value, style.value, end - start)[:1]
            if lines and style.value.width(lines[0]) <= end - start:
                values = blocks.value_lines(desk, start, key.last, [[(lines[0], "unknown")]])
                sheet.relate("key_value", key.boxes[0], values)
            if ruled:
                bottom = key.last + style.body.size * 1.2
                sheet.shape("line", start, bottom, end, bottom)
            pen, below = pen + width / count, max(below, key.last)
        y = below + style.line * rng.uniform(1.1, 1.8)
    return y


def _below_lines(desk: Desk, x: float, y: float, width: float) -> float:
    """Lines to write on with the keys under them: signatures, dates, titles."""
    style, rng, sheet = desk.style, desk.rng, desk.sheet
    count, lowest = rng.choice((1, 2, 2, 3)), y
    step = width / count
    for i in range(count):
        left = x + i * step
        bottom = y + style.line * 1.3
        sheet.shape("line", left, bottom, left + step * 0.8, bottom)
        key = write_key(desk, left, bottom + 4, key_text(desk, colon=False), step * 0.8, style.small)
        lowest = max(lowest, key.last)
        value = desk.some(rng.choice(("name", "date", "word")))
        if desk.chance(0.5) and style.value.width(value) < step * 0.75:
            values = [sheet.text(left + 6, bottom - style.line, value, style.value, "value", "unknown")]
            sheet.relate("key_value", key.boxes[0], values)
    return lowest + style.line * 1.3


def _listed(desk: Desk, x: float, y: float, width: float) -> float:
    """A key with a list below it or beside it, in one column or two: copies, members, enclosures."""
    style, rng, sheet = desk.style, desk.rng, desk.sheet
    box = sheet.text(x, y, list_key(desk), style.key, "key")
    beside = desk.chance(0.6)
    gap = style.body.size * rng.choice((1.0, 1.0, 2.0, 4.0))
    indent = style.key.width(sheet.boxes[box].text) + gap if beside else style.body.size * rng.choice((0, 2))
    left = x + indent
    top = y if beside else y + style.line
    kinds = rng.choice(((_SIGNED,), (_SIGNED,), _LISTED))
    texts = [_entry(desk, rng.choice(kinds)) for _ in range(rng.choice((2, 3, 4, 6, 9)))]
    columns = 2 if len(texts) > 3 and desk.chance(0.25) else 1
    room, rows = (x + width - left) / columns, -(-len(texts) // columns)
    places = [(left + i // rows * room, top + i % rows * style.line) for i in range(len(texts))]
    values = [
        sheet.text(*place, text, style.value, "value", "unknown")
        for place, text in zip(places, texts, strict=True)
        if style.value.width(text) < room - style.body.size
    ]
    sheet.relate("key_value", box, values)
    return top + rows * style.line


def _entry(desk: Desk, kind: str) -> str:
    return signed_name(desk) if kind == _SIGNED else desk.some(kind)


def _grid(desk: Desk, x: float, y: float, width: float) -> float:
    """A table with made-up headers, rows to fill in, and columns of numbers."""
    rng = desk.rng
    rows = rng.choice((2, 3, 4, 6, 9))
    names = [
        rng.choice(("number", "amount", "code", "date", "word", "name", _WORDED))
        for _ in range(rng.choice((2, 2, 3, 4, 5)))
    ]
    columns = [
        Column("unknown", key_text(desk, colon=False).split(" ", 1), rng.choice(("left", "right", "center")),
               [[key_text(desk, False) if name == _WORDED else desk.some(name)] for _ in range(rows)])
        for name in names
    ]  # fmt: skip
    return table(desk, x, y, width, Grid(columns, [], desk.layout("table")))


def _matrix(desk: Desk, x: float, y: float, width: float) -> float:
    """A table whose rows have keys of their own."""
    return write_matrix(desk, x, y, width, lambda desk: key_text(desk, colon=False))


def _asked(desk: Desk, x: float, y: float, width: float) -> float:
    """Numbered questions in full sentences over several lines, their answers below."""
    style, rng = desk.style, desk.rng
    for number in range(rng.randrange(1, 9), 12)[: rng.choice((1, 2, 3))]:
        text = f"{desk.locale.fake.sentence(nb_words=rng.randrange(6, 22)).rstrip('.')}?"
        if desk.chance(0.5):
            key = write_numbered(desk, x, y, f"{number}.", text, width)
        else:
            key = write_key(desk, x, y, f"{number}. {text}", width)
        below = Key(key.boxes, key.right, key.last + style.line)
        y = _answer(desk, below, x + style.body.size * 2, x + width, False) + style.line * 0.6
    return y


def _boxed(desk: Desk, x: float, y: float, width: float) -> float:
    """Boxes with small keys in their corners, of one line or several."""
    style, sheet, rng = desk.style, desk.sheet, desk.rng
    columns, pad = rng.choice((1, 2, 2, 3, 4)), rng.choice((3, 5, 8))
    step = width / columns
    for _ in range(rng.choice((1, 2, 3))):
        face, lefts = rng.choice((style.small, style.key)), [x + i * step for i in range(columns)]
        room = step * rng.uniform(0.5, 0.9)
        keys = [write_key(desk, left + pad, y + pad, key_text(desk, False), room, face) for left in lefts]
        top = max(key.last for key in keys) + style.line
        for key, left in zip(keys, lefts, strict=True):
            lines = blocks.wrap(some_value(desk), style.value, step - 3 * pad)[:1] if desk.chance(0.7) else []
            if lines and style.value.width(lines[0]) < step - 2 * pad:
                values = blocks.value_lines(desk, left + pad + 2, top, [[(lines[0], "unknown")]])
                sheet.relate("key_value", key.boxes[0], values)
            sheet.shape("box", left, y, left + step, top + style.line + pad)
        y = top + style.line + pad
    return y


def _led(desk: Desk, x: float, y: float, width: float) -> float:
    """A header with its keys to the right of it: who approved, when; what for."""
    style, rng = desk.style, desk.rng
    text = key_text(desk)
    header = desk.sheet.text(x, y, text, style.key, "section_header")
    left = x + max(width * rng.uniform(0.15, 0.35), style.key.width(text) + style.body.size)
    if left > x + width * 0.6:
        y, left = y + style.line, x + style.body.size
    first = len(desk.sheet.boxes)
    below = rng.choice((_running, _running, _aligned))(desk, left, y, x + width - left)
    blocks.under(desk, header, first)
    return max(below, y + style.line)


BLOCKS: tuple[Block, ...] = (
    _aligned, _aligned, _aligned, _running, _running, _below_lines, marked_row, marked_column, _listed,
    _grid, _matrix, _matrix, paragraph, _asked, _boxed, _boxed,
    _led, notes, notes,
)  # fmt: skip
