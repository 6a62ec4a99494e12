"""Receipts: narrow and tall, mostly monospaced, with shop, items, totals and payment."""

from __future__ import annotations

from docfuse_training.synthetic import blocks, content
from docfuse_training.synthetic.blocks import Pair, single
from docfuse_training.synthetic.content import Bill
from docfuse_training.synthetic.desk import Desk
from docfuse_training.synthetic.invoice_totals import tax_table
from docfuse_training.synthetic.receipt_items import rule, write_items
from docfuse_training.synthetic.receipt_totals import write_blanks, write_totals
from docfuse_training.synthetic.sheet import Face


def write_receipt(desk: Desk) -> None:
    """Lay out a receipt; the sheet's height is cut to what is written."""
    rng, style = desk.rng, desk.style
    bill = content.make_bill(
        desk.locale, rng, rng.choice((1, 1, 2, 2, 3, 4, 5, 7, 10, 14)), "foods", desk.chance(0.7)
    )
    tipped = desk.chance(0.35 if desk.locale.name == "en_US" else 0.15)
    if tipped:
        content.add_tip(bill, rng)
    y = float(style.margin + rng.choice((0, 0, style.line, 3 * style.line)))
    y = _shop(desk, y, bill)
    late = desk.chance(0.12)
    if not late:
        y = _references(desk, y, bill)
    y = write_items(desk, rule(desk, y), bill)
    y = write_totals(desk, rule(desk, y), bill)
    if not tipped and desk.chance(0.35 if desk.locale.name == "en_US" else 0.12):
        y = write_blanks(desk, rule(desk, y), bill)
    if late:
        y = _references(desk, rule(desk, y), bill)
    if desk.chance(0.45):
        y = _tax_summary(desk, y + style.line / 2, bill)
    y = _card(desk, y, bill) if desk.chance(0.2) else y
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        y = _centred(desk, y + style.line * 0.3, desk.locale.word("words", "thanks"))
    desk.sheet.height = int(y + style.margin + rng.choice((0, style.line, 4 * style.line)))
    _lay_down(desk)


def _lay_down(desk: Desk) -> None:
    """Sometimes the receipt was scanned on a larger sheet, or on something dark."""
    sheet, rng = desk.sheet, desk.rng
    if desk.chance(0.75):
        return
    width, height = sheet.width, sheet.height
    largest = rng.choice((0.1, 0.3, 1.0))
    outer = (
        round(width * rng.uniform(1.02, 1 + largest)),
        round(height * rng.uniform(1.02, 1 + largest / 2)),
    )
    x, y = rng.randrange(outer[0] - width), rng.randrange(outer[1] - height)
    sheet.place_on(*outer, x, y)
    if desk.chance(0.4):
        dark = rng.randrange(10, 120)
        colour = (dark, dark, min(255, dark + rng.choice((0, 20))))
        for edges in (
            (0, 0, x, outer[1]),
            (x + width, 0, outer[0], outer[1]),
            (0, 0, outer[0], y),
            (0, y + height, outer[0], outer[1]),
        ):
            sheet.shape("fill", *edges, colour)


def _centred(
    desk: Desk, y: float, text: str, face: Face | None = None, kind: str = "other", name: str = "none"
) -> float:
    """Centred lines of one text. Returns the y below."""
    face = face or desk.style.body
    step = round(face.size * desk.style.leading)
    lines = blocks.wrap(text, face, desk.width)
    middle = desk.sheet.width / 2
    desk.sheet.chain(
        [desk.sheet.text(middle, y + i * step, t, face, kind, name, "center") for i, t in enumerate(lines)]
    )
    return y + len(lines) * step


def _shop(desk: Desk, y: float, bill: Bill) -> float:
    """Merchant, registration, address, telephone, tax number and title."""
    style, seller, sheet = desk.style, bill.seller, desk.sheet
    big = desk.rng.choice((style.title, style.bold, style.bold, style.body.scaled(1.2), style.body))
    left = desk.chance(0.15)

    def lines(texts: list[str], name: str, y: float, face: Face) -> float:
        """Write wrapped texts of one field below each other; where the next line stands."""
        texts = [part for text in texts for part in blocks.wrap(text, face, desk.width)]
        step = round(face.size * style.leading)
        x, align = (style.margin, "left") if left else (sheet.width / 2, "center")
        boxes = [sheet.text(x, y + i * step, t, face, "value", name, align) for i, t in enumerate(texts)]
        sheet.chain(boxes)
        return y + len(texts) * step

    title_first = desk.chance(0.12)
    name = seller.name.upper() if desk.chance(0.4) else seller.name
    y = _above_name(desk, y, name, title_first, big)
    y = lines([name], "seller_name", y, big)
    if desk.chance(0.18):
        y = _centred(desk, y, _branch(desk), desk.rng.choice((big, style.bold, style.body)))
    if desk.chance(0.08):
        y = _centred(desk, y, desk.locale.word("words", "slogans"))
    if desk.chance(0.5):
        number = seller.registration
        key = desk.key("registration")
        y = _key_line(desk, y, Pair("" if desk.chance(0.5) else key, [[(number, "unknown")]]), left)
    y = lines(seller.address, "seller_address", y, style.body)
    if desk.chance(0.7):
        y = _key_line(desk, y, single(desk.key("seller_phone"), seller.phone, "seller_phone"), left)
    if desk.chance(0.65):
        y = _key_line(desk, y, single(desk.key("seller_vat_id"), seller.vat_id, "seller_vat_id"), left)
    if desk.chance(0.15):
        y = _key_line(desk, y, Pair("", [[(seller.website, "website")]]), left)
    if not title_first and desk.chance(0.65):
        face = desk.rng.choice((style.bold, style.body, style.body.scaled(1.3)))
        y = _centred(
            desk,
            y + style.line * desk.rng.choice((0, 0.4, 1)),
            desk.locale.word("titles", "receipt"),
            face,
            "title",
        )
    return y + style.line * desk.rng.choice((0, 0.5, 1))


