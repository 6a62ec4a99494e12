"""Line items by the columns that they are printed in: what stands under one another has one name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from docfuse_pipeline.item_rows import CellUnit, ItemCells
from docfuse_pipeline.settings import FIELD_SURE

_VOTES = 3
"""Cells above and below that have to agree on a name."""
_UNDER = 0.5
"""Share of the narrower text's width by which two texts of one column overlap."""


def by_columns(items: Sequence[ItemCells]) -> list[ItemCells]:
    """The items of a table, unsure names of cells replaced by the name of the cells above and below.

    So a quantity of 4 under the positions 1, 2 and 3 is a position. The new name has the old one's
    probability.
    """
    found = []
    for item in items:
        others = [cell for other in items if other is not item for cell in other.cells]
        found.append(ItemCells(tuple(_voted(cell, others) for cell in item.cells)))
    return found


def _voted(cell: CellUnit, others: Sequence[CellUnit]) -> CellUnit:
    if cell.name is None or cell.probability >= FIELD_SURE:
        return cell
    votes = Counter(other.name for other in others if other.name and _in_one_column(cell, other))
    name, count = votes.most_common(1)[0] if votes else (None, 0)
    return replace(cell, name=name) if count >= _VOTES and count >= 2 * votes[cell.name] else cell


def _in_one_column(first: CellUnit, second: CellUnit) -> bool:
    (left, _, right, _), (other_left, _, other_right, _) = first.unit.hull, second.unit.hull
    width = max(min(right - left, other_right - other_left), 1e-6)
    return min(right, other_right) - max(left, other_left) >= _UNDER * width
