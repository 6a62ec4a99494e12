"""Descriptions of line items made whole: lines that had no room in the line above belong to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

from docfuse_pipeline.dates import find_dates, find_times
from docfuse_pipeline.item_rows import CellUnit
from docfuse_pipeline.printed_names import key_name

_NAME = "description"
_FLUSH, _LEADING = 0.4, 0.6
"""Most that a line begins beside the line above, and is away from it, in its heights."""
_TEXTS = 3
"""Least texts of a column that say how wide it is."""
_GOES_ON = re.compile(r"(?=.*[^\W\d_]{2})[^-–*+#(\[].*(?<!:)")
"""Words that may go on with others: no bullet, bracket or key."""


def whole_descriptions(items: Sequence[Sequence[CellUnit]]) -> list[list[CellUnit]]:
    """The cells of each item; lines without a name that go on with a description are parts of it.

    The field head takes the last lines of long descriptions for notes. Such a line is flush with the one
    above, and its first word would not have fitted there: the column is as wide as its widest text.

    Args:
        items: cells of each item.
    """
    every = [cell for item in items for cell in item]
    named = [cell for cell in every if cell.name == _NAME]
    column = [cell for cell in every if cell.name == _NAME or _is_plain(cell)]
    columns = {id(c): [o.unit.hull[2] for o in column if _is_flush(c, o)] for c in named}
    ends = {cell: max(rights) for cell, rights in columns.items() if len(rights) >= _TEXTS}
    return [_whole(item, ends) for item in items]


def _whole(item: Sequence[CellUnit], ends: dict[int, float]) -> list[CellUnit]:
    """The cells from top to bottom; `ends` are the right edges of the columns of descriptions."""
    whole: list[CellUnit] = []
    for cell in sorted(item, key=lambda cell: cell.unit.hull[1]):
        above = next((o for o in reversed(whole) if id(o) in ends and _goes_on(o, cell, ends[id(o)])), None)
        if above is not None:
            cell = replace(cell, name=_NAME, probability=min(above.probability, cell.probability))
            ends[id(cell)] = ends[id(above)]
        whole.append(cell)
    return whole


def in_order(cells: Iterable[CellUnit]) -> list[CellUnit]:
    """Cells in reading order; of two lines of a description the upper one first.

    Where cells stand in the middle of their row, it is read as one row with both lines.
    """
    ordered = sorted(cells, key=lambda cell: cell.unit.boxes)
    for i, j in combinations(range(len(ordered)), 2):
        lower, upper = ordered[i], ordered[j]
        below = lower.unit.hull[1] - upper.unit.hull[3] >= -_LEADING * (
            upper.unit.hull[3] - upper.unit.hull[1]
        )
        if lower.name == upper.name == _NAME and _is_flush(lower, upper) and below:
            ordered[i], ordered[j] = upper, lower
    return ordered


def _goes_on(above: CellUnit, cell: CellUnit, end: float) -> bool:
    """Whether a text is the next line of a description whose column ends at `end`."""
    text, (left, top, right, bottom) = cell.unit.text, cell.unit.hull
    first_word = (len(text.split()[0]) + 1) * (right - left) / len(text)
    below = _is_flush(above, cell) and abs(top - above.unit.hull[3]) <= _LEADING * (bottom - top)
    return below and above.unit.hull[2] + first_word > end and _is_plain(cell) and _may_go_on(above, text)


def _may_go_on(above: CellUnit, text: str) -> bool:
    """Whether a text is neither a repetition nor a printed key, a day or an hour."""
    words = _GOES_ON.fullmatch(text) is not None and text not in above.unit.text
    return words and key_name(text) is None and not (find_dates(text) or find_times(text))


def _is_plain(cell: CellUnit) -> bool:
    """Whether a text has neither a name nor a header."""
    return cell.name is None and cell.header is None


def _is_flush(first: CellUnit, second: CellUnit) -> bool:
    """Whether two texts begin at the same place."""
    _, top, _, bottom = second.unit.hull
    return abs(first.unit.hull[0] - second.unit.hull[0]) <= _FLUSH * (bottom - top)
