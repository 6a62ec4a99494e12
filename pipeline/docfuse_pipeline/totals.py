"""Which amount is due, by what was paid and given back: paid − change = due."""

from __future__ import annotations

from collections.abc import Sequence

from docfuse_pipeline.candidates import Candidate, rank
from docfuse_pipeline.labels import TOTAL_FIELDS
from docfuse_pipeline.settings import AMOUNT_TOLERANCE, ARITHMETIC_TRUST, CASH_ROUNDING

_DUE, _PAID, _CHANGE, _TAX = "payable_amount", "paid_amount", "change_amount", "tax_amount"


def settle_totals(candidates: Sequence[Candidate]) -> list[Candidate]:
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
            return _renamed(candidates, {id(due): None, id(other): _DUE})
    printed = [change for change in changes if change.told == _CHANGE]
    for other in reversed([c for c in candidates if c.amount > 0 and c is not due and c.name != _TAX]):
        if any(_adds_up(due, other, c, AMOUNT_TOLERANCE) for c in printed if c is not other):
            return _renamed(candidates, {id(due): _PAID, id(other): _DUE})
    return list(candidates)


def _means(candidate: Candidate, name: str) -> bool:
    """Whether an amount has a name, or a printed key that tells it."""
    return name in (candidate.name, candidate.told)


def _adds_up(paid: Candidate, due: Candidate, change: Candidate, tolerance: float = CASH_ROUNDING) -> bool:
    """Whether a payment is another amount and the change, but for the rounding of cash."""
    return paid is not due and abs(paid.amount - change.amount - due.amount) <= tolerance + 1e-9


def _renamed(candidates: Sequence[Candidate], names: dict[int, str | None]) -> list[Candidate]:
    """The candidates with new names by their identity; no other one is due any more."""
    names = {**{id(c): None for c in candidates if c.name == _DUE}, **names}
    return [
        c.renamed(names[id(c)], c.value.score * ARITHMETIC_TRUST) if id(c) in names else c for c in candidates
    ]
