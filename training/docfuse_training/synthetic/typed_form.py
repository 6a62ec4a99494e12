"""Typewritten and faxed forms: what stands around their blocks, and the blocks one below the other."""

from __future__ import annotations

from docfuse_training.synthetic import blocks
from docfuse_training.synthetic.desk import Desk
from docfuse_training.synthetic.sheet import Face
from docfuse_training.synthetic.typed_blocks import BLOCKS
from docfuse_training.synthetic.typed_keys import made_up_key


def write_typed_form(desk: Desk) -> None:
    """Lay out a form: furniture, heading, and blocks one below the other."""
    rng, sheet, style = desk.rng, desk.sheet, desk.style
    x, width = style.margin, desk.width
    upper = desk.chance(0.45)
    style.upper_keys = upper
    if desk.chance(0.5):
        style.value = Face(style.value.path, style.body.size)
    y = _furniture(desk, x, style.margin * rng.uniform(0.3, 1.0), width)
    y = _heading(desk, x, y, width)
    favourite = rng.choice(BLOCKS)
    while y < sheet.height * 0.84:
        block = favourite if desk.chance(0.5) else rng.choice(BLOCKS)
        header, first = -1, 0
        if desk.chance(0.25):
            header, y = _section(desk, x, y, width)
            first = len(sheet.boxes)
        below = block(desk, x, y, width)
        if header >= 0:
            blocks.under(desk, header, first)
        y = below + style.line * rng.uniform(0.2, 1.5)
        if desk.chance(0.06):
            break


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


def _section(desk: Desk, x: float, y: float, width: float) -> tuple[int, float]:
    """A section header: plain, in capitals, numbered, underlined, or centred."""
    sheet, style, rng = desk.sheet, desk.style, desk.rng
    text = desk.locale.word("form", "sections") if desk.chance(0.5) else made_up_key(desk)
    text = rng.choice(("", "", f"{rng.choice('ABCDIV123456')}. ")) + text
    text = text.upper() if desk.chance(0.6) else text
    face = style.bold if desk.chance(0.5) else style.body
    align, at = ("center", x + width / 2) if desk.chance(0.3) else ("left", x)
    lines = blocks.wrap(text, face, width * rng.uniform(0.25, 0.9))
    boxes = [
        sheet.text(at, y + i * style.line, line, face, "section_header", "none", align)
        for i, line in enumerate(lines)
    ]
    sheet.chain(boxes)
    if desk.chance(0.35):
        x1, _, x2, y2 = sheet.boxes[boxes[-1]].box
        sheet.shape("line", x1, y2 + 1, x2, y2 + 1)
    return boxes[0], y + style.line * (len(lines) - 1 + rng.uniform(1.1, 1.8))
