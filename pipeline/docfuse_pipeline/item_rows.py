"""Line items by the rows that they are printed in: cells of one row of amounts belong to one item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from docfuse_pipeline.units import SAME_ROW, Unit, row_overlap

_AMOUNT = "line_amount"
_BESIDE = frozenset({"description", "quantity", "unit_price"})
"""One of them stands on the row of an item's amount, or the amount may be of something else."""
_NUMBERS = (_AMOUNT, "unit_price", "quantity")
"""What an item has one of at least."""


@dataclass(frozen=True)
class CellUnit:
    """A text that is a cell of a line item, with its column's name and header.

    `probability`: that it belongs to the item and, where the column is named, that the name is right.
    """

    unit: Unit
    probability: float
    name: str | None
    header: str | None
    """Text of the column's printed header."""


@dataclass(frozen=True)
class ItemCells:
    """The cells of one line item, in reading order."""

    cells: tuple[CellUnit, ...]

    @property
    def top(self) -> float:
        """Upper edge, page pixels."""
        return min(cell.unit.hull[1] for cell in self.cells)

    @property
    def bottom(self) -> float:
        """Lower edge, page pixels."""
        return max(cell.unit.hull[3] for cell in self.cells)


def by_rows(items: Sequence[Sequence[CellUnit]]) -> list[list[CellUnit]]:
    """Gather anew the cells of items whose rows of amounts the models took for parts of one another.

    Every row that has an amount, with a description, a quantity or a price beside it, is an item of its own.
    The cells on it belong to it; of an item that the models gave several such rows, each other cell belongs
    to the row above it.

    Args:
        items: cells of each item by the models.
    """
    cells = [cell for item in items for cell in item]
    rows = _rows(cells)
    if len(rows) < 2:
        return [list(item) for item in items]
    gathered: dict[int, list[CellUnit]] = {id(row): [] for row in rows}
    others: list[list[CellUnit]] = []
    for item in items:
        own = [row for row in rows if any(row is cell for cell in item)]
        left: list[CellUnit] = []
        for cell in item:
            row = _row_of(cell, rows) or _row_above(cell, own)
            (left if row is None else gathered[id(row)]).append(cell)
        others += [left] if left else []
    return [*gathered.values(), *others]


def _rows(cells: Sequence[CellUnit]) -> list[CellUnit]:
    """The amount of each row of an item, from top to bottom."""
    rows: list[CellUnit] = []
    for cell in sorted(cells, key=lambda cell: cell.unit.hull[1]):
        if cell.name == _AMOUNT and not any(_on_one_row(row, cell) for row in rows):
            if any(other.name in _BESIDE and _on_one_row(other, cell) for other in cells):
                rows.append(cell)
    return rows


def _overlap(first: CellUnit, second: CellUnit) -> float:
    return row_overlap(first.unit.hull, second.unit.hull)


def _on_one_row(first: CellUnit, second: CellUnit) -> bool:
    return _overlap(first, second) >= SAME_ROW


def _row_of(cell: CellUnit, rows: Sequence[CellUnit]) -> CellUnit | None:
    best = max(rows, key=lambda row: _overlap(row, cell))
    return best if _on_one_row(best, cell) else None


def _row_above(cell: CellUnit, rows: Sequence[CellUnit]) -> CellUnit | None:
    """The last of some rows that does not begin below a cell, else the first; None of none."""
    above = [row for row in rows if row.unit.hull[1] <= cell.unit.hull[1]]
    return above[-1] if above else next(iter(rows), None)


def with_notes(items: Sequence[ItemCells]) -> list[ItemCells]:
    """The items of a table, texts without any number taken for notes of the item above them.

    Where an item has an amount, one that has no amount, price or quantity is none: it is a part of a menu, a
    choice, a remark, or what is taken off its price. Above the first item it is a heading, and left out. Rows
    with cells under two headers stay.
    """
    if not any(_has(item, _NUMBERS[:1]) for item in items):
        return list(items)
    kept: list[ItemCells] = []
    for item in items:
        if _has(item, _NUMBERS) or sum(cell.header is not None for cell in item.cells) > 1:
            kept.append(item)
        elif kept:
            notes = (
                cell if cell.name == "line_discount" else replace(cell, name=None, header=None)
                for cell in item.cells
            )
            kept[-1] = ItemCells((*kept[-1].cells, *notes))
    return kept


def _has(item: ItemCells, names: Sequence[str]) -> bool:
    return any(cell.name in names for cell in item.cells)
