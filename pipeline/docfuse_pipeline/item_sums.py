"""Line items by their sums: quantity × price = amount says which of several numbers is which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from docfuse_pipeline.amounts import number_of
from docfuse_pipeline.hints import Hints, tidy
from docfuse_pipeline.item_rows import CellUnit, ItemCells
from docfuse_pipeline.settings import AMOUNT_TOLERANCE

_QUANTITY, _PRICE, _AMOUNT = "quantity", "unit_price", "line_amount"


def by_sums(items: Sequence[ItemCells], hints: Hints) -> list[ItemCells]:
    """The items; of several quantities or prices in one, only those that make its amount keep the name.

    So the 1 of "100 pieces, price 5.20 per 1, 520.00" is no quantity. Nothing changes where no two numbers
    make the amount.

    Args:
        items: the items of a table.
        hints: conventions of the page.
    """
    return [_settled(item, hints) for item in items]


def _settled(item: ItemCells, hints: Hints) -> ItemCells:
    numbers = {
        name: [(cell, value) for cell in item.cells if cell.name == name and (value := _number(cell, hints))]
        for name in (_QUANTITY, _PRICE, _AMOUNT)
    }
    quantities, prices, amounts = numbers.values()
    if max(len(quantities), len(prices)) < 2:
        return item
    for (quantity, count), (price, each), (_, amount) in product(quantities, prices, amounts):
        if abs(count * each - amount) <= AMOUNT_TOLERANCE + 1e-9:
            kept = (quantity, price)
            return ItemCells(tuple(_kept_name(cell, kept) for cell in item.cells))
    return item


def _kept_name(cell: CellUnit, kept: Sequence[CellUnit]) -> CellUnit:
    lost = cell.name in (_QUANTITY, _PRICE) and not any(cell is other for other in kept)
    return replace(cell, name=None) if lost else cell


def _number(cell: CellUnit, hints: Hints) -> float:
    """The number of a cell, 0 where it has none."""
    return number_of(tidy(cell.unit.text), hints.decimal) or 0.0
