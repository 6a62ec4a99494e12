"""Sections of typewritten forms: a header and the blocks under it, alone or beside another section."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from docfuse_training.synthetic import blocks
from docfuse_training.synthetic.desk import Desk
from docfuse_training.synthetic.sheet import Face
from docfuse_training.synthetic.typed_keys import made_up_key

Block = Callable[[Desk, float, float, float], float]
"""Writes at x and y over a width, pixels, and returns the y below."""
_SIGNS = "ABCDIV123456"


@dataclass(frozen=True)
class Look:
    """How a section's header looks: its font, in capitals, numbered, underlined, centred."""

    face: Face
    upper: bool
    numbered: bool
    ruled: bool
    centred: bool


def some_look(desk: Desk) -> Look:
    """A look for one section, or for all of a page."""
    style = desk.style
    face = style.bold if desk.chance(0.5) else style.body
    return Look(face, desk.chance(0.6), desk.chance(0.33), desk.chance(0.35), desk.chance(0.3))


def write_section(
    desk: Desk, x: float, y: float, width: float, look: Look, below: Callable[[], Block], blocks_under: int
) -> float:
    """A header and so many blocks under it, each made by what `below` returns. Returns the y below."""
    style = desk.style
    header, y = _header(desk, x, y, width, look)
    first = len(desk.sheet.boxes)
    for number in range(blocks_under):
        if number and y > desk.sheet.height * 0.8:
            break
        y = below()(desk, x, y, width) + style.line * desk.rng.uniform(0.2, 0.8) * bool(number)
    blocks.under(desk, header, first)
    return y


def beside(desk: Desk, x: float, y: float, width: float, one: Block) -> float:
    """Two columns, each with what `one` writes. Returns the y below both."""
    gutter = desk.style.body.size * desk.rng.uniform(1.5, 3.0)
    left = width * desk.rng.choice((0.4, 0.5, 0.5, 0.5, 0.6)) - gutter / 2
    first = one(desk, x, y, left)
    second = one(desk, x + left + gutter, y, width - left - gutter)
    if desk.chance(0.2):
        middle = x + left + gutter / 2
        desk.sheet.shape("line", middle, y, middle, max(first, second))
    return max(first, second)


def _header(desk: Desk, x: float, y: float, width: float, look: Look) -> tuple[int, float]:
    """A section header of one line or several, perhaps with one of a larger part above it.

    Returns its first box and the y below.
    """
    sheet, style, rng = desk.sheet, desk.style, desk.rng
    if desk.chance(0.08):
        _, y = _lines(desk, x, y, width, look)
    boxes, y = _lines(desk, x, y, width, look)
    if look.ruled:
        x1, _, x2, y2 = sheet.boxes[boxes[-1]].box
        sheet.shape("line", x1, y2 + 1, x2, y2 + 1)
    return boxes[0], y + style.line * rng.uniform(0.1, 0.8)


def _lines(desk: Desk, x: float, y: float, width: float, look: Look) -> tuple[list[int], float]:
    """The lines of a header. Returns their boxes and the y below."""
    sheet, style, rng = desk.sheet, desk.style, desk.rng
    text = desk.locale.word("form", "sections") if desk.chance(0.5) else made_up_key(desk)
    text = f"{rng.choice(_SIGNS)}. {text}" if look.numbered else text
    text = text.upper() if look.upper else text
    align, at = ("center", x + width / 2) if look.centred else ("left", x)
    lines = blocks.wrap(text, look.face, width * rng.uniform(0.25, 0.9))
    boxes = [
        sheet.text(at, y + i * style.line, line, look.face, "section_header", "none", align)
        for i, line in enumerate(lines)
    ]
    sheet.chain(boxes)
    return boxes, y + len(lines) * style.line
