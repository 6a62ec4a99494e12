"""Invoices and orders: heads, references, line items, totals and feet composed freely."""

from __future__ import annotations

from docfuse_training.synthetic import blocks, content, tables
from docfuse_training.synthetic.blocks import Pair, Segment, single
from docfuse_training.synthetic.content import Bill
from docfuse_training.synthetic.desk import Desk
from docfuse_training.synthetic.locales import Party


def write_invoice(desk: Desk, kind: str) -> None:
    """Lay out an invoice or an order on the desk's sheet."""
    rng, sheet = desk.rng, desk.sheet
    count = rng.choice((1, 2, 3, 3, 4, 5, 6, 8, 10, 14))
    bill = content.make_bill(desk.locale, rng, count, "goods", desk.chance(0.08))
    y = _head(desk, bill, kind)
    y += desk.style.line * rng.choice((0.5, 1, 2))
    if desk.chance(0.25):
        y = (
            blocks.paragraph(desk, desk.style.margin, y, _width(desk), desk.locale.word("words", "thanks"))
            + 8
        )
    grid = tables.item_grid(desk, bill.items, desk.layout("table"))
    y = tables.table(desk, desk.style.margin, y, _width(desk), grid, headers=desk.chance(0.94))
    y = totals(desk, desk.style.margin, y + desk.style.line * rng.choice((0.3, 0.7, 1.5)), _width(desk), bill)
    y = _foot(desk, y + desk.style.line, bill)
    if y < sheet.height - 3 * desk.style.line and desk.chance(0.5):
        page = desk.locale.word("words", "page").format(n=1, m=rng.randrange(1, 4))
        x = rng.choice((sheet.width / 2 - 30, sheet.width - desk.style.margin - desk.style.small.width(page)))
        sheet.text(x, sheet.height - 2 * desk.style.line, page, desk.style.small)


def _width(desk: Desk) -> float:
    return desk.sheet.width - 2 * desk.style.margin


def party_lines(desk: Desk, party: Party, side: str) -> list[list[Segment]]:
    """Name and address as the lines of a block; numbers may follow."""
    address = party.address
    if desk.chance(0.15):
        address = [", ".join(address)]
    return [[(party.name, f"{side}_name")], *[[(line, f"{side}_address")] for line in address]]


def _party_pairs(desk: Desk, party: Party, side: str) -> list[Pair]:
    """Numbers printed under a party's address."""
    choices = [("vat_id", 0.5, party.vat_id)]
    if side == "seller":
        choices += [("phone", 0.5, party.phone)]
    pairs = [
        single(desk.key(f"{side}_{n}"), text, f"{side}_{n}")
        for n, share, text in choices
        if desk.chance(share)
    ]
    if side == "seller":
        for name, text in (("email", party.email), ("website", party.website)):
            if desk.chance(0.3):
                pairs.append(Pair(desk.key(name) if desk.chance(0.6) else "", [[(text, name)]]))
    return pairs


def _party(desk: Desk, x: float, y: float, width: float, party: Party, side: str, header: str) -> float:
    """A party's block; the word over it, if any, is the key of its lines."""
    desk_lines = party_lines(desk, party, side)
    how = "above"
    if side == "seller" and not header and desk.chance(0.6):
        name = desk.sheet.text(
            x, y, party.name, desk.style.title.scaled(0.8), "value", "seller_name", colour=desk.style.accent
        )
        y = desk.sheet.boxes[name].box[3] + 6
        desk_lines = desk_lines[1:]
    y = blocks.write_pair(desk, x, y, width, Pair(header, desk_lines), how, 0)
    pairs = _party_pairs(desk, party, side)
    return blocks.pair_block(desk, x, y, width, pairs, "touching") if pairs else y


