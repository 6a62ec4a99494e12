"""Printed values → normalised values: ISO 8601 dates and times, numbers, ISO 4217 currencies, tidied text."""

from __future__ import annotations

import re
from functools import lru_cache

from docfuse_pipeline.amounts import amount_of, number_of
from docfuse_pipeline.check_boxes import ticked_options
from docfuse_pipeline.dates import find_dates, find_times
from docfuse_pipeline.forms import FORMED_FIELDS, read_form
from docfuse_pipeline.hints import Hints, currency_of, tidy
from docfuse_pipeline.inline_keys import inline_values, tax_number
from docfuse_pipeline.labels import AMOUNT_FIELDS, DATE_FIELDS, NUMBER_FIELDS, TIME_FIELDS, VAT_IDS
from docfuse_pipeline.legal_forms import with_legal_form
from docfuse_pipeline.printed_names import key_name

_NUMBERED_FIELDS = VAT_IDS | {"invoice_number", "order_number", "customer_number", "contract_number"}
"""Numbers that may have their key in the same box."""
_FIRST_OF_TWO = re.compile(r"[A-Z]{2}\d{8,12}(?=[A-Z]{3}|[,;])")
"""A VAT number with its country, before another number with its key."""
_PART = re.compile(r" |(?<=\D)(?=\d)")
"""Where a key may end: before a space or a number."""
_AROUND = " :;,./|"
"""What may stand around a number and is no part of it."""
_NAME_FIELDS = frozenset({"seller_name", "buyer_name"})
_REGISTERED = re.compile(r"\s*\((?:co|comp(?:any)?|reg|roc|gst|vat|uen|brn|no)\b[^()]*\)?$", re.IGNORECASE)
"""A register's number behind a name: "(Co. No: 123456-A)", also where the line is cut off."""
_PHONE = re.compile(r"(?<![\w-])(?:\(?\+ ?|\()?\d[\d\s()./+–-]{4,}\d(?![\w-])")
"""What is a telephone number in a text: "on 1800 248 123" or "01.45.67.07.27 - RCS" have more."""
_ADDRESS_FIELDS = frozenset({"seller_address", "buyer_address"})
_ENDS_WITH_PHONE = re.compile(
    r"[\s,;|·•-]+(?:\(?\+\d|\(?00\d)[\d\s()./+–-]{6,}\d[\s|·•-]*$|[\s|·•]+[-–|·•]*$"
)
"""A telephone number with its country, or what parts it from the address, behind it."""
_NO_HINTS = Hints()


def _without_key(text: str, field_name: str) -> str:
    """The text without a printed key of the field before its value, as "Chk" in "Chk 5228" is one."""
    ends = [match.start() for match in _PART.finditer(text)]
    for end in reversed(ends):
        if key_name(text[:end]) == field_name:
            return text[end:].lstrip(" #:")
    return text


def _plain_text(field_name: str | None, text: str) -> str:
    """What of a text is a name, an address, a telephone number, or ticked; other texts as they are."""
    if field_name is None and (ticked := ticked_options(text)) is not None:
        return ticked
    if field_name in _NAME_FIELDS:
        return with_legal_form(_REGISTERED.sub("", text).strip(" :;,|*"))
    if field_name in _ADDRESS_FIELDS:
        return _without_numbers(text)
    phone = _PHONE.search(text) if field_name == "seller_phone" else None
    return phone.group() if phone else text


def _without_numbers(address: str) -> str:
    """An address without the numbers and keys of a letterhead that follow it on its line."""
    first = next((one.key[0] for one in inline_values(address) if one.key[0]), len(address))
    return _ENDS_WITH_PHONE.sub("", address[:first])


@lru_cache(maxsize=4096)
def normalize(field_name: str | None, text: str, hints: Hints = _NO_HINTS) -> str | float | None:
    """Normalise a printed value by the field it belongs to.

    The value may be a part of the text: "25/12/2018 14:32" has the date of `issue_date` and the time of
    `issue_time`; of several dates `period_end` takes the last, other dates the first.

    Args:
        field_name: canonical name, or None if the field has none.
        text: text as printed.
        hints: conventions of the page (`hints.page_hints`).

    Returns:
        ISO 8601 date or time; a float for amounts, quantities and rates; ISO 4217 code; tidied text; None if
        the text holds no such value.
    """
    text = _without_key(tidy(text), field_name) if field_name in _NUMBERED_FIELDS else tidy(text)
    if field_name in DATE_FIELDS:
        dates = find_dates(text, hints.day_first)
        return (dates[-1] if field_name == "period_end" else dates[0]) if dates else None
    if field_name in TIME_FIELDS:
        return next(iter(find_times(text)), None)
    if field_name in AMOUNT_FIELDS:
        return amount_of(text, hints.decimal, cents=field_name != "unit_price")
    if field_name in NUMBER_FIELDS:
        return number_of(text, hints.decimal)
    if field_name == "currency":
        return currency_of(text, hints.currency)
    if field_name in FORMED_FIELDS:
        return read_form(field_name, text)
    if field_name in VAT_IDS:
        compact = (tax_number(text) or text).replace(" ", "").strip(_AROUND).upper()
        first = _FIRST_OF_TWO.match(compact)
        return (first.group() if first else compact) or None
    if field_name in _NUMBERED_FIELDS:
        return text.strip(_AROUND) or None
    return _plain_text(field_name, text).strip(" :;") or None
