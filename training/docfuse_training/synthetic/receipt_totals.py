"""Totals of receipts: rows of keys and amounts, and the blanks a guest fills in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from docfuse_training.synthetic.content import Bill
from docfuse_training.synthetic.desk import Desk
from docfuse_training.synthetic.invoice_totals import rated_key
from docfuse_training.synthetic.sheet import Face


@dataclass(frozen=True)
class _Row:
    """A row of the totals."""

    key: str
    name: str
    """Field of the amount."""
    amount: str
    large: bool = False


def write_totals(desk: Desk, y: float, bill: Bill) -> float:
    """Subtotal, tax, tip, rounding, total, payment and change. Returns the y below."""
    how, colon = desk.rng.choice(("left", "left", "indent", "right")), desk.rng.choice(("", "", ":", " :"))
    for row in _rows(desk, bill):
        y = _write_row(desk, y, row, how, colon)
    return y


def _rows(desk: Desk, bill: Bill) -> list[_Row]:
    locale = desk.locale
    money = partial(locale.money, symbol=desk.chance(0.2))

    def row(name: str, cents: int, large: bool = False) -> _Row:
        return _Row(desk.key(name), name, money(cents), large)

    rows: list[_Row] = []
    if bill.discount:
        rows.append(row("discount_amount", -bill.discount))
    if desk.chance(0.6):
        rows.append(row("tax_exclusive_amount", bill.net))
    if desk.chance(0.6):
        rated = len(bill.taxes) == 1 and desk.chance(0.5)
        key = rated_key(desk, next(iter(bill.taxes))) if rated else desk.key("tax_amount")
        rows.append(_Row(key, "tax_amount", money(bill.tax)))
    if bill.tip:
        rows.append(_Row(desk.cased(locale.word("words", "tips")), "unknown", money(bill.tip)))
    if bill.rounding or (locale.name == "en_MY" and desk.chance(0.5)):
        rows.append(row("rounding_amount", bill.rounding))
    total = row("payable_amount", bill.payable, desk.chance(0.5))
    if locale.name == "en_MY" and desk.chance(0.3):
        total = replace(total, key=f"{total.key} (RM)")
    rows.append(total)
    if desk.chance(0.75):
        rows.append(row("paid_amount", bill.paid))
        if bill.change or desk.chance(0.6):
            rows.append(row("change_amount", bill.change))
    return rows


def _write_row(desk: Desk, y: float, row: _Row, how: str, colon: str) -> float:
    """Write a row whose key stands at the left, indented, or right beside the amount. Returns the y below."""
    style, sheet = desk.style, desk.sheet
    faces = (style.bold, style.body.scaled(1.4), style.bold.scaled(1.25))
    face = desk.rng.choice(faces) if row.large else style.body
    key, right = row.key + colon, sheet.width - style.margin
    x = {
        "left": style.margin,
        "indent": style.margin + desk.width * 0.25,
        "right": right - face.width("0") * 9 - face.width(key),
    }[how]
    if x + face.width(f"{key} {row.amount}") > right or x < style.margin:
        x = style.margin
    box = sheet.text(x, y, key, face, "total_key")
    value = sheet.text(right, y, row.amount, face, "value", row.name, "right")
    sheet.relate("key_value", box, [value])
    return y + round(face.size * style.leading)


def write_blanks(desk: Desk, y: float, bill: Bill) -> float:
    """Tip, total and signature with lines to write on, and tips that are proposed. Returns the y below."""
    style, rng = desk.style, desk.rng
    face = rng.choice((style.body, style.body, style.bold))
    keys = [
        (desk.cased(desk.locale.word("words", "tips")), "total_key"),
        (desk.key("payable_amount"), "total_key"),
    ]
    if desk.chance(0.3):
        keys.append((desk.cased(desk.locale.word("words", "signature")), "key"))
    colon, spread = rng.choice(("", ":", ":")), rng.uniform(1.0, 2.4)
    start = style.margin + desk.width * rng.choice((0, 0, 0.15, 0.3))
    stop = desk.sheet.width - style.margin - desk.width * rng.choice((0, 0, 0.2))
    end = start + max(face.width(key + colon) for key, _ in keys) + face.size
    end = rng.choice((end, end, max(end, stop - desk.width * rng.uniform(0.25, 0.4))))
    printed = rng.choice(("line", "line", "dashes", "dots", "nothing"))
    for key, kind in keys:
        desk.sheet.text(start, y, key + colon, face, kind)
        if printed != "nothing":
            _blank(desk, end, stop, y + face.size * 1.15, printed, face)
        y += face.size * style.leading * spread
    return _proposals(desk, y, bill) if desk.chance(0.3) else y


def _blank(desk: Desk, x1: float, x2: float, y: float, printed: str, face: Face) -> None:
    """A line, dashes or dots to write on from x1 to x2 at y, pixels."""
    if printed == "line":
        desk.sheet.shape("line", x1, y, x2, y)
        return
    step, length = (0.6, 0.4) if printed == "dashes" else (0.4, 0.08)
    for i in range(int((x2 - x1) / (face.size * step))):
        x = x1 + i * face.size * step
        desk.sheet.shape("line", x, y, x + face.size * length, y, width=2)


def _proposals(desk: Desk, y: float, bill: Bill) -> float:
    """Tips of some per cent worked out for the guest: nothing of it was paid. Returns the y below."""
    for rate in (15, 18, 20):
        text = f"{rate}% = {desk.locale.money(bill.payable * rate // 100)}"
        desk.sheet.text(desk.style.margin, y, text, desk.style.body)
        y += desk.style.line
    return y
