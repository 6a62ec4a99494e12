"""Orders, contracts and invoices of broadcast advertising: many references, flights, weeks of spots."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from docfuse_training.synthetic import blocks, tables
from docfuse_training.synthetic.blocks import Pair, single
from docfuse_training.synthetic.desk import Desk
from docfuse_training.synthetic.locales import Party
from docfuse_training.synthetic.tables import Column, Grid, Row


@dataclass
class Buy:
    """A line of airtime; amounts in cents."""

    program: str
    start: datetime.date
    end: datetime.date
    spots: int
    rate: int

    @property
    def amount(self) -> int:
        """Spots × rate."""
        return self.spots * self.rate


@dataclass
class Campaign:
    """What is ordered, by whom, where."""

    station: Party
    agency: Party
    advertiser: str
    start: datetime.date
    end: datetime.date
    buys: list[Buy]

    @property
    def gross(self) -> int:
        """Sum of the lines."""
        return sum(buy.amount for buy in self.buys)

    @property
    def commission(self) -> int:
        """The agency's 15 %."""
        return round(self.gross * 0.15)


def make_campaign(desk: Desk) -> Campaign:
    """A campaign of a few weeks."""
    rng, locale = desk.rng, desk.locale
    start = locale.some_date()
    end = start + datetime.timedelta(days=rng.choice((6, 13, 27, 60, 90)))
    buys = []
    for _ in range(rng.choice((1, 2, 3, 4, 5, 7, 9, 12, 16))):
        first = start + datetime.timedelta(days=rng.randrange(0, max((end - start).days - 5, 1)))
        last = min(end, first + datetime.timedelta(days=rng.choice((6, 6, 13))))
        rate = rng.randrange(2, 400) * rng.choice((500, 1000, 2500))
        buys.append(Buy(locale.word("airtime", "programs"), first, last, rng.randrange(1, 12), rate))
    station = locale.party()
    call = locale.pattern(rng.choice(("W???", "K???", "W??", "K???"))) + rng.choice(
        ("", "-TV", "-FM", "-AM", " TV")
    )
    station.name = call if desk.chance(0.7) else f"{call} {station.name}"
    sponsor = rng.choice(
        (locale.party().name, locale.word("airtime", "sponsors").format(name=locale.fake.last_name()))
    )
    return Campaign(station, locale.party(), sponsor, start, end, buys)


def write_ad_order(desk: Desk, kind: str) -> None:
    """Lay out an order (kind "order") or invoice for airtime."""
    style, sheet, rng = desk.style, desk.sheet, desk.rng
    campaign = make_campaign(desk)
    x, width = style.margin, sheet.width - 2 * style.margin
    y = _head(desk, campaign, kind, x, width)
    grid = _grid(desk, campaign)
    summary_first = desk.chance(0.2)
    if summary_first:
        y = _summary(desk, x, y + style.line, width * rng.uniform(0.7, 1.0), campaign)
    y = tables.table(desk, x, y + style.line * rng.choice((0.5, 1.5)), width, grid)
    if not summary_first:
        place = _summary if desk.chance(0.5) else _totals
        y = place(desk, x, y + style.line, width * rng.uniform(0.7, 1.0), campaign)
    if desk.chance(0.5) and y < sheet.height - 6 * style.line:
        text = desk.locale.word("airtime", "notice")
        blocks.paragraph(desk, x, sheet.height - 5 * style.line, width, text, style.small)


def _references(desk: Desk, campaign: Campaign, kind: str) -> list[Pair]:
    """Keys and values of the head; contract number, advertiser and flight are always there."""
    locale, rng = desk.locale, desk.rng
    start, end = locale.date(campaign.start), locale.date(campaign.end)
    words = locale.words["airtime"]
    between = rng.choice(("-", "-", "–", "to", "thru"))
    flight = [(start, "period_start"), (between, "separator"), (end, "period_end")]
    pairs = [single(desk.key("advertiser"), campaign.advertiser, "advertiser")]
    if desk.chance(0.85):
        pairs.append(Pair(rng.choice(words["flight"]), [flight]))
    else:
        pairs.append(single(rng.choice(words["flight_start"]), start, "period_start"))
        pairs.append(single(rng.choice(words["flight_end"]), end, "period_end"))
    number = locale.pattern(rng.choice(("#######", "######-#", "#######", "??######", "####-#####")))
    pairs.append(single(desk.key("contract_number"), number, "contract_number"))
    if kind == "invoice":
        pairs.append(single(desk.key("invoice_number"), locale.code(), "invoice_number"))
    for name, share, text in (
        ("issue_date", 0.8, locale.date(campaign.start - datetime.timedelta(days=9))),
        ("order_number", 0.4, locale.code()),
        ("customer_number", 0.2, locale.code()),
        ("payment_terms", 0.2, locale.word("words", "terms")),
    ):
        if desk.chance(share):
            pairs.append(single(desk.key(name), text, name))
    for _ in range(rng.choice((3, 5, 7, 9))):
        makers = {
            "name": locale.person,
            "code": locale.code,
            "word": lambda: locale.word("airtime", "values"),
        }
        sort = rng.choice(tuple(makers))
        pairs.append(
            Pair(rng.choice(words[sort]), [[(makers[sort](), "unknown")]] if desk.chance(0.85) else [[]])
        )
    unique = blocks.distinct(pairs)
    rng.shuffle(unique)
    return unique


