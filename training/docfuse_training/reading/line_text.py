"""What lines of business documents say, by chance: keys, amounts, dates, codes, addresses, sentences."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import cache
from random import Random

from faker import Faker

from docfuse_pipeline.alphabet import ALPHABET
from docfuse_training.synthetic.locales import Locale, locales

# Countries whose letters our page generator does not write yet; names and towns carry them.
MORE_COUNTRIES = (
    "cs_CZ", "sk_SK", "hu_HU", "ro_RO", "hr_HR", "sl_SI", "lt_LT", "lv_LV", "et_EE", "fi_FI", "da_DK",
    "no_NO", "tr_TR", "pl_PL", "fr_CH", "de_AT", "es_MX", "pt_BR", "nl_BE", "ga_IE",
)  # fmt: skip
_WORDED = ("de_DE", "cs_CZ", "fr_FR", "pl_PL", "da_DK", "es_ES", "it_IT", "nl_NL")
"""Countries for which sentences can be made up of their own words."""
_TRIES = 12
"""Texts that are looked through for one with an accent."""
_LETTERS = [c for c in ALPHABET if c.isalpha() and ord(c) > 127]
_SIGNS = [c for c in ALPHABET if c.strip() and not c.isalpha() and not c.isdecimal()]
_DIGITS = list("0123456789")
_ASCII = [chr(code) for code in range(33, 127)]


@cache
def _more(name: str) -> Faker:
    return Faker(name, use_weighting=False)


def _seeded(country: str, rng: Random) -> Faker:
    fake = _more(country)
    fake.seed_instance(rng.getrandbits(32))
    return fake


def _amount(locale: Locale, rng: Random) -> str:
    cents = rng.choice((rng.randrange(1, 1000), rng.randrange(10_000), rng.randrange(10**7)))
    text = locale.money(-cents if rng.random() < 0.06 else cents, rng.random() < 0.5)
    return text + rng.choice(("", "", "", "", " A", " B", "*", " SR", " ZRL", "-", " €", " T", "CR"))


def _key_value(locale: Locale, rng: Random) -> str:
    section = locale.words["keys"]
    key = rng.choice(rng.choice(list(section.values())))
    value = rng.choice((_amount, _date, _code, _quantity))(locale, rng)
    return key + rng.choice((": ", " ", ":", " : ", " - ", ". ", "  ")) + value


def _key(locale: Locale, rng: Random) -> str:
    section = rng.choice((locale.words["keys"], locale.words["columns"], locale.words["form"]))
    return rng.choice(rng.choice(list(section.values()))) + rng.choice(("", "", ":", " :", " *"))


def _date(locale: Locale, rng: Random) -> str:
    date = locale.date(locale.some_date())
    return date + rng.choice(("", "", f" {locale.time()}", f"  {locale.time()}", f", {locale.time()}"))


def _code(locale: Locale, rng: Random) -> str:
    return rng.choice((locale.code, locale.iban, locale.bic, lambda: locale.pattern("#############")))()


def _quantity(locale: Locale, rng: Random) -> str:
    cents = rng.randrange(50, 20_000)
    return rng.choice((
        f"{rng.randrange(1, 30)} x {locale.money(cents, False)}",
        f"{rng.randrange(1, 9)} @ {locale.money(cents)}",
        f"{locale.number(rng.randrange(10, 9000) / 1000, 3)} kg",
        f"{locale.number(rng.choice(locale.row['rates']), rng.choice((0, 1, 2)))} %",
        f"{rng.randrange(1, 100)}",
        f"{rng.randrange(1, 20)} {locale.word('words', 'units')}",
    ))  # fmt: skip


def _item(locale: Locale, rng: Random) -> str:
    name = locale.word("words", rng.choice(("goods", "foods")))
    parts = [name, locale.word("words", "adjectives"), _quantity(locale, rng), _amount(locale, rng)]
    return " ".join(parts[: rng.randrange(1, 5)])


def _party(locale: Locale, rng: Random) -> str:
    party = locale.party()
    return rng.choice((
        party.name, *party.address, ", ".join(party.address), party.email, party.website,
        f"{rng.choice(('Tel', 'Tel.', 'TEL:', 'Fax', 'Phone'))} {party.phone}", party.vat_id,
        f"{rng.choice(('VAT', 'USt-IdNr.', 'GST No', 'NIF', 'TVA'))}: {party.vat_id}", locale.person(),
    ))  # fmt: skip


def _words(locale: Locale, rng: Random) -> str:
    """One to three words, as detectors and tables part them."""
    words = rng.choice((_sentence, _sentence, _key, _item, _party))(locale, rng).split()
    first = rng.randrange(len(words))
    return " ".join(words[first : first + rng.choice((1, 1, 1, 2, 3))])


def _sentence(locale: Locale, rng: Random) -> str:
    return str(locale.fake.sentence(nb_words=rng.randrange(2, 10)))


def _abroad(locale: Locale, rng: Random) -> str:
    return _named(rng.choice(MORE_COUNTRIES), rng)


def _named(country: str, rng: Random) -> str:
    fake = _seeded(country, rng)
    parts = (fake.name, fake.company, fake.city, fake.street_address, fake.country)
    return " ".join(rng.choice(parts)().replace("\n", ", ") for _ in range(rng.choice((1, 1, 2))))


def _accented(locale: Locale, rng: Random) -> str:
    """A few words of which one at least has an accent."""
    country, make = rng.choice(((rng.choice(_WORDED), _worded), (rng.choice(MORE_COUNTRIES), _named)))
    for _ in range(_TRIES):
        words = make(country, rng).split()
        places = [place for place, word in enumerate(words) if not word.isascii()]
        if places:
            first = max(0, rng.choice(places) - rng.randrange(3))
            return " ".join(words[first : first + rng.choice((3, 3, 4, 6, 9))])
    return _characters(locale, rng)


def _worded(country: str, rng: Random) -> str:
    return str(_seeded(country, rng).sentence(nb_words=rng.randrange(2, 9)))


def _characters(locale: Locale, rng: Random) -> str:
    # accents without their words are rare: seen often, they are read into dirt
    pools = (_ASCII, _LETTERS, _DIGITS, _SIGNS, _ASCII + _LETTERS + _SIGNS)
    pool = rng.choices(pools, (9, 1, 3, 1, 1))[0]
    return " ".join(
        "".join(rng.choices(pool, k=rng.randrange(1, 9))) for _ in range(rng.choice((1, 1, 2, 3)))
    )


def _sign(locale: Locale, rng: Random) -> str:
    mark = rng.choice("☐☑☒□■✓✔✕•●○▪►*-–—·")
    return f"{mark} {rng.choice((_sentence, _key, _item))(locale, rng)}"


_KINDS: tuple[tuple[Callable[[Locale, Random], str], float], ...] = (
    (_amount, 11), (_key_value, 12), (_key, 6), (_date, 7), (_code, 8), (_quantity, 6), (_item, 10),
    (_party, 12), (_words, 16), (_sentence, 7), (_abroad, 8), (_accented, 40), (_characters, 8), (_sign, 2),
)  # fmt: skip


def line_text(rng: Random) -> str:
    """A line of one document of some country; its characters are those of the alphabet."""
    names = locales()
    row = rng.choices(names, [row["weight"] for row in names])[0]
    kind = rng.choices([k for k, _ in _KINDS], [weight for _, weight in _KINDS])[0]
    text = kind(Locale(row["name"], rng), rng)
    turn = rng.random()
    if turn < 0.3:
        text = text.upper()
    elif turn < 0.33:
        text = text.title()
    if rng.random() < 0.03:
        place = rng.randrange(len(text) + 1)
        text = text[:place] + rng.choice(_SIGNS + _LETTERS) + text[place:]
    known = "".join(c if c in _KNOWN else " " for c in text)
    return " ".join(known.split()) or "-"


def other_accents(text: str, rng: Random) -> str:
    """A text whose accents mostly are others or none, so that they are read off the print alone."""
    return "".join(c if c.isascii() else rng.choice(_likened(c)) for c in text)


@cache
def _likened(letter: str) -> list[str]:
    """A letter, the plain one twice, and all its forms with accents."""
    plain = unicodedata.normalize("NFD", letter)[0]
    forms = [c for c in _LETTERS if unicodedata.normalize("NFD", c)[0] == plain]
    return [letter, plain, plain, *forms]


_KNOWN = frozenset(ALPHABET[1:])
