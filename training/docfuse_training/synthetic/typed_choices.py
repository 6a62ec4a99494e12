"""Choices of typewritten forms: keys that are marked or not, in a row or one below the other."""

from __future__ import annotations

from docfuse_training.synthetic.desk import Desk
from docfuse_training.synthetic.typed_keys import key_text

_LINE, _BOX, _BRACKETS, _NOTHING = "line", "box", "brackets", "nothing"
"""What a form prints to be marked: a line to write on, a box, brackets, or nothing."""


def marked_row(desk: Desk, x: float, y: float, width: float) -> float:
    """A header, and choices marked with an X on a line before or behind them. Returns the y below."""
    style, rng, sheet = desk.style, desk.rng, desk.sheet
    before = desk.chance(0.6)
    blank = style.body.size * rng.uniform(1.4, 2.4)
    for _ in range(rng.choice((1, 2, 3))):
        header = _header(desk, x, y)
        pen = x + width * 0.4
        for text in _choices(desk, rng.choice((2, 3, 4))):
            length = style.body.width(text)
            if pen + length + 2 * blank > x + width:
                break
            key_at, mark_at = (pen + blank, pen) if before else (pen, pen + length + 4)
            box = sheet.text(key_at, y, text, style.body, "key")
            sheet.relate("parent_child", header, [box])
            _mark(desk, box, mark_at, y, blank, _LINE)
            pen += length + blank + style.body.size * 1.5
        y += style.line * rng.uniform(1.1, 1.6)
    return y


def marked_column(desk: Desk, x: float, y: float, width: float) -> float:
    """Choices one below the other, in up to three columns, each a key of its own. Returns the y below."""
    style, rng = desk.style, desk.rng
    count, columns = rng.choice((2, 3, 4, 5, 7)), rng.choice((1, 1, 2, 3))
    before, printed = desk.chance(0.6), rng.choice((_LINE, _LINE, _BOX, _BRACKETS, _NOTHING))
    blank, step = style.body.size * rng.uniform(1.4, 2.4), style.line * rng.choice((1.0, 1.0, 1.2, 1.5))
    header = _header(desk, x, y) if desk.chance(0.5) else None
    y += step if header is not None else 0
    for column in range(columns):
        left = x + column * width / columns + style.body.size
        texts = [text for text in _texts(desk, count) if style.body.width(text) < width / columns - 3 * blank]
        marks = left + blank + max(map(style.body.width, texts), default=0.0)
        for row, text in enumerate(texts):
            box = desk.sheet.text(left + blank * before, y + row * step, text, style.body, "key")
            if header is not None:
                desk.sheet.relate("parent_child", header, [box])
            _mark(desk, box, left if before else marks, y + row * step, blank, printed)
    return y + count * step


def _header(desk: Desk, x: float, y: float) -> int:
    """What is to be chosen: the header of the choices, which are keys. Returns its box."""
    return desk.sheet.text(x, y, key_text(desk), desk.style.key, "section_header")


def _texts(desk: Desk, count: int) -> list[str]:
    """What is to be chosen from: known words, or anything a key may be."""
    return _choices(desk, count) if desk.chance(0.4) else [key_text(desk, colon=False) for _ in range(count)]


def _choices(desk: Desk, count: int) -> list[str]:
    known = desk.locale.words["form"]["check"]
    texts = desk.rng.sample(known, min(count, len(known)))
    return [text.upper() for text in texts] if desk.style.upper_keys else texts


def _mark(desk: Desk, key: int, x: float, y: float, blank: float, printed: str) -> None:
    """What is printed beside a choice, and the mark on it if it is chosen."""
    style, sheet = desk.style, desk.sheet
    size, bottom = style.body.size, y + style.body.size * 1.2
    chosen = desk.chance(0.35)
    if printed == _LINE:
        sheet.shape("line", x, bottom, x + blank - 6, bottom)
    elif printed == _BOX:
        sheet.shape("box", x, y + size * 0.1, x + blank - 6, bottom)
    elif printed == _BRACKETS and not chosen:
        sheet.text(x, y, "( )", style.body)
    if chosen:
        text = desk.rng.choice(("X", "x")) if printed != _BRACKETS else "(X)"
        mark = sheet.text(x + (blank - 6) * 0.3, y, text, style.value, "value", "unknown")
        sheet.relate("key_value", key, [mark])