def _head(desk: Desk, campaign: Campaign, kind: str, x: float, width: float) -> float:
    """Station, agency and references. Returns the y below."""
    style, sheet, rng = desk.style, desk.sheet, desk.rng
    y: float = style.margin
    title = rng.choice(desk.locale.words["airtime"][f"{kind}_titles"])
    at = rng.choice((x + width / 2, x + width * 0.5, x + width * 0.45))
    sheet.text(at, y, title, style.title, "title", "none", "center", style.accent)
    y += style.title.size * 1.6
    half = width * 0.5
    left = _party(desk, x, y, campaign.station, "seller", "station")
    pairs = _references(desk, campaign, kind)
    how = desk.layout("pairs")
    if desk.chance(0.35):
        other = _party(desk, x + half, y, campaign.agency, "buyer", "agency")
        y = max(left, other) + style.line
        if blocks.needed(desk, pairs, how) < half - 10 and how not in ("above", "boxed", "below_rule"):
            cut = (len(pairs) + 1) // 2
            end = blocks.pair_block(desk, x, y, half - 10, pairs[:cut], how)
            return max(end, blocks.pair_block(desk, x + half, y, half, pairs[cut:], how))
        return blocks.pair_block(desk, x, y, width, pairs, how)
    left = _party(desk, x, left + style.line, campaign.agency, "buyer", "agency")
    return max(left, blocks.pair_block(desk, x + half, y, half, pairs, how))


def _party(desk: Desk, x: float, y: float, party: Party, side: str, word: str) -> float:
    lines = [[(party.name, f"{side}_name")], *[[(line, f"{side}_address")] for line in party.address]]
    key = (
        desk.rng.choice(desk.locale.words["airtime"][word])
        if desk.chance(0.7 if side == "buyer" else 0.3)
        else ""
    )
    y = blocks.write_pair(
        desk,
        x,
        y,
        0,
        Pair(key, lines),
        "above" if desk.chance(0.6) else "column",
        desk.style.key.width(key + "mm"),
    )
    if side == "seller" and desk.chance(0.6):
        pairs = [single(desk.key("seller_phone"), party.phone, "seller_phone")]
        y = blocks.pair_block(desk, x, y, 0, pairs, "touching")
    return y


def _grid(desk: Desk, campaign: Campaign) -> Grid:
    """Lines of airtime; weeks may be printed inside the lines."""
    locale, rng = desk.locale, desk.rng
    words, buys = locale.words["airtime"], campaign.buys
    days = ["".join(c if rng.random() < 0.6 else "-" for c in "MTWTFSS") for _ in buys]
    hours = [
        f"{rng.randrange(5, 12)}:{rng.choice(('00', '30'))}{rng.choice(('a', ' AM', 'p'))}" for _ in buys
    ]
    lengths = [rng.choice((":30", ":15", "1:00", ":30")) for _ in buys]
    columns = [
        ("position", "column_line", "left", [str(i + 1) for i in range(len(buys))], 0.8),
        ("unknown", "column_start", "left", [locale.date(buy.start) for buy in buys], 0.6),
        ("unknown", "column_end", "left", [locale.date(buy.end) for buy in buys], 0.6),
        ("description", "column_program", "left", [buy.program for buy in buys], 1.0),
        ("unknown", "column_time", "left", hours, 0.6),
        ("unknown", "column_days", "left", days, 0.5),
        ("unknown", "column_length", "left", lengths, 0.6),
        ("quantity", "column_spots", "right", [str(buy.spots) for buy in buys], 0.95),
        ("unit_price", "column_rate", "right", [locale.money(buy.rate) for buy in buys], 0.95),
        ("line_amount", "column_amount", "right", [locale.money(buy.amount) for buy in buys], 1.0),
    ]
    made = []
    for name, header, align, cells, share in columns:
        if desk.chance(share):
            lines = rng.choice(words[header]).split("/")
            made.append(Column(name, lines, align, [[cell] for cell in cells]))
    weekly = desk.chance(0.4)
    extras = [_weeks(desk, buy, rng.choice(days)) if weekly else [] for buy in buys]
    return Grid(made, extras, desk.layout("table"))