def references(desk: Desk, bill: Bill, kind: str) -> list[Pair]:
    """Numbers and dates of the head, in varied order, some without canonical name."""
    locale, rng = desk.locale, desk.rng
    number = "order_number" if kind == "order" else "invoice_number"
    fields = [(number, locale.code()), ("issue_date", locale.date(bill.issued))]
    optional = [
        ("due_date", 0.45, locale.date(bill.due)),
        ("customer_number", 0.4, locale.code()),
        ("order_number", 0.3, locale.code()),
        ("delivery_date", 0.25, locale.date(bill.issued)),
        ("contract_number", 0.12, locale.code()),
        ("payment_terms", 0.2, locale.word("words", "terms")),
        ("payment_method", 0.15, locale.word("words", "methods")),
        ("currency", 0.15, locale.row["currency"]),
        ("buyer_vat_id", 0.12, locale.pattern(rng.choice(locale.row["vat_id"]))),
    ]
    fields += [(n, t) for n, share, t in optional if desk.chance(share) and n != number]
    pairs = [single(desk.key(name), text, name) for name, text in fields]
    if desk.chance(0.25):
        pairs += period(desk, bill)
    pairs += [single(*desk.unknown()) for _ in range(rng.choice((0, 0, 1, 2, 4)))]
    seen: set[str] = set()
    pairs = [pair for pair in pairs if not (pair.key in seen or seen.add(pair.key))]  # type: ignore[func-returns-value]
    if desk.chance(0.4):
        rng.shuffle(pairs)
    return pairs


def period(desk: Desk, bill: Bill) -> list[Pair]:
    """A period: one key with both dates on one line, or a key for each."""
    start, end = desk.locale.date(bill.start), desk.locale.date(bill.end)
    if desk.chance(0.3):
        return [
            single(desk.key("period_start"), start, "period_start"),
            single(desk.key("period_end"), end, "period_end"),
        ]
    between = desk.locale.word("words", "to")
    return [
        Pair(desk.key("period"), [[(start, "period_start"), (between, "separator"), (end, "period_end")]])
    ]


def _title(desk: Desk, x: float, y: float, kind: str, align: str = "left") -> float:
    text = desk.locale.word("titles", kind)
    desk.sheet.text(x, y, text, desk.style.title, "title", "none", align, desk.style.accent)
    return y + desk.style.title.size * 1.5


def _head(desk: Desk, bill: Bill, kind: str) -> float:
    """Title, parties and references in one of several arrangements. Returns the y below."""
    how, style, sheet = desk.layout("head"), desk.style, desk.sheet
    x, width = style.margin, _width(desk)
    y: float = style.margin
    left, right, half = x, x + width * desk.rng.uniform(0.52, 0.6), width * 0.46
    refs = references(desk, bill, kind)
    seller = bill.buyer if kind == "order" and desk.chance(0.3) else bill.seller
    buyer_header = desk.locale.word("words", "bill_to") if desk.chance(0.8) else ""
    seller_header = desk.locale.word("words", "seller_section") if desk.chance(0.25) else ""
    narrow = width * 0.4
    if how in ("title_first", "split"):
        y = _title(desk, *((x + width / 2, y, kind, "center") if desk.chance(0.5) else (x, y, kind)))
    if how == "seller_centre":
        middle = sheet.width / 2
        sheet.text(middle, y, seller.name, style.title, "value", "seller_name", "center", style.accent)
        y += style.title.size * 1.4
        lines = [
            sheet.text(middle, y + i * style.line, line, style.body, "value", "seller_address", "center")
            for i, line in enumerate(seller.address)
        ]
        sheet.chain(lines)
        y = _title(desk, middle, y + (len(lines) + 1) * style.line, kind, "center")
        end = _party(desk, left, y, half, bill.buyer, "buyer", buyer_header)
        return max(end, blocks.pair_block(desk, right, y, narrow, refs))
    sides = (right, left) if how == "seller_right" else (left, right)
    if how in ("seller_left", "seller_right", "window"):
        end = _party(desk, sides[0], y, half, seller, "seller", seller_header)
        start = _title(desk, sides[1], y, kind)
        if how == "window":
            y = end + style.line * 2
            end = _party(desk, left, y, half, bill.buyer, "buyer", buyer_header)
            return max(end, blocks.pair_block(desk, right, max(start, y), narrow, refs))
        end = max(end, blocks.pair_block(desk, sides[1], start, narrow, refs))
        return _party(desk, left, end + style.line, half, bill.buyer, "buyer", buyer_header)
    end = _party(
        desk,
        left,
        y,
        half,
        bill.buyer if how == "seller_below" else seller,
        "buyer" if how == "seller_below" else "seller",
        buyer_header if how == "seller_below" else seller_header,
    )
    other = (
        ("seller", seller, seller_header) if how == "seller_below" else ("buyer", bill.buyer, buyer_header)
    )
    end = max(end, _party(desk, right, y, half, other[1], other[0], other[2]))
    if how == "seller_below":
        end = _title(desk, left, end + style.line, kind)
    return blocks.pair_block(desk, left, end + style.line, width, refs)


