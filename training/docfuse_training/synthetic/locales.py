"""What a country prints: words, dates, amounts, names and addresses."""

from __future__ import annotations

import datetime
import sys
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from faker import Faker

from docfuse_pipeline.printed_names import printed_names

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def _read(name: str) -> dict[str, Any]:
    source = files(__package__) / "vocabulary" / f"{name}.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


@cache
def words(language: str) -> dict[str, dict[str, tuple[str, ...]]]:
    """Section → name → printed words of a language; English where the language has none."""
    table = {} if language == "en" else {k: dict(v) for k, v in words("en").items()}
    for section, names in printed_names(language).items():
        table.setdefault(section, {}).update(names)
    for section, entries in _read(language).items():
        if isinstance(entries, dict):
            table.setdefault(section, {}).update({k: tuple(v.split("|")) for k, v in entries.items()})
        else:
            table[section] = {section: tuple(entries.split("|"))}
    return table


@cache
def locales() -> tuple[dict[str, Any], ...]:
    """The rows of locales.toml."""
    return tuple(_read("locales")["locale"])


@cache
def _asia() -> dict[str, list[str]]:
    return _read("asia")


@cache
def _faker(name: str) -> Faker:
    fake = Faker("en_GB" if name == "en_MY" else name, use_weighting=False)
    for provider in fake.get_providers():
        kind: Any = type(provider)
        if isinstance(getattr(kind, "cities", None), list):  # Italy's come out of a set, in any order
            kind.cities = sorted(kind.cities)
    return fake


@dataclass
class Party:
    """A seller or a buyer."""

    name: str
    address: list[str]
    """Lines."""
    vat_id: str
    phone: str
    email: str
    website: str
    registration: str


