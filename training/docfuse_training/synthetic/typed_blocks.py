"""Blocks of typewritten forms: keys of any wording, values far from them, missing or of several lines.

Keys are made up from words of the language, so that a model learns to know a key by its form and its place
rather than by a list of words.
"""

from __future__ import annotations

from collections.abc import Callable

from docfuse_training.synthetic import blocks
from docfuse_training.synthetic.desk import Desk
from docfuse_training.synthetic.matrix import write_matrix
from docfuse_training.synthetic.prose import sentences
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


def _key(desk: Desk, colon: bool = True) -> str:
    text = made_up_key(desk) + (desk.style.colon if colon else "")
    return text.upper() if desk.style.upper_keys else text


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
