"""Typewritten and faxed forms: keys of any wording, values far from them, missing or of several lines.

Keys are made up from words of the language, so that a model learns to know a key by its form and its place
rather than by a list of words.
"""

from __future__ import annotations

from collections.abc import Callable

from docfuse_training.synthetic import blocks
from docfuse_training.synthetic.desk import Desk
from docfuse_training.synthetic.matrix import write_matrix
from docfuse_training.synthetic.prose import sentences
from docfuse_training.synthetic.sheet import Face
from docfuse_training.synthetic.tables import Column, Grid, table

KINDS_OF_VALUES = (
    "name", "date", "place", "street", "phone", "email", "code", "number", "word", "company", "amount",
)  # fmt: skip
Block = Callable[[Desk, float, float, float], float]


def made_up_key(desk: Desk) -> str:
    """A printed key: a known one, or some words with a number, a unit or an abbreviation."""
    rng, locale = desk.rng, desk.locale
    if desk.chance(0.3):
        return locale.word("form", rng.choice(KINDS_OF_VALUES))
    words = " ".join(locale.fake.word() for _ in range(rng.choice((1, 1, 2, 2, 3))))
    tail = rng.choice(("",) * 7 + (" No.", " #", " (%)", " (kg)", " (1)", "/" + locale.fake.word(), " (s)"))
    return words[:1].upper() + words[1:] + tail


def some_value(desk: Desk) -> str:
    """A value of any kind, short or of a few words."""
    if desk.chance(0.3):
        return desk.locale.fake.sentence(nb_words=desk.rng.randrange(1, 6)).rstrip(".")
    return desk.some(desk.rng.choice(KINDS_OF_VALUES))


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


def _key(desk: Desk, colon: bool = True) -> str:
    text = made_up_key(desk) + (desk.style.colon if colon else "")
    return text.upper() if desk.style.upper_keys else text


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
    box = sheet.text(at, y, text, face, "section_header", "none", align)
    if desk.chance(0.35):
        x1, _, x2, y2 = sheet.boxes[box].box
        sheet.shape("line", x1, y2 + 1, x2, y2 + 1)
    return box, y + style.line * rng.uniform(1.1, 1.8)


def _answer(desk: Desk, key: int, x: float, y: float, end: float, step: float, ruled: bool) -> float:
    """The value of a key from x on: nothing, a line, or several, perhaps ruled. Returns the y below."""
    sheet, style, rng = desk.sheet, desk.style, desk.rng
    count = rng.choice((0, 1, 1, 1, 1, 1, 1, 2, 3))
    room = max(end - x - style.body.size, 3 * style.body.size)
    text = some_value(desk) if count < 2 else sentences(desk, 1)
    lines = blocks.wrap(text, style.value, room)[:count]
    boxes = blocks.value_lines(desk, x, y, [[(line, "unknown")] for line in lines]) if lines else []
    if step != style.line and len(boxes) > 1:
        step = style.line
    sheet.relate("key_value", key, boxes)
    for row in range(max(count, 1) if ruled else 0):
        bottom = y + row * style.line + style.body.size * 1.2
        sheet.shape("line", x - 3, bottom, end, bottom)
    return y + max(len(boxes), 1) * style.line


def _aligned(desk: Desk, x: float, y: float, width: float) -> float:
    """Keys one below the other, all values at one place, often far away."""
    style, rng, sheet = desk.style, desk.rng, desk.sheet
    keys = [_key(desk) for _ in range(rng.choice((2, 3, 4, 5, 6, 8, 10)))]
    if desk.chance(0.2):
        first = rng.randrange(1, 20)
        form = rng.choice(("({}) {}", "{}. {}", "{}) {}"))
        keys = [form.format(first + i, key) for i, key in enumerate(keys)]
    widest = max(style.key.width(key) for key in keys)
    column = max(widest + style.body.size, width * rng.uniform(0.2, 0.5))
    ruled, step = desk.chance(0.4), style.line * rng.choice((1.0, 1.0, 1.3, 1.7, 2.0))
    for key in keys:
        if y > sheet.height * 0.86:
            break
        box = sheet.text(x, y, key, style.key, "key")
        y = _answer(desk, box, x + column, y, x + width, step, ruled) + step - style.line
    return y


def _running(desk: Desk, x: float, y: float, width: float) -> float:
    """Keys with their values right behind them, several in a row, with lines to write on."""
    style, rng, sheet = desk.style, desk.rng, desk.sheet
    ruled = desk.chance(0.6)
    for _ in range(rng.choice((1, 2, 3, 4))):
        count, pen = rng.choice((1, 2, 2, 3)), x
        below = y
        for _ in range(count):
            key = _key(desk)
            start = pen + style.key.width(key) + style.body.size * rng.uniform(0.5, 1.2)
            end = pen + width / count - style.body.size
            if start + 4 * style.body.size > end:
                break
            box = sheet.text(pen, y, key, style.key, "key")
            value = some_value(desk) if desk.chance(0.75) else ""
            lines = blocks.wrap(value, style.value, end - start)[:1]
            if lines and style.value.width(lines[0]) <= end - start:
                sheet.relate("key_value", box, blocks.value_lines(desk, start, y, [[(lines[0], "unknown")]]))
            if ruled:
                bottom = y + style.body.size * 1.2
                sheet.shape("line", start, bottom, end, bottom)
            pen += width / count
        y = below + style.line * rng.uniform(1.1, 1.8)
    return y


