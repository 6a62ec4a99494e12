"""Pages as archives have them: papers, news, advertisements, questionnaires, budgets, slides and more."""

from __future__ import annotations

from docfuse_training.synthetic import blocks, fonts
from docfuse_training.synthetic.blocks import single
from docfuse_training.synthetic.desk import Desk
from docfuse_training.synthetic.prose import sentences
from docfuse_training.synthetic.sheet import Face
from docfuse_training.synthetic.tables import Column, Grid, table
from docfuse_training.synthetic.typed_blocks import some_value
from docfuse_training.synthetic.typed_keys import made_up_key

GREYS = ((60, 60, 60), (120, 120, 120), (170, 170, 170), (205, 205, 205))


def _centred(desk: Desk, y: float, text: str, face: Face, kind: str = "other", width: float = 0.8) -> float:
    """A text over several lines in the middle of the page. Returns the y below it."""
    sheet = desk.sheet
    lines = blocks.wrap(text, face, sheet.width * width)
    sheet.chain(
        [
            sheet.text(sheet.width / 2, y + i * face.size * 1.25, line, face, kind, "none", "center")
            for i, line in enumerate(lines)
        ]
    )
    return y + len(lines) * face.size * 1.25


def _columns(desk: Desk, y: float, count: int, headed: float) -> None:
    """Text in columns down to the foot of the page, with headers in between."""
    style, sheet = desk.style, desk.sheet
    step = desk.width / count
    bottom = sheet.height * desk.rng.uniform(0.8, 0.93)
    for column in range(count):
        x, at = style.margin + column * step, y
        while at < bottom - 4 * style.line:
            if desk.chance(headed):
                _, at = blocks.section(desk, x, at, desk.locale.fake.sentence(nb_words=2).rstrip("."))
            text = sentences(desk, desk.rng.choice((1, 2, 3, 4)))
            lines = blocks.wrap(text, style.body, step - style.body.size)[: int((bottom - at) / style.line)]
            at = blocks.paragraph(desk, x, at, step - style.body.size, " ".join(lines)) + style.line * 0.5


def _picture(desk: Desk, x: float, y: float, width: float, height: float) -> None:
    """A picture: gray areas and lines."""
    sheet, rng = desk.sheet, desk.rng
    sheet.shape("fill", x, y, x + width, y + height, rng.choice(GREYS))
    for _ in range(rng.choice((0, 3, 6))):
        left, top = x + width * rng.uniform(0, 0.8), y + height * rng.uniform(0, 0.8)
        right, low = left + width * rng.uniform(0.05, 0.2), top + height * rng.uniform(0.05, 0.2)
        sheet.shape("fill", left, top, right, low, rng.choice(GREYS))
    sheet.shape("box", x, y, x + width, y + height)


def write_scientific_paper(desk: Desk) -> None:
    """Title, authors, abstract, columns; or an inner page of one."""
    style, locale, rng = desk.style, desk.locale, desk.rng
    y = style.margin * 0.8
    if desk.chance(0.6):
        issue = f"{rng.randrange(1, 90)}: {rng.randrange(100, 999)}-{rng.randrange(1000, 1999)}"
        desk.sheet.text(style.margin, y, f"{locale.fake.sentence(nb_words=3)} {issue}", style.small)
        y += style.line * 2
    if desk.chance(0.7):
        y = _centred(
            desk, y, locale.fake.sentence(nb_words=rng.randrange(6, 14)).rstrip("."), style.title, "title"
        )
        y = _centred(
            desk,
            y + style.line * 0.6,
            ", ".join(locale.person() for _ in range(rng.randrange(1, 5))),
            style.body,
        )
        y = _centred(desk, y, f"{locale.party().name}, {locale.town()}", style.small) + style.line
        y = blocks.paragraph(
            desk,
            style.margin * 1.5,
            y,
            desk.width - style.margin,
            "Abstract. " + sentences(desk, 4),
            style.small,
        )
        y += style.line
    if desk.chance(0.35):
        height = desk.sheet.height * rng.uniform(0.12, 0.25)
        _picture(desk, style.margin, y, desk.width * rng.choice((0.48, 1.0)), height)
        y += height + style.line * 0.3
        y = blocks.paragraph(
            desk,
            style.margin,
            y,
            desk.width,
            f"Fig. {rng.randrange(1, 9)}. {sentences(desk, 1)}",
            style.small,
        )
        y += style.line
    _columns(desk, y, rng.choice((1, 2, 2, 2)), 0.15)


