"""Line items and tables: cells gathered around their item's anchor, columns named, tables told apart."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

from docfuse_pipeline.hints import Hints
from docfuse_pipeline.labels import TOTAL_FIELDS
from docfuse_pipeline.normalize import normalize
from docfuse_pipeline.printed_names import column_name, key_name
from docfuse_pipeline.settings import FIELD_THRESHOLD, PRINTED_NAME_TRUST, TABLE_GAP
from docfuse_pipeline.units import DOCUMENT_PART, ITEM_PART, Links, Relation, Unit, best_sources

_JOINED_COLUMNS = frozenset({"description"})
"""Columns whose texts of one item are joined; others keep a cell per text."""
_TOTAL_CELLS = 3
"""A row of totals has no more cells."""
_SPEAKING_HEADERS = 3
"""Different headers of known meaning that a table has."""
_WORD = 4
"""Characters from which on a text that is taller than wide is turned."""


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


def find_items(units: Sequence[Unit], links: Links) -> list[ItemCells]:
    """Gather the cells of each line item: those whose best cell_item links lead to one anchor.

    The items are ordered from top to bottom.
    """
    sources = best_sources(links["cell_item"])
    headers = _headers(units, links)
    speaking = _headers_speak(units, headers)
    groups: dict[int, list[CellUnit]] = defaultdict(list)
    anchors = {_anchor(box, sources) for box in sources}
    for unit in units:
        box = next((box for box in unit.boxes if box in sources or box in anchors), None)
        if box is None or unit.type in ("table_header", "section_header") or _is_document_field(unit):
            continue
        if _is_upended(unit):
            continue
        link, header = sources.get(box), next((headers[box] for box in unit.boxes if box in headers), None)
        name, probability = _column_name(unit, header, speaking)
        belongs = link.probability if link else 1.0
        groups[_anchor(box, sources)].append(
            CellUnit(unit, belongs * probability, name, header.text if header else None)
        )
    items = [ItemCells(tuple(cells)) for cells in groups.values() if not _is_total(cells)]
    return sorted(items, key=lambda item: item.top)


def _is_total(cells: Sequence[CellUnit]) -> bool:
    """Whether the cells are a printed key and its amount below the items, as in "Net total 198.00"."""
    named = (cell.unit.type == "total_key" or key_name(cell.unit.text) in TOTAL_FIELDS for cell in cells)
    return len(cells) <= _TOTAL_CELLS and any(named)


def _is_upended(unit: Unit) -> bool:
    """Whether a text runs up or down the page, along the items rather than in one."""
    left, top, right, bottom = unit.hull
    return len(unit.text) >= _WORD and bottom - top > 2 * (right - left)


def _is_document_field(unit: Unit) -> bool:
    """Whether the field head takes the text for a field of the document, such as a total below the items."""
    probability = unit.best_field(DOCUMENT_PART)[1]
    return probability >= FIELD_THRESHOLD and probability > unit.best_field(ITEM_PART)[1]


def _anchor(box: int, sources: dict[int, Relation]) -> int:
    """The anchor that a cell's links lead to; a circle ends where it began."""
    seen = {box}
    while box in sources and sources[box].source not in seen:
        box = sources[box].source
        seen.add(box)
    return min(seen) if box in sources and sources[box].source != box else box


def _headers(units: Sequence[Unit], links: Links) -> dict[int, Unit]:
    """The header of each box that has one."""
    owners = {box: unit for unit in units for box in unit.boxes}
    return {box: owners[link.source] for box, link in best_sources(links["header_cell"]).items()}


def _headers_speak(units: Sequence[Unit], headers: dict[int, Unit]) -> bool:
    """Whether a page prints enough known headers above its cells to be trusted more than the field head."""
    pairs = [(unit, headers[box]) for unit in units for box in unit.boxes if box in headers]
    names = {column_name(header.text) for unit, header in pairs if _is_above(header, unit)}
    return len(names - {None}) >= _SPEAKING_HEADERS


def _is_above(header: Unit, unit: Unit) -> bool:
    return header.hull[3] <= unit.hull[3]


def _column_name(unit: Unit, header: Unit | None, speaking: bool) -> tuple[str | None, float]:
    """A cell's column by the field head or by its printed header, and the probability that it is right."""
    name, probability = unit.best_field(ITEM_PART)
    known = probability >= FIELD_THRESHOLD
    told = column_name(header.text) if header else None
    if told is not None and header is not None and (not known or (speaking and _is_above(header, unit))):
        return told, max(unit.field_probability(told), PRINTED_NAME_TRUST)
    return (name, probability) if known else (None, 1.0)


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
    keys: dict[int, tuple[str, str]] = {}
    hulls: dict[tuple[str, str], tuple[float, float]] = {}
    for cell in (cell for item in items for cell in item.cells):
        if cell.name or cell.header:
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
