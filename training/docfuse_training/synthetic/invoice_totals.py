"""Totals of invoices: rows of keys and amounts, totals side by side, and the table of the tax rates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from docfuse_training.synthetic import blocks
from docfuse_training.synthetic.blocks import Pair
from docfuse_training.synthetic.content import Bill
from docfuse_training.synthetic.desk import Desk


@dataclass(frozen=True)
class Stops:
    """Left edge of the keys and right edge of the amounts, pixels."""

    left: float
    right: float


def total_rows(desk: Desk, bill: Bill) -> list[tuple[str, str, str]]:
    """Printed key, field and amount of every line of the totals."""
    locale = desk.locale
    symbol = desk.chance(0.5)
    money = partial(locale.money, symbol=symbol)
    rows: list[tuple[str, str, str]] = []
    if bill.discount:
        rows.append((desk.key("discount_amount"), "discount_amount", money(-bill.discount)))
    if desk.chance(0.15):
        items = sum(item.amount for item in bill.items)
        rows.insert(0, (locale.word("words", "goods_total"), "unknown", money(items)))
    if desk.chance(0.12):
        rows.append((locale.word("words", "charges"), "unknown", money(0)))
    if desk.chance(0.85):
        rows.append((desk.key("tax_exclusive_amount"), "tax_exclusive_amount", money(bill.net)))
    for rate, (_, tax) in bill.taxes.items():
        key = rated_key(desk, rate) if desk.chance(0.7) else desk.key("tax_amount")
        rows.append((key, "tax_amount", money(tax)))
    if bill.rounding:
        rows.append((desk.key("rounding_amount"), "rounding_amount", money(bill.rounding)))
    return rows + _due_rows(desk, bill, money)


def rated_key(desk: Desk, rate: float) -> str:
    """A printed key of the tax with its rate, such as "VAT 19%"."""
    shown = desk.locale.number(rate, 0 if rate % 1 == 0 else 1)
    return f"{desk.key('tax_amount')} {desk.rng.choice(('{}%', '({}%)', '@ {}%', '{} %')).format(shown)}"


def _due_rows(desk: Desk, bill: Bill, money: partial[str]) -> list[tuple[str, str, str]]:
    """What is to be paid; sometimes a part is paid already, or the gross total stands apart."""
    if desk.chance(0.12):
        part = bill.payable * desk.rng.randrange(1, 9) // 10
        return [
            (desk.key("gross_amount"), "gross_amount", money(bill.payable)),
            (desk.key("paid_amount"), "paid_amount", money(-part)),
            (desk.locale.word("words", "open_amount"), "payable_amount", money(bill.payable - part)),
        ]
    rows = [(desk.key("payable_amount"), "payable_amount", money(bill.payable))]
    if desk.chance(0.12):
        rows.insert(0, (desk.key("gross_amount"), "gross_amount", money(bill.payable)))
    return rows


def totals(desk: Desk, x: float, y: float, width: float, bill: Bill, stops: Stops | None = None) -> float:
    """The totals block in one of several arrangements, or between two stops. Returns the y below."""
    rows, how, style, sheet = (total_rows(desk, bill), desk.layout("totals"), desk.style, desk.sheet)
    bases = [desk.locale.money(net, False) for net, _ in bill.taxes.values()] if desk.chance(0.25) else []
    if how == "summary" and stops is None:
        pairs = [Pair(key, [[(text, name)]], "total_key") for key, name, text in rows]
        if max(blocks.needed(desk, pairs, "boxed"), 1) * len(rows) < width * 1.2:
            return _summary(desk, x, y, width, rows)
        how = "right"
    how = "wide" if stops else how
    stops = stops or _stops(desk, x, width, how)
    left, right = stops.left, stops.right
    for index, (key, name, text) in enumerate(rows):
        last = index == len(rows) - 1
        face = style.bold if last and desk.chance(0.8) else style.body
        if last and desk.chance(0.4):
            sheet.shape("line", left, y, right, y, width=desk.rng.choice((1, 2)))
            y += 4
        shown = key + (style.colon if desk.chance(0.7) else "")
        at = right - face.width("0") * 14 if how == "keys_right" else left + (4 if how == "boxed" else 0)
        box = sheet.text(at, y, shown, face, "total_key", align="right" if how == "keys_right" else "left")
        value = sheet.text(right - (4 if how == "boxed" else 0), y, text, face, "value", name, "right")
        sheet.relate("key_value", box, [value])
        if name == "tax_amount" and bases:
            base = bases.pop(0)
            x2 = sheet.boxes[box].box[2]
            start = sheet.boxes[value].box[0] - face.width("0") * desk.rng.choice((2, 3, 5))
            if start - face.width(base) > (x2 if how != "keys_right" else x) + face.width("00"):
                net = sheet.text(start, y, base, face, "value", "unknown", "right")
                sheet.relate("key_value", box, [net])
        y += round(face.size * style.leading)
        if how == "boxed":
            sheet.shape("box", left, y - style.line - 2, right, y)
            y += 3
    return y


def _stops(desk: Desk, x: float, width: float, how: str) -> Stops:
    """Where the keys and amounts of an arrangement stand."""
    left = x if how in ("wide", "left") else x + width * desk.rng.uniform(0.5, 0.62)
    return Stops(left, x + width * (0.45 if how == "left" else 1.0))


def _summary(desk: Desk, x: float, y: float, width: float, rows: list[tuple[str, str, str]]) -> float:
    """Totals side by side: keys in one line, amounts under them."""
    style, step = desk.style, width / len(rows)
    for index, (key, name, text) in enumerate(rows):
        right = x + (index + 1) * step - 6
        box = desk.sheet.text(right, y, key, style.small, "total_key", align="right")
        value = desk.sheet.text(right, y + style.line, text, style.bold, "value", name, "right")
        desk.sheet.relate("key_value", box, [value])
    desk.sheet.shape("box", x, y - 3, x + width, y + 2 * style.line + 3)
    return y + 2 * style.line + 6


@dataclass(frozen=True)
class _TaxColumn:
    """A column of the tax table: its field, right edge in pixels, and the box of its key."""

    name: str
    right: float
    key: int


@dataclass(frozen=True)
class _TaxRow:
    """A row of the tax table, amounts in cents; without a rate it is that of the sums."""

    net: int
    tax: int
    named: bool
    """Its amounts are the document's."""
    rate: float | None = None
    mark: str = ""
    """What stands before the rate."""


