"""Where a labelled value stands in the lines of a page, however it was broken or misread."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from rapidfuzz import fuzz

from docfuse_pipeline.dates import find_dates
from docfuse_pipeline.labels import AMOUNT_FIELDS, DATE_FIELDS
from docfuse_pipeline.normalize import normalize

Part = tuple[int, int, int]
"""Line, first and one-past-last character."""
_NUMBER = re.compile(r"\d[\d.,' ]*\d|\d")
_CURRENCY = re.compile(r"(?:RM|\$|€|£|USD|EUR|MYR)\s?-?$")
_DATE_WORDS = re.compile(r"\S+(?:\s\S+){0,2}")
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
    if field in AMOUNT_FIELDS:
        return {(part,) for line, text in enumerate(texts) for part in _amounts(line, text, value)}
    exact = {(part,) for line, text in enumerate(texts) for part in _literal(line, text, value)}
    if exact:
        return exact
    if field in DATE_FIELDS:
        return {(part,) for line, text in enumerate(texts) for part in _dates(line, text, field, value)}
    return _broken(value, texts)


def _amounts(line: int, text: str, value: str) -> list[Part]:
    wanted = normalize("payable_amount", value)
    found = []
    for match in _NUMBER.finditer(text):
        if wanted is not None and normalize("payable_amount", match.group()) == wanted:
            currency = _CURRENCY.search(text[: match.start()])
            found.append((line, currency.start() if currency else match.start(), match.end()))
    return found


def _literal(line: int, text: str, value: str) -> list[Part]:
    """Places where the value's letters and digits stand, not inside a longer word or number."""
    (wanted, _), (have, places) = squeezed(value), squeezed(text)
    found, at = [], have.find(wanted) if wanted else -1
    while at >= 0:
        begin, end = places[at], places[at + len(wanted) - 1] + 1
        before, behind = text[begin - 1 : begin], text[end : end + 1]
        if not (before.isdigit() and text[begin].isdigit()) and not (
            behind.isdigit() and text[end - 1].isdigit()
        ):
            found.append((line, begin, end))
        at = have.find(wanted, at + 1)
    return found


def _dates(line: int, text: str, field: str, value: str) -> list[Part]:
    """Words that mean the labelled date, day or month first."""
    wanted = {date for first in (True, False) for date in find_dates(value, first)}
    found = []
    for match in re.finditer(r"\S+", text):
        for words in (1, 2, 3):
            stretch = re.compile(rf"\S+(?:\s+\S+){{{words - 1}}}").match(text, match.start())
            if stretch and wanted & {
                d for first in (True, False) for d in find_dates(stretch.group(), first)
            }:
                found.append((line, stretch.start(), stretch.end()))
                break
    kept = [
        part for part in found if not any(o != part and part[1] <= o[1] and o[2] <= part[2] for o in found)
    ]
    return kept


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
