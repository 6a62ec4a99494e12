"""Tables: line items told apart by gaps and headers, their cells put into columns."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import mean, median
from typing import Any

from docfuse_pipeline.hints import Hints
from docfuse_pipeline.item_rows import CellUnit, ItemCells
from docfuse_pipeline.normalize import normalize
from docfuse_pipeline.settings import TABLE_GAP
from docfuse_pipeline.units import Unit

_JOINED_COLUMNS = frozenset({"description"})
"""Columns whose texts of one item are joined; others keep a cell per text."""
_REMARK = re.compile(r"[^\W\d][\w.\-/ ]{2,24}:\s*\S")
"""Key and value on one line, such as a number of the goods or their packing: no part of a description."""


def split_tables(items: Sequence[ItemCells], units: Sequence[Unit]) -> list[list[ItemCells]]:
    """Tell tables apart: a new one begins after a wide gap, or after a gap in which a table header stands."""
    heights = [cell.unit.hull[3] - cell.unit.hull[1] for item in items for cell in item.cells]
    widest = TABLE_GAP * median(heights) if heights else 0.0
    headers = [unit.hull[1] for unit in units if unit.type == "table_header"]
    tables: list[list[ItemCells]] = []
    bottom = 0.0
    for item in items:
        top = item.top
        if not tables or top - bottom > widest or any(bottom <= header < top for header in headers):
            tables.append([])
            bottom = item.bottom
        tables[-1].append(item)
        bottom = max(bottom, item.bottom)
    return tables


def build_table(items: Sequence[ItemCells], hints: Hints) -> dict[str, Any]:
    """A table of the result from its items.

    A column is named by the field head or by what its printed header means; one that neither names, by the
    header itself; a cell without either goes to the column it stands under, or where its item has a text in
    that column already, to one of its own: it is a note. A cell's confidence is the
    product of the probabilities that it belongs to the item, that the column is the right one (where it is
    named), and that it was read right.
    """
    cells = [cell for item in items for cell in item.cells]
    keys = _column_keys(items)
    places: dict[Any, list[float]] = defaultdict(list)
    for cell in cells:
        places[keys[id(cell)]].append((cell.unit.hull[0] + cell.unit.hull[2]) / 2)
    order = sorted(places, key=lambda key: median(places[key]))
    columns = [_column(key, [cell for cell in cells if keys[id(cell)] == key]) for key in order]
    rows: list[dict[str, Any]] = [
        {
            "cells": _row(item, {id(cell): order.index(keys[id(cell)]) for cell in item.cells}, hints),
            "page": 0,
        }
        for item in items
    ]
    confidence = mean(cell["confidence"] for row in rows for cell in row["cells"])
    return {"columns": columns, "items": rows, "confidence": round(confidence, 4)}


def _column_keys(items: Sequence[ItemCells]) -> dict[int, tuple[str, str]]:
    """Which column each cell belongs to, by the cell's identity: (kind, name, header or number)."""
    remarks = {id(cell) for item in items for cell in _remarks(item)}
    keys: dict[int, tuple[str, str]] = {}
    hulls: dict[tuple[str, str], tuple[float, float]] = {}
    for cell in (cell for item in items for cell in item.cells):
        if (cell.name or cell.header) and id(cell) not in remarks:
            key = ("name", cell.name) if cell.name else ("header", str(cell.header))
            keys[id(cell)] = key
            left, right = hulls.get(key, (cell.unit.hull[0], cell.unit.hull[2]))
            hulls[key] = (min(left, cell.unit.hull[0]), max(right, cell.unit.hull[2]))
    for item in items:
        named = {keys[id(cell)] for cell in item.cells if id(cell) in keys}
        for cell in (cell for cell in item.cells if id(cell) not in keys):
            key = _column_under(cell, hulls) or ("place", str(len(hulls)))
            key = ("note", key[1]) if key in named else key
            keys[id(cell)] = key
            hulls.setdefault(key, (cell.unit.hull[0], cell.unit.hull[2]))
    return keys


def _remarks(item: ItemCells) -> list[CellUnit]:
    """What stands in a column of joined texts below another text there, and is a key with its value."""
    joined = [cell for cell in item.cells if cell.name in _JOINED_COLUMNS]
    return [cell for cell in joined[1:] if _REMARK.match(cell.unit.text)]


def _column_under(
    cell: CellUnit, hulls: dict[tuple[str, str], tuple[float, float]]
) -> tuple[str, str] | None:
    """The column that covers most of a cell's width, at least half of it."""
    left, right = cell.unit.hull[0], cell.unit.hull[2]
    covers = {key: min(right, end) - max(left, begin) for key, (begin, end) in hulls.items()}
    best = max(covers, key=lambda key: covers[key], default=None)
    return best if best and covers[best] >= (right - left) / 2 else None


def _column(key: tuple[str, str], cells: Sequence[CellUnit]) -> dict[str, Any]:
    headers = Counter(cell.header for cell in cells if cell.header)
    header = headers.most_common(1)[0][0] if headers else None
    return {"name": key[1] if key[0] == "name" else None, "header": header}


def _row(item: ItemCells, columns: dict[int, int], hints: Hints) -> list[dict[str, Any]]:
    """The cells of an item as the result has them, ordered by column."""
    rows: list[dict[str, Any]] = []
    for cell in item.cells:
        column, confidence = columns[id(cell)], _confidence(cell)
        same = next((row for row in rows if row["column"] == column), None)
        if same and cell.name in _JOINED_COLUMNS:
            same["text"] += " " + cell.unit.text
            same["boxes"] += list(cell.unit.boxes)
            same["confidence"] = min(same["confidence"], confidence)
            same["normalized"] = normalize(cell.name, same["text"], hints)
            continue
        rows.append(
            {
                "column": column,
                "text": cell.unit.text,
                "normalized": normalize(cell.name, cell.unit.text, hints),
                "confidence": confidence,
                "boxes": list(cell.unit.boxes),
            }
        )
    return sorted(rows, key=lambda row: row["column"])


def _confidence(cell: CellUnit) -> float:
    return round(min(cell.probability * cell.unit.score, 1.0), 4)
