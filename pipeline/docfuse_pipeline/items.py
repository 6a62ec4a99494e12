"""Line items: cells gathered around their item's anchor, each with the name of its column."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from docfuse_pipeline.descriptions import in_order, whole_descriptions
from docfuse_pipeline.item_rows import CellUnit, ItemCells, by_rows
from docfuse_pipeline.labels import TOTAL_FIELDS
from docfuse_pipeline.printed_names import column_name, key_name
from docfuse_pipeline.settings import FIELD_THRESHOLD, PRINTED_NAME_TRUST
from docfuse_pipeline.units import DOCUMENT_PART, ITEM_PART, Links, Relation, Unit, best_sources

_NO_RATES = frozenset({"quantity", "unit_price", "line_amount"})
_NUMBERS = _NO_RATES | {"vat_rate", "line_discount"}
_RATE = re.compile(r"\s*\d+(?:[.,]\d+)?\s?%\s*")
_TOTAL_CELLS = 3
"""A row of totals has no more cells."""
_SPEAKING_HEADERS = 3
"""Different headers of known meaning that a table has."""
_WORD = 4
"""Characters from which on a text that is taller than wide is turned."""


def find_items(units: Sequence[Unit], links: Links) -> list[ItemCells]:
    """Gather the cells of each line item: those whose best cell_item links lead to one anchor.

    What the links join against the rows of the page is put right (`by_rows`), and descriptions of several
    lines are made whole. The items are ordered from top to bottom.
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
    gathered = whole_descriptions(by_rows([cells for cells in groups.values() if not _is_total(cells)]))
    items = [ItemCells(tuple(in_order(cells))) for cells in gathered]
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
    """A cell's column by the field head or by its printed header, and the probability that it is right.

    A lone rate ("19 %") is one, whatever it is taken for, and an amount with an "@" is a price; a column of
    numbers has none without a digit.
    """
    name, probability = unit.best_field(ITEM_PART)
    known = probability >= FIELD_THRESHOLD
    told = column_name(header.text) if header else None
    if told is not None and header is not None and (not known or (speaking and _is_above(header, unit))):
        name, probability, known = told, max(unit.field_probability(told), PRINTED_NAME_TRUST), True
    if not known or (name in _NUMBERS and not any(map(str.isdigit, unit.text))):
        return None, 1.0
    if name in _NO_RATES and _RATE.fullmatch(unit.text):
        name = "vat_rate"
    return ("unit_price" if name == "line_amount" and unit.text.startswith("@") else name), probability
