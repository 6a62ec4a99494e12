"""Amounts beside one rate of tax: net × rate = tax, net + tax = gross."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

from docfuse_pipeline.amounts import agree, find_numbers
from docfuse_pipeline.candidates import Candidate
from docfuse_pipeline.hints import tidy
from docfuse_pipeline.labels import TOTAL_FIELDS

_NET, _TAX, _GROSS = "tax_exclusive_amount", "tax_amount", "gross_amount"


def settle_rates(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Amounts that share a key with a rate ("VAT 20 %"), named by what the rate makes of them.

    Two of net, tax and gross amount are enough. How sure they are stays as it was: they are those of one
    rate, and the totals of all outrank them.
    """
    rows: dict[tuple[int, ...], list[Candidate]] = defaultdict(list)
    for c in candidates:
        if c.key is not None and c.name in TOTAL_FIELDS and c.amount > 0:
            rows[c.key.boxes].append(c)
    names = {id(c): name for row in rows.values() for c, name in _names(row)}
    return [replace(c, name=names[id(c)]) if id(c) in names else c for c in candidates]


def _names(row: Sequence[Candidate]) -> list[tuple[Candidate, str]]:
    rate = _rate(row[0])
    found: list[tuple[Candidate, str]] = []
    for a, b in permutations(row, 2) if rate else ():
        if agree(a.amount * rate / 100, b.amount):
            found += [(a, _NET), (b, _TAX)]
        elif agree(a.amount * (100 + rate) / 100, b.amount):
            found += [(a, _NET), (b, _GROSS)]
        elif agree(a.amount * rate / (100 + rate), b.amount):
            found += [(a, _GROSS), (b, _TAX)]
    return found


def _rate(candidate: Candidate) -> float:
    """The rate in a candidate's key, percent; 0 if there is none."""
    key = tidy(candidate.key.text) if candidate.key else ""
    return next((number.value for number in find_numbers(key) if number.percent), 0.0)