def write_news_article(desk: Desk) -> None:
    """Headline, place and date, columns, a photo."""
    style, rng, locale = desk.style, desk.rng, desk.locale
    y = style.margin * 0.7
    if desk.chance(0.5):
        desk.sheet.text(
            style.margin, y, f"{locale.party().name.upper()}   {locale.date(locale.some_date())}", style.small
        )
        y += style.line * 1.5
    headline = Face(style.title.path, round(style.title.size * rng.uniform(1.1, 2.0)))
    y = _centred(
        desk, y, locale.fake.sentence(nb_words=rng.randrange(4, 9)).rstrip("."), headline, "title", 0.9
    )
    y = _centred(desk, y + 4, locale.person(), style.small) + style.line
    if desk.chance(0.5):
        height = desk.sheet.height * rng.uniform(0.12, 0.3)
        _picture(desk, style.margin, y, desk.width * rng.choice((0.45, 0.6, 1.0)), height)
        y += height + style.line
    _columns(desk, y, rng.choice((2, 3, 3, 4)), 0.05)


def write_advertisement(desk: Desk) -> None:
    """A picture, a slogan, a name, little text."""
    style, rng, locale, sheet = desk.style, desk.rng, desk.locale, desk.sheet
    big = Face(style.title.path, round(sheet.width * rng.uniform(0.05, 0.11)))
    y = style.margin * rng.uniform(0.5, 1.5)
    slogan = locale.fake.sentence(nb_words=rng.randrange(2, 6)).rstrip(".") + rng.choice(("!", ".", ""))
    picture = sheet.height * rng.uniform(0.25, 0.5)
    first = desk.chance(0.5)
    if first:
        _picture(desk, style.margin, y, desk.width, picture)
        y += picture + style.line
    y = _centred(desk, y, slogan.upper() if desk.chance(0.4) else slogan, big, "title") + style.line
    if not first:
        _picture(desk, style.margin * 1.5, y, desk.width - style.margin, picture)
        y += picture + style.line
    if desk.chance(0.7):
        y = blocks.paragraph(
            desk, style.margin * 1.5, y, desk.width - style.margin, sentences(desk, rng.choice((1, 2)))
        )
    _centred(desk, y + style.line, locale.party().name, style.title)
    if desk.chance(0.4):
        _centred(desk, sheet.height - style.margin, sentences(desk, 1), style.small)


def write_questionnaire(desk: Desk) -> None:
    """Numbered questions, each with choices and codes."""
    style, rng, sheet = desk.style, desk.rng, desk.sheet
    y = _centred(desk, style.margin, desk.locale.word("titles", "form"), style.bold, "title") + style.line
    scale = [desk.locale.fake.word().capitalize() for _ in range(rng.choice((3, 4, 5)))]
    number = rng.randrange(1, 30)
    while y < sheet.height * 0.85:
        text = f"{number}. {desk.locale.fake.sentence(nb_words=rng.randrange(6, 20)).rstrip('.')}?"
        lines = blocks.wrap(text, style.body, desk.width)
        keys = [
            sheet.text(style.margin, y + i * style.line, line, style.body, "key")
            for i, line in enumerate(lines)
        ]
        sheet.chain(keys)
        y += (len(lines) + 0.3) * style.line
        for code, choice in enumerate(
            scale if desk.chance(0.6) else desk.locale.fake.words(rng.choice((2, 3, 5))), 1
        ):
            sheet.text(style.margin * 2, y, f"{choice} {'.' * rng.randrange(4, 16)} {code}", style.body)
            y += style.line
        y += style.line * 0.7
        number += 1


def write_budget(desk: Desk) -> None:
    """A table of amounts with row labels and totals."""
    style, rng, locale = desk.style, desk.rng, desk.locale
    what = rng.choice(("Budget", "Forecast", "Expenses", "Plan"))
    title = f"{rng.randrange(1970, 2010)} {locale.fake.word()} {what}"
    y = (
        _centred(desk, style.margin, title.upper() if desk.chance(0.5) else title, style.title, "title")
        + style.line
    )
    for _ in range(rng.choice((1, 1, 2))):
        rows, count = rng.choice((4, 7, 10, 14, 18)), rng.choice((2, 3, 4, 5))
        labels = Column("unknown", ["Account"] if desk.chance(0.4) else [made_up_key(desk)], "left",
                        [[made_up_key(desk)] for _ in range(rows)])  # fmt: skip
        heads = ("Budget", "Actual", "Variance", "YTD", str(rng.randrange(1970, 2010)))
        figures = [
            Column("unknown", [rng.choice(heads)], "right",
                   [[locale.number(rng.randrange(100, 900_000), 0)] for _ in range(rows)])
            for _ in range(count)
        ]  # fmt: skip
        y = table(desk, style.margin, y, desk.width, Grid([labels, *figures], [], desk.layout("table")))
        y += style.line * 1.5


