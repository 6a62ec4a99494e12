"""Running text, and the pages that are mostly running text: letters, memos, e-mails, résumés, reports."""

from __future__ import annotations

from docfuse_training.synthetic import blocks
from docfuse_training.synthetic.blocks import Pair, single
from docfuse_training.synthetic.desk import Desk


def sentences(desk: Desk, count: int) -> str:
    """Nonsense in the page's language, with dates, numbers and asides such as running text has."""
    return " ".join(_sentence(desk) for _ in range(count))


def _sentence(desk: Desk) -> str:
    words = desk.locale.fake.sentence(nb_words=desk.rng.randrange(6, 18)).rstrip(".").split()
    for _ in range(desk.rng.choice((0, 0, 1, 1, 2))):
        words.insert(desk.rng.randrange(1, len(words) + 1), _aside(desk))
    return " ".join(words) + "."


def _aside(desk: Desk) -> str:
    """What a sentence holds besides its words."""
    kinds = ("date", "date", "number", "amount", "code", "name", "company", "place")
    word, number = desk.locale.fake.word(), desk.rng.randrange(1, 400)
    fact = desk.some(desk.rng.choice(kinds))
    forms = (
        "{fact}", "{fact}", "{fact},", "({fact})", "- {fact}", "({word})", '"{word}"', "{number}%",
        "No. {number}", "{number} {word}", "{word}/{word}", "- {word}", "{word}:", "#{number}",
    )  # fmt: skip
    return desk.rng.choice(forms).format(fact=fact, word=word, number=number)


def _body(desk: Desk, x: float, y: float, width: float, paragraphs: int) -> float:
    for _ in range(paragraphs):
        y = blocks.paragraph(desk, x, y, width, sentences(desk, desk.rng.randrange(2, 7)))
        y += desk.style.line * 0.7
    return y


def write_letter(desk: Desk) -> None:
    """A letter: sender, recipient, date, subject, greeting, text, closing."""
    style, sheet, locale, rng = desk.style, desk.sheet, desk.locale, desk.rng
    x, width = style.margin, sheet.width - 2 * style.margin
    y: float = style.margin
    sender = locale.party()
    where = x + width * 0.62 if desk.chance(0.4) else x
    sheet.text(where, y, sender.name, style.bold, "value", "seller_name", colour=style.accent)
    lines = [[(line, "seller_address")] for line in sender.address]
    blocks.value_lines(desk, where, y + style.line, lines)
    y += style.line * (len(lines) + 2)
    if desk.chance(0.5):
        y = blocks.pair_block(
            desk,
            where,
            y,
            width * 0.35,
            [single(desk.key("seller_phone"), sender.phone, "seller_phone")],
            "touching",
        )
    y += style.line
    person = locale.person()
    lines = [[(person, "buyer_name")], *[[(line, "buyer_address")] for line in locale.party().address]]
    blocks.value_lines(desk, x, y, lines)
    y += style.line * (len(lines) + 1)
    date = locale.date(locale.some_date())
    if desk.chance(0.3):
        pairs = [
            single(desk.key("issue_date"), date, "issue_date"),
            *(single(*desk.unknown()) for _ in range(2)),
        ]
        y = blocks.pair_block(desk, x, y, width, pairs, rng.choice(("touching", "column", "above")))
    else:
        blocks.value_lines(desk, rng.choice((x, x + width * 0.7)), y, [[(date, "issue_date")]])
    y += style.line * 1.7
    _subject(desk, x, y)
    y += style.line * 2
    sheet.text(x, y, locale.word("words", "greeting").format(name=person.split()[-1]), style.body)
    y = _body(desk, x, y + style.line * 1.5, width, rng.choice((2, 3, 4, 5)))
    sheet.text(x, y, locale.word("words", "closing"), style.body)
    sheet.text(x, y + style.line * 3, locale.person(), style.body)


def _subject(desk: Desk, x: float, y: float) -> None:
    """A letter's subject: behind its printed key where it has one, a heading by itself where not."""
    sheet, style, locale, rng = desk.sheet, desk.style, desk.locale, desk.rng
    key, _, text = (part.strip() for part in locale.word("words", "subject").rpartition(":"))
    if not key and desk.chance(0.4):
        key = rng.choice(locale.words["mail"]["subject"])
    text += rng.choice(("", "", f" {locale.code()}", f" {locale.date(locale.some_date())}"))
    if not key:
        sheet.text(x, y, text, style.bold, "title")
        return
    faces = rng.choice(((style.bold, style.bold), (style.bold, style.body), (style.body, style.body)))
    box = sheet.text(x, y, f"{key}:", faces[0], "key")
    gap = style.body.size * rng.choice((0.3, 0.3, 1.0, 3.0))
    value = sheet.text(x + faces[0].width(f"{key}:") + gap, y, text, faces[1], "value", "unknown")
    sheet.relate("key_value", box, [value])


