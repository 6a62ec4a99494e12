"""Invoices that are letters: of insurers, landlords, lawyers, utilities; a few lines with amounts."""

from __future__ import annotations

import re
from collections.abc import Mapping

from docfuse_training.synthetic import blocks, content
from docfuse_training.synthetic.blocks import Pair, single
from docfuse_training.synthetic.content import Bill
from docfuse_training.synthetic.desk import Desk
from docfuse_training.synthetic.invoice_head import party_lines, period
from docfuse_training.synthetic.invoice_totals import Stops, totals
from docfuse_training.synthetic.prose import sentences
from docfuse_training.synthetic.sheet import Face
from docfuse_training.synthetic.tables import Column, Grid, table


def write_billing_letter(desk: Desk) -> None:
    """Letterhead with opening hours, recipient, subject with number, lines with amounts, how to pay."""
    style, sheet, locale, rng = desk.style, desk.sheet, desk.locale, desk.rng
    bill = content.make_bill(locale, rng, rng.choice((1, 1, 2, 2, 3, 4)), "services", desk.chance(0.4))
    person = locale.person()
    y = _letterhead(desk, bill, person)
    date = locale.date(bill.issued)
    if desk.chance(0.6):
        at = sheet.width - style.margin
        sheet.text(at, y, date, style.body, "value", "issue_date", "right")
        y += style.line * rng.choice((0, 1.5))
    y = _marked(desk, style.margin, y, locale.word("billing", "subject"), _facts(desk, bill), style.bold)
    y = blocks.pair_block(desk, style.margin, y, desk.width * 0.6, _references(desk, bill), "touching")
    y += style.line * rng.choice((0.5, 1))
    greeting = locale.word("words", "greeting").format(name=person.split()[-1])
    sheet.text(style.margin, y, greeting, style.body)
    y = _marked(
        desk,
        style.margin,
        y + style.line * 1.5,
        locale.word("billing", "intro"),
        _facts(desk, bill),
        style.body,
    )
    if desk.chance(0.5):
        y = blocks.paragraph(desk, style.margin, y, desk.width, sentences(desk, rng.randrange(1, 4)))
    y = _amounts(desk, y + style.line * 0.7, bill)
    y = _marked(
        desk, style.margin, y + style.line, locale.word("billing", "pay"), _facts(desk, bill), style.body
    )
    if desk.chance(0.5):
        pairs = [
            single(desk.key("iban"), locale.iban(), "iban"),
            single(desk.key("bic"), locale.bic(), "bic"),
        ]
        y = blocks.pair_block(desk, style.margin, y, desk.width * 0.6, pairs, "touching")
    y = blocks.paragraph(desk, style.margin, y, desk.width, sentences(desk, rng.randrange(1, 4)))
    sheet.text(style.margin, y + style.line, locale.word("words", "closing"), style.body)


def _facts(desk: Desk, bill: Bill) -> dict[str, tuple[str, str]]:
    """Mark of a sentence → printed value and its field."""
    locale = desk.locale
    return {
        "code": (locale.code(), "invoice_number"),
        "start": (locale.date(bill.start), "period_start"),
        "end": (locale.date(bill.end), "period_end"),
        "date": (locale.date(bill.due), "due_date"),
        "amount": (locale.money(bill.payable), "payable_amount"),
    }


def _marked(
    desk: Desk, x: float, y: float, text: str, facts: Mapping[str, tuple[str, str]], face: Face
) -> float:
    """A sentence with values in it, each a segment of its own. Returns the y below."""
    words: list[tuple[str, str]] = []
    kind = "title" if face is desk.style.bold else "other"
    for part in re.split(r"(\{\w+\}[.,:]?)", text):
        mark = re.match(r"\{(\w+)\}", part)
        shown = part.replace(mark.group(), facts[mark.group(1)][0]) if mark else part
        name = facts[mark.group(1)][1] if mark else "none"
        words += [(word, name) for word in ([shown] if mark else shown.split())]
    pen, row = x, y
    run: list[str] = []
    start, step = x, round(face.size * desk.style.leading)

    def flush() -> None:
        if run:
            desk.sheet.text(start, row, " ".join(run), face, kind)
            run.clear()

    for word, name in words:
        if pen > x and pen + face.width(word) > x + desk.width:
            flush()
            pen, row = x, row + step
        if name != "none":
            flush()
            desk.sheet.text(pen, row, word, face, "value", name)
        else:
            start = start if run else pen
            run.append(word)
        pen += face.width(word + " ")
    flush()
    return row + step


