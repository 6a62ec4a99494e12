"""Line items by their sums: quantity × price = amount says which of several numbers is which."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import product

from docfuse_pipeline.amounts import agree, number_of
from docfuse_pipeline.hints import Hints, tidy
from docfuse_pipeline.item_rows import CellUnit, ItemCells
from docfuse_pipeline.printed_names import column_name
from docfuse_pipeline.settings import HIGHEST_TAX

_QUANTITY, PRICE, AMOUNT = "quantity", "unit_price", "line_amount"
_FEW = 2
"""Items that show what a table is, at least."""
_MOST = 16
"""Numbers of one kind that are looked at in an item."""
_CENTS = re.compile(r"\d[.,]\d\d$")
_COUNT = re.compile(r"-?\d[\d.,]*(?: ?[^\W\d_]{1,8}[.23²³]?)?(?: ?[*x×])?")
"""A number, perhaps with what it counts: "186 m2", "8 UNIT *"."""


def by_sums(items: Sequence[ItemCells], hints: Hints) -> list[ItemCells]:
    """The items; of several quantities or prices in one, only those that make its amount keep the name.

    So the 1 of "100 pieces, price 5.20 per 1, 520.00" is no quantity. Where no two numbers make the amount,
    all keep theirs, but for quantities behind the amount where there is one before it: those are tax codes.
    In a table where no quantity and price make an amount, quantities look like money, and no header calls
    them so, columns keep their headers alone: charges and what an insurance paid are neither.

    Args:
        items: the items of a table.
        hints: conventions of the page.
    """
    settled = [_settled(_without_codes(item), hints) for item in _passed_on(items, hints)]
    return [_unnamed(i, _numbers(i)) for i in settled] if _is_no_product(settled, hints) else settled


def _is_no_product(items: Sequence[ItemCells], hints: Hints) -> bool:
    """Whether no amount of a table is a quantity times a price.

    Nor may these be called so by their headers, and the quantities look like money.
    """
    counted = [i for i in items if all(named_cells(i, name) for name in (_QUANTITY, PRICE, AMOUNT))]
    told = any(column_name(cell.header or "") in (_QUANTITY, PRICE) for i in counted for cell in i.cells)
    money = all(_CENTS.search(cell.unit.text) for i in counted for cell in named_cells(i, _QUANTITY))
    return len(counted) >= _FEW and money and not told and not any(_pair(i, i, hints) for i in counted)


def _numbers(item: ItemCells) -> list[CellUnit]:
    """The quantities and prices of an item that have a header, and so keep something that names them."""
    return [cell for cell in (*named_cells(item, _QUANTITY), *named_cells(item, PRICE)) if cell.header]


def _passed_on(items: Sequence[ItemCells], hints: Hints) -> list[ItemCells]:
    """The items; a quantity and price that make the amount below, and not that of their own item, go there.

    Some tills print "2 x 13,90" above "Spaghetti 27,80".
    """
    passed = list(items)
    for i, below in enumerate(passed[1:]):
        above = passed[i]
        pair = None if _pair(below, below, hints) else _pair(above, below, hints)
        own = named_cells(above, AMOUNT)
        if pair and not any(_makes(*pair, amount, hints) for amount in own):
            rest = tuple(cell for cell in above.cells if not any(cell is moved for moved in pair))
            passed[i : i + 2] = [ItemCells(rest), ItemCells((*pair, *below.cells))]
    return passed


def _pair(numbers: ItemCells, amounts: ItemCells, hints: Hints) -> tuple[CellUnit, CellUnit] | None:
    """A quantity and a price of one item that make an amount of another one, or of the same."""
    pairs = product(
        named_cells(numbers, _QUANTITY), named_cells(numbers, PRICE), named_cells(amounts, AMOUNT)
    )
    return next(((count, each) for count, each, amount in pairs if _makes(count, each, amount, hints)), None)


def _makes(count: CellUnit, each: CellUnit, amount: CellUnit, hints: Hints) -> bool:
    a, b, c = (cell_number(cell, hints) for cell in (count, each, amount))
    return 0.0 not in (a, b, c) and agree(a * b, c)


def _without_codes(item: ItemCells) -> ItemCells:
    end = max((cell.unit.hull[2] for cell in named_cells(item, AMOUNT)), default=float("inf"))
    quantities = named_cells(item, _QUANTITY)
    codes = [cell for cell in quantities if cell.unit.hull[0] >= end]
    return item if len(codes) == len(quantities) else _unnamed(item, codes)


def _settled(item: ItemCells, hints: Hints) -> ItemCells:
    quantities, prices, amounts = (named_cells(item, name) for name in (_QUANTITY, PRICE, AMOUNT))
    for chosen in product(quantities, prices, amounts):
        if _makes(*chosen, hints):
            others = [c for c in (*quantities, *prices) if not any(c is kept for kept in chosen)]
            return _with_net_amount(_unnamed(item, others), hints)
    return _with_net_amount(_solved(item, hints), hints)


def _solved(item: ItemCells, hints: Hints) -> ItemCells:
    """The item; where it has a price but no quantity, a text without a name that makes one of its numbers.

    So "186 m2" before "210.00" and "39 060.00" is a quantity. One of a thing proves nothing.
    """
    if named_cells(item, _QUANTITY):
        return item
    prices = named_cells(item, PRICE)
    for cell, each, amount in product(named_cells(item, None), prices, (*prices, *named_cells(item, AMOUNT))):
        ordered = cell.unit.hull[2] <= each.unit.hull[0] and each.unit.hull[2] <= amount.unit.hull[0]
        if ordered and _COUNT.fullmatch(cell.unit.text) and cell_number(cell, hints) != 1.0:
            if _makes(cell, each, amount, hints):
                counted = ItemCells(tuple(replace(c, name=_QUANTITY) if c is cell else c for c in item.cells))
                return _unnamed(counted, [c for c in prices if c is not each and c is not amount])
    return item


def _with_net_amount(item: ItemCells, hints: Hints) -> ItemCells:
    """The item; of amounts without and with tax the first is the item's, the other has its header alone.

    That is the net amount of EN 16931 (BT-131), which the quantity times the price makes. It may have been
    taken for another price ("3 pieces at 390.00, 1170.00, with tax 1287.00").
    """
    prices, amounts = named_cells(item, PRICE), named_cells(item, AMOUNT)
    for count, each, net in product(named_cells(item, _QUANTITY), prices, (*prices, *amounts)):
        if net.unit.hull[0] <= each.unit.hull[0] or not _makes(count, each, net, hints):
            continue
        taxed = tuple(c for c in amounts if c is not net and _is_taxed(c, net, hints))
        if taxed or not any(c is not net for c in amounts):
            named = (replace(c, name=AMOUNT) if c is net else c for c in item.cells)
            return _unnamed(ItemCells(tuple(named)), taxed)
    return item


def _is_taxed(gross: CellUnit, net: CellUnit, hints: Hints) -> bool:
    """Whether an amount is another one with a tax."""
    return 0 < cell_number(gross, hints) - cell_number(net, hints) <= HIGHEST_TAX * cell_number(net, hints)


def named_cells(item: ItemCells, name: str | None) -> list[CellUnit]:
    """The first cells of that name: all triples of them are tried, and no item has many."""
    return [cell for cell in item.cells if cell.name == name][:_MOST]


def _unnamed(item: ItemCells, lost: Collection[CellUnit]) -> ItemCells:
    """The item, these of its cells without their names."""
    return ItemCells(tuple(replace(c, name=None) if any(c is one for one in lost) else c for c in item.cells))


def cell_number(cell: CellUnit, hints: Hints) -> float:
    """The number of a cell, 0 where it has none."""
    return number_of(tidy(cell.unit.text), hints.decimal) or 0.0