def _above_name(desk: Desk, y: float, name: str, titled: bool, big: Face) -> float:
    """What may stand over the company's name: title, slogan, the chain's name. Returns the y below."""
    style = desk.style
    if titled:
        y = _centred(desk, y, desk.locale.word("titles", "receipt"), style.bold, "title")
    if desk.chance(0.06):
        y = _centred(desk, y, desk.locale.word("words", "slogans"), desk.rng.choice((style.body, style.bold)))
    if desk.chance(0.15):
        brand = name.split()[0].upper() + " " + desk.locale.word("words", "places").upper()
        y = _centred(desk, y, desk.rng.choice((brand, name.split()[0])), desk.rng.choice((style.title, big)))
    return y


def _branch(desk: Desk) -> str:
    """Which of a company's shops it is: a place that is no part of its name."""
    town = desk.locale.town()
    text = desk.rng.choice((town, town, f"({town})", desk.locale.word("words", "places")))
    return text.upper() if desk.chance(0.5) else text


def _key_line(desk: Desk, y: float, pair: Pair, left: bool) -> float:
    """Key and value touching on one line, centred or at the left."""
    style, (text, name) = desk.style, pair.lines[0][0]
    colon = desk.rng.choice((": ", " : ", " ", ":")) if pair.key else ""
    key = pair.key + colon
    if not pair.key and desk.chance(0.5):
        text = f"({text})"
    x = style.margin if left else (desk.sheet.width - style.body.width(key + text)) / 2
    value = desk.sheet.text(x + style.body.width(key), y, text, style.body, "value", name)
    if pair.key:
        desk.sheet.relate("key_value", desk.sheet.text(x, y, key.rstrip(), style.body, "key"), [value])
    return y + style.line


def _references(desk: Desk, y: float, bill: Bill) -> float:
    """Number, date, time, cashier and the like."""
    locale, rng, style = desk.locale, desk.rng, desk.style
    date, time = (locale.date(bill.issued), "issue_date"), (locale.time(), "issue_time")
    pairs: list[Pair] = []
    if desk.chance(0.75):
        pairs.append(single(desk.key("invoice_number"), locale.code(), "invoice_number"))
    how = rng.choice(("one", "one", "apart", "only", "bare"))
    if how == "one":
        pairs.append(Pair(desk.key("issue_date"), [[date, time]]))
    elif how == "bare":
        pairs.append(Pair("", [[date, time]]))
    else:
        pairs.append(Pair(desk.key("issue_date"), [[date]]))
        if how == "apart":
            pairs.append(Pair(desk.key("issue_time"), [[time]]))
    pairs += [single(*desk.unknown()) for _ in range(rng.choice((0, 1, 1, 2, 3, 4)))]
    pairs = blocks.distinct(pairs)
    if desk.chance(0.3):
        rng.shuffle(pairs)
    arrangement = rng.choice(("colon", "colon", "touching", "touching", "column", "spread"))
    if desk.chance(0.25) and len(pairs) > 2:
        half = (len(pairs) + 1) // 2
        width = desk.width / 2 - style.body.width("0")
        sides = (pairs[:half], pairs[half:])
        if all(blocks.needed(desk, side, "touching") - 30 < width for side in sides):
            left = blocks.pair_block(desk, style.margin, y, width, sides[0], "touching")
            return max(left, blocks.pair_block(desk, desk.sheet.width / 2, y, width, sides[1], "touching"))
    if arrangement != "touching" and blocks.needed(desk, pairs, arrangement) > desk.width:
        arrangement = "touching"
    return blocks.pair_block(desk, style.margin, y, desk.width, pairs, arrangement)


def _tax_summary(desk: Desk, y: float, bill: Bill) -> float:
    """The small table of tax rates: not line items."""
    style = desk.style
    if desk.chance(0.6):
        desk.sheet.text(
            style.margin, y, desk.locale.word("words", "tax_summary"), style.body, "section_header"
        )
        y += style.line
    return tax_table(desk, style.margin, y, desk.width, bill)


def _card(desk: Desk, y: float, bill: Bill) -> float:
    """A card payment's slip."""
    locale = desk.locale
    method = single(desk.key("payment_method"), locale.word("words", "methods"), "payment_method")
    pairs = [method, *(single(*desk.unknown()) for _ in range(desk.rng.choice((1, 2, 4))))]
    y = blocks.pair_block(desk, desk.style.margin, y + desk.style.line, desk.width, pairs, "touching")
    number = desk.rng.choice(("XXXX XXXX XXXX ####", "************####", "#### **** **** ####"))
    return _centred(desk, y, locale.pattern(number))