def write_memo(desk: Desk) -> None:
    """A memo: title, a block of to, from, date and subject, text."""
    style, sheet, locale = desk.style, desk.sheet, desk.locale
    x, width = style.margin, sheet.width - 2 * style.margin
    sheet.text(
        x + width / 2, style.margin, locale.word("titles", "memo"), style.title, "title", "none", "center"
    )
    y = style.margin + style.title.size * 2.0
    y = blocks.pair_block(desk, x, y, width, _headers(desk), desk.rng.choice(("column", "colon")))
    sheet.shape("line", x, y + 6, x + width, y + 6, width=desk.rng.choice((1, 2)))
    _body(desk, x, y + style.line * 1.5, width, desk.rng.choice((1, 2, 3, 4)))


def _headers(desk: Desk, mail: bool = False) -> list[Pair]:
    words, locale = desk.locale.words["mail"], desk.locale
    who = (lambda: f"{locale.person()} <{locale.party().email}>") if mail else locale.person
    pairs = [
        single(desk.rng.choice(words["to"]), who()),
        single(desk.rng.choice(words["from"]), who()),
        single(desk.rng.choice(words["subject"]), locale.word("words", "subject").split(":")[-1].strip()),
        single(desk.rng.choice(words["date"]), locale.date(locale.some_date()), "issue_date"),
    ]
    if desk.chance(0.4):
        pairs.append(single(desk.rng.choice(words["copy"]), who()))
    desk.rng.shuffle(pairs)
    return pairs


def write_email(desk: Desk) -> None:
    """A printed e-mail."""
    style, sheet = desk.style, desk.sheet
    x, width = style.margin, sheet.width - 2 * style.margin
    y: float = style.margin
    if desk.chance(0.5):
        sheet.text(x, y, desk.locale.person(), style.bold)
        sheet.shape("line", x, y + style.line, x + width, y + style.line, width=2)
        y += style.line * 1.5
    y = blocks.pair_block(
        desk, x, y, width, _headers(desk, mail=True), desk.rng.choice(("column", "touching"))
    )
    y = _body(desk, x, y + style.line, width, desk.rng.choice((1, 2, 3)))
    if desk.chance(0.4) and y < sheet.height * 0.6:
        y = blocks.pair_block(desk, x, y + style.line, width, _headers(desk, mail=True), "touching")
        _body(desk, x, y + style.line, width, 1)


def write_resume(desk: Desk) -> None:
    """A résumé: name, contact, sections of stations."""
    style, sheet, locale, rng = desk.style, desk.sheet, desk.locale, desk.rng
    x, width = style.margin, sheet.width - 2 * style.margin
    sheet.text(x + width / 2, style.margin, locale.person(), style.title, "title", "none", "center")
    y = style.margin + style.title.size * 1.7
    party = locale.party()
    pairs = [single(desk.key("seller_phone"), party.phone), single(desk.key("email"), party.email, "email")]
    y = blocks.pair_block(desk, x, y, width, pairs, "touching") + style.line
    for _ in range(rng.choice((2, 3, 4))):
        _, y = blocks.section(desk, x, y, rng.choice(locale.words["mail"]["resume_sections"]))
        for _ in range(rng.choice((1, 2, 3, 4))):
            years = f"{rng.randrange(1980, 2005)} - {rng.randrange(2006, 2024)}"
            sheet.text(x, y, years, style.body)
            y = (
                blocks.paragraph(
                    desk, x + width * 0.25, y, width * 0.75, f"{party.name}, {sentences(desk, 1)}"
                )
                + 4
            )
        y += style.line * 0.6


def write_report(desk: Desk) -> None:
    """A report: title, numbered sections of text, perhaps in two columns."""
    style, sheet, locale, rng = desk.style, desk.sheet, desk.locale, desk.rng
    x, width = style.margin, sheet.width - 2 * style.margin
    sheet.text(
        x + width / 2, style.margin, locale.word("titles", "report"), style.title, "title", "none", "center"
    )
    sheet.text(
        x + width / 2, style.margin + style.title.size * 1.7, locale.person(), style.body, align="center"
    )
    top = style.margin + style.title.size * 2.5 + style.line * 2
    columns = rng.choice((1, 1, 2))
    step = width / columns
    for column in range(columns):
        y = top
        for number in range(rng.choice((1, 2, 3))):
            if y > sheet.height * 0.65:
                break
            _, y = blocks.section(
                desk, x + column * step, y, f"{number + 1}. {locale.fake.sentence(nb_words=3)}"
            )
            y = _body(desk, x + column * step, y, step - style.line, rng.choice((1, 2)))


def write_other(desk: Desk) -> None:
    """A page of little text: a notice or a cover."""
    style, sheet, rng = desk.style, desk.sheet, desk.rng
    y = sheet.height * rng.uniform(0.1, 0.4)
    for line in blocks.wrap(desk.locale.fake.sentence(nb_words=6), style.title, sheet.width * 0.7):
        sheet.text(sheet.width / 2, y, line, style.title, "title", "none", "center", style.accent)
        y += style.title.size * 1.5
    for _ in range(rng.choice((1, 2, 3))):
        text = desk.locale.fake.sentence(nb_words=rng.randrange(3, 8))
        sheet.text(sheet.width / 2, y + style.line, text, style.body, align="center")
        y += style.line * 2