def _weeks(desk: Desk, buy: Buy, days: str) -> list[Row]:
    """The weeks of a line, printed inside it."""
    rows: list[Row] = []
    day = buy.start
    while day <= buy.end and len(rows) < 3:
        last = min(day + datetime.timedelta(days=6), buy.end)
        label = f"{desk.locale.date(day)} - {desk.locale.date(last)}  {days}"
        rows.append(Row(label, desk.locale.money(buy.rate), "unknown", "unit_price"))
        day += datetime.timedelta(days=7)
    return rows


def _summary(desk: Desk, x: float, y: float, width: float, campaign: Campaign) -> float:
    """Months as rows, sums as columns, a line of totals: its amounts are the order's."""
    style, sheet, locale = desk.style, desk.sheet, desk.locale
    words = locale.words["airtime"]
    spots = sum(buy.spots for buy in campaign.buys)
    net = campaign.gross - campaign.commission
    columns = [
        (desk.rng.choice(words["column_spots"]).split("/")[-1], str(spots), "unknown"),
        (desk.key("gross_amount"), locale.money(campaign.gross), "gross_amount"),
        (desk.key("agency_commission"), locale.money(-campaign.commission), "unknown"),
        (desk.key("net_due"), locale.money(net), "payable_amount"),
    ]
    columns = [c for c in columns if c[2] == "gross_amount" or desk.chance(0.7)]
    left = x + width * 0.3
    step = (width - width * 0.3) / len(columns)
    if max(max(style.body.width(c[0]), style.bold.width(c[1])) for c in columns) > step - 8:
        return _totals(desk, x, y, width, campaign)
    keys = [
        sheet.text(left + (i + 1) * step, y, key, style.body, "total_key", align="right")
        for i, (key, _, _) in enumerate(columns)
    ]
    start, end = locale.date(campaign.start), locale.date(campaign.end)
    span = f"{start} - {end}"
    y += style.line * 1.2
    if style.body.width(span) + style.body.width(columns[0][1] + "00") < width * 0.3 + step and desk.chance(
        0.7
    ):
        sheet.shape("line", x, y - 3, x + width, y - 3)
        sheet.text(x, y, span, style.body, "cell", "unknown")
        for i, (_, text, _) in enumerate(columns):
            sheet.text(left + (i + 1) * step, y, text, style.body, "cell", "unknown", "right")
        y += style.line * 1.2
    sheet.shape("line", x, y - 3, x + width, y - 3)
    sheet.text(x, y, desk.rng.choice(words["totals"]), style.bold, "other")
    for i, (_, text, name) in enumerate(columns):
        value = sheet.text(left + (i + 1) * step, y, text, style.bold, "value", name, "right")
        sheet.relate("key_value", keys[i], [value])
    return y + style.line


def _totals(desk: Desk, x: float, y: float, width: float, campaign: Campaign) -> float:
    """Gross, commission and net below each other at the right."""
    style, sheet, locale = desk.style, desk.sheet, desk.locale
    net = campaign.gross - campaign.commission
    rows = [("gross_amount", campaign.gross, "gross_amount")]
    if desk.chance(0.7):
        rows += [("agency_commission", -campaign.commission, "unknown"), ("net_due", net, "payable_amount")]
    left = x + width * desk.rng.choice((0.0, 0.5, 0.6))
    for word, cents, name in rows:
        face = style.bold if desk.chance(0.4) else style.body
        key = sheet.text(left, y, desk.key(word) + style.colon, face, "total_key")
        value = sheet.text(
            x + width if left > x else x + width * 0.55, y, locale.money(cents), face, "value", name, "right"
        )
        sheet.relate("key_value", key, [value])
        y += style.line
    return y
