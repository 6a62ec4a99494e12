"""What shows that a text is no value of a name: its own form, or its printed key."""

from __future__ import annotations

import re

from docfuse_pipeline.addresses import ADDRESS_OF, ADDRESSES
from docfuse_pipeline.dates import find_dates
from docfuse_pipeline.forms import FORMED_FIELDS, read_form
from docfuse_pipeline.hints import tidy
from docfuse_pipeline.labels import AMOUNT_FIELDS, NUMBERED_FIELDS, TIME_FIELDS, VAT_IDS
from docfuse_pipeline.legal_forms import is_company
from docfuse_pipeline.settings import HIGHEST_TAX

_STREET = re.compile(r"\b\d{1,4}[a-z]?\W+(?:[A-Z]{1,2}\W)?\d{4,5}\b", re.IGNORECASE)
"""A house number before a postcode, as no name has them."""
_NO_PHONE = re.compile(
    r".?(?:tele)?fax|faks|f\W*$|(?:bank)?konto|(?:bank )?acc(?:oun)?t|blz|bankleitzahl|sort code|iban",
    re.IGNORECASE,
)
"""The key of a number that nobody answers, a fax's or a bank's."""
_MASKED = re.compile(r"[*•]{3}|x{4}|\d{9}", re.IGNORECASE)
"""A card's number, most of it masked, or another long one: no amount."""
_SIGNED = re.compile(r"\d{4}-\d\d-\d\d")
"""In what a till signs, and in no tax number."""
_TILL = re.compile(r"\b(?:tse|aid|tid|mid|terminal)\b", re.IGNORECASE)
"""The key of what a till or a card says of itself."""
_DISCOUNT = re.compile(
    r"rabatt|nachlass|skonto|discount|rebate|remise|rabais|sconto|descuento|korting", re.IGNORECASE
)
"""In the key of a rate that is no tax's."""

_CHARGE = re.compile(r"\bserv(?:ice)?\.? ?ch(?:ar)?g", re.IGNORECASE)
"""The key of what is paid for service: no tax and no discount."""
_PROGRAM = re.compile(r"A0{5,}\w*")
"""The number of a card's program (ISO 7816-5), which is nobody's invoice."""


def is_misfit(name: str | None, text: str, key: str, normalized: str | float | None) -> bool:
    """Whether a text, or its printed key, shows that it is no value of that name."""
    return (
        (name == "seller_phone" and _NO_PHONE.match(key.strip()) is not None)
        or (name == "tax_rate" and (_DISCOUNT.search(key) is not None or _is_no_rate(normalized)))
        or (name in AMOUNT_FIELDS and _is_no_amount(text))
        or (name in TIME_FIELDS and normalized is None)
        or (name in ("tax_amount", "discount_amount") and is_charge(key))
        or (name == "invoice_number" and _PROGRAM.fullmatch(text) is not None)
        or (name == "payment_method" and text.casefold() == "cashier")
        or (name == "currency" and normalized is None)
        or (name in NUMBERED_FIELDS and not any(map(str.isdigit, text)))
        or (name in VAT_IDS and (_SIGNED.search(text) or _TILL.search(key)) is not None)
        or (name in ADDRESSES and is_company(text))
        or (name in ADDRESS_OF and (_STREET.search(text) is not None or _is_no_name(text)))
        or (name in FORMED_FIELDS and normalized is None)
    )


def is_charge(key: str) -> bool:
    """Whether the key of an amount says that it is paid for service."""
    return _CHARGE.search(key) is not None


def _is_no_amount(text: str) -> bool:
    """Whether a text is a card's number, a date, or has no digit."""
    return _MASKED.search(text) is not None or not any(map(str.isdigit, text)) or bool(find_dates(tidy(text)))


def _is_no_rate(normalized: str | float | None) -> bool:
    return not isinstance(normalized, float) or normalized > 100 * HIGHEST_TAX


def _is_no_name(text: str) -> bool:
    """Whether a text is a printed key ("STORE #"), a website, or has no letters."""
    text = tidy(text)
    is_key, is_number = text.endswith(("#", ":")), not any(map(str.isalpha, text))
    return is_key or is_number or read_form("website", text) == text.lower()
