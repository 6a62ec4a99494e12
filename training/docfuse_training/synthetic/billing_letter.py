"""Invoices that are letters: of insurers, landlords, lawyers, utilities; a few lines with amounts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter

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
    person, facts = locale.person(), _facts(desk, bill)
    y = _letterhead(desk, bill, person)
    if desk.chance(0.6):
        right, date = sheet.width - style.margin, locale.date(bill.issued)
        sheet.text(right, y, date, style.body, "value", "issue_date", "right")
        y += style.line * rng.choice((0, 1.5))
    y = _sentence(desk, y, locale.word("billing", "subject"), facts, style.bold, "title")
    y = blocks.pair_block(desk, style.margin, y, desk.width * 0.6, _references(desk, bill), "touching")
    y += style.line * rng.choice((0.5, 1))
    greeting = locale.word("words", "greeting").format(name=person.split()[-1])
    sheet.text(style.margin, y, greeting, style.body)
    y = _sentence(desk, y + style.line * 1.5, locale.word("billing", "intro"), facts, style.body)
    if desk.chance(0.5):
        y = _nonsense(desk, y)
    y = _amounts(desk, y + style.line * 0.7, bill)
    y = _sentence(desk, y + style.line, locale.word("billing", "pay"), facts, style.body)
    if desk.chance(0.5):
        pairs = [
            single(desk.key("iban"), locale.iban(), "iban"),
            single(desk.key("bic"), locale.bic(), "bic"),
        ]
        y = blocks.pair_block(desk, style.margin, y, desk.width * 0.6, pairs, "touching")
    y = _nonsense(desk, y)
    sheet.text(style.margin, y + style.line, locale.word("words", "closing"), style.body)


def _nonsense(desk: Desk, y: float) -> float:
    """A paragraph. Returns the y below."""
    return blocks.paragraph(desk, desk.style.margin, y, desk.width, sentences(desk, desk.rng.randrange(1, 4)))


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


def _sentence(
    desk: Desk, y: float, text: str, facts: Mapping[str, tuple[str, str]], face: Face, kind: str = "other"
) -> float:
    """A sentence over the page's width, each value in it a segment of its own. Returns the y below."""
    lines: list[list[tuple[str, str]]] = [[]]
    for word in text.split():
        filled = _filled(word, facts)
        if lines[-1] and face.width(" ".join(shown for shown, _ in [*lines[-1], filled])) > desk.width:
            lines.append([])
        lines[-1].append(filled)
    step = round(face.size * desk.style.leading)
    for row, line in enumerate(lines):
        pen: float = desk.style.margin
        for name, run in groupby(line, key=itemgetter(1)):
            shown = " ".join(word for word, _ in run)
            desk.sheet.text(pen, y + row * step, shown, face, kind if name == "none" else "value", name)
            pen += face.width(shown + " ")
    return y + len(lines) * step


def _filled(word: str, facts: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    """A word of a sentence as printed, and its field: a mark's value, or the word itself."""
    mark = re.search(r"\{(\w+)\}", word)
    if mark is None:
        return word, "none"
    value, name = facts[mark[1]]
    return word.replace(mark[0], value), name


def _letterhead(desk: Desk, bill: Bill, person: str) -> float:
    """Sender, perhaps a branch with its opening hours, and recipient. Returns the y below."""
    style, sheet, rng = desk.style, desk.sheet, desk.rng
    right = desk.chance(0.35)
    x: float = style.margin + desk.width * 0.6 if right else style.margin
    top: float = style.margin
    sender = Pair("", party_lines(desk, bill.seller, "seller"))
    y = blocks.write_pair(desk, x, top, desk.width * 0.4, sender, "above", 0)
    if desk.chance(0.7):
        y = _branch(desk, x, y + style.line * rng.choice((0, 1)), bill)
    below = top if right else y + style.line * rng.choice((0.5, 1))
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
