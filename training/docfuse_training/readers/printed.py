"""Whether a page prints a value: text by letters and digits, dates and numbers by their usual spellings."""

from __future__ import annotations

from pathlib import Path

import pypdfium2

from docfuse_pipeline.amounts import find_numbers
from docfuse_pipeline.dates import find_dates
from docfuse_pipeline.hints import currency_of, tidy
from docfuse_pipeline.labels import AMOUNT_FIELDS, DATE_FIELDS, NUMBER_FIELDS
from docfuse_pipeline.printed_names import squeezed


def kind_of(field: str) -> str:
    """How values of a canonical field are compared: date, number, currency or text."""
    if field in DATE_FIELDS:
        return "date"
    if field in AMOUNT_FIELDS | NUMBER_FIELDS:
        return "number"
    return "currency" if field == "currency" else "text"


def pdf_text(path: Path) -> str:
    """The text layer of all pages of a PDF."""
    with pypdfium2.PdfDocument(path) as pdf:
        return "\n".join(page.get_textpage().get_text_range() for page in pdf)


def is_printed(value: str, kind: str, text: str) -> bool:
    """Whether `text` prints a value of `kind` date (ISO 8601), number (signs aside), currency or text."""
    lines = [tidy(line) for line in text.splitlines()]
    if kind == "date":
        return any(value in find_dates(line, day_first) for line in lines for day_first in (True, False))
    if kind == "number":
        numbers = (n for line in lines for decimal in ".," for n in find_numbers(line, decimal))
        return any(abs(n.value) == abs(float(value)) for n in numbers)
    if kind == "currency":
        return any(value == currency_of(line) for line in lines)
    return squeezed(value) in squeezed(text)
