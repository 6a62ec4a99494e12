"""Values that may become fields: the best name of each, how sure it is, and which name a page keeps."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from docfuse_pipeline.forms import FORMED_FIELDS
from docfuse_pipeline.hints import Hints
from docfuse_pipeline.labels import DOCUMENT_FIELDS, TIME_FIELDS, VAT_IDS
from docfuse_pipeline.misfits import is_misfit
from docfuse_pipeline.normalize import normalize
from docfuse_pipeline.printed_names import key_name
from docfuse_pipeline.settings import FIELD_SURE, FIELD_THRESHOLD, PRINTED_NAME_TRUST
from docfuse_pipeline.units import DOCUMENT_PART, Unit

REPEATED_FIELDS = frozenset(
    {
        "tax_exclusive_amount", "tax_amount", "tax_rate", "discount_amount", "paid_amount", "payment_method",
        "seller_phone", "iban", "bic", "email", "website", "order_number", "payment_terms",
    }
)  # fmt: skip
"""Fields that a page may have several of; of every other one the best is kept."""

_PARTY_FIELDS = frozenset(name for name in DOCUMENT_FIELDS if name.startswith(("seller_", "buyer_")))
"""What belongs to one of the two parties of a trade."""

_PERIOD = frozenset({"period_start", "period_end"})
"""Fields whose printed keys also stand over columns of tables, and beside the times of a till's signature."""

_BELIEVED = frozenset(
    {
        ("payable_amount", "change_amount"), ("change_amount", "payable_amount"),
        ("paid_amount", "change_amount"), ("change_amount", "paid_amount"),
        ("gross_amount", "tax_amount"), ("tax_rate", "tax_amount"),
        ("customer_number", "seller_phone"), ("invoice_number", "seller_phone"),
        ("order_number", "seller_phone"), ("contract_number", "seller_phone"),
        ("delivery_date", "issue_date"), ("due_date", "issue_date"),
        ("invoice_number", "seller_vat_id"), ("invoice_number", "buyer_vat_id"),
        ("order_number", "invoice_number"), ("customer_number", "invoice_number"),
        ("contract_number", "invoice_number"), ("invoice_number", "order_number"),
        ("customer_number", "order_number"), ("customer_number", "contract_number"),
        ("delivery_date", "due_date"), ("due_date", "delivery_date"), ("issue_date", "due_date"),
        ("issue_date", "delivery_date"), ("buyer_vat_id", "seller_vat_id"),
    }
)  # fmt: skip
"""What a printed key tells, and what it is taken for, where the key is right."""

_VAT_ID = re.compile(r"[A-Z]{2}[A-Z0-9]?\d{7,11}[A-Z0-9]{0,2}")
"""A VAT number with its country, which few other numbers of a company have."""


@dataclass(frozen=True)
class Candidate:
    """A value that may become a field: its key, its best name (if any) and the probabilities behind them.

    `header` is that of its column, where it stands in a table that is none of line items.
    """

    value: Unit
    key: Unit | None
    header: Unit | None
    name: str | None
    normalized: str | float | None
    confidence: float

    @property
    def boxes(self) -> set[int]:
        """The boxes of all of its texts."""
        return {box for unit in (self.key, self.header, self.value) if unit for box in unit.boxes}

    @cached_property
    def told(self) -> str | None:
        """The name that its printed key tells, if any."""
        return key_name(self.key.text) if self.key else None

    @property
    def amount(self) -> float:
        """Its number, 0 where it has none."""
        return self.normalized if isinstance(self.normalized, float) else 0.0

    def named(self, name: str, amount: float, trust: float) -> Candidate:
        """The same value as an amount of that name, which it is with at least some confidence."""
        known = self.confidence if self.name == name else 0.0
        return replace(self, name=name, normalized=amount, confidence=max(known, trust * self.value.score))

    def unnamed(self) -> Candidate:
        """The same value without a name, as printed."""
        return replace(self, name=None, normalized=normalize(None, self.value.text))


