"""Blocks of text: paragraphs, addresses, and keys with their values in many arrangements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from docfuse_training.synthetic.desk import Desk
from docfuse_training.synthetic.sheet import Face

Segment = tuple[str, str]
"""Text and field of a value; field "separator": a dash or word between two values."""


@dataclass
class Pair:
    """A printed key and the lines of its value; an empty key prints the value alone."""

    key: str
    lines: list[list[Segment]]
    kind: str = "key"
    """Type of the key's box."""

    @property
    def wide(self) -> bool:
        """Whether the value takes several lines."""
        return len(self.lines) > 1


def single(key: str, text: str, name: str = "unknown") -> Pair:
    """A pair whose value is one segment."""
    return Pair(key, [[(text, name)]])


def distinct(pairs: Sequence[Pair]) -> list[Pair]:
    """The pairs without those whose key was there before."""
    return list({pair.key: pair for pair in reversed(pairs)}.values())[::-1]


def wrap(text: str, face: Face, width: float) -> list[str]:
    """Break a text into lines of at most that width; a longer word keeps a line of its own."""
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and face.width(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines


def paragraph(desk: Desk, x: float, y: float, width: float, text: str, face: Face | None = None) -> float:
    """A paragraph of type other. Returns the y below it."""
    face = face or desk.style.body
    step = round(face.size * desk.style.leading)
    lines = wrap(text, face, width)
    desk.sheet.chain([desk.sheet.text(x, y + i * step, line, face) for i, line in enumerate(lines)])
    return y + len(lines) * step


def value_lines(
    desk: Desk, x: float, y: float, lines: Sequence[Sequence[Segment]], align: str = "left"
) -> list[int]:
    """Write the lines of a value; lines of the same field are one text. Returns the value boxes."""
    face, step = desk.style.value, desk.style.line
    boxes: list[int] = []
    last: dict[str, tuple[int, int]] = {}
    for row, line in enumerate(lines):
        pen = x
        if align == "right":
            pen -= sum(face.width(text) for text, _ in line) + face.width(" ") * (len(line) - 1)
        for text, name in line:
            apart = name == "separator"
            box = desk.sheet.text(
                pen, y + row * step, text, face, *(("other", "none") if apart else ("value", name))
            )
            pen += face.width(text) + face.width(" ")
            if apart:
                continue
            if name in last and last[name][0] < row:
                desk.sheet.chain([last[name][1], box])
            last[name] = row, box
            boxes.append(box)
    return boxes


def width_of(desk: Desk, pair: Pair) -> float:
    """Width of the widest line of a pair's value."""
    face = desk.style.value
    return max(sum(face.width(text) + face.width(" ") for text, _ in line) for line in pair.lines)


def write_pair(desk: Desk, x: float, y: float, width: float, pair: Pair, how: str, column: float) -> float:
    """Write one pair. `column`: offset of the values in the arrangements that align them. Returns y below."""
    style, sheet = desk.style, desk.sheet
    step, lines = style.line, pair.lines
    if not pair.key:
        value_lines(desk, x, y, lines)
        return y + step * len(lines)
    above = how in ("above", "boxed", "below_rule")
    face = style.small if above else style.key
    text = pair.key
    if not above and how not in ("colon", "ruled"):
        text += style.colon
    key = sheet.text(x, y, text, face, pair.kind, colour=style.accent)
    if above:
        top = y + round(face.size * style.leading)
        boxes = value_lines(desk, x + (4 if how == "boxed" else 0), top, lines)
        sheet.relate("key_value", key, boxes)
        return top + step * len(lines)
    if how == "touching":
        boxes = value_lines(desk, x + face.width(text + " "), y, lines)
    elif how == "spread":
        boxes = value_lines(desk, x + width, y, lines, "right")
    else:
        if how == "colon":
            sheet.text(x + column - style.body.width(": "), y, ":", style.body)
        boxes = value_lines(desk, x + column, y, lines)
    sheet.relate("key_value", key, boxes)
    return y + step * len(lines)


def key_column(desk: Desk, pairs: Sequence[Pair]) -> float:
    """Offset at which values stand so that the longest key fits before them."""
    style = desk.style
    widest = max((style.key.width(pair.key + style.colon) for pair in pairs), default=0)
    return widest + style.body.width("0") * desk.rng.choice((1.5, 2, 3, 5))


def needed(desk: Desk, pairs: Sequence[Pair], how: str) -> float:
    """Least width of a block of pairs in an arrangement."""
    values = max(width_of(desk, pair) for pair in pairs)
    keys = max(desk.style.key.width(pair.key + " : ") for pair in pairs)
    return max(values, keys) + 16 if how in ("above", "boxed", "below_rule") else values + keys + 40


def pair_block(
    desk: Desk, x: float, y: float, width: float, pairs: Sequence[Pair], how: str | None = None
) -> float:
    """A block of pairs in one arrangement, in one or more columns. Returns the y below it."""
    how = how or desk.layout("pairs")
    if how in ("above", "boxed", "below_rule"):
        return _grid(desk, x, y, width, pairs, how)
    column = key_column(desk, pairs)
    gap = desk.rng.choice((0, 0, 2, 6))
    for pair in pairs:
        top = y
        y = (
            write_pair(desk, x + 4 * (how == "ruled"), y, width - 8 * (how == "spread"), pair, how, column)
            + gap
        )
        if how == "ruled":
            desk.sheet.shape("box", x, top - 2, x + width, y + 1)
            desk.sheet.shape("line", x + column - 5, top - 2, x + column - 5, y + 1)
            y += 3
    return y


def _grid(desk: Desk, x: float, y: float, width: float, pairs: Sequence[Pair], how: str) -> float:
    """Pairs with the key above the value, in as many columns as fit."""
    least = needed(desk, pairs, how)
    width = max(width, least)
    columns = max(1, min(len(pairs), int(width // least), desk.rng.choice((1, 2, 3, 4, 6))))
    step = width / columns
    for start in range(0, len(pairs), columns):
        row = pairs[start : start + columns]
        pad = 4 if how == "boxed" else 0
        ends = [
            write_pair(desk, x + i * step + pad, y + pad, step, pair, how, 0) + pad
            for i, pair in enumerate(row)
        ]
        bottom = max(ends)
        for i in range(len(row)):
            if how == "boxed":
                desk.sheet.shape("box", x + i * step, y, x + (i + 1) * step, bottom + 2)
            elif how == "below_rule":
                desk.sheet.shape("line", x + i * step, bottom + 3, x + (i + 1) * step - 10, bottom + 3)
        y = bottom + {"above": desk.style.line // 3, "boxed": 2}.get(how, 8)
    return y


def section(desk: Desk, x: float, y: float, text: str) -> tuple[int, float]:
    """A section header. Returns its box and the y below it."""
    face = desk.style.bold.scaled(desk.rng.choice((1.0, 1.0, 1.15, 1.3)))
    box = desk.sheet.text(x, y, text, face, "section_header", colour=desk.style.accent)
    return box, y + round(face.size * desk.style.leading) + 2


def under(desk: Desk, header: int, first: int) -> None:
    """Relate a section header to the keys written since box `first`, and to values that have no key.

    What already stands under a header of its own is left to that one. Where there is neither, a table is what
    stands under it: its headers.
    """
    since, boxes = range(first, len(desk.sheet.boxes)), desk.sheet.boxes
    taken = {r.target for r in desk.sheet.relations if r.name == "parent_child"}
    keyed = {r.target for r in desk.sheet.relations if r.name in ("key_value", "same_text")}
    free = [i for i in since if i not in taken]
    children = [i for i in free if boxes[i].type == "key" or (boxes[i].type == "value" and i not in keyed)]
    headers = [i for i in free if boxes[i].type == "table_header" and i not in keyed]
    desk.sheet.relate("parent_child", header, children or headers)


def stamp(desk: Desk, x: float, y: float) -> None:
    """A stamp with a word and a date in colour, its top left corner at (x, y)."""
    style, sheet = desk.style, desk.sheet
    colour = desk.rng.choice(((170, 30, 40), (40, 50, 150), (30, 110, 60)))
    word = desk.locale.word("words", "stamps")
    date = desk.locale.date(desk.locale.some_date())
    face = style.bold.scaled(1.4)
    width = max(face.width(word), style.body.width(date)) + 2 * face.size
    height = face.size * 3.4
    sheet.shape(desk.rng.choice(("box", "round")), x, y, x + width, y + height, colour, 3)
    middle = x + width / 2
    sheet.text(middle, y + face.size * 0.7, word, face, align="center", colour=colour)
    sheet.text(middle, y + face.size * 2.1, date, style.body, align="center", colour=colour)
