"""Arithmetic checks of what a page says: they warn and never edit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any

from docfuse_pipeline.amounts import agree, number_of
from docfuse_pipeline.hints import tidy
from docfuse_pipeline.misfits import is_charge
from docfuse_pipeline.settings import AMOUNT_TOLERANCE

_WITHHELD = re.compile(
    r"\b(?:irpf|irrf|tds|retenci[oó]n|reten[cç][aã]o|ritenuta|retenue|withh?olding|quellensteuer)\b",
    re.IGNORECASE,
)
"""Tax that the buyer pays for the seller."""


def check_amounts(fields: Sequence[dict[str, Any]], tables: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """Warnings about amounts that do not add up, from the fields and tables of a result."""
    return [*_check_lines(tables), *_check_totals(fields, tables)]


def _check_lines(tables: Sequence[dict[str, Any]]) -> Iterable[dict[str, str]]:
    """Quantity × unit price (less a discount or its percentage, or with tax) = line amount, per item."""
    for table in tables:
        for number, item in enumerate(table["items"], 1):
            values = _item_values(table, item)
            if any(len(values.get(name, ())) != 1 for name in ("quantity", "unit_price", "line_amount")):
                continue
            product = values["quantity"][0] * values["unit_price"][0]
            amount = values["line_amount"][0]
            discount = sum(abs(value) for value in values.get("line_discount", ()))
            factors = [1 - discount / 100, *(1 + rate / 100 for rate in values.get("vat_rate", ()))]
            expected = [product, product - discount, *(product * factor for factor in factors)]
            if not any(_equal(amount, sum_) for sum_ in expected):
                message = (
                    f"Item {number}: quantity × unit price is {product:.2f}, but the line says {amount:.2f}."
                )
                yield {"code": "line_mismatch", "message": message}


def _check_totals(
    fields: Sequence[dict[str, Any]], tables: Sequence[dict[str, Any]]
) -> Iterable[dict[str, str]]:
    """Net + tax = gross, or a subtotal with its tax = gross; sum of the lines = a total of the page."""
    payable, net = _values(fields, "payable_amount"), _values(fields, "tax_exclusive_amount")
    gross, taxes = payable + _values(fields, "gross_amount"), _values(fields, "tax_amount")
    adjustments = _values(fields, "rounding_amount") + [-abs(v) for v in _values(fields, "discount_amount")]
    adjustments += _charges(fields)
    if gross and net and taxes:
        sums = [
            n + t + a
            for n in (*net, sum(net))
            for t in (0.0, *taxes, sum(taxes))
            for a in _subset_sums(adjustments)
        ]
        if not any(_equal(total, expected) for total in gross for expected in sums):
            message = f"Net {net[0]:.2f} and tax {taxes[0]:.2f} do not add up to {gross[0]:.2f}."
            yield {"code": "totals_mismatch", "message": message}
    lines = [
        value for t in tables for item in t["items"] for value in _item_values(t, item).get("line_amount", ())
    ]
    totals = net + gross
    if lines and totals:
        extras = _subset_sums([*adjustments, *taxes])
        if not any(_equal(sum(lines) + extra, total, len(lines)) for extra in extras for total in totals):
            message = f"The line amounts add up to {sum(lines):.2f}, which is none of the totals."
            yield {"code": "lines_mismatch", "message": message}


def _values(fields: Sequence[dict[str, Any]], name: str) -> list[float]:
    found = [field["normalized"] for field in fields if field["name"] == name]
    return [value for value in found if isinstance(value, float)]


def _charges(fields: Sequence[dict[str, Any]]) -> list[float]:
    """What the page says was charged for service or carriage or withheld as tax, which has no name."""
    told = [(f["key"] or "", number_of(tidy(f["value"] or ""))) for f in fields if f["name"] is None]
    charged = [amount for key, amount in told if amount is not None and is_charge(key)]
    return charged + [-abs(amount) for key, amount in told if amount is not None and _WITHHELD.search(key)]


def _item_values(table: dict[str, Any], item: dict[str, Any]) -> dict[str, list[float]]:
    """Numbers of an item's cells by the canonical name of their column."""
    values: dict[str, list[float]] = {}
    for cell in item["cells"]:
        name, value = table["columns"][cell["column"]]["name"], cell["normalized"]
        if name == "line_discount" and value is None:
            value = number_of(tidy(cell["text"]))  # "5 %" is no amount
        if name and isinstance(value, float):
            values.setdefault(name, []).append(value)
    return values


def _subset_sums(values: Sequence[float]) -> list[float]:
    """Sums of every choice of the first six values."""
    return [
        sum(choice) for size in range(min(len(values), 6) + 1) for choice in combinations(values[:6], size)
    ]


def _equal(first: float, second: float, count: int = 1) -> bool:
    """Whether two amounts agree but for the rounding of `count` lines."""
    return agree(first, second, AMOUNT_TOLERANCE * max(count / 2, 1.0))
