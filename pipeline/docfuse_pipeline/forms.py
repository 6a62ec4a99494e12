"""Values that are known by their form, whatever stands around them: websites, mail addresses, IBANs, BICs."""

from __future__ import annotations

import re
from collections.abc import Callable

_WEBSITE = re.compile(
    r"(?<![\w@.-])(?:https?://)?(?:[\w-]+\.)+[a-z]{2,}(?:/[^\s,;()]*)?(?![\w@-])", re.IGNORECASE
)
_EMAIL = re.compile(r"[\w.+-]+@(?:[\w-]+\.)+[a-z]{2,}", re.IGNORECASE)
_WWW = re.compile(r"www\s?\.\s?[\w-]+\s?\.\s?[a-z]{2,3}(?:\s?\.\s?[a-z]{2})?", re.IGNORECASE)
"""A host and nothing else, perhaps with spaces about its dots."""
_PARTED = re.compile(r"(?<=\.) (?=(?:com?\.)?[a-z]{2,3}$)")
"""A space that was read before a host's top-level domain ("com", "co.uk"), with which the text ends."""
_PARTED_WWW = re.compile(
    r"(\bwww\.[\w-]+\.) (?=(?:com|net|org|info|eu|a[tu]|b[eg]|c[ahz]|d[ek]|e[es]|f[ir]|gr|h[ru]|i[est]|l[tuv]"
    r"|my|n[loz]|p[lt]|ro|s[egik]|u[ks])\b)",
    re.IGNORECASE,
)
"""The same inside of a text, where what comes next is a top-level domain."""
_NO_HOST = re.compile(r"(?:https?://)?(?:www\.[^./]+(?:/|$)|\d+\.|com?\.[a-z]{2}(?:/|$))")
"""A host without a top-level domain, or what is left of one: the rest was cut off or misread."""
_MISREAD = {"goy": "gov", "con": "com", "corn": "com", "conn": "com", "nel": "net", "orq": "org"}
"""Misread top-level domains → what they are: there are no such domains."""
_ENDING = re.compile(rf"(?<=\.)(?:{'|'.join(_MISREAD)})(?=$|/)")
_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z0-9][A-Z](?=(?:[A-Z]*\d){12})[A-Z0-9]{13,32}")
"""ISO 13616, without spaces: a country, one letter of which may be misread, and at least twelve digits."""
_BIC = re.compile(r"(?:^|(?:BIC|SWIFT)\W*)([A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)(?![A-Z0-9])")
"""ISO 9362, without spaces: bank, country, place and perhaps a branch."""


def _website(text: str) -> str | None:
    text = text.replace(" ", "") if _WWW.fullmatch(text) else text
    hosts = _WEBSITE.finditer(_PARTED_WWW.sub(r"\1", _PARTED.sub("", text)))
    found = (_ENDING.sub(_domain, host.group().rstrip(".").lower()) for host in hosts)
    return next((host for host in found if not _NO_HOST.match(host)), None)


def _domain(ending: re.Match[str]) -> str:
    return _MISREAD[ending.group()]


def _email(text: str) -> str | None:
    found = _EMAIL.search(_PARTED.sub("", text))
    return _ENDING.sub(_domain, found.group().rstrip(".").lower()) if found else None


def _iban(text: str) -> str | None:
    found = _IBAN.search(text.replace(" ", "").upper())
    return found.group() if found else None


def _bic(text: str) -> str | None:
    found = _BIC.search(text.replace(" ", "").upper())
    return found.group(1) if found else None


_READERS: dict[str, Callable[[str], str | None]] = {
    "website": _website, "email": _email, "iban": _iban, "bic": _bic,
}  # fmt: skip
FORMED_FIELDS = frozenset(_READERS)
"""Fields whose values are known by their form: what has another form is none."""


def read_form(field_name: str, text: str) -> str | None:
    """The value of such a field in a text.

    Args:
        field_name: one of `FORMED_FIELDS`.
        text: tidied text.

    Returns:
        a website or mail address in small letters, an IBAN or BIC in capitals without spaces; None if the
        text has none.
    """
    return _READERS[field_name](text)
