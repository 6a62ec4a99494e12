"""Which amounts are due, paid, net, tax: paid − change = due, net + tax = total, total − prepaid = due."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations, product

from docfuse_pipeline.amounts import agree, find_numbers
from docfuse_pipeline.candidates import Candidate, rank
from docfuse_pipeline.hints import Hints, tidy
from docfuse_pipeline.labels import TOTAL_FIELDS
from docfuse_pipeline.misfits import is_charge
from docfuse_pipeline.printed_names import includes_tax, key_name
from docfuse_pipeline.settings import (
    AMOUNT_TOLERANCE,
    ARITHMETIC_TRUST,
    CASH_ROUNDING,
    HIGHEST_TAX,
    PRINTED_NAME_TRUST,
)
from docfuse_pipeline.tax_rates import settle_rates
from docfuse_pipeline.units import SAME_ROW, row_overlap

_DUE, _PAID, _CHANGE = "payable_amount", "paid_amount", "change_amount"
_Amount = tuple[Candidate, float]
_MOST_OF_ROW = 8
"""Amounts of a row of a table that are looked at: more are no sums of a bill."""
_NET, _TAX, _GROSS = "tax_exclusive_amount", "tax_amount", "gross_amount"


def settle_totals(candidates: Sequence[Candidate], hints: Hints) -> list[Candidate]:
    """The candidates, with names of amounts put right where the page's sums leave no doubt.

    Args:
        candidates: the values of the page that are no cells of line items.
        hints: conventions of the page.
    """
    known = [c.unnamed() if _is_no_change(c) else c for c in candidates]
    given = settle_rates(_settle_taxed(known))
    return _settle_prepayment(_settle_taxes(_settle_payment(given), hints), hints)


def _is_no_change(candidate: Candidate) -> bool:
    """Whether a nothing was taken for change, without a key that says so: "Balance to pay 0.00"."""
    return candidate.name == _CHANGE != candidate.told and candidate.normalized == 0.0


def _settle_taxed(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Name totals that were taken for the net amount or the tax, though their keys tell that both are in it.

    A key of several amounts ("Total incl. VAT 44.86 3.14 48.00") is that of a row, and tells nothing; nor is
    one believed whose amount makes a total with a tax.
    """
    amounts = Counter(c.key.boxes for c in candidates if c.key and c.name in TOTAL_FIELDS)
    taxes = [c.amount for c in candidates if c.name == _TAX and c.amount]
    totals = [c.amount for c in candidates if _means(c, _DUE, _GROSS)]
    named = [c.amount for c in candidates if c.name in (_DUE, _GROSS)]

    def is_total(c: Candidate) -> bool:
        """Whether its key alone says what it is, and is right."""
        if c.key is None or c.name not in (_NET, _TAX) or c.told != _DUE or not includes_tax(c.key.text):
            return False
        with_tax = any(agree(c.amount + tax, total) for tax, total in product(taxes, totals))
        return amounts[c.key.boxes] == 1 and not with_tax

    def is_subtotal(c: Candidate) -> bool:
        """Whether its key says that the tax is in it ("Subtotal incl. VAT"), and another total is as much."""
        if c.key is None or c.name != _NET or not includes_tax(c.key.text):
            return False
        return amounts[c.key.boxes] == 1 and any(agree(c.amount, total) for total in named)

    return [
        c.named(_DUE, c.amount, PRINTED_NAME_TRUST) if is_total(c)
        else c.named(_GROSS, c.amount, PRINTED_NAME_TRUST) if is_subtotal(c)
        else c
        for c in candidates
    ]  # fmt: skip