def _below_lines(desk: Desk, x: float, y: float, width: float) -> float:
    """Lines to write on with the keys under them: signatures, dates, titles."""
    style, rng, sheet = desk.style, desk.rng, desk.sheet
    count = rng.choice((1, 2, 2, 3))
    step = width / count
    for i in range(count):
        left = x + i * step
        bottom = y + style.line * 1.3
        sheet.shape("line", left, bottom, left + step * 0.8, bottom)
        key = blocks.wrap(_key(desk, colon=False), style.small, step * 0.8)[0]
        box = sheet.text(left, bottom + 4, key, style.small, "key")
        value = desk.some(rng.choice(("name", "date", "word")))
        if desk.chance(0.5) and style.value.width(value) < step * 0.75:
            values = [sheet.text(left + 6, bottom - style.line, value, style.value, "value", "unknown")]
            sheet.relate("key_value", box, values)
    return y + style.line * 2.6


def _marked(desk: Desk, x: float, y: float, width: float) -> float:
    """A key, and choices marked with an X on a line before or behind them."""
    style, rng, sheet = desk.style, desk.rng, desk.sheet
    before = desk.chance(0.6)
    blank = style.body.size * rng.uniform(1.4, 2.4)
    for _ in range(rng.choice((1, 2, 3))):
        sheet.text(x, y, _key(desk), style.key, "key")
        pen = x + width * 0.4
        for choice in rng.sample(desk.locale.words["form"]["check"], rng.choice((2, 3, 4))):
            text = choice.upper() if style.upper_keys else choice
            length = style.body.width(text)
            if pen + length + 2 * blank > x + width:
                break
            key_at, mark_at = (pen + blank, pen) if before else (pen, pen + length + 4)
            box = sheet.text(key_at, y, text, style.body, "key")
            bottom = y + style.body.size * 1.2
            sheet.shape("line", mark_at, bottom, mark_at + blank - 6, bottom)
            if desk.chance(0.35):
                mark = sheet.text(mark_at + blank * 0.3, y, rng.choice("Xx"), style.value, "value", "unknown")
                sheet.relate("key_value", box, [mark])
            pen += length + blank + style.body.size * 1.5
        y += style.line * rng.uniform(1.1, 1.6)
    return y


def _listed(desk: Desk, x: float, y: float, width: float) -> float:
    """A key with a list below it or beside it: copies, members, enclosures."""
    style, rng, sheet = desk.style, desk.rng, desk.sheet
    box = sheet.text(x, y, _key(desk), style.key, "key")
    beside = desk.chance(0.6)
    left = x + (style.key.width(sheet.boxes[box].text + "  ") if beside else style.body.size * 2)
    top = y if beside else y + style.line
    texts = [desk.some(rng.choice(("name", "company", "word"))) for _ in range(rng.choice((2, 3, 4, 6)))]
    values = [
        sheet.text(left, top + i * style.line, text, style.value, "value", "unknown")
        for i, text in enumerate(texts)
        if left + style.value.width(text) < x + width
    ]
    sheet.relate("key_value", box, values)
    return top + len(texts) * style.line


def _grid(desk: Desk, x: float, y: float, width: float) -> float:
    """A table with made-up headers, rows to fill in, and columns of numbers."""
    rng = desk.rng
    rows = rng.choice((2, 3, 4, 6, 9))
    names = [
        rng.choice(("number", "amount", "code", "date", "word", "name"))
        for _ in range(rng.choice((2, 3, 4, 5)))
    ]
    columns = [
        Column("unknown", _key(desk, colon=False).split(" ", 1), rng.choice(("left", "right", "center")),
               [[desk.some(name)] for _ in range(rows)])
        for name in names
    ]  # fmt: skip
    return table(desk, x, y, width, Grid(columns, [], desk.layout("table")))


def _matrix(desk: Desk, x: float, y: float, width: float) -> float:
    """A table whose rows have keys of their own."""
    return write_matrix(desk, x, y, width, lambda desk: _key(desk, colon=False))


def _text(desk: Desk, x: float, y: float, width: float) -> float:
    """A paragraph between the keys."""
    face = desk.rng.choice((desk.style.body, desk.style.small))
    return blocks.paragraph(desk, x, y, width, sentences(desk, desk.rng.choice((1, 2, 3))), face)


def _asked(desk: Desk, x: float, y: float, width: float) -> float:
    """Numbered questions in full sentences over several lines, their answers below."""
    style, rng, sheet = desk.style, desk.rng, desk.sheet
    for number in range(rng.randrange(1, 9), 12)[: rng.choice((1, 2, 3))]:
        text = f"{number}. {desk.locale.fake.sentence(nb_words=rng.randrange(6, 22)).rstrip('.')}?"
        lines = blocks.wrap(text, style.key, width)
        keys = [sheet.text(x, y + i * style.line, line, style.key, "key") for i, line in enumerate(lines)]
        sheet.chain(keys)
        y = _answer(
            desk, keys[0], x + style.body.size * 2, y + len(lines) * style.line, x + width, style.line, False
        )
        y += style.line * 0.6
    return y


def _boxed(desk: Desk, x: float, y: float, width: float) -> float:
    """Boxes with small keys in their corners."""
    pairs = [
        blocks.single(_key(desk, colon=False), some_value(desk)) for _ in range(desk.rng.choice((2, 3, 4, 6)))
    ]
    for pair in pairs:
        if desk.chance(0.3):
            pair.lines = [[]]
    return blocks.pair_block(desk, x, y, width, pairs, "boxed")


BLOCKS: tuple[Block, ...] = (
    _aligned, _aligned, _aligned, _running, _running, _below_lines, _marked, _listed, _grid, _matrix,
    _matrix, _text, _asked, _boxed,
)  # fmt: skip
