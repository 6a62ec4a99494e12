"""Invoices and orders: heads, references, line items, totals and feet composed freely."""

from __future__ import annotations

from docfuse_training.synthetic import blocks, content, tables
from docfuse_training.synthetic.blocks import single
from docfuse_training.synthetic.content import Bill
from docfuse_training.synthetic.desk import Desk
from docfuse_training.synthetic.invoice_head import write_head
from docfuse_training.synthetic.invoice_totals import Stops, tax_table, totals
from docfuse_training.synthetic.locales import Party


def write_invoice(desk: Desk, kind: str) -> None:
    """Lay out an invoice or an order on the desk's sheet."""
    rng = desk.rng
    count = rng.choice((1, 2, 3, 3, 4, 5, 6, 8, 10, 14))
    bill = content.make_bill(desk.locale, rng, count, "goods", desk.chance(0.08))
    y = write_head(desk, bill, kind)
    y += desk.style.line * rng.choice((0.5, 1, 2))
    if desk.chance(0.25):
        y = blocks.paragraph(desk, desk.style.margin, y, desk.width, desk.locale.word("words", "thanks")) + 8
    grid = tables.item_grid(desk, bill.items, desk.layout("table"))
    y = tables.table(desk, desk.style.margin, y, desk.width, grid, headers=desk.chance(0.94))
    y += desk.style.line * rng.choice((0.3, 0.7, 1.5))
    if desk.chance(0.2):
        y = tax_table(desk, desk.style.margin, y, desk.width, bill) + desk.style.line
    if desk.chance(0.9):
        y = totals(desk, desk.style.margin, y, desk.width, bill, _stops(desk, grid))
    y = _foot(desk, y + desk.style.line, bill)
    _page_foot(desk, y, bill)


def _stops(desk: Desk, grid: tables.Grid) -> Stops | None:
    """Where keys and amounts of totals stand that are printed as if they were rows of the table."""
    amounts = next((column for column in grid.columns if column.name == "line_amount"), None)
    if amounts is None or amounts.align != "right" or not desk.chance(0.25):
        return None
    return Stops(desk.rng.choice([column.x for column in grid.columns[:2]]), amounts.anchor())


def _page_foot(desk: Desk, y: float, bill: Bill) -> None:
    """A stamp, and the seller's small print or the number of the page, where there is room below y."""
    sheet, style, rng = desk.sheet, desk.style, desk.rng
    if y < sheet.height - 20 * style.line and desk.chance(0.1):
        x = style.margin + desk.width * rng.uniform(0.1, 0.6)
        blocks.stamp(desk, x, y + style.line * rng.uniform(1, 4))
    if y < sheet.height - 8 * style.line and desk.chance(0.35):
        _imprint(desk, sheet.height - 7 * style.line, bill.seller)
    elif y < sheet.height - 3 * style.line and desk.chance(0.5):
        page = desk.locale.word("words", "page").format(n=1, m=rng.randrange(1, 4))
        x = rng.choice((sheet.width / 2 - 30, sheet.width - style.margin - style.small.width(page)))
        sheet.text(x, sheet.height - 2 * style.line, page, style.small)


def _foot(desk: Desk, y: float, bill: Bill) -> float:
    """Terms, bank details, thanks."""
    locale, style = desk.locale, desk.style
    if desk.chance(0.3):
        y = _pay_by(desk, y, bill) + style.line / 2
    if desk.chance(0.5):
        pairs = [
            single(desk.key("iban"), locale.iban(), "iban"),
            single(desk.key("bic"), locale.bic(), "bic"),
        ]
        if desk.chance(0.5):
            pairs.insert(0, single(desk.key("bank"), locale.fake.company()))
        pairs += [single(*desk.unknown()) for _ in range(desk.rng.choice((0, 0, 0, 1, 3)))]
        pairs = blocks.distinct(pairs)
        if desk.chance(0.3):
            pairs.append(single(desk.key("payment_terms"), locale.word("words", "terms"), "payment_terms"))
        header = -1
        if desk.chance(0.5):
            header, y = blocks.section(desk, style.margin, y, locale.word("words", "payment_section"))
        first = len(desk.sheet.boxes)
        y = blocks.pair_block(desk, style.margin, y, desk.width * 0.7, pairs)
        if header >= 0:
            blocks.under(desk, header, first)
    if desk.chance(0.6):
        y = blocks.paragraph(
            desk, style.margin, y + style.line / 2, desk.width, locale.word("words", "thanks"), style.small
        )
    return y


def _pay_by(desk: Desk, y: float, bill: Bill) -> float:
    """The terms in a sentence, under a key or alone. Returns the y below."""
    locale, style, sheet = desk.locale, desk.style, desk.sheet
    text = locale.word("words", "pay_by").format(
        days=(bill.due - bill.issued).days, date=locale.date(bill.due), rate=desk.rng.choice((2, 3))
    )
    lines = [[(line, "payment_terms")] for line in blocks.wrap(text, style.body, desk.width * 0.8)]
    if desk.chance(0.5):
        key = sheet.text(style.margin, y, desk.key("payment_terms") + style.colon, style.key, "key")
        y += style.line
        sheet.relate("key_value", key, blocks.value_lines(desk, style.margin, y, lines))
    else:
        blocks.value_lines(desk, style.margin, y, lines)
    return y + len(lines) * style.line


def _imprint(desk: Desk, y: float, seller: Party) -> None:
    """The seller's small print at the foot of the page, in columns."""
    locale, small, sheet = desk.locale, desk.style.small, desk.sheet
    step, width = round(small.size * desk.style.leading), desk.width
    keyed = {
        "seller_phone": seller.phone, "email": seller.email, "seller_vat_id": seller.vat_id,
        "iban": locale.iban(), "bic": locale.bic(), "website": seller.website,
    }  # fmt: skip
    names = desk.rng.sample(sorted(keyed), desk.rng.choice((2, 4, 6)))
    if desk.chance(0.5):
        sheet.shape("line", desk.style.margin, y - 5, desk.style.margin + width, y - 5)
    sheet.text(desk.style.margin, y, seller.name, small, "value", "seller_name")
    lines = [
        sheet.text(desk.style.margin, y + (i + 1) * step, text, small, "value", "seller_address")
        for i, text in enumerate(seller.address)
    ]
    sheet.chain(lines)
    for i, name in enumerate(names):
        x, row = desk.style.margin + width * (0.36 + 0.32 * (i % 2)), y + i // 2 * step
        key = desk.key(name) + desk.style.colon
        box = sheet.text(x, row, key, small, "key")
        value = sheet.text(x + small.width(key + " "), row, keyed[name], small, "value", name)
        sheet.relate("key_value", box, [value])
