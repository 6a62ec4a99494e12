"""Whether a page prints a value: text by letters and digits, dates and numbers by their usual spellings."""

from __future__ import annotations

import datetime
import re
import unicodedata
from pathlib import Path

import pypdfium2

_NUMBER = re.compile(r"\d[\d.,]*")
_MONTHS = (
    ("january", "januar", "jan"), ("february", "februar", "feb"), ("march", "märz", "mar"), ("april", "apr"),
    ("may", "mai"), ("june", "juni", "jun"), ("july", "juli", "jul"), ("august", "aug"),
    ("september", "sep"), ("october", "oktober", "oct", "okt"), ("november", "nov"),
    ("december", "dezember", "dec", "dez"),
)  # fmt: skip
_SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}


def squeezed(text: str) -> str:
    """NFKC, case folded, letters and digits only."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text).casefold())


def pdf_text(path: Path) -> str:
    """The text layer of all pages of a PDF."""
    with pypdfium2.PdfDocument(path) as pdf:
        return "\n".join(page.get_textpage().get_text_range() for page in pdf)


def _readings(token: str) -> set[float]:
    """A printed number with a point and with a comma as decimal sign."""
    token = token.rstrip(".,")
    found = set()
    for decimal, group in (".,", ",."):
        plain = token.replace(group, "").replace(decimal, ".")
        if plain.count(".") <= 1:
            found.add(float(plain))
    return found


def _date_spellings(iso: str) -> list[str]:
    date = datetime.date.fromisoformat(iso)
    day, month, year, short = date.day, date.month, date.year, date.year % 100
    names = [f"{day}. {name} {year}" for name in _MONTHS[month - 1]]
    names += [f"{day} {name} {year}" for name in _MONTHS[month - 1]]
    numeric = [f"{day:02}.{month:02}.{year}", f"{day}.{month}.{year}", f"{day:02}.{month:02}.{short:02}"]
    return [*numeric, f"{day:02}/{month:02}/{year}", f"{month:02}/{day:02}/{year}", iso, *names]


def is_printed(value: str, kind: str, text: str) -> bool:
    """Whether `text` prints a value of `kind` date (ISO 8601), number (signs aside), currency or text."""
    if kind == "date":
        plain = " ".join(text.casefold().split())
        return any(re.search(rf"(?<!\d){re.escape(s)}(?!\d)", plain) for s in _date_spellings(value))
    if kind == "number":
        return any(abs(float(value)) in _readings(token) for token in _NUMBER.findall(text))
    if kind == "currency":
        return value in text or _SYMBOLS.get(value, value) in text
    return squeezed(value) in squeezed(text)