class Locale:
    """Draws printed values of one country with one random source."""

    def __init__(self, name: str, rng: Random) -> None:
        self.row = next(row for row in locales() if row["name"] == name)
        self.name, self.rng = name, rng
        self.language: str = self.row["language"]
        self.words = words(self.language)
        self.symbol: str = rng.choice(self.row["symbols"])
        self.date_format: str = rng.choice(self.row["dates"])
        self.grouped = rng.random() < 0.8
        self.clock12 = self.row["clock"] == 12 or (name == "en_MY" and rng.random() < 0.3)
        self.seconds = rng.random() < 0.4
        self.fake = _faker(name)
        self.fake.seed_instance(rng.getrandbits(32))

    def word(self, section: str, name: str) -> str:
        """One of the printed words for a name."""
        return self.rng.choice(self.words[section][name])

    def date(self, day: datetime.date) -> str:
        """A date as printed."""
        month = self.words["months"]["months"][day.month - 1]
        return self.date_format.format(
            d=day.day, m=day.month, y=day.year, yy=day.year % 100, month=month, mon=month[:3]
        )

    def some_date(self) -> datetime.date:
        """A day of the last decades."""
        return datetime.date(2004, 1, 1) + datetime.timedelta(days=self.rng.randrange(8400))

    def time(self) -> str:
        """A time of day as printed."""
        hour, minute, second = (self.rng.randrange(7, 23), self.rng.randrange(60), self.rng.randrange(60))
        tail = f":{second:02}" if self.seconds else ""
        if self.clock12:
            return f"{(hour - 1) % 12 + 1}:{minute:02}{tail} {'AM' if hour < 12 else 'PM'}"
        return f"{hour:02}:{minute:02}{tail}"

    def number(self, value: float, decimals: int = 2) -> str:
        """A number with the country's separators."""
        text = f"{value:,.{decimals}f}"
        group = self.row["group"] if self.grouped else ""
        return text.translate({ord(","): group, ord("."): self.row["decimal"]})

    def money(self, cents: int, symbol: bool = True) -> str:
        """An amount in the smallest coin as printed, with the page's currency symbol if asked for."""
        text = self.number(abs(cents), 0) if self.row.get("whole") else self.number(abs(cents) / 100)
        sign = "-" if cents < 0 else ""
        if not symbol or not self.symbol:
            return sign + text
        if self.symbol.startswith(" ") or (self.symbol == "€" and self.row["decimal"] == ","):
            return sign + text + self.symbol
        return sign + self.symbol + text

    def pattern(self, pattern: str) -> str:
        """A code: # a digit, ? a capital letter, anything else itself."""
        rng = self.rng
        digits = {"#": "0123456789", "?": "ABCDEFGHJKLMNPRSTUVWXYZ"}
        return "".join(rng.choice(digits[c]) if c in digits else c for c in pattern)

    def code(self) -> str:
        """Some number of a document, customer or order."""
        shapes = (
            "######", "########", "#####", "??-#####", "20##-####", "?######", "####/##", "??########",
            "#######-#", "???-##-####", "R########", "############", "#.###.###", "20######",
        )  # fmt: skip
        return self.pattern(self.rng.choice(shapes))

    def person(self) -> str:
        """A person's name."""
        return self.rng.choice(_asia()["people"]) if self.name == "en_MY" else self.fake.name()

    def iban(self) -> str:
        """An account number in the country's grouping."""
        return self.pattern(self.row.get("iban", "## ####-#######"))

    def bic(self) -> str:
        """A bank's code."""
        return self.pattern("????") + self.row["name"][-2:] + self.pattern(self.rng.choice(("##", "??###")))

    def party(self) -> Party:
        """A company with its address and numbers."""
        rng, row = self.rng, self.row
        name, address = self._name_and_address()
        host = "".join(c for c in name.lower() if "a" <= c <= "z")[:14] or "company"
        domain = host + rng.choice((".com", ".net", ".eu", f".{self.name[-2:].lower()}"))
        return Party(
            name,
            address,
            self.pattern(rng.choice(row["vat_id"])),
            self.pattern(rng.choice(row["phone"])),
            rng.choice(("info", "sales", "office", "mail")) + "@" + domain,
            rng.choice(("www.", "www.", "https://")) + domain,
            self.pattern(rng.choice(row["registration"])),
        )

    def _name_and_address(self) -> tuple[str, list[str]]:
        if self.name == "en_MY":
            return self._asian()
        return self._baltic() if "companies" in self.row else self._company()

    def street(self) -> str:
        """A street with the number of a house."""
        if "streets" in self.row:
            return self.rng.choice(self.row["streets"]).format(
                self.fake.last_name(), self.rng.randrange(1, 180)
            )
        return " ".join(self.fake.street_address().replace("\n", ", ").split())

    def town(self) -> str:
        """A town."""
        return self.rng.choice(self.row["towns"]) if "towns" in self.row else self.fake.city()

    def _company(self) -> tuple[str, list[str]]:
        fake = self.fake
        street = self.street()
        city = f"{fake.postcode()} {fake.city()}"
        if self.name == "en_US":
            city = f"{fake.city()}, {fake.state_abbr()} {fake.postcode()}"
        elif self.name == "en_GB":
            return fake.company(), [street, fake.city(), fake.postcode()]
        return fake.company(), [street, city]

    def _baltic(self) -> tuple[str, list[str]]:
        """Faker knows people's names there, and neither companies nor places."""
        name = self.rng.choice(self.row["companies"]).format(self.fake.last_name())
        return name, [self.street(), f"{self.pattern(self.row['postcode'])} {self.town()}"]

    def _asian(self) -> tuple[str, list[str]]:
        rng, pick = self.rng, _asia()
        name = " ".join(rng.choice(pick[part]) for part in ("first", "trade", "suffix")).strip()
        if rng.random() < 0.3:
            name = f"{rng.choice(pick['prefix'])} {name}"
        house = rng.choice(("NO. {}", "NO {}", "LOT {}", "{}", "NO.{}-G", "UNIT {}-1")).format(
            rng.randrange(1, 300)
        )
        road = f"{rng.choice(pick['street'])} {rng.choice(pick['road'])} {rng.randrange(1, 30)}"
        road += rng.choice(("", f"/{rng.randrange(1, 20)}"))
        city = f"{rng.randrange(10000, 98000)} {rng.choice(pick['city'])}"
        lines = [f"{house}, {road},", f"{rng.choice(pick['area'])},", f"{city}, {rng.choice(pick['state'])}."]
        if rng.random() < 0.3:
            lines = [lines[0] + " " + lines[1], lines[2]]
        if rng.random() < 0.35:
            name, lines = name.title(), [line.title() for line in lines]
        return name, lines
