"""Fields: values with their keys, named by the field head or by the printed key."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from docfuse_pipeline.candidates import Candidate, keep_best, make_candidate, without_early_dues
from docfuse_pipeline.hints import Hints
from docfuse_pipeline.labels import TOTAL_FIELDS
from docfuse_pipeline.normalize import normalize
from docfuse_pipeline.parties import name_parties, with_suppliers, without_contacts, without_lone_buyers
from docfuse_pipeline.printed_names import key_name
from docfuse_pipeline.settings import FIELD_THRESHOLD, ROW_TRUST
from docfuse_pipeline.totals import settle_totals
from docfuse_pipeline.units import DOCUMENT_PART, Links, Relation, Unit, best_sources

_EDGES = re.compile(r"^[\s:·•|]+|\s[-–]$|[\s:·•|]+$")
"""What parts a value from its key and from what comes next on the line."""
_BLANK = re.compile(r"[_.…\s]+")
"""A line to be filled in."""
Sources = dict[tuple[int, ...], tuple[Unit, float]]
"""The source of a unit, by the unit's boxes, with the link's probability."""


def find_fields(
    units: Sequence[Unit],
    links: Links,
    taken: set[int],
    hints: Hints,
    trade: bool,
    blanks: Mapping[int, Sequence[int]],
) -> list[dict[str, Any]]:
    """The fields of a page, in reading order.

    A value of which the field head is not sure is named by its printed key (`printed_names`), if it can be;
    an amount behind the printed name of a total has it as its key where the relation model gives none. Which
    amounts are net, tax, due and paid is settled by what they add up to (`totals`), a party without a name by
    what stands above its address. Who is named under a company is its contact, not the party, and an address
    of a buyer of whom nothing else speaks is none.
    A value is a text that the field head names, that has a key, or whose type is value. A key that the field
    head names and that holds such a value itself ("Cash", "VAT 19 %") is one too. In a table that is none of
    line items a value has the key of its row and the header of its column; a header alone is its key. A named
    field's confidence is the probability of its name, an unnamed one's that of its link, each times the
    confidence of the reading; a lone key's is that of its type, likewise. A value with neither name nor key
    is no field. A key without value has the boxes without text that it names.

    Args:
        units: the texts of the page.
        links: the links between its boxes.
        taken: boxes that are cells of line items.
        hints: conventions of the page.
        trade: whether the page is of a class that has a seller and a buyer.
        blanks: boxes without text, by the box of their key.
    """
    keys, headers = (_best_sources(units, links[name]) for name in ("key_value", "header_cell"))
    free = [unit for unit in units if not taken & set(unit.boxes)]
    keys |= _row_keys(free, keys, hints)
    values = [unit for unit in free if _is_value(unit, keys, headers)]
    every = [make_candidate(u, keys.get(u.boxes), headers.get(u.boxes), hints, trade) for u in values]
    every += filter(_is_named, [make_candidate(u, None, None, hints, trade) for u in free if u.is_key])
    told = with_suppliers(settle_totals(every, hints), hints)
    parties = without_lone_buyers(without_contacts(name_parties(told, hints)))
    candidates = keep_best(without_early_dues(parties), hints)
    fields = [_field(c) for c in candidates if c.name or c.key or c.header]
    used = taken.union(*(c.boxes for c in candidates))
    lone = [unit for unit in units if unit.is_key and not used & set(unit.boxes)]
    fields += [_lone_key(unit, blanks) for unit in lone]
    return sorted(fields, key=lambda field: min(field["key_boxes"] + field["value_boxes"]))


def _best_sources(units: Sequence[Unit], links: Sequence[Relation]) -> Sources:
    """The most probable source of each unit, of the links of one relation."""
    owners = {box: unit for unit in units for box in unit.boxes}
    best: Sources = {}
    for link in best_sources(links).values():
        key, value = owners[link.source], owners[link.target]
        if key is not value and (value.boxes not in best or link.probability > best[value.boxes][1]):
            best[value.boxes] = (key, link.probability)
    return best


def _row_keys(units: Sequence[Unit], keys: Sources, hints: Hints) -> Sources:
    """Amounts that have no key, but the printed name of a total before them on their row.

    A row where some amount has a key, of its column, is one of a table.
    """
    used = {key.boxes for key, _ in keys.values()}
    found: Sources = {}
    for key in units:
        name = key_name(key.text)
        if name not in TOTAL_FIELDS or key.boxes in used or key.boxes in keys:
            continue
        row = [unit for unit in units if _follows(key, unit)]
        amounts = [unit for unit in row if normalize(name, unit.text, hints) is not None]
        if amounts and not any(unit.boxes in keys for unit in amounts):
            nearest = min(amounts, key=lambda unit: unit.hull[0])
            found.setdefault(nearest.boxes, (key, ROW_TRUST))
    return found


def _follows(key: Unit, unit: Unit) -> bool:
    """Whether a text stands to the right of another one on the same row."""
    middle = (unit.hull[1] + unit.hull[3]) / 2
    return unit.hull[0] >= key.hull[2] and key.hull[1] <= middle <= key.hull[3]


def _is_value(unit: Unit, keys: Sources, headers: Sources) -> bool:
    if unit.is_key or unit.type in ("table_header", "section_header") or _BLANK.fullmatch(unit.text):
        return False
    told = unit.boxes in keys or unit.boxes in headers or unit.type == "value"
    return told or unit.best_field(DOCUMENT_PART)[1] >= FIELD_THRESHOLD


def _is_named(candidate: Candidate) -> bool:
    """Whether a text has a name, and holds a value of that name."""
    return candidate.name is not None and candidate.normalized is not None


def _field(candidate: Candidate) -> dict[str, Any]:
    key, header = candidate.key, candidate.header
    if key is None:
        key, header = header, None
    return {
        "name": candidate.name,
        "key": key.text if key else None,
        "value": _EDGES.sub("", candidate.value.text) or candidate.value.text,
        "normalized": candidate.normalized,
        "confidence": round(candidate.confidence, 4),
        "key_boxes": list(key.boxes) if key else [],
        "value_boxes": list(candidate.value.boxes),
        "page": 0,
        **({"header": header.text, "header_boxes": list(header.boxes)} if header else {}),
    }


def _lone_key(unit: Unit, blanks: Mapping[int, Sequence[int]]) -> dict[str, Any]:
    return {
        "name": None,
        "key": unit.text,
        "value": None,
        "normalized": None,
        "confidence": round(min(unit.type_probability * unit.score, 1.0), 4),
        "key_boxes": list(unit.boxes),
        "value_boxes": [blank for box in unit.boxes for blank in blanks.get(box, ())],
        "page": 0,
    }
