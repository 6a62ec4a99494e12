"""What a page tells about its country: the order of day and month, the decimal sign, the currency."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_CODES = (
    "EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "BGN", "ISK", "TRY", "MYR",
    "SGD", "AUD", "NZD", "CAD", "INR", "JPY", "CNY", "HKD", "THB", "IDR", "PHP", "KRW", "VND", "ZAR",
    "BRL", "MXN", "AED",
)  # fmt: skip
_SYMBOLS = {
    "S$": "SGD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "NZ$": "NZD", "HK$": "HKD",
    "US$": "USD", "R$": "BRL", "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW",
    "₺": "TRY", "฿": "THB", "₫": "VND", "RM": "MYR", "Rs": "INR", "zł": "PLN", "zl": "PLN", "Kč": "CZK",
    "Ft": "HUF", "lei": "RON", "SFr": "CHF", "SFr.": "CHF", "Euro": "EUR", "Euros": "EUR",
    "euro": "EUR", "euros": "EUR",
}  # fmt: skip
"""Printed sign → ISO 4217 code; a bare "$" may be overruled by the page, a bare "kr" is left open."""
_BY_LENGTH = sorted((*_CODES, *_SYMBOLS), key=len, reverse=True)
_FIRST = "".join(sorted({sign[0] for sign in _BY_LENGTH}))
CURRENCY = re.compile(
    rf"(?=[{re.escape(_FIRST)}])(?:"
    + "|".join(re.escape(sign) for sign in _BY_LENGTH if not sign[0].isalpha())
    + r"|(?<![^\W\d_])(?:"
    + "|".join(
        re.escape(sign) + (r"(?![^\W\d_])" if sign.isalpha() else "")
        for sign in _BY_LENGTH
        if sign[0].isalpha()
    )
    + "))"
)
"""A currency's sign, code or word; no part of a longer word."""
_MONTH_FIRST_CURRENCIES = frozenset({"USD"})
_NUMERIC_DATE = re.compile(r"(?<![\d./-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/-])")
_TWO_DECIMALS = re.compile(r"\d([.,])\d\d(?![\d.,/:-])")
_KRONA = re.compile(r"\d\s?(?:kr\b|:-)|\bkr\.?\s?\d", re.IGNORECASE)
_KRONAS = {"SE": "SEK", "NO": "NOK", "DK": "DKK"}
_NORDIC = re.compile(r"\b(SE|NO|DK)\d{2}|\w\.(se|no|dk)\b")
_US_ADDRESS = re.compile(r"\b[A-Z]{2}\.? \d{5}(?:-\d{4})?\b")


@dataclass(frozen=True)
class Hints:
    """Conventions of a page; None where it does not tell."""

    day_first: bool | None = None
    decimal: str | None = None
    """"." or ","."""
    currency: str | None = None
    currency_share: float = 0.0
    """Share of the page's currency signs that say so."""


def tidy(text: str) -> str:
    """Text in NFKC with single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def currency_of(text: str, usual: str | None = None) -> str | None:
    """ISO 4217 code of the first currency sign or code in a text, or None; `usual` says what a bare $ is."""
    found = CURRENCY.search(text)
    if not found:
        krona = _KRONA.search(text) or text.strip(". ").lower() == "kr"
        return usual if krona and usual in _KRONAS.values() else None
    if found.group() == "$" and usual in ("USD", "AUD", "CAD", "NZD", "SGD", "HKD", "MXN"):
        return usual
    return _SYMBOLS.get(found.group(), found.group())


def _printed_currencies(text: str) -> Iterable[str]:
    """Codes of a text's currency signs; words that mean other things too count beside a digit alone."""
    for sign in CURRENCY.finditer(text):
        code = _SYMBOLS.get(sign.group(), sign.group())
        beside = re.match(r"\s?\d", text[sign.end() :]) or re.search(r"\d\s?$", text[: sign.start()])
        if beside or not sign.group().isalpha() or (sign.group() in _CODES and code != "TRY"):
            yield code


def _page_currency(texts: Sequence[str]) -> tuple[str | None, float]:
    """The most frequent currency of a page, and its share of all currency signs."""
    currencies = Counter(code for text in texts for code in _printed_currencies(text))
    if currencies:
        code, count = currencies.most_common(1)[0]
        return code, count / currencies.total()
    krona = _krona(texts)
    return krona, 1.0 if krona else 0.0


def _krona(texts: Sequence[str]) -> str | None:
    """Which "kr" a page means, by its tax numbers, IBANs and web addresses."""
    if not any(_KRONA.search(text) for text in texts):
        return None
    lands = Counter((land[1] or land[2]).upper() for text in texts for land in _NORDIC.finditer(text))
    return _KRONAS[lands.most_common(1)[0][0]] if lands else None


def page_hints(texts: Iterable[str]) -> Hints:
    """Read the conventions off all texts of a page.

    Dates whose day is above 12 decide the order of day and month; without one, the currency and US
    addresses do. The more frequent sign before two last digits is the decimal sign.
    """
    texts = [tidy(text) for text in texts]
    currency, share = _page_currency(texts)
    orders: Counter[bool] = Counter()
    decimals: Counter[str] = Counter()
    for text in texts:
        for date in _NUMERIC_DATE.finditer(text):
            first, second = int(date[1]), int(date[3])
            if (first > 12) != (second > 12):
                orders[first > 12] += 1
        decimals.update(sign[1] for sign in _TWO_DECIMALS.finditer(_NUMERIC_DATE.sub(" ", text)))
    if orders:
        day_first = orders[True] >= orders[False]
    else:
        american = currency in _MONTH_FIRST_CURRENCIES or any(map(_US_ADDRESS.search, texts))
        day_first = not (american and currency in (None, *_MONTH_FIRST_CURRENCIES))
    decimal = decimals.most_common(1)[0][0] if decimals else None
    return Hints(day_first, decimal, currency, share)