def _settle_payment(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Name another amount as the one that is due, where what was paid and given back says so.

    Nothing changes where the page tells no change, or where the likeliest amount due and the change add up to
    another total. Else, where a payment less the change is another total, that is what is due ("Your savings
    7.53" was taken for the total of 38.37). Else, where the likeliest amount due less the printed change is
    another amount with a name, that is what is due, and the likeliest was the payment ("Accepted total 10.00,
    change 4.00" for a ticket of 6.00).
    """
    totals = [c for c in candidates if c.amount > 0 and {c.name, c.told} & TOTAL_FIELDS]
    changes = [c for c in totals if _means(c, _CHANGE)]
    due = max((c for c in totals if c.name == _DUE), key=rank, default=None)
    if due is None or any(_adds_up(c, due, change) for c in totals for change in changes):
        return list(candidates)
    rest = [c for c in totals if not _means(c, _CHANGE) and c is not due]
    payments = [c for c in rest if _means(c, _PAID)]
    for other in reversed([c for c in rest if not _means(c, _PAID)]):
        if any(_adds_up(paid, other, change) for paid in payments for change in changes):
            return _with_due(candidates, other)
    printed = [change for change in changes if change.told == _CHANGE]
    for other in reversed([c for c in candidates if c.amount > 0 and c is not due and c.name != _TAX]):
        if any(_adds_up(due, other, c, AMOUNT_TOLERANCE) for c in printed if c is not other):
            return _with_due(candidates, other, due)
    return list(candidates)


def _means(candidate: Candidate, *names: str) -> bool:
    """Whether an amount has one of these names, or a printed key that tells it."""
    return candidate.name in names or candidate.told in names


def _adds_up(paid: Candidate, due: Candidate, change: Candidate, tolerance: float = CASH_ROUNDING) -> bool:
    """Whether a payment is another amount and the change, but for the rounding of cash."""
    return paid is not due and agree(paid.amount - change.amount, due.amount, tolerance)


def _with_due(
    candidates: Sequence[Candidate], due: Candidate, paid: Candidate | None = None
) -> list[Candidate]:
    """The candidates with one amount that is due, and one that was paid, as far as it is known."""
    return [
        c.named(_DUE, c.amount, ARITHMETIC_TRUST) if c is due
        else c.named(_PAID, c.amount, ARITHMETIC_TRUST) if c is paid
        else c.unnamed() if c.name == _DUE
        else c
        for c in candidates
    ]  # fmt: skip


def _settle_taxes(candidates: list[Candidate], hints: Hints) -> list[Candidate]:
    """Where a net amount and a tax add up to a total of both, make the three what they are.

    The total and one of the other two must be called so by the field head or by their printed keys; the third
    may be an amount without a name, or a net one that was taken for a payment. Or the other two have one key,
    that of a row of sums below a table ("Razem 1 119,80 257,55 1 377,35"). What is the sum of two others on
    its row is neither, but the total of a rate. Of several such sums that of
    the largest total counts: a page sums up its rates of tax one by one, and then all of them. Where the net
    amount is printed twice, it is due nowhere, nor the gross amount.
    """
    amounts = [(c, value) for c in candidates if (value := _amount_of(c, hints))]
    totals = [(c, value) for c, value in amounts if _means(c, _DUE, _GROSS)]
    parts = [entry for entry in amounts if not _is_sum_of_row(*entry, amounts)]
    nets = [(c, value) for c, value in parts if c.name in (None, _GROSS, _PAID) or _means(c, _NET)]
    taxes = [(c, value) for c, value in parts if (c.name is None and not _is_charge(c)) or _is_tax(c)]
    known_nets = [(c, value) for c, value in nets if _means(c, _NET)]
    known_taxes = [(c, value) for c, value in taxes if _is_tax(c)]
    rows = [(a, c) for a, c in _rows(amounts) if _share_row(a[0], c[0])]
    pairs = [*product(known_nets, taxes), *product(nets, known_taxes), *rows]  # not all: many have no name
    sums = [
        (abs(total), known, a.confidence + b.confidence + c.confidence, (a, net), (b, total), (c, tax))
        for (a, net), (c, tax) in pairs
        if a is not c and 0 < tax / net <= HIGHEST_TAX
        for known in (_means(a, _NET) + _is_tax(c),)
        for b, total in totals
        if b is not a and b is not c and agree(net + tax, total)
    ]
    if not sums:
        return candidates
    *_, (a, net), (b, total), (c, tax) = max(sums, key=lambda entry: entry[:3])
    gross = _GROSS if b.name == _GROSS else _DUE
    found = {id(a): (_NET, net), id(b): (gross, total), id(c): (_TAX, tax)}
    return [
        x.named(*found[id(x)], ARITHMETIC_TRUST) if id(x) in found
        else x.unnamed() if x.name == _DUE and x.amount == net
        else x.named(_NET, net, PRINTED_NAME_TRUST) if x.name == _GROSS and x.amount == net
        else x
        for x in candidates
    ]  # fmt: skip


def _is_sum_of_row(candidate: Candidate, value: float, amounts: Sequence[_Amount]) -> bool:
    """Whether an amount is what two others beside it make, as the net amount and the tax of a rate do."""
    beside = [other for c, other in amounts if c is not candidate and _share_row(c, candidate)]
    return any(agree(first + second, value) for first, second in combinations(beside[:_MOST_OF_ROW], 2))


def _rows(amounts: Sequence[_Amount]) -> Iterator[tuple[_Amount, _Amount]]:
    """All pairs of amounts that have one key, of keys with a row of them."""
    by_key: dict[tuple[int, ...], list[_Amount]] = defaultdict(list)
    for c, value in amounts:
        by_key[c.key.boxes if c.key else ()].append((c, value))
    for boxes, row in by_key.items():
        if boxes and len(row) <= _MOST_OF_ROW:
            yield from product(row, row)


def _share_row(first: Candidate, second: Candidate) -> bool:
    """Whether two amounts stand side by side."""
    return row_overlap(first.value.hull, second.value.hull) >= SAME_ROW


def _is_tax(candidate: Candidate) -> bool:
    """Whether an amount is called a tax, or its key begins with the name of one ("Sales tax on tickets")."""
    key = candidate.key.text if candidate.key else ""
    starts = (" ".join(key.split()[:count]) for count in (1, 2))
    return _means(candidate, _TAX) or any(key_name(start) == _TAX for start in starts)


def _is_charge(candidate: Candidate) -> bool:
    return candidate.key is not None and is_charge(candidate.key.text)


def _settle_prepayment(candidates: list[Candidate], hints: Hints) -> list[Candidate]:
    """Where the total less what was paid before is another amount whose key tells that it is due, it is.

    The total is the gross amount then ("Bereits bezahlt 50,00, offener Betrag 165,14" of 215,14).
    """
    payments = [c for c in candidates if c.amount > 0 and _means(c, _PAID)]
    rest = [(c, value) for c in candidates if c.told == _DUE and (value := _amount_of(c, hints)) > 0]
    totals = [c for c in candidates if c.name == _DUE]
    for total, paid, (due, value) in product(totals, payments, rest):
        if due is not total and agree(total.amount - paid.amount, value):
            return [
                c.named(_GROSS, c.amount, ARITHMETIC_TRUST) if c is total
                else c.named(_DUE, value, ARITHMETIC_TRUST) if c is due
                else c
                for c in candidates
            ]  # fmt: skip
    return candidates


def _amount_of(candidate: Candidate, hints: Hints) -> float:
    """The amount of a value that is called a total, or that is nothing but one; 0 if it is none."""
    if candidate.name is not None:
        return candidate.amount if candidate.name in TOTAL_FIELDS else 0.0
    numbers = find_numbers(tidy(candidate.value.text), hints.decimal)
    alone = len(numbers) == 1 and numbers[0].decimals == 2 and not numbers[0].percent
    return numbers[0].value if alone else 0.0