def write_presentation(desk: Desk) -> None:
    """A slide: a heading in large print, bullets, perhaps a chart."""
    style, rng, locale, sheet = desk.style, desk.rng, desk.locale, desk.sheet
    big = Face(style.title.path, round(sheet.width * rng.uniform(0.035, 0.06)))
    text = Face(style.body.path, round(sheet.width * rng.uniform(0.02, 0.035)))
    y = _centred(
        desk,
        sheet.height * rng.uniform(0.06, 0.2),
        locale.fake.sentence(nb_words=4).rstrip("."),
        big,
        "title",
    )
    y += big.size
    mark = rng.choice(("• ", "- ", "", "■ "))
    for _ in range(rng.choice((2, 3, 4, 5, 6))):
        line = blocks.wrap(
            mark + locale.fake.sentence(nb_words=rng.randrange(2, 9)).rstrip("."), text, desk.width * 0.85
        )
        y = (
            blocks.paragraph(desk, style.margin * 1.6, y, desk.width * 0.85, " ".join(line), text)
            + text.size * 0.6
        )
        if y > sheet.height * 0.75:
            break
    if desk.chance(0.35) and y < sheet.height * 0.6:
        for i in range(rng.choice((3, 4, 6))):
            x, top = style.margin * 2 + i * text.size * 3, sheet.height * rng.uniform(0.65, 0.85)
            sheet.shape("fill", x, top, x + text.size * 2, sheet.height * 0.9, rng.choice(GREYS))


def write_specification(desk: Desk) -> None:
    """Properties with values and tolerances, under a block of keys."""
    style, rng, locale = desk.style, desk.rng, desk.locale
    title = rng.choice(("Specification", "Product Specification", "Material Data", "Test Specification"))
    y = _centred(desk, style.margin, f"{title} {locale.code()}", style.title, "title") + style.line
    pairs = blocks.distinct(
        [single(made_up_key(desk), some_value(desk)) for _ in range(rng.choice((3, 4, 6)))]
    )
    y = blocks.pair_block(
        desk, style.margin, y, desk.width, pairs, rng.choice(("column", "boxed", "touching"))
    )
    y += style.line
    rows = rng.choice((5, 8, 12))
    limits = [
        f"{rng.randrange(1, 90)}.{rng.randrange(10)} ± {rng.randrange(1, 9)}.{rng.randrange(10)}"
        for _ in range(rows)
    ]
    last = rng.choice(("Target", "Value", "Limits", "Tolerance"))
    columns = [
        Column("unknown", ["Property"], "left", [[made_up_key(desk)] for _ in range(rows)]),
        Column("unknown", [rng.choice(("Unit", "Method"))], "left",
               [[rng.choice(("mm", "g/m²", "%", "mg", "kg", "sec", "°C", "cc"))] for _ in range(rows)]),
        Column("unknown", [last], "right", [[text] for text in limits]),
    ]  # fmt: skip
    y = table(desk, style.margin, y, desk.width, Grid(columns, [], desk.layout("table")))
    if y < desk.sheet.height * 0.8:
        blocks.paragraph(desk, style.margin, y + style.line, desk.width, sentences(desk, 2), style.small)


def write_file_folder(desk: Desk) -> None:
    """An empty page with a label, or with a few words at its edge."""
    style, rng, locale, sheet = desk.style, desk.rng, desk.locale, desk.sheet
    x, y = sheet.width * rng.uniform(0.05, 0.6), sheet.height * rng.choice((0.02, 0.05, 0.3, 0.85, 0.93))
    lines = [
        locale.fake.sentence(nb_words=rng.randrange(1, 4)).rstrip(".") for _ in range(rng.choice((1, 1, 2)))
    ]
    widest = max(style.title.width(line) for line in lines)
    x = min(x, sheet.width - widest - 2 * style.title.size)
    if desk.chance(0.5):
        sheet.shape("box", x - 8, y - 4, x + widest + 12, y + len(lines) * style.title.size * 1.4)
    for i, line in enumerate(lines):
        sheet.text(max(x, 4), y + i * style.title.size * 1.3, line, style.title, "title")
    if desk.chance(0.4):
        number = locale.pattern("########")
        sheet.text(sheet.width * 0.9, sheet.height * 0.6, number, style.body, align="right")


def write_handwritten(desk: Desk) -> None:
    """Notes by hand: uneven lines, few and large words."""
    style, rng, sheet = desk.style, desk.rng, desk.sheet
    family = rng.choice(fonts.of_kind("hand", desk.held_out))
    face = Face(family.regular, round(style.body.size * rng.uniform(1.5, 2.3)))
    y = style.margin * rng.uniform(0.6, 2.0)
    while y < sheet.height * rng.uniform(0.5, 1.0) - 3 * face.size:
        text = desk.locale.fake.sentence(nb_words=rng.randrange(2, 9))
        line = blocks.wrap(text, face, desk.width)[0]
        sheet.text(style.margin * rng.uniform(0.8, 1.6), y, line, face)
        y += face.size * rng.uniform(1.4, 2.0)
