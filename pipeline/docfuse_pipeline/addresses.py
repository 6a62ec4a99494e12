"""Addresses of several lines, put together by place, with the lines that the field head missed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from docfuse_pipeline.legal_forms import has_tax_number, is_company
from docfuse_pipeline.printed_names import key_name
from docfuse_pipeline.settings import ADDRESS_HINT, FIELD_THRESHOLD
from docfuse_pipeline.units import DOCUMENT_PART, PageTexts, Unit, make_unit

ADDRESS_OF: Final = {"seller_name": "seller_address", "buyer_name": "buyer_address"}
"""The address that belongs to a name."""
ADDRESSES: Final = frozenset(ADDRESS_OF.values())

Hull = tuple[float, float, float, float]


def party(unit: Unit) -> str:
    """The name or address that a text is, or a part of; empty if of none."""
    name, probability = unit.best_field(DOCUMENT_PART)
    known = name in ADDRESS_OF or (name in ADDRESSES and not _is_no_line(unit.text))
    return name if known and probability >= FIELD_THRESHOLD and not unit.is_key else ""


def _is_no_line(text: str) -> bool:
    """Whether a text is no line of an address: a company, or its tax number."""
    return is_company(text) or has_tax_number(text)


def adjoin(first: Hull, second: Hull) -> bool:
    """Whether two hulls touch but for the height of the second, a line of text."""
    reach = second[3] - second[1]
    apart_x = max(second[0] - first[2], first[0] - second[2])
    apart_y = max(second[1] - first[3], first[1] - second[3])
    return apart_x <= reach and apart_y <= reach


def join_addresses(page: PageTexts, units: Sequence[Unit]) -> list[Unit]:
    """Make each address one text.

    Texts that stand below or beside each other and that the field head calls the same address are one. What
    stands between the lines of an address belongs to it, unless it says something by itself; so does the line
    above it that the field head took for an address with some probability, if for nothing else.
    """
    joined: list[Unit] = []
    blocks: dict[str, list[int]] = {}
    for unit in units:
        name = party(unit)
        if name not in ADDRESSES:
            joined.append(unit)
            continue
        places = blocks.setdefault(name, [])
        place = next((place for place in places if adjoin(joined[place].hull, unit.hull)), None)
        if place is None:
            places.append(len(joined))
            joined.append(unit)
        else:
            joined[place] = _together(page, joined[place], [unit])
    return _filled(page, joined)


def _together(page: PageTexts, unit: Unit, more: Sequence[Unit]) -> Unit:
    return make_unit(page, tuple(sorted((*unit.boxes, *(box for other in more for box in other.boxes)))))


def _filled(page: PageTexts, units: list[Unit]) -> list[Unit]:
    """The texts, those that belong to an address made parts of it."""
    for place, address in enumerate(units):
        if party(address) not in ADDRESSES:
            continue
        others = units[:place] + units[place + 1 :]
        if missed := _between(page, address, others) or _above(page, address, others):
            whole = _together(page, address, missed)
            rest = [unit for unit in units if all(unit is not other for other in missed)]
            return _filled(page, [whole if unit is address else unit for unit in rest])
    return units


def _between(page: PageTexts, address: Unit, others: Sequence[Unit]) -> list[Unit]:
    """The texts within an address, of lines on which nothing says something by itself."""
    left, top, right, bottom = address.hull
    inside = [
        unit
        for unit in others
        if left <= _middle(unit.hull)[0] <= right and top < _middle(unit.hull)[1] < bottom
    ]
    lines = {_line(page, unit) for unit in inside}
    telling = {line for unit in others if (line := _line(page, unit)) in lines and not _may_belong(unit)}
    return [unit for unit in inside if _line(page, unit) not in telling]


def _line(page: PageTexts, unit: Unit) -> int:
    """The detected line that a text begins on."""
    return int(page.lines[unit.boxes[0]])


def _above(page: PageTexts, address: Unit, others: Sequence[Unit]) -> list[Unit]:
    """The texts directly above the first line of an address that the field head took for one, if unsurely."""
    first = page.hulls[address.boxes[0]]
    return [
        unit
        for unit in others
        if unit.field_probability(party(address)) >= ADDRESS_HINT
        and not (unit.is_key or party(unit))
        and _may_belong(unit)
        and _middle(unit.hull)[1] < first[1]
        and adjoin(unit.hull, address.hull)
    ]


def _may_belong(unit: Unit) -> bool:
    """Whether a text says nothing by itself: no key, nothing that the field head names but a party."""
    if ":" in unit.text or key_name(unit.text):
        return False
    name, probability = unit.best_field(DOCUMENT_PART)
    return probability < FIELD_THRESHOLD or name == "unknown" or name in ADDRESSES or name in ADDRESS_OF


def _middle(hull: Hull) -> tuple[float, float]:
    return (hull[0] + hull[2]) / 2, (hull[1] + hull[3]) / 2
