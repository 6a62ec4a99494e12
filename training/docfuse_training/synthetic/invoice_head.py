"""Heads of invoices and orders: parties, references and title in many arrangements."""

from __future__ import annotations

from dataclasses import dataclass

from docfuse_training.synthetic import blocks
from docfuse_training.synthetic.blocks import Pair, Segment, single
from docfuse_training.synthetic.content import Bill
from docfuse_training.synthetic.desk import Desk
from docfuse_training.synthetic.locales import Party


@dataclass
class _Side:
    """A party with its role and the word printed over it, if any."""

    role: str
    party: Party
    header: str


def write_head(desk: Desk, bill: Bill, kind: str) -> float:
    """Title, parties and references in one of several arrangements. Returns the y below."""
    how = desk.layout("head")
    seller = _Side("seller", bill.seller, _maybe_word(desk, "seller_section", 0.25))
    buyer = _Side("buyer", bill.buyer, _maybe_word(desk, "bill_to", 0.8))
    refs = references(desk, bill, kind)
    if how == "seller_centre":
        return _centred(desk, seller, buyer, refs, kind)
    if how in ("seller_left", "seller_right", "window"):
        return _beside(desk, seller, buyer, refs, kind, how)
    return _parties_first(desk, seller, buyer, refs, kind, how)


def _maybe_word(desk: Desk, name: str, share: float) -> str:
    return desk.locale.word("words", name) if desk.chance(share) else ""


def _columns(desk: Desk) -> tuple[float, float, float]:
    """Left edges of the two halves, and the width of a half."""
    x, width = desk.style.margin, desk.width
    return x, x + width * desk.rng.uniform(0.52, 0.6), width * 0.4


def _centred(desk: Desk, seller: _Side, buyer: _Side, refs: list[Pair], kind: str) -> float:
    """Seller and title in the middle, buyer and references below."""
    style, sheet, middle = desk.style, desk.sheet, desk.sheet.width / 2
    y: float = style.margin
    sheet.text(middle, y, seller.party.name, style.title, "value", "seller_name", "center", style.accent)
    y += style.title.size * 1.4
    lines = [
        sheet.text(middle, y + i * style.line, line, style.body, "value", "seller_address", "center")
        for i, line in enumerate(seller.party.address)
    ]
    sheet.chain(lines)
    y = _title(desk, middle, y + (len(lines) + 1) * style.line, kind, "center")
    left, right, half = _columns(desk)
    return max(_party(desk, left, y, half, buyer), blocks.pair_block(desk, right, y, half, refs))


def _beside(desk: Desk, seller: _Side, buyer: _Side, refs: list[Pair], kind: str, how: str) -> float:
    """Seller on one side, title and references on the other; the buyer below, or in a window."""
    left, right, half = _columns(desk)
    top, gap = desk.style.margin, desk.style.line
    ours, other = (right, left) if how == "seller_right" else (left, right)
    end = _party(desk, ours, top, half, seller)
    start = _title(desk, other, top, kind)
    if how == "window":
        y = end + 2 * gap
        end = _party(desk, left, y, half, buyer)
        return max(end, blocks.pair_block(desk, right, max(start, y), half, refs))
    end = max(end, blocks.pair_block(desk, other, start, half, refs))
    return _party(desk, left, end + gap, half, buyer)


def _parties_first(desk: Desk, seller: _Side, buyer: _Side, refs: list[Pair], kind: str, how: str) -> float:
    """Both parties beside each other, references below over the whole width."""
    left, right, half = _columns(desk)
    y: float = desk.style.margin
    first, second = (buyer, seller) if how == "seller_below" else (seller, buyer)
    if how != "seller_below":
        centred = desk.chance(0.5)
        y = _title(desk, desk.sheet.width / 2 if centred else left, y, kind, "center" if centred else "left")
    end = max(_party(desk, left, y, half, first), _party(desk, right, y, half, second))
    if how == "seller_below":
        end = _title(desk, left, end + desk.style.line, kind)
    return blocks.pair_block(desk, left, end + desk.style.line, desk.width, refs)


def party_lines(desk: Desk, party: Party, side: str) -> list[list[Segment]]:
    """Name and address as the lines of a block; numbers may follow."""
    name, address = party.name, party.address
    if desk.chance(0.15):
        address = [", ".join(address)]
    if desk.chance(0.15):
        name, address = name.upper(), [line.upper() for line in address]
    return [[(name, f"{side}_name")], *[[(line, f"{side}_address")] for line in address]]


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
    if desk.chance(0.15):
        pairs.append(single(desk.rng.choice(("GLN", "ILN", "ID")), desk.locale.pattern("4############")))
    if side == "seller":
        for name, text in (("email", party.email), ("website", party.website)):
            if desk.chance(0.3):
                pairs.append(Pair(desk.key(name) if desk.chance(0.6) else "", [[(text, name)]]))
    return pairs


def _party(desk: Desk, x: float, y: float, width: float, side: _Side) -> float:
    """A party's block; the word over it, if any, is the key of its lines. Returns the y below."""
    style, party = desk.style, side.party
    lines = party_lines(desk, party, side.role)
    sheet, top, boxed = desk.sheet, y, desk.chance(0.12)
    if side.role == "seller" and not side.header and desk.chance(0.6):
        face = style.title.scaled(0.8)
        name = desk.sheet.text(x, y, party.name, face, "value", "seller_name", colour=style.accent)
        y = desk.sheet.boxes[name].box[3] + 6
        lines = lines[1:]
    y = blocks.write_pair(desk, x, y, width, Pair(side.header, lines), "above", 0)
    pairs = _party_pairs(desk, party, side.role)
    y = blocks.pair_block(desk, x, y, width, pairs, "touching") if pairs else y
    if boxed:
        sheet.shape("box", x - 6, top - 4, x + width, y + 4)
    return y


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
    pairs = blocks.distinct(pairs)
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