def tax_table(desk: Desk, x: float, y: float, width: float, bill: Bill) -> float:
    """A row of net, tax and gross for each rate, and one of their sums. Returns the y below.

    The keys stand over the columns; the sums are the document's amounts, the rows are no line items.
    """
    sheet, line = desk.sheet, desk.style.line
    columns = _tax_columns(desk, x, y, width)
    if desk.chance(0.5):
        sheet.shape("line", x, y + line, x + width, y + line)
    alone = len(bill.taxes) == 1 and desk.chance(0.6)
    mark = desk.rng.choice(("", "", "{}", "{}:", "{}="))
    for letter, (rate, (net, tax)) in zip("ABCDE", bill.taxes.items(), strict=False):
        y += line
        _write_tax_row(desk, y, columns, _TaxRow(net, tax, alone, rate, mark.format(letter)))
    if not alone:
        y += line * 1.3
        sheet.shape("line", x, y - 3, x + width, y - 3, width=desk.rng.choice((1, 2)))
        _write_tax_row(desk, y, columns, _TaxRow(bill.net, bill.tax, named=True))
    return y + line


def _tax_columns(desk: Desk, x: float, y: float, width: float) -> list[_TaxColumn]:
    """As many columns as fit, their keys written."""
    rng, small = desk.rng, desk.style.small
    names = ["tax_exclusive_amount", "tax_amount", "tax_rate", rng.choice(("gross_amount", "payable_amount"))]
    if desk.chance(0.5):
        names.insert(0, names.pop(2))
    if desk.chance(0.4):
        names.append("unknown")
    names = names[: max(2, int(width // small.width("0" * 13)))]
    step = width / len(names)
    columns = []
    for number, name in enumerate(names, 1):
        right = x + number * step - 6
        key = desk.sheet.text(right, y, _tax_key(desk, name), small, "total_key", align="right")
        columns.append(_TaxColumn(name, right, key))
    return columns


def _tax_key(desk: Desk, name: str) -> str:
    """A column's printed key, often a short one."""
    if name == "unknown":
        return desk.locale.word("words", "goods_total")
    printed = desk.locale.words["keys"][name]
    return min(printed, key=len) if desk.chance(0.4) else desk.rng.choice(printed)


def _write_tax_row(desk: Desk, y: float, columns: list[_TaxColumn], row: _TaxRow) -> None:
    face = desk.style.bold if row.rate is None else desk.style.body
    amounts = {"tax_exclusive_amount": row.net, "unknown": row.net, "tax_amount": row.tax}
    for column in columns:
        if column.name != "tax_rate":
            text = desk.locale.money(amounts.get(column.name, row.net + row.tax), False)
        elif row.rate is None:
            continue
        else:
            decimals = desk.rng.choice((0, 1, 2)) if row.rate % 1 == 0 else desk.rng.choice((1, 2))
            text = desk.locale.number(row.rate, decimals) + desk.rng.choice(("", "%", "%", " %"))
        field = column.name if row.named or column.name == "tax_rate" else "unknown"
        value = desk.sheet.text(column.right, y, text, face, "value", field, "right")
        desk.sheet.relate("key_value", column.key, [value])
        if row.mark and column.name == "tax_rate":
            gap = face.width(" ") if row.mark[-1] != "=" else 0
            desk.sheet.text(column.right - face.width(text) - gap, y, row.mark, face, align="right")
