"""Forms: sections of keys with handwritten-like, typed or missing values, check boxes and free lines."""

from __future__ import annotations

from docfuse_training.synthetic import blocks
from docfuse_training.synthetic.blocks import Pair
from docfuse_training.synthetic.desk import Desk
from docfuse_training.synthetic.prose import sentences
from docfuse_training.synthetic.tables import Column, Grid, table

KINDS_OF_VALUES = (
    "name",
    "date",
    "place",
    "street",
    "phone",
    "email",
    "code",
    "number",
    "word",
    "company",
    "amount",
)
FIELDS = {"email": "email"}


def write_form(desk: Desk) -> None:
    """Lay out a form on the desk's sheet."""
    style, rng, sheet = desk.style, desk.rng, desk.sheet
    x, width = style.margin, sheet.width - 2 * style.margin
    y = _heading(desk, x, style.margin, width)
    how = desk.layout("form")
    for _ in range(rng.choice((2, 3, 4, 6, 8, 10))):
        header, first = -1, 0
        if desk.chance(0.75):
            header, y = blocks.section(desk, x, y, _section(desk))
            first = len(sheet.boxes)
        style_of = rng.choice(("lines", "boxes", "colons")) if how == "mixed" else how
        y = _section_body(desk, x, y, width, style_of)
        if header >= 0:
            blocks.under(desk, header, first)
        y += style.line * rng.choice((0.4, 0.8, 1.2))
        if y > sheet.height * 0.76:
            break
    if desk.chance(0.4):
        y = blocks.paragraph(desk, x, y, width, sentences(desk, rng.choice((1, 2, 3))), style.small)
    if y < sheet.height - 16 * style.line and desk.chance(0.12):
        blocks.stamp(desk, x + width * rng.uniform(0.3, 0.6), y + 6 * style.line)
    if desk.chance(0.5) and y < sheet.height - 6 * style.line:
        _signature(desk, x, y + 2 * style.line, width)


def _section(desk: Desk) -> str:
    text = desk.locale.word("form", "sections")
    if desk.chance(0.3):
        text = f"{desk.rng.choice('ABC1234')}. {text}"
    return text.upper() if desk.chance(0.35) else text


def _heading(desk: Desk, x: float, y: float, width: float) -> float:
    """Organisation, title, number of the form. Returns the y below."""
    style, sheet, rng = desk.style, desk.sheet, desk.rng
    if desk.chance(0.5):
        face = rng.choice((style.body, style.bold))
        sheet.text(x + width / 2, y, desk.locale.party().name, face, "other", "none", "center")
        y += style.line * 1.3
    text = desk.locale.word("titles", "form")
    text = text.upper() if desk.chance(0.4) else text
    if desk.chance(0.7):
        sheet.text(x + width / 2, y, text, style.title, "title", "none", "center")
    else:
        sheet.text(x, y, text, style.title, "title")
    y += style.title.size * 1.6
    if desk.chance(0.3):
        y = (
            blocks.paragraph(desk, x, y, width, sentences(desk, rng.choice((1, 2))), style.small)
            + style.line / 2
        )
    return y


def _fields(desk: Desk, count: int) -> list[Pair]:
    """Pairs of form keys and values; some stay empty."""
    pairs: list[Pair] = []
    used: set[str] = set()
    for _ in range(count):
        kind = desk.rng.choice(KINDS_OF_VALUES)
        key = desk.locale.word("form", kind)
        if key in used:
            continue
        used.add(key)
        text = desk.some(kind)
        lines = [[(text, FIELDS.get(kind, "unknown"))]] if desk.chance(0.85) else [[]]
        pairs.append(Pair(key, lines))
    return pairs


def _section_body(desk: Desk, x: float, y: float, width: float, how: str) -> float:
    rng = desk.rng
    if desk.chance(0.2):
        return _checks(desk, x, y, width)
    if desk.chance(0.12):
        return _question(desk, x, y, width)
    if desk.chance(0.14):
        return _table(desk, x, y, width)
    pairs = _fields(desk, rng.choice((2, 3, 4, 5, 6, 8)))
    if how == "boxes":
        return blocks.pair_block(desk, x, y, width, pairs, "boxed")
    if how == "cells":
        return blocks.pair_block(desk, x, y, width, pairs, "ruled")
    if how == "colons":
        column = rng.choice(("column", "touching", "colon"))
        half = width / 2
        if desk.chance(0.4) and len(pairs) > 3 and blocks.needed(desk, pairs, column) < half:
            cut = (len(pairs) + 1) // 2
            left = blocks.pair_block(desk, x, y, half, pairs[:cut], column)
            return max(left, blocks.pair_block(desk, x + half, y, half, pairs[cut:], column))
        return blocks.pair_block(desk, x, y, width, pairs, column)
    return _blanks(desk, x, y, width, pairs)


