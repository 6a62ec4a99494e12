"""What shows that a text is no value of a name: its own form, or its printed key."""

from __future__ import annotations

import re
from collections.abc import Iterable

from docfuse_pipeline.addresses import ADDRESS_OF, ADDRESSES
from docfuse_pipeline.dates import find_dates, month_number
from docfuse_pipeline.forms import FORMED_FIELDS, read_form
from docfuse_pipeline.hints import CURRENCY, tidy
from docfuse_pipeline.labels import AMOUNT_FIELDS, DATE_FIELDS, TIME_FIELDS, VAT_IDS
from docfuse_pipeline.legal_forms import has_tax_number, is_company
from docfuse_pipeline.printed_names import key_name
from docfuse_pipeline.settings import HIGHEST_TAX


def _patterns(*rows: tuple[Iterable[str], str]) -> dict[str, list[re.Pattern[str]]]:
    """Patterns of each field, from rows of fields and a pattern of theirs."""
    found: dict[str, list[re.Pattern[str]]] = {}
    for names, pattern in rows:
        for name in names:
            found.setdefault(name, []).append(re.compile(pattern, re.IGNORECASE))
    return found


_CHARGE = re.compile(
    r"\bserv(?:ice)?\.? ?ch(?:ar)?g|\btips?\b|gratuity|trinkgeld|propina|pourboire|\bmancia\b"
    r"|\b(?:shipping|freight|postage|delivery|handling|versand|porto|fracht|livraison|frais de port"
    r"|spedizione|env[ií]o|gastos de|verzend|wysyłk|frakt)",
    re.IGNORECASE,
)
"""The key of what is paid for service or carriage: no tax, and no payment of all."""
_OTHER_KEYS = _patterns(
    # numbers that nobody answers, a fax's or a bank's
    (
        ["seller_phone"],
        r"^\s*(?:.?(?:tele)?fax|faks|f\W*$|(?:bank)?konto|(?:bank|plus)giro|(?:bank )?acc(?:oun)?t|blz|"
        r"bankleitzahl|sort code|iban)",
    ),
    (VAT_IDS, r"^\s*(?:bank\W*)?(?:konto|account|acc\.)"),
    # what a till or a card says of itself
    (VAT_IDS | FORMED_FIELDS, r"\b(?:tse|aid|tid|mid|tic|terminal|kassa-?id)\b"),
    (AMOUNT_FIELDS, r"\bpos.in[ft]"),
    # the rate of a discount
    (["tax_rate"], r"rabatt|nachlass|skonto|discount|rebate|remise|rabais|sconto|descuento|korting"),
    (["tax_amount", "discount_amount", "change_amount", "paid_amount"], _CHARGE.pattern),
)
"""Keys that tell of something else."""
_OTHER_FORMS = _patterns(
    # a card's number, most of it masked, or another long one
    (AMOUNT_FIELDS, r"[*•]{3}|x{4}|\d{9}"),
    (["customer_number"], r"[*•]{3}|x{4}"),
    # the number of a card's program (ISO 7816-5)
    (["invoice_number"], r"^A0{5,}\w*$"),
    # in what a till signs
    (VAT_IDS, r"\d{4}-\d\d-\d\d"),
    (["seller_phone"], r"\b[A-Z]{2} ?\d{3} ?\d{3} ?\d{3}\b"),
    (["payment_method"], r"^cashier$|^cardholder$|^bediener\b|fahrkarte|eintrittskarte"),
    (["buyer_name"], r"^copy$"),
    # a house number before a postcode, as no name has them, and a street that is named for a day
    (ADDRESS_OF, r"\b\d{1,4}[a-z]?\W+(?:[A-Z]{1,2}\W)?\d{4,5}\b"),
    (DATE_FIELDS | {"payment_terms"}, r"^str(?:\.|a(?:ss|ß)e) "),
)
"""What stands in no such value."""
_WORDS = re.compile(r"[^\W\d_]{2,}")
_NEVER_TAX_NUMBERS = ADDRESSES | ADDRESS_OF.keys() | {"seller_phone"}
_PARSED = FORMED_FIELDS | TIME_FIELDS | (DATE_FIELDS - {"issue_date"}) | {"currency"}
"""Fields of which nothing is left where the text holds no such value."""
_COUNTED = AMOUNT_FIELDS | VAT_IDS | {"invoice_number"}
"""Fields whose values have digits; codes of orders ("EPDAHS") may have none."""


def is_misfit(name: str | None, text: str, key: str, normalized: str | float | None) -> bool:
    """Whether a text, or its printed key, shows that it is no value of that name."""
    if name is None:
        return False
    text = tidy(text)
    return (
        any(pattern.search(key) for pattern in _OTHER_KEYS.get(name, ()))
        or any(pattern.search(text) for pattern in _OTHER_FORMS.get(name, ()))
        or (name in _PARSED and normalized is None)
        or (name in _COUNTED and not any(map(str.isdigit, text)))
        or (name in AMOUNT_FIELDS and bool(find_dates(text)))
        or (name == "tax_rate" and _is_no_rate(text, normalized))
        or (name in ADDRESSES and is_company(text))
        or (name in _NEVER_TAX_NUMBERS and has_tax_number(text))
        or (name == "payment_terms" and _is_no_sentence(text))
        or (name in ADDRESS_OF and _is_no_name(text))
    )


def is_charge(key: str) -> bool:
    """Whether the key of an amount says that it is paid for service."""
    return _CHARGE.search(key) is not None


def _is_no_rate(text: str, rate: str | float | None) -> bool:
    """Whether a rate is none, too high, or money."""
    return not isinstance(rate, float) or rate > 100 * HIGHEST_TAX or CURRENCY.search(text) is not None


def _is_no_sentence(text: str) -> bool:
    """Whether a text is a printed key, or nothing but an amount or a date."""
    words = _WORDS.findall(CURRENCY.sub(" ", text))
    is_key = key_name(text) is not None and not any(map(str.isdigit, text))
    return is_key or all(map(month_number, words))


def _is_no_name(text: str) -> bool:
    """Whether a text is a printed key ("STORE #"), a website, or has no letters."""
    is_key, is_number = text.endswith(("#", ":")), not any(map(str.isalpha, text))
    return is_key or is_number or read_form("website", text) == text.lower()