def _letterhead(desk: Desk, bill: Bill, person: str) -> float:
    """Sender, perhaps a branch with its opening hours, and recipient. Returns the y below."""
    style, sheet, rng = desk.style, desk.sheet, desk.rng
    right = desk.chance(0.35)
    x: float = style.margin + desk.width * 0.6 if right else style.margin
    top: float = style.margin
    y = blocks.write_pair(
        desk, x, top, desk.width * 0.4, Pair("", party_lines(desk, bill.seller, "seller")), "above", 0
    )
    below = top if right else y + style.line
    if desk.chance(0.7):
        y = _branch(desk, x, y + style.line * rng.choice((0, 1)), bill)
    if not right and desk.chance(0.5):
        below = y + style.line
    elif not right:  # the branch stands under the recipient's place, or beside it
        below = y + style.line * 0.5
    below = max(below, top + sheet.height * 0.12)
    lines = [[(person, "buyer_name")], *[[(line, "buyer_address")] for line in bill.buyer.address]]
    end = blocks.write_pair(desk, style.margin, below, desk.width * 0.4, Pair("", lines), "above", 0)
    return max(y, end) + style.line * rng.choice((1.5, 2.5))


def _branch(desk: Desk, x: float, y: float, bill: Bill) -> float:
    """Telephone and opening hours, which are no line items. Returns the y below."""
    style, sheet, locale = desk.style, desk.sheet, desk.locale
    phone = single(desk.key("seller_phone"), bill.seller.phone, "seller_phone")
    y = blocks.pair_block(desk, x, y, desk.width * 0.4, [phone], "touching")
    for _ in range(desk.rng.choice((0, 1, 2, 3))):
        sheet.text(x, y, locale.word("billing", "hours"), style.body)
        y += style.line
    return y


def _references(desk: Desk, bill: Bill) -> list[Pair]:
    """Dates and numbers as keys with values, one a line."""
    locale = desk.locale
    pairs = period(desk, bill) if desk.chance(0.6) else []
    if desk.chance(0.6):
        pairs.append(single(desk.key("due_date"), locale.date(bill.due), "due_date"))
    if desk.chance(0.4):
        pairs.append(single(desk.key("issue_date"), locale.date(bill.issued), "issue_date"))
    if desk.chance(0.4):
        pairs.append(single(desk.key("customer_number"), locale.code(), "customer_number"))
    pairs += [single(*desk.unknown()) for _ in range(desk.rng.choice((0, 1, 2)))]
    desk.rng.shuffle(pairs)
    return blocks.distinct(pairs)


def _amounts(desk: Desk, y: float, bill: Bill) -> float:
    """Lines with amounts, without headers, and the totals under them. Returns the y below."""
    locale, x = desk.locale, desk.style.margin
    width = desk.width * desk.rng.choice((0.7, 0.85, 1.0))
    symbol = desk.chance(0.6)
    columns = [
        Column("description", [], "left", [item.description for item in bill.items]),
        Column("line_amount", [], "right", [[locale.money(item.amount, symbol)] for item in bill.items]),
    ]
    if desk.chance(0.2):
        numbers = [[locale.number(item.quantity, 0)] for item in bill.items]
        columns.insert(desk.rng.choice((0, 1)), Column("quantity", [], "left", numbers))
    grid = Grid(columns, look="plain")
    y = table(desk, x, y, width, grid, headers=False)
    return totals(desk, x, y + desk.rng.choice((0, 4, 10)), width, bill, Stops(x, grid.columns[-1].anchor()))