def _blanks(desk: Desk, x: float, y: float, width: float, pairs: list[Pair]) -> float:
    """Keys with a line to write on, one or several in a row."""
    style, sheet = desk.style, desk.sheet
    step = style.line * desk.rng.uniform(1.2, 1.7)
    pen = x
    for pair in pairs:
        key = pair.key + style.colon
        least = style.key.width(key) + blocks.width_of(desk, pair) + style.body.width("0") * 4
        room = max(least, width * desk.rng.choice((0.33, 0.5, 1.0)))
        if pen + room > x + width + 1 and pen > x:
            pen, y = x, y + step
        end = min(pen + room, x + width)
        box = sheet.text(pen, y, key, style.key, "key")
        start = pen + style.key.width(key) + style.body.width("0") * 0.7
        sheet.relate("key_value", box, blocks.value_lines(desk, start + 3, y, pair.lines))
        bottom = y + style.body.size * 1.18
        sheet.shape("line", start, bottom, end - 8, bottom)
        pen = end
    return y + step


def _checks(desk: Desk, x: float, y: float, width: float) -> float:
    """A question with check boxes; the ticked choices are its values."""
    style, sheet, rng = desk.style, desk.sheet, desk.rng
    key = desk.locale.word("form", "word") + style.colon
    box = sheet.text(x, y, key, style.key, "key")
    pen, size = x + style.key.width(key) + style.body.size, style.body.size * 0.75
    right = rng.random() < 0.2
    for text in rng.sample(desk.locale.words["form"]["check"], rng.choice((2, 2, 3, 4))):
        length = style.body.width(text)
        if pen + length + 3 * size > x + width:
            pen, y = x + 2 * style.body.size, y + style.line
        ticked = rng.random() < 0.4
        square = pen + (length + size * 0.5 if right else 0)
        sheet.shape("box", square, y + size * 0.4, square + size, y + size * 1.4)
        if ticked:
            sheet.shape(
                "line", square + 2, y + size * 0.4 + 2, square + size - 2, y + size * 1.4 - 2, width=2
            )
            sheet.shape(
                "line", square + 2, y + size * 1.4 - 2, square + size - 2, y + size * 0.4 + 2, width=2
            )
        value = sheet.text(pen + (0 if right else size * 1.5), y, text, style.body, "value", "unknown")
        sheet.relate("key_value", box, [value])
        pen += length + size * 4
    return y + style.line * 1.3


def _question(desk: Desk, x: float, y: float, width: float) -> float:
    """A key with an answer of several lines below it."""
    style, sheet = desk.style, desk.sheet
    box = sheet.text(x, y, desk.locale.word("form", "word") + style.colon, style.key, "key")
    text = sentences(desk, desk.rng.choice((1, 2, 3)))
    lines = blocks.wrap(text, style.body, width - 20)
    values = [
        sheet.text(x + 10, y + (i + 1) * style.line, line, style.body, "value", "unknown")
        for i, line in enumerate(lines)
    ]
    sheet.chain(values)
    sheet.relate("key_value", box, values)
    return y + (len(lines) + 1) * style.line


def _table(desk: Desk, x: float, y: float, width: float) -> float:
    """A small table to fill in; its cells have no canonical columns."""
    rng = desk.rng
    kinds = rng.sample(KINDS_OF_VALUES, rng.choice((2, 3, 4)))
    rows = rng.choice((1, 2, 3, 5))
    columns = [
        Column("unknown", [desk.locale.word("form", kind)], "left", [[desk.some(kind)] for _ in range(rows)])
        for kind in kinds
    ]
    return table(desk, x, y, width, Grid(columns, [], desk.layout("table")))


def _signature(desk: Desk, x: float, y: float, width: float) -> None:
    """Lines to sign on with the keys under them."""
    style, sheet = desk.style, desk.sheet
    for i, kind in enumerate(("date", "name")):
        left = x + i * width * 0.5
        sheet.shape("line", left, y, left + width * 0.4, y)
        box = sheet.text(left, y + 4, desk.locale.words["form"][kind][0], style.small, "key")
        if desk.chance(0.6):
            value = sheet.text(
                left + 10, y - style.line * 1.1, desk.some(kind), style.body, "value", "unknown"
            )
            sheet.relate("key_value", box, [value])
