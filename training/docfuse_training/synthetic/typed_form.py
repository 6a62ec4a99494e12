"""Typewritten and faxed forms: what stands around their blocks, and how these follow each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from docfuse_training.synthetic import blocks
from docfuse_training.synthetic.desk import Desk
from docfuse_training.synthetic.sheet import Face
from docfuse_training.synthetic.typed_blocks import BLOCKS
from docfuse_training.synthetic.typed_sections import Block, Look, beside, some_look, write_section

_HEADED = (0.1, 0.25, 0.25, 0.25, 0.9)
"""Shares of the blocks of a form that stand in a section of their own."""


def write_typed_form(desk: Desk) -> None:
    """Lay out a form: furniture, heading, and blocks one below the other or in two columns."""
    rng, sheet, style = desk.rng, desk.sheet, desk.style
    x, width = style.margin, desk.width
    style.upper_keys = desk.chance(0.45)
    if desk.chance(0.5):
        style.value = Face(style.value.path, style.body.size)
    y = _furniture(desk, x, style.margin * rng.uniform(0.3, 1.0), width)
    y = _heading(desk, x, y, width)
    habits = _Habits(rng.choice(BLOCKS), some_look(desk), rng.choice(_HEADED), desk.chance(0.5))
    one = partial(_one, habits)
    columns = rng.choice((0.0, 0.0, 0.0, 0.3, 0.8))
    while y < sheet.height * 0.84:
        below = beside(desk, x, y, width, one) if desk.chance(columns) else one(desk, x, y, width)
        y = below + style.line * rng.uniform(0.2, 1.5)
        if desk.chance(0.06):
            break


@dataclass(frozen=True)
class _Habits:
    """What a form likes: a block, how a section looks, the share of blocks in one, whether all look so."""

    favourite: Block
    look: Look
    headed: float
    alike: bool

    def block(self, desk: Desk) -> Block:
        """The favourite, or any."""
        return self.favourite if desk.chance(0.5) else desk.rng.choice(BLOCKS)


def _one(habits: _Habits, desk: Desk, x: float, y: float, width: float) -> float:
    """A block, perhaps in a section. Returns the y below."""
    some = partial(habits.block, desk)
    if not desk.chance(habits.headed):
        return some()(desk, x, y, width)
    look = habits.look if habits.alike else some_look(desk)
    return write_section(desk, x, y, width, look, some, desk.rng.choice((1, 1, 1, 2)))


def _furniture(desk: Desk, x: float, y: float, width: float) -> float:
    """What stands at the page's edges: a fax's line, form number, page number, number of the archive."""
    rng, sheet, style, locale = desk.rng, desk.sheet, desk.style, desk.locale
    right, top = x + width, y
    if desk.chance(0.2):
        date = f"{locale.date(locale.some_date())}  {locale.time()}"
        sheet.text(x, y, date, style.small)
        sheet.text(x + width * 0.45, y, locale.party().name.upper(), style.small)
        sheet.text(
            right, y, f"{rng.randrange(1, 9):03}/{rng.randrange(9, 20):03}", style.small, align="right"
        )
        top += style.line * 1.2
    if desk.chance(0.25):
        sheet.text(right, top, f"Form {locale.pattern('??-####')}", style.small, align="right")
        top += style.line
    bottom = sheet.height - style.margin * 0.5
    if desk.chance(0.5):
        number = locale.pattern(rng.choice(("########", "#########", "????? #######")))
        sheet.text(right, bottom, number, style.body.scaled(1.1), align="right")
    if desk.chance(0.4):
        page = locale.word("words", "page").format(n=rng.randrange(1, 9), m=9)
        sheet.text(x + width * rng.choice((0.0, 0.45)), bottom, page, style.small)
    return top


def _heading(desk: Desk, x: float, y: float, width: float) -> float:
    """Organisation and title, over up to three lines."""
    sheet, style, locale, rng = desk.sheet, desk.style, desk.locale, desk.rng
    align, at = ("center", x + width / 2) if desk.chance(0.65) else ("left", x)
    if desk.chance(0.4):
        sheet.text(at, y, locale.party().name, style.body, align=align)
        y += style.line * rng.uniform(1.0, 1.6)
    face = style.title if desk.chance(0.4) else style.bold
    text = locale.word("titles", rng.choice(("form", "form", "memo", "report")))
    if desk.chance(0.5):
        text = f"{' '.join(locale.fake.words(rng.choice((1, 2))))} {text}"
    lines = blocks.wrap(text.upper() if desk.chance(0.7) else text, face, width * 0.7)
    sheet.chain(
        [
            sheet.text(at, y + i * face.size * 1.3, line, face, "title", "none", align)
            for i, line in enumerate(lines)
        ]
    )
    return y + len(lines) * face.size * 1.3 + style.line * rng.uniform(0.6, 2.2)
