"""Names, addresses, descriptions and keys made whole: what was cut off is put back, a branch taken away."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from docfuse_pipeline.printed_names import key_name, squeezed
from docfuse_pipeline.settings import FIELD_SURE, FIELD_THRESHOLD
from docfuse_pipeline.units import DOCUMENT_PART, ITEM_PART, PageTexts, Unit, make_unit

_ADDRESSES = frozenset({"seller_address", "buyer_address"})
_ADDRESS_OF: Final = {"seller_name": "seller_address", "buyer_name": "buyer_address"}
_SPACE = 0.8
"""Widest space between two words of a line, in heights of the line."""
_WORD = re.compile(r"[^\W\d_]{4,}")


def join_blocks(page: PageTexts, units: Sequence[Unit]) -> list[Unit]:
    """Make each name, address, description and printed key of the page one text.

    What touches an address on its line is a part of it ("No" before "5, Main Street"), and so is what follows
    the last "&" of a name; a description of a line item and a printed key are whole on their line too. Texts
    that stand below or beside each other and that the field head calls the same address are one. Where the
    page prints the beginning of a name alone, and what follows it is a place in the address, the name is that
    beginning: the place says which branch it is.
    """
    joined: list[Unit] = []
    blocks: dict[str, list[int]] = {}
    for unit in _whole_texts(page, units):
        name = _party(unit)
        if name not in _ADDRESSES:
            joined.append(unit)
            continue
        places = blocks.setdefault(name, [])
        place = next((place for place in places if _adjoin(joined[place].hull, unit.hull)), None)
        if place is None:
            places.append(len(joined))
            joined.append(unit)
        else:
            joined[place] = make_unit(page, tuple(sorted((*joined[place].boxes, *unit.boxes))))
    return _without_branches(page, joined)


def _party(unit: Unit) -> str:
    """The name or address that a text is, or a part of; empty if of none."""
    name, probability = unit.best_field(DOCUMENT_PART)
    known = name in _ADDRESSES or name in _ADDRESS_OF
    return name if known and probability >= FIELD_THRESHOLD and not unit.is_key else ""


def _whole_texts(page: PageTexts, units: Sequence[Unit]) -> list[Unit]:
    """The texts, those that are one put together."""
    whole: list[Unit] = []
    for unit in units:
        before = whole[-1] if whole else None
        if before and _are_one(page, before, unit):
            whole[-1] = make_unit(page, (*before.boxes, *unit.boxes))
        else:
            whole.append(unit)
    return whole


def _are_one(page: PageTexts, before: Unit, unit: Unit) -> bool:
    """Whether a text and the next one are parts of one name, address, description or printed key."""
    if unit.boxes[0] != before.boxes[-1] + 1:
        return False
    if _party(before) in _ADDRESS_OF and before.text.rstrip().endswith("&"):
        return _adjoin(before.hull, unit.hull)
    if not _touch(page, before, unit):
        return False
    return _is_one_key(before, unit) or _takes(before, unit) or _takes(unit, before)


def _touch(page: PageTexts, before: Unit, unit: Unit) -> bool:
    """Whether a text follows another one on its line after no more than a space."""
    last, first = before.boxes[-1], unit.boxes[0]
    gap = page.hulls[first][0] - page.hulls[last][2]
    height = page.hulls[first][3] - page.hulls[first][1]
    return bool(page.lines[last] == page.lines[first]) and gap <= _SPACE * height


def _is_one_key(before: Unit, unit: Unit) -> bool:
    """Whether two texts that touch are one printed key ("Business" before "Address"), not two."""
    two_names = key_name(before.text) is not None and key_name(unit.text) is not None
    ended = before.text.rstrip().endswith((":", ".", "#"))
    return before.is_key and unit.is_key and not (ended or two_names)


def _takes(block: Unit, other: Unit) -> bool:
    """Whether a text that touches an address or a description is a part of it: no key, nothing by itself."""
    if other.text.rstrip().endswith(":") or key_name(other.text):
        return False
    name, probability = other.best_field(DOCUMENT_PART)
    if _party(block) in _ADDRESSES:
        return name in _ADDRESSES or probability < FIELD_SURE
    column, item_probability = other.best_field(ITEM_PART)
    unsure = max(probability, item_probability) < FIELD_THRESHOLD
    return _is_description(block) and (unsure or column == "description")


def _is_description(unit: Unit) -> bool:
    name, probability = unit.best_field(ITEM_PART)
    return name == "description" and probability >= FIELD_THRESHOLD and not unit.is_key


def _adjoin(first: tuple[float, float, float, float], second: tuple[float, float, float, float]) -> bool:
    """Whether two hulls touch but for the height of the second, a line of text."""
    reach = second[3] - second[1]
    apart_x = max(second[0] - first[2], first[0] - second[2])
    apart_y = max(second[1] - first[3], first[1] - second[3])
    return apart_x <= reach and apart_y <= reach


def _without_branches(page: PageTexts, units: Sequence[Unit]) -> list[Unit]:
    """Names that a text of the page prints alone, without the place in their address that follows."""
    words: dict[str, set[str]] = {name: set() for name in _ADDRESSES}
    for unit in units:
        words.get(_party(unit), set()).update(_words(unit.text))
    alone = {squeezed(text) for text in page.texts}
    addresses = {name: words[address] for name, address in _ADDRESS_OF.items()}
    return [_without_branch(unit, alone, addresses.get(_party(unit), set())) for unit in units]


def _without_branch(unit: Unit, alone: set[str], address: set[str]) -> Unit:
    parts = unit.text.split(" ") if address else []
    for end in range(len(parts) - 1, 0, -1):
        name, rest = " ".join(parts[:end]), _words(" ".join(parts[end:]))
        known = sum(len(word) for word in rest if word in address)
        if rest and 2 * known >= sum(map(len, rest)) and squeezed(name) in alone:
            return replace(unit, text=name)
    return unit


def _words(text: str) -> list[str]:
    return _WORD.findall(text.upper())
