"""Rows of a table that are no line items, or not wholly: sums of groups, totals, payments, timetables."""

from __future__ import annotations

import re
from collections.abc import Sequence

from docfuse_pipeline.amounts import agree, find_numbers
from docfuse_pipeline.hints import Hints, tidy
from docfuse_pipeline.item_rows import ItemCells
from docfuse_pipeline.item_sums import AMOUNT, PRICE, cell_number, named_cells
from docfuse_pipeline.labels import TOTAL_FIELDS
from docfuse_pipeline.settings import FIELD_THRESHOLD
from docfuse_pipeline.units import DOCUMENT_PART, Unit

_FEW = 2
"""Items that may cost the same by chance."""
_DAY = re.compile(r"\d{1,2}\.\d{1,2}\.(?!\d)")


def without_sums(items: Sequence[ItemCells], hints: Hints) -> list[ItemCells]:
    """The items; of several amounts in one, those below the first that are the sum of it and those before.

    Such sums of groups stand between the items of a table ("Subtotal carpentry"), and belong to none.

    Args:
        items: the items of a table, from top to bottom.
        hints: conventions of the page.
    """
    found, before = [], list[float]()
    for item in items:
        amounts = sorted(named_cells(item, AMOUNT), key=lambda cell: cell.unit.hull[1])
        before += [cell_number(cell, hints) for cell in amounts[:1]]
        sums = [sum(before[start:]) for start in range(len(before) - 1)]
        below = [cell for cell in amounts[1:] if cell.unit.hull[1] >= amounts[0].unit.hull[3]]
        lost = [cell for cell in below if any(agree(cell_number(cell, hints), total) for total in sums)]
        found.append(ItemCells(tuple(c for c in item.cells if not any(c is one for one in lost))))
    return found


def without_payment(items: Sequence[ItemCells], units: Sequence[Unit], hints: Hints) -> list[ItemCells]:
    """The items of a table but for a last one that makes the amount of all others, or one that takes it away.

    Where the amount is printed elsewhere too, such a row is a total or a payment ("Euro EFT 550.00" below
    five nights), and no item. Two items may cost the same: then it must be that of a total.

    Args:
        items: the items of a table.
        units: all texts of the page.
        hints: conventions of the page.
    """
    amounts = [sum(cell_number(cell, hints) for cell in named_cells(item, AMOUNT)) for item in items]
    largest = max(range(len(items)), key=lambda i: (abs(amounts[i]), i), default=0)
    paid, rest = abs(amounts[largest]), sum(amounts) - amounts[largest]
    may_be = paid > 0 and (amounts[largest] < 0 or largest == len(items) - 1)
    if not (may_be and agree(paid, rest)):
        return list(items)
    inside = {box for item in items for cell in item.cells for box in cell.unit.boxes}
    outside = [unit for unit in units if not inside & set(unit.boxes)]
    telling = outside if len(items) > _FEW else [unit for unit in outside if _is_total(unit)]
    printed = [n.value for unit in telling for n in find_numbers(tidy(unit.text), hints.decimal)]
    again = any(agree(paid, value) for value in printed)
    return [item for i, item in enumerate(items) if i != largest] if again else list(items)


def _is_total(unit: Unit) -> bool:
    name, probability = unit.best_field(DOCUMENT_PART)
    return name in TOTAL_FIELDS and probability >= FIELD_THRESHOLD


def is_timetable(items: Sequence[ItemCells]) -> bool:
    """Whether all that was taken for prices and amounts of a table are days: "14.09." of a journey."""
    prices = [cell.unit.text for item in items for cell in item.cells if cell.name in (PRICE, AMOUNT)]
    return bool(prices) and all(map(_DAY.match, prices))
