"""Values behind their keys inside one text: "Tel. 051 644 8127 - VAT Reg No: 4000 8471 26"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from docfuse_pipeline.labels import VAT_IDS
from docfuse_pipeline.printed_names import key_name

_KEY_WORDS = 4
"""Most words of a key."""
_LONGEST = 48
"""Most characters of a key."""
_BOUND = re.compile(r"(?:^|(?<=[\s(,;|·•*]))(?=[^\W\d_])")
"""Where a key may begin."""
_END = re.compile(r"(?<=[^\s\d])(?=[\s:.#]|$)")
"""Where a word of a key may end."""
_BETWEEN = re.compile(r"[\s:.#)]*(?:(?:no|nr|n)[.:]\s*)?", re.IGNORECASE)
"""What may stand between a key and its value."""
_TAX_NUMBER = re.compile(
    r"\d\d[A-Z]{5}\d{4}[A-Z]\w{3}\b"
    r"|(?:[A-Z]{2,3}[ -]?(?:[A-Z0-9]{2}(?=[ \d]))?[ -]?)?[A-Z]?\d(?:[ ./-]?\d){6,13}"
    r"(?:\.?[ ]?B\d\d|-[A-Z]|[ ]?[A-Z]{1,2}(?:\d{4})?)?(?!\w)"
)
"""A number of seven digits at least, its country before it, what some countries add behind it."""
_PHONE = re.compile(r"(?:\(?\+ ?|\()?\d(?:[ ()./+–-]{0,3}\d){5,14}(?![\w-])")
_ACCOUNT = re.compile(r"[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){2,7}(?: ?(?=[A-Z]*\d)[A-Z0-9]{1,3})?(?!\w)")
_BANK = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?(?!\w)")
_VALUES = {
    "seller_vat_id": _TAX_NUMBER, "buyer_vat_id": _TAX_NUMBER, "seller_phone": _PHONE, "iban": _ACCOUNT,
    "bic": _BANK,
}  # fmt: skip
_MAY_HAVE = re.compile(r"(?:\d\D{0,3}){6}|[A-Z]{6}[A-Z0-9]{2}")
"""What a text has that holds such a value: six digits, or a bank's letters."""
_BEGINS = re.compile(r"\W{0,3}[A-Z]{0,3}[ -]?\w{0,2}?\d|[A-Z]{6}")
"""How every such value begins."""
INLINE_FIELDS = frozenset(_VALUES)
"""Fields whose values have a form that is known behind their key."""


@dataclass(frozen=True)
class InlineValue:
    """A value of such a field and its key: where they stand in the text, first character and end."""

    name: str
    key: tuple[int, int]
    value: tuple[int, int]


def inline_values(text: str) -> Iterator[InlineValue]:
    """The values that a text has behind keys of `INLINE_FIELDS`, in the order in which they are printed.

    Args:
        text: tidied text.
    """
    done = 0
    bounds = _BOUND.finditer(text) if _MAY_HAVE.search(text) else ()
    for begin in (match.start() for match in bounds):
        if begin >= done and (found := _value_at(text, begin)):
            done = found.value[1]
            yield found


@lru_cache(maxsize=4096)
def begins_with_tax_number(text: str) -> bool:
    """Whether a text begins with a tax number behind its key."""
    found = _value_at(text, 0) if _MAY_HAVE.search(text) else None
    return found is not None and found.name in VAT_IDS


def tax_number(text: str) -> str | None:
    """The tax number that a text begins with, as printed, without what follows it."""
    found = _TAX_NUMBER.match(text)
    return found.group() if found else None


def _value_at(text: str, begin: int) -> InlineValue | None:
    """The value behind the longest key that begins at a place."""
    ends = [match.start() for match in _END.finditer(text, begin, begin + _LONGEST)]
    for end in reversed([end for end in ends if text.count(" ", begin, end) < _KEY_WORDS]):
        after = _BETWEEN.match(text, end)
        if after is None or not _BEGINS.match(text, after.end()):
            continue
        name = key_name(text[begin:end])
        if name == "seller_phone" and text[begin].islower() and text[end : end + 1] not in (".", ":"):
            continue  # a word of a sentence
        value = _VALUES[name].match(text, after.end()) if name in INLINE_FIELDS else None
        if name and value:
            return InlineValue(name, (begin, end), value.span())
    return None
