"""How documents print the names of fields and columns, and what a printed name means."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import cache, lru_cache

from docfuse_pipeline.hints import CURRENCY
from docfuse_pipeline.labels import AMOUNT_FIELDS, DOCUMENT_FIELDS, ITEM_FIELDS
from docfuse_pipeline.resources import word_lists

KEYS, COLUMNS = "keys", "columns"
_LONG = range(8, 64)
"""Letters that a printed word has which is known with one of them misread."""
_QUALIFIER = re.compile(
    r"\([^()]*\)|@?\s*\d+(?:[.,]\d+)?\s?%"
    r"(?:\s(?:(?:auf|von|o[fn]|sur|de|di|su|sobre|van|over|av|af|på|z|od)\s)?"
    r"\W?\d[\d.,' ]*(?:€|\$|£|[A-Z]{3}\b)?)?",
    re.IGNORECASE,
)
"""Brackets, and a rate, perhaps with what it is of ("VAT 20 % on 60.21")."""
_BEHIND = re.compile(
    r"\s*(?:\d{1,4}([./-])\s?\d{1,2}\1\s?\d{2,4}\.?|[*•xX]{2,}\s?\d{4}"
    rf"|\(?(?:{CURRENCY.pattern})\)?)[\s:.]*$"
)
"""A day, the end of a card's number, or a currency, behind a key."""
_OR = re.compile(r"\s*[/|]\s*")
"""Between the names of a key in two languages."""
_UNTIL = re.compile(
    r"\s(?:by|on|before|bis(?: zum)?|avant le|al|entro il|voor)\s[^:]{4,20}\d{4}\W*$", re.IGNORECASE
)
_TAXED = re.compile(
    r"\b(?:(?P<with>in(?:[ck]l\w*|c)|with|mit)|ex(?:[ck]l\w*|c)|ekskl\w*|before|without|ohne)\b\.?(?:\s+of\b)?",
    re.IGNORECASE,
)
"""Between a total and the tax that is in it or not: "Total incl. VAT", "Summe ohne MwSt."."""
_NET, _WITH_TAX = "tax_exclusive_amount", ("gross_amount", "payable_amount")


def squeezed(text: str) -> str:
    """NFKC, upper case, letters and digits only."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text).upper())


@cache
def printed_names(language: str) -> dict[str, dict[str, tuple[str, ...]]]:
    """`keys` and `columns` of a language (ISO 639-1): canonical name → printed words."""
    return {
        section: {
            name: tuple(words.split("|"))
            for name, words in word_lists("printed_names")[f"{language}.{section}"].items()
        }
        for section in (KEYS, COLUMNS)
    }


@lru_cache(maxsize=4096)
def key_name(printed: str) -> str | None:
    """The document field that a printed key names in every language that has it, or None.

    What qualifies a key may be missing from the known ones: brackets, a rate and what it is of, a day, a
    currency, which tax is in a total. A key may be printed in two languages ("Datum / Date").
    """
    plain = _UNTIL.sub("", _QUALIFIER.sub(" ", printed))
    name = (
        _meaning(KEYS, printed)
        or _taxed_total(printed)
        or _meaning(KEYS, plain)
        or _meaning(KEYS, _BEHIND.sub("", plain))
        or _bilingual(KEYS, plain)
    )
    return None if name in AMOUNT_FIELDS and printed.rstrip(" :.").endswith("#") else name


def names_period(printed: str) -> bool:
    """Whether a key names the period that a bill is for, as one text with both of its days."""
    return squeezed(printed) in _periods()


def includes_tax(printed: str) -> bool:
    """Whether a key speaks of what is in its amount, such as the tax."""
    found = _TAXED.search(printed)
    return found is not None and found["with"] is not None


def _taxed_total(printed: str) -> str | None:
    """What a total is that says which tax is in it or not ("Total Sales Inclusive of GST @ 6%"); else None.

    With a rate before ("Total 6 % supplies incl. GST") it is no total of all.
    """
    found = _TAXED.search(printed)
    total, tax = (printed[: found.start()], printed[found.end() :]) if found else ("", "")
    named = _BEHIND.sub("", _QUALIFIER.sub(" ", tax).partition(")")[0])
    if found is None or _meaning(KEYS, named) != "tax_amount":
        return None
    meanings = {_meaning(KEYS, words) for words in (total, *total.split()[:1])}
    if not found["with"]:
        return _NET if meanings & {_NET, *_WITH_TAX} else None
    return next((name for name in _WITH_TAX if name in meanings and "%" not in total), None)


def column_name(printed: str) -> str | None:
    """The column of line items that a printed header names in every language that has it, or None."""
    return _meaning(COLUMNS, printed) or _bilingual(COLUMNS, printed)


def languages_of(printed: str) -> list[str]:
    """The names of a key that is printed in several languages, else the key alone."""
    return [name for name in _OR.split(printed) if name]


def _bilingual(section: str, printed: str) -> str | None:
    """What the names of a key in several languages mean, if they mean the same."""
    names = languages_of(printed)
    meanings = {_meaning(section, name) for name in names} if len(names) > 1 else {None}
    return meanings.pop() if len(meanings) == 1 else None


def _meaning(section: str, printed: str) -> str | None:
    known = _meanings()[section]
    word = squeezed(printed)
    name = known.get(_signed(printed)) or known.get(word) or _misread(section, word)
    is_rate = name == "tax_amount" and "%" in printed and not any(map(str.isdigit, word))
    return "tax_rate" if is_rate else name


def _misread(section: str, printed: str) -> str | None:
    """What a long word means in which a letter or accents were misread; None if it may be several words."""
    near, word = _near(section), _plain(printed)
    names = {name for masked in _masked(word) for name in near.get(masked, ())}
    return names.pop() if len(names) == 1 else None


def _plain(word: str) -> str:
    """A word without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


def _masked(word: str) -> list[str]:
    """A long word with each of its letters hidden; nothing for a short one."""
    places = range(len(word)) if len(word) in _LONG else ()
    return [f"{word[:place]}?{word[place + 1 :]}" for place in places]


@cache
def _near(section: str) -> dict[str, set[str]]:
    """What the printed words mean that are the same but for the letter that is hidden."""
    found: dict[str, set[str]] = defaultdict(set)
    for word, name in _meanings()[section].items():
        for masked in _masked(_plain(word)):
            found[masked].add(name)
    return found


def _signed(text: str) -> str:
    """As `squeezed`, but "VAT %" is another word than "VAT"."""
    return squeezed(text) + "%" * ("%" in text and bool(squeezed(text)))


@cache
def _periods() -> frozenset[str]:
    """What periods are called in every language."""
    languages = {title.partition(".")[0] for title in word_lists("printed_names").sections()}
    words = (word for language in languages for word in printed_names(language)[KEYS].get("period", ()))
    return frozenset(map(squeezed, words))


@cache
def _meanings() -> dict[str, dict[str, str]]:
    """Section → printed word → the one name that it means; words of several meanings are left out."""
    known = {KEYS: frozenset(DOCUMENT_FIELDS), COLUMNS: frozenset(ITEM_FIELDS)}
    found: dict[str, dict[str, set[str]]] = {section: defaultdict(set) for section in known}
    for title in word_lists("printed_names").sections():
        language, section = title.split(".")
        for name, words in printed_names(language)[section].items():
            if name in known[section]:
                for word in filter(None, map(_signed, words)):  # "#" is left out
                    found[section][word].add(name)
    return {
        section: {word: name for word, (name, *more) in entries.items() if not more}
        for section, entries in found.items()
    }