def make_candidate(
    unit: Unit,
    key: tuple[Unit, float] | None,
    header: tuple[Unit, float] | None,
    hints: Hints,
    trade: bool,
) -> Candidate:
    """A value with its best name: the field head's, or where it is not sure the one that the key tells.

    Args:
        unit: the value.
        key: its key, with the link's probability.
        header: the header of its column, likewise.
        hints: conventions of the page.
        trade: whether the page's class has a seller and a buyer: elsewhere "Telephone" may be anyone's.
    """
    name, probability = unit.best_field(DOCUMENT_PART)
    if name in TIME_FIELDS and unit.field_probability("issue_date") >= FIELD_THRESHOLD:
        name, probability = "issue_date", unit.field_probability("issue_date")  # the time is read off it
    named = name if probability >= FIELD_THRESHOLD else None
    link = key or header
    confidence = probability if named else link[1] if link else unit.type_probability
    told = key_name(key[0].text) if key else None
    if key is not None and (probability < FIELD_SURE or _outweighs(told, name)):
        means = told not in (None, named) and (trade or told not in _PARTY_FIELDS)
        if means and normalize(told, unit.text, hints) is not None:
            named, confidence = told, key[1] * PRINTED_NAME_TRUST
    normalized = normalize(named, unit.text, hints)
    if is_misfit(named, unit.text, key[0].text if key else "", normalized):
        named, normalized = None, normalize(None, unit.text)
    confidence = min(confidence * unit.score, 1.0)
    return Candidate(
        unit, key[0] if key else None, header[0] if header else None, named, normalized, confidence
    )


def _outweighs(told: str | None, name: str) -> bool:
    """Whether a key is right about a value's name where the field head is sure of another one.

    So it is where the form of the value can bear it out, and with amounts that are taken for each other.
    """
    return told in FORMED_FIELDS or (told, name) in _BELIEVED


def without_early_dues(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Take its name from a due date that lies before the date of issue, such as an order's."""
    issued = max((c for c in candidates if c.name == "issue_date"), key=rank, default=None)
    day = issued.normalized if issued else None
    return [c.unnamed() if c.name == "due_date" and _is_earlier(c.normalized, day) else c for c in candidates]


def _is_earlier(date: str | float | None, other: str | float | None) -> bool:
    """Whether a date, ISO 8601, lies before another one; False where either is unknown."""
    return isinstance(date, str) and isinstance(other, str) and date < other


def keep_best(candidates: Sequence[Candidate], hints: Hints) -> list[Candidate]:
    """Take the name from all but the best candidate of each field that a page has once.

    A candidate whose text holds such a value (a date for a date) is better than one whose text does not; then
    the more confident one, where a printed key that says the same name counts double, but for the ends of a
    period: tables have such headers over the dates of their rows. Of a field that a page may have several of,
    the same value without a key is kept once. Where the text of the issue date has a time, no other time is
    that of issue. What loses its name so has the one that its printed key tells, if nothing else has that:
    of two tax numbers that were taken for the buyer's, one is the seller's.
    """
    best = _best(candidates, lambda c: c.name)
    if "issue_date" in best and normalize("issue_time", best["issue_date"].value.text):
        best.pop("issue_time", None)
    repeated = [c for c in candidates if c.name in REPEATED_FIELDS]
    said = _best(repeated, lambda c: (c.name, c.normalized)).values()
    kept = {id(c) for c in [*best.values(), *said, *(c for c in repeated if c.key)]}
    taken = best.keys() | _PERIOD
    lost = [c for c in candidates if c.name is not None and id(c) not in kept]
    renamed = {id(c): _renamed(c, taken, hints) for c in lost}
    second = {id(c) for c in _best(renamed.values(), lambda c: c.name).values()}
    found = {place: c if id(c) in second else c.unnamed() for place, c in renamed.items()}
    return [found.get(id(c), c) for c in candidates]


def _renamed(candidate: Candidate, taken: Collection[Hashable], hints: Hints) -> Candidate:
    """The value under the name that its key tells, if that is free and the value is one; else unnamed."""
    name, text = candidate.told, candidate.value.text
    normalized = None if name is None or name in taken else normalize(name, text, hints)
    key = candidate.key.text if candidate.key else ""
    if normalized is None or is_misfit(name, text, key, normalized):
        return candidate.unnamed()
    confidence = PRINTED_NAME_TRUST * candidate.value.score
    return replace(candidate, name=name, normalized=normalized, confidence=confidence)


def _best(candidates: Iterable[Candidate], key: Callable[[Candidate], Hashable]) -> dict[Hashable, Candidate]:
    """The best candidate of each key, of equal ones the first."""
    best: dict[Hashable, Candidate] = {}
    for candidate in candidates:
        if key(candidate) not in best or rank(candidate) > rank(best[key(candidate)]):
            best[key(candidate)] = candidate
    return best


def rank(candidate: Candidate) -> tuple[bool, float]:
    """What the best candidate of a field has most of."""
    told = candidate.name not in _PERIOD and candidate.told is not None and candidate.told == candidate.name
    formed = candidate.name in VAT_IDS and _VAT_ID.fullmatch(str(candidate.normalized)) is not None
    return candidate.normalized is not None, candidate.confidence * (1 + told + formed)
