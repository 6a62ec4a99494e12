"""Rows of line items that print a quantity times a price: "4 pcs à 59.90", "1.87 lb @ 0.69 /lb"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from docfuse_pipeline.amounts import agree, number_of
from docfuse_pipeline.hints import Hints, tidy
from docfuse_pipeline.item_rows import CellUnit, ItemCells
from docfuse_pipeline.settings import ARITHMETIC_TRUST
from docfuse_pipeline.units import SAME_ROW, row_overlap

_AMOUNT = "line_amount"
_COUNTED = ("quantity", "unit_price")
_PRODUCT = re.compile(
    r"(?:\S+ )??(?P<quantity>-?\d+(?:[.,]\d+)?) ?(?P<unit>[^\W\d_]{1,8}\.?|1b)? ?(?:[x×àá@*]|a(?= ))"
    r" ?(?P<unit_price>\W{0,2}\d[\d.,]*)(?: ?\S{1,8})?",
    re.IGNORECASE,
)
"""Quantity, what is counted, and the price of one, perhaps with its currency or unit."""


def with_products(items: Sequence[ItemCells], hints: Hints) -> list[ItemCells]:
    """The items of a table, rows of quantity and price made cells of the item whose amount they make.

    That is the item that the row belongs to, or the one above or below; where no amount is their product, the
    row stays as it is.

    Args:
        items: the items of a table, from top to bottom.
        hints: conventions of the page.
    """
    found = list(items)
    for place, item in enumerate(items):
        for row in _rows(item):
            product = _PRODUCT.fullmatch(" ".join(tidy(cell.unit.text) for cell in row))
            owner = product and _owner(found, place, product, hints)
            if product and owner is not None:
                kept = tuple(c for c in found[place].cells if not any(c is part for part in row))
                found[place] = ItemCells(kept)
                found[owner] = ItemCells((*found[owner].cells, *_cells(row, product)))
    return [item for item in found if item.cells]


def _rows(item: ItemCells) -> list[list[CellUnit]]:
    """The cells of each row without an amount, from left to right, but for numbers of the goods."""
    rows: list[list[CellUnit]] = []
    for cell in sorted(item.cells, key=lambda cell: cell.unit.hull[0]):
        if cell.name == "item_number":
            continue
        row = next((r for r in rows if row_overlap(r[0].unit.hull, cell.unit.hull) >= SAME_ROW), None)
        if row is None:
            rows.append([cell])
        else:
            row.append(cell)
    return [row for row in rows if not any(cell.name == _AMOUNT for cell in row)]


def _owner(items: Sequence[ItemCells], place: int, product: re.Match[str], hints: Hints) -> int | None:
    """The item whose amount a quantity and a price make: this one, the one above, or the one below."""
    count, each = (number_of(product[name], hints.decimal) or 0.0 for name in _COUNTED)
    for other in (place, place - 1, place + 1):
        if 0 <= other < len(items):
            taken = other != place and any(cell.name in _COUNTED for cell in items[other].cells)
            amounts = (cell for cell in items[other].cells if cell.name == _AMOUNT and not taken)
            if any(agree(abs(count * each), abs(_value(cell, hints))) for cell in amounts if count * each):
                return other
    return None


def _value(cell: CellUnit, hints: Hints) -> float:
    return number_of(tidy(cell.unit.text), hints.decimal) or 0.0


def _cells(row: Sequence[CellUnit], product: re.Match[str]) -> list[CellUnit]:
    """The parts of a row of quantity and price as cells, each with the boxes that it is printed in."""
    starts = [0]
    for cell in row:
        starts.append(starts[-1] + len(tidy(cell.unit.text)) + 1)
    found = []
    for name in ("quantity", "unit", "unit_price"):
        if product[name]:
            begin = product.start(name)
            cell = next(c for c, end in zip(row, starts[1:], strict=True) if begin < end)
            unit = replace(cell.unit, text=product[name].strip())
            found.append(CellUnit(unit, ARITHMETIC_TRUST, name, cell.header))
    return found