def total_rows(desk: Desk, bill: Bill) -> list[tuple[str, str, str]]:
    """Printed key, field and amount of every line of the totals."""
    locale = desk.locale
    symbol = desk.chance(0.5)
    money = lambda cents: locale.money(cents, symbol)  # noqa: E731
    rows: list[tuple[str, str, str]] = []
    if bill.discount:
        rows.append((desk.key("discount_amount"), "discount_amount", money(-bill.discount)))
    if desk.chance(0.85):
        rows.append((desk.key("tax_exclusive_amount"), "tax_exclusive_amount", money(bill.net)))
    for rate, (_, tax) in bill.taxes.items():
        shown = locale.number(rate, 0 if rate % 1 == 0 else 1)
        key = f"{desk.key('tax_amount')} {desk.rng.choice(('{}%', '({}%)', '@ {}%', '{} %')).format(shown)}"
        rows.append((key if desk.chance(0.7) else desk.key("tax_amount"), "tax_amount", money(tax)))
    if bill.rounding:
        rows.append((desk.key("rounding_amount"), "rounding_amount", money(bill.rounding)))
    rows.append((desk.key("payable_amount"), "payable_amount", money(bill.payable)))
    return rows


def totals(desk: Desk, x: float, y: float, width: float, bill: Bill) -> float:
    """The totals block in one of several arrangements. Returns the y below."""
    rows, how, style, sheet = total_rows(desk, bill), desk.layout("totals"), desk.style, desk.sheet
    if how == "summary":
        pairs = [Pair(key, [[(text, name)]], "total_key") for key, name, text in rows]
        if max(blocks.needed(desk, pairs, "boxed"), 1) * len(rows) < width * 1.2:
            return _summary(desk, x, y, width, rows)
        how = "right"
    left = {"wide": x, "left": x}.get(how, x + width * desk.rng.uniform(0.5, 0.62))
    right = x + width * (0.45 if how == "left" else 1.0)
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
        y += round(face.size * style.leading)
        if how == "boxed":
            sheet.shape("box", left, y - style.line - 2, right, y)
            y += 3
    return y


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


def _foot(desk: Desk, y: float, bill: Bill) -> float:
    """Terms, bank details, thanks."""
    locale, style = desk.locale, desk.style
    if desk.chance(0.5):
        pairs = [
            single(desk.key("iban"), locale.iban(), "iban"),
            single(desk.key("bic"), locale.bic(), "bic"),
        ]
        if desk.chance(0.5):
            pairs.insert(0, single(desk.key("bank"), locale.fake.company()))
        if desk.chance(0.3):
            pairs.append(single(desk.key("payment_terms"), locale.word("words", "terms"), "payment_terms"))
        header = -1
        if desk.chance(0.5):
            header, y = blocks.section(desk, style.margin, y, locale.word("words", "payment_section"))
        first = len(desk.sheet.boxes)
        y = blocks.pair_block(desk, style.margin, y, _width(desk) * 0.7, pairs)
        if header >= 0:
            blocks.under(desk, header, first)
    if desk.chance(0.6):
        y = blocks.paragraph(
            desk, style.margin, y + style.line / 2, _width(desk), locale.word("words", "thanks"), style.small
        )
    return y
