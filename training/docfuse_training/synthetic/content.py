"""What a bill says: parties, dates, line items and totals whose arithmetic is right. Amounts are in cents."""

from __future__ import annotations

import dataclasses
import datetime
from collections import defaultdict
from dataclasses import dataclass, field
from random import Random

from docfuse_training.synthetic.locales import Locale, Party


@dataclass
class Item:
    """A line item; `amount` = quantity × unit price − discount."""

    description: list[str]
    """What it is called."""
    quantity: float
    unit: str
    unit_price: int
    rate: float
    number: str
    discount: int = 0
    discount_label: str = ""
    amount: int = 0
    notes: list[str] = field(default_factory=list)
    """What else is printed with it, a line each."""


@dataclass
class Bill:
    """Everything an invoice, order or receipt can print."""

    seller: Party
    buyer: Party
    items: list[Item]
    issued: datetime.date
    due: datetime.date
    start: datetime.date
    end: datetime.date
    inclusive: bool
    """Prices contain the tax."""
    net: int = 0
    discount: int = 0
    tax: int = 0
    gross: int = 0
    taxes: dict[float, tuple[int, int]] = field(default_factory=dict)
    """Rate → net amount and tax."""
    rounding: int = 0
    tip: int = 0
    payable: int = 0
    paid: int = 0
    change: int = 0


def make_item(locale: Locale, rng: Random, words: str, rate: float) -> Item:
    """One line item of made-up goods or services; `words`: the section's name of what may be sold."""
    cheap = words == "foods"
    name = locale.word("words", words)
    if rng.random() < 0.4 and words == "goods":
        name += " " + locale.word("words", "adjectives")
    if cheap and locale.language != "en" and rng.random() < 0.4:
        name = name.upper()
    quantity = float(rng.choice((1, 1, 1, 2, 2, 3, 4, 5, 10, 12, 20, 50, 100)[: 8 if cheap else 13]))
    if not cheap and rng.random() < 0.12:
        quantity = rng.randrange(5, 400) / 4
    top = 4000 if cheap else rng.choice((2000, 20_000, 200_000))
    price = rng.randrange(50, top)
    if rng.random() < 0.5:
        price -= price % (10 if cheap else 50)
    price = max(price, 10)
    number = locale.pattern(
        rng.choice(("#####", "??###", "########", "?##-###", "####-####", "#############"))
    )
    item = Item([name], quantity, locale.word("words", "units"), price, rate, number)
    item.amount = round(item.quantity * price)
    return item


def add_details(item: Item, locale: Locale, rng: Random) -> None:
    """Lines of notes under the description; sometimes two notes share a line."""
    shown = [
        locale.word("words", "item_notes").format(
            ean=locale.pattern("4############"), code=locale.code(), date=locale.date(locale.some_date())
        )
        for _ in range(rng.choice((1, 1, 2, 3, 4)))
    ]
    if len(shown) > 2 and rng.random() < 0.5:
        shown[-2:] = ["   ".join(shown[-2:])]
    item.notes += shown


def add_discount(item: Item, locale: Locale, rng: Random) -> None:
    """A discount of some per cent on one item."""
    rate = rng.choice((2, 3, 5, 10, 12.5, 15, 20))
    text = locale.number(rate, 0 if rate == int(rate) else 1)
    item.discount = round(item.amount * rate / 100)
    item.discount_label = locale.word("words", "item_discount").format(rate=text)
    item.amount -= item.discount


def make_bill(locale: Locale, rng: Random, count: int, words: str, inclusive: bool) -> Bill:
    """A bill of `count` line items."""
    rates = locale.row["rates"]
    rates = [rng.choice(rates)] if rng.random() < 0.7 else rates
    items = [make_item(locale, rng, words, rng.choice(rates)) for _ in range(count)]
    detailed, reduced = (rng.choice((0.0, 0.0, 0.3, 0.8)), rng.choice((0.0, 0.0, 0.0, 0.2, 0.5)))
    for item in items:
        if rng.random() < detailed and words == "goods":
            add_details(item, locale, rng)
        if rng.random() < reduced:
            add_discount(item, locale, rng)
    issued = locale.some_date()
    start = issued - datetime.timedelta(days=rng.randrange(20, 100))
    end = start + datetime.timedelta(days=rng.randrange(7, 90))
    due = issued + datetime.timedelta(days=rng.choice((7, 10, 14, 30, 60)))
    buyer = locale.party()
    if rng.random() < 0.2:
        buyer = dataclasses.replace(buyer, name=locale.person())
    bill = Bill(locale.party(), buyer, items, issued, due, start, end, inclusive)
    settle(bill, locale, rng)
    return bill


def settle(bill: Bill, locale: Locale, rng: Random) -> None:
    """Work out the totals from the items."""
    sums: dict[float, int] = defaultdict(int)
    for item in bill.items:
        sums[item.rate] += item.amount
    if len(sums) == 1 and rng.random() < 0.25:
        rate = next(iter(sums))
        bill.discount = round(sums[rate] * rng.choice((2, 3, 5, 10)) / 100)
        sums[rate] -= bill.discount
    for rate, base in sums.items():
        tax = round(base * rate / (100 + rate if bill.inclusive else 100))
        bill.taxes[rate] = (base - tax if bill.inclusive else base, tax)
    bill.net = sum(net for net, _ in bill.taxes.values())
    bill.tax = sum(tax for _, tax in bill.taxes.values())
    bill.gross = bill.net + bill.tax
    if locale.name in ("en_MY", "de_CH"):
        bill.rounding = (bill.gross + 2) // 5 * 5 - bill.gross
    bill.payable = bill.gross + bill.rounding
    step = rng.choice((100, 500, 1000, 5000))
    bill.paid = bill.payable if rng.random() < 0.35 else -(-bill.payable // step) * step
    bill.change = bill.paid - bill.payable


def add_tip(bill: Bill, rng: Random) -> None:
    """Add a tip of some per cent to what is paid."""
    bill.tip = round(bill.gross * rng.choice((8, 10, 12.5, 15, 15, 18, 20, 22)) / 100)
    if rng.random() < 0.4:
        bill.tip = max(100, bill.tip // 100 * 100)
    bill.payable += bill.tip
    bill.paid += bill.tip
