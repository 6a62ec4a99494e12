"""Names, addresses, descriptions and keys made whole: what was cut off is put back, a branch taken away."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from docfuse_pipeline.addresses import ADDRESS_OF, ADDRESSES, adjoin, join_addresses, party
from docfuse_pipeline.labels import FIELDS
from docfuse_pipeline.legal_forms import end_of_form, is_company, without_number
from docfuse_pipeline.printed_names import key_name, squeezed
from docfuse_pipeline.settings import FIELD_SURE, FIELD_THRESHOLD
from docfuse_pipeline.units import (
    DOCUMENT_PART,
    ITEM_PART,
    NAMING_TYPES,
    Links,
    PageTexts,
    Unit,
    best_sources,
    make_unit,
)

_SPACE = 0.8
"""Widest space between two words of a line, in heights of the line."""
_WORD = re.compile(r"[^\W\d_]{4,}")


def join_blocks(page: PageTexts, units: Sequence[Unit], links: Links) -> list[Unit]:
    """Make each name, address, description, printed key and value of the page one text.

    What touches an address on its line is a part of it ("No" before "5, Main Street"), and so is what
    follows the last "&" of a name or stands before a name that begins with a bracket; a description of a
    line item and a printed key are whole on their line too, and so is a value: what touches it there and
    has the same key, stands between the two, or follows words without a key of its own, if they are not two
    fields. Lines of an address are one text (`addresses`). Where the page prints the beginning of a name
    alone, and what follows it is a place in the address, the name is that beginning and its legal form: the
    place says which branch it is. A registration number in brackets is no part of a name.
    """
    keys = {target: link.source for target, link in best_sources(links["key_value"]).items()}
    return _without_branches(page, join_addresses(page, _whole_texts(page, units, keys)))


def _whole_texts(page: PageTexts, units: Sequence[Unit], keys: Mapping[int, int]) -> list[Unit]:
    """The texts, those that are one put together; `keys` are the keys of boxes."""
    whole: list[Unit] = []
    for unit in units:
        before = whole[-1] if whole else None
        if before and _are_one(page, before, unit, keys):
            whole[-1] = make_unit(page, (*before.boxes, *unit.boxes))
        else:
            whole.append(unit)
    return whole


def _are_one(page: PageTexts, before: Unit, unit: Unit, keys: Mapping[int, int]) -> bool:
    """Whether a text and the next one are parts of one name, address, description, printed key or value."""
    if unit.boxes[0] != before.boxes[-1] + 1:
        return False
    if _is_one_name(before, unit):
        return adjoin(before.hull, unit.hull)
    if not _touch(page, before, unit):
        return False
    if _is_one_key(before, unit) or _takes(before, unit) or _takes(unit, before):
        return True
    key = keys.get(unit.boxes[0])
    if not _is_one_value(before, unit):
        return False
    if key is None:
        return before.boxes[-1] in keys and _goes_on(before, unit)
    return keys.get(before.boxes[-1]) == key or _is_between(page, key, before, keys)


def _is_one_name(before: Unit, unit: Unit) -> bool:
    """Whether a name goes on: behind its "&", or with a bracket and a legal form ("(Semenyih) Sdn Bhd")."""
    rest = party(unit) in ADDRESS_OF and unit.text.startswith("(") and is_company(unit.text)
    cut = party(before) in ADDRESS_OF and before.text.rstrip().endswith("&")
    return cut or (rest and not before.is_key)


def _goes_on(before: Unit, unit: Unit) -> bool:
    """Whether a value goes on with what follows its words ("Delay of your order" before "40-7718")."""
    return unit.type == "value" and len(_WORD.findall(before.text)) > 1


def _is_between(page: PageTexts, key: int, unit: Unit, keys: Mapping[int, int]) -> bool:
    """Whether a text without a key of its own follows a key on its line after no more than a space."""
    first = unit.boxes[0]
    beside = key == first - 1 and not keys.keys() & set(unit.boxes)
    return beside and _touch(page, make_unit(page, (key,)), unit)


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


def _is_one_value(before: Unit, unit: Unit) -> bool:
    """Whether two texts of one key that touch are one value: neither a key, and not two fields."""
    names = {FIELDS[int(part.fields.argmax())] for part in (before, unit)}
    two_fields = len(names) > 1 and not names <= {"none", "unknown"}
    keys = any(part.type in NAMING_TYPES or ":" in part.text for part in (before, unit))
    return not (two_fields or keys)


def _takes(block: Unit, other: Unit) -> bool:
    """Whether a text that touches an address or a description is a part of it: no key, nothing by itself."""
    if other.text.rstrip().endswith(":") or key_name(other.text):
        return False
    name, probability = other.best_field(DOCUMENT_PART)
    if party(block) in ADDRESSES:
        return name in ADDRESSES or probability < FIELD_SURE
    column, item_probability = other.best_field(ITEM_PART)
    unsure = max(probability, item_probability) < FIELD_THRESHOLD
    return _is_description(block) and (unsure or column == "description")


def _is_description(unit: Unit) -> bool:
    name, probability = unit.best_field(ITEM_PART)
    return name == "description" and probability >= FIELD_THRESHOLD and not unit.is_key


def _without_branches(page: PageTexts, units: Sequence[Unit]) -> list[Unit]:
    """Names that a text of the page prints alone, without the place in their address that follows."""
    words: dict[str, set[str]] = {name: set() for name in ADDRESSES}
    for unit in units:
        words.get(party(unit), set()).update(_words(unit.text))
    alone = {squeezed(text) for text in page.texts}
    addresses = {name: words[address] for name, address in ADDRESS_OF.items()}
    names = [replace(u, text=without_number(u.text)) if party(u) in ADDRESS_OF else u for u in units]
    return [_without_branch(unit, alone, addresses.get(party(unit), set())) for unit in names]


def _without_branch(unit: Unit, alone: set[str], address: set[str]) -> Unit:
    parts = unit.text.split(" ") if address else []
    for end in range(len(parts) - 1, 0, -1):
        name, rest = " ".join(parts[:end]), " ".join(parts[end:])
        words = _words(rest)
        known = sum(len(word) for word in words if word in address)
        if words and 2 * known >= sum(map(len, words)) and squeezed(name) in alone:
            return replace(unit, text=f"{name} {rest[: end_of_form(rest)]}".rstrip())
    return unit


def _words(text: str) -> list[str]:
    return _WORD.findall(text.upper())
