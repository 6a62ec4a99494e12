"""What a page tells about its country: the order of day and month, the decimal sign, the currency."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_CODES = (
    "EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "HRK", "PLN", "CZK", "HUF", "RON", "BGN", "ISK", "TRY",
    "MYR", "SGD", "AUD", "NZD", "CAD", "INR", "JPY", "CNY", "HKD", "THB", "IDR", "PHP", "KRW", "VND", "ZAR",
    "BRL", "MXN", "AED",
)  # fmt: skip
_SYMBOLS = {
    "S$": "SGD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "NZ$": "NZD", "HK$": "HKD",
    "US$": "USD", "R$": "BRL", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW",
    "₺": "TRY", "฿": "THB", "₫": "VND", "RM": "MYR", "Rs": "INR", "zł": "PLN", "zl": "PLN", "Kč": "CZK",
    "Ft": "HUF", "lei": "RON", "SFr": "CHF", "SFr.": "CHF", "Euro": "EUR", "Euros": "EUR",
    "euro": "EUR", "euros": "EUR", "EURO": "EUR", "kn": "HRK", "Kn": "HRK", "Kuna": "HRK", "kuna": "HRK",
}  # fmt: skip
"""Printed sign → ISO 4217 code."""
_PLAIN = frozenset({"Euro", "Euros", "euro", "euros", "EURO", "zł", "Kč", "Kuna", "kuna"})
"""Words that mean nothing else."""
_SHARED: dict[str, str | None] = {"$": "USD", "kr": None, "Kr": None, "KR": None}
"""Signs of several currencies, with the one that is meant where the page does not tell."""
_LANDS = {
    "MYR": ("$", r"\bSDN\.? ?BHD\b|\w\.my\b"),
    "SGD": ("$", r"\bPTE\.? ?LTD\b|\w\.sg\b|\bUEN\b"),
    "AUD": ("$", r"\bPTY\.? ?LTD\b|\w\.au\b|\bABN\b"),
    "CAD": ("$", r"\b[A-Z]\d[A-Z] ?\d[A-Z]\d\b|\w\.ca\b"),
    "NZD": ("$", r"\w\.nz\b"),
    "HKD": ("$", r"\w\.hk\b|\bHong Kong\b"),
    "SEK": ("kr", r"\bSE\d{10}|\w\.se\b"),
    "NOK": ("kr", r"\bNO\d{9}|\b\d{9} ?MVA\b|\w\.no\b"),
    "DKK": ("kr", r"\bDK\d{8}|\w\.dk\b|\bCVR\b"),
}
"""Currency → its shared sign, and what tells that a page means it (legal form, tax number, address)."""
_LAND = {code: re.compile(pattern, re.IGNORECASE) for code, (_, pattern) in _LANDS.items()}
_BY_LENGTH = sorted((*_CODES, *_SYMBOLS, *_SHARED), key=len, reverse=True)
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
_STATES = (
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND "
    "OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC"
)
_US_ADDRESS = re.compile(rf"\b(?:{_STATES.replace(' ', '|')})\.? \d{{5}}(?:-\d{{4}})?\b")


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
    """ISO 4217 code of the first currency sign or code in a text, or None.

    Args:
        text: tidied text.
        usual: the page's currency, which says what a bare "$" or "kr" is.
    """
    found = CURRENCY.search(text)
    return _code(found.group(), usual) if found else None


def _code(sign: str, usual: str | None) -> str | None:
    """Code of a sign; the usual currency counts where it shares the sign."""
    if sign not in _SHARED:
        return _SYMBOLS.get(sign, sign)
    shares = usual == _SHARED[sign] or (usual in _LANDS and _LANDS[usual][0] == sign.lower())
    return usual if shares else _SHARED[sign]


def _printed_signs(text: str) -> Iterable[str]:
    """The currency signs of a text; words that mean other things too count beside a digit alone."""
    for match in CURRENCY.finditer(text):
        sign = match.group()
        beside = re.match(r"\s?\d", text[match.end() :]) or re.search(r"\d\s?$", text[: match.start()])
        alone = sign in _PLAIN or (sign in _CODES and sign != "TRY")
        if beside or not sign.isalpha() or alone:
            yield sign


def _page_currency(texts: Sequence[str]) -> tuple[str | None, float]:
    """The most frequent currency of a page, and its share of all currency signs."""
    signs = Counter(sign for text in texts for sign in _printed_signs(text))
    shared = {sign.lower() for sign in signs if sign in _SHARED}
    lands = Counter(
        code
        for code, (sign, _) in _LANDS.items()
        if sign in shared
        for text in texts
        if _LAND[code].search(text)
    )
    told = lands.most_common(1)[0][0] if lands else None
    currencies: Counter[str] = Counter()
    for sign, count in signs.items():
        if code := _code(sign, told):
            currencies[code] += count
    if not currencies:
        return None, 0.0
    code, count = currencies.most_common(1)[0]
    return code, count / currencies.total()


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
