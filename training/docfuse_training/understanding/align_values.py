"""Where a labelled value stands in the lines of a page, however it was broken or misread."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from rapidfuzz import fuzz

from docfuse_pipeline.dates import find_dates
from docfuse_pipeline.hints import CURRENCY
from docfuse_pipeline.labels import AMOUNT_FIELDS, DATE_FIELDS
from docfuse_pipeline.normalize import normalize

Part = tuple[int, int, int]
"""Line, first and one-past-last character."""
_NUMBER = re.compile(r"(?<!\d[-/:.])(?<!\d)\d(?:[\d.,' ]*\d)?(?!\d)(?![-/:]\d)")
"""A number that is no part of a date or a time."""
_CURRENCY_BEFORE = re.compile(rf"(?:{CURRENCY.pattern})\s?-?$")
_BEHIND = re.compile(rf"(?:\s?(?:{CURRENCY.pattern}|%|[.,:;]+(?!\d)))+")
"""What stands behind a text and is one with it: a currency, a sign, punctuation."""
_CLOSE = 88.0
"""Similarity, percent, at which a line counts as misread rather than different."""
_SHORTEST = 4
_MOST_LINES = 6
_COVERAGE = 0.75


def squeezed(text: str) -> tuple[str, list[int]]:
    """Letters and digits of a text in lower case, and the place of each in it."""
    characters, places = [], []
    for place, character in enumerate(text):
        for form in unicodedata.normalize("NFKC", character).lower():
            if form.isalnum():
                characters.append(form)
                places.append(place)
    return "".join(characters), places


def find_value(field: str, value: str, texts: Sequence[str]) -> set[tuple[Part, ...]]:
    """Every mention of a value, each a tuple of parts.

    Args:
        field: canonical field; amounts and dates are compared by what they mean.
        value: as labelled.
        texts: lines in reading order.
    """
    found = _find(field, value, texts)
    return {tuple(_with_marks(part, texts[part[0]]) for part in parts) for parts in found}


def _with_marks(part: Part, text: str) -> Part:
    """The part with the currency, the sign or the punctuation that touches it: no segment begins between."""
    line, begin, end = part
    currency = _CURRENCY_BEFORE.search(text[:begin]) if text[begin].isdigit() else None
    behind = _BEHIND.match(text, end)
    return line, currency.start() if currency else begin, behind.end() if behind else end


def _find(field: str, value: str, texts: Sequence[str]) -> set[tuple[Part, ...]]:
    if field in AMOUNT_FIELDS:
        return {(part,) for line, text in enumerate(texts) for part in _amounts(line, text, value)}
    exact: set[tuple[Part, ...]] = {
        (part,) for line, text in enumerate(texts) for part in _literal(line, text, value)
    }
    if exact:
        return exact
    if field in DATE_FIELDS:
        return {(part,) for line, text in enumerate(texts) for part in _dates(line, text, value)}
    return _broken(value, texts)


def _amounts(line: int, text: str, value: str) -> list[Part]:
    wanted = normalize("payable_amount", value)
    if wanted is None:
        return []
    numbers = _NUMBER.finditer(text)
    return [(line, *n.span()) for n in numbers if normalize("payable_amount", n.group()) == wanted]


def _literal(line: int, text: str, value: str) -> list[Part]:
    """Places where the value's letters and digits stand, not inside a longer word or number."""
    (wanted, _), (have, places) = squeezed(value), squeezed(text)
    found, at = [], have.find(wanted) if wanted else -1
    while at >= 0:
        begin, end = places[at], places[at + len(wanted) - 1] + 1
        if not _inside_number(text, begin) and not _inside_number(text, end):
            found.append((line, begin, end))
        at = have.find(wanted, at + 1)
    return found


def _inside_number(text: str, border: int) -> bool:
    return 0 < border < len(text) and text[border - 1].isdigit() and text[border].isdigit()


def _all_dates(text: str) -> set[str]:
    """The dates of a text, be the day first or the month."""
    return {date for day_first in (True, False) for date in find_dates(text, day_first)}


def _dates(line: int, text: str, value: str) -> list[Part]:
    """Words that mean the labelled date, day or month first."""
    wanted = _all_dates(value)
    found = []
    for match in re.finditer(r"\S+", text):
        for words in (1, 2, 3):
            stretch = re.compile(rf"\S+(?:\s+\S+){{{words - 1}}}").match(text, match.start())
            if stretch and wanted & _all_dates(stretch.group()):
                found.append((line, stretch.start(), stretch.end()))
                break
    return [p for p in found if not any(o != p and p[1] <= o[1] and o[2] <= p[2] for o in found)]


def _broken(value: str, texts: Sequence[str]) -> set[tuple[Part, ...]]:
    """Mentions over neighbouring lines, or misread ones."""
    wanted, _ = squeezed(value)
    pieces = [squeezed(text) for text in texts]
    fitting = [_belongs(piece, wanted) for piece, _ in pieces]
    found = set()
    line = 0
    while line < len(texts):
        if not fitting[line]:
            line += 1
            continue
        run, last = [line], line
        for other in range(line + 1, min(line + 2 * _MOST_LINES, len(texts))):
            if fitting[other] and len(run) < _MOST_LINES:
                run.append(other)
                last = other
            elif other - last > 1:  # one foreign line may stand between, from a column beside
                break
        if sum(len(pieces[i][0]) for i in run) >= _COVERAGE * len(wanted):
            found.add(tuple((i, pieces[i][1][0], pieces[i][1][-1] + 1) for i in run))
        line = last + 1
    return found


def _belongs(piece: str, wanted: str) -> bool:
    if len(piece) < min(_SHORTEST, len(wanted)) or len(piece) > 1.15 * len(wanted):
        return False
    if piece in wanted:
        return True
    return len(piece) >= 2 * _SHORTEST and fuzz.partial_ratio(piece, wanted) >= _CLOSE
