"""The page being written, with its style, country and source of chance; and choices kept for testing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from docfuse_training.synthetic import fonts
from docfuse_training.synthetic.locales import Locale
from docfuse_training.synthetic.sheet import BLACK, Colour, Face, Sheet

# Layout choices by what they are for: those of the training pages, and those only held-out pages have.
LAYOUTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "head": (
        ("seller_left", "seller_right", "seller_centre", "title_first", "window"),
        ("seller_below", "split"),
    ),
    "pairs": (("column", "touching", "spread", "above", "boxed", "colon"), ("ruled", "below_rule")),
    "table": (("lines", "grid", "zebra", "plain", "columns"), ("dark", "boxed_rows")),
    "totals": (("right", "right", "keys_right", "wide", "summary"), ("boxed", "left")),
    "receipt_items": (("two_lines", "one_line", "name_first", "columns"), ("code_first",)),
    "form": (("lines", "boxes", "colons", "mixed"), ("cells",)),
}
ACCENTS: tuple[Colour, ...] = (
    (20, 60, 120),
    (120, 20, 30),
    (0, 90, 70),
    (60, 60, 60),
    (200, 90, 0),
    (40, 40, 90),
)


@dataclass
class Style:
    """Faces and habits of one page."""

    body: Face
    bold: Face
    key: Face
    value: Face
    small: Face
    title: Face
    leading: float
    colon: str
    accent: Colour
    upper_keys: bool
    margin: int

    @property
    def line(self) -> int:
        """Height of a body line in pixels."""
        return round(self.body.size * self.leading)


@dataclass
class Desk:
    """What every block needs to write on a page."""

    sheet: Sheet
    style: Style
    locale: Locale
    rng: Random
    held_out: bool

    @property
    def width(self) -> float:
        """Width between the margins in pixels."""
        return self.sheet.width - 2 * self.style.margin

    def layout(self, purpose: str) -> str:
        """A layout choice; held-out pages take a reserved one."""
        train, reserved = LAYOUTS[purpose]
        return self.rng.choice(reserved if self.held_out else train)

    def chance(self, probability: float) -> bool:
        """True with that probability."""
        return self.rng.random() < probability

    def key(self, name: str) -> str:
        """A printed key of a canonical field, with the page's capitals."""
        return self.cased(self.locale.word("keys", name))

    def cased(self, key: str) -> str:
        """A key with the page's capitals."""
        return key.upper() if self.style.upper_keys else key

    def unknown(self) -> tuple[str, str]:
        """A printed key without canonical name, and a value for it."""
        kind = self.rng.choice(("name", "code", "code", "number", "word"))
        return self.cased(self.locale.word("unknown", kind)), self.some(kind)

    def some(self, kind: str) -> str:
        """A value of a kind."""
        locale, rng = self.locale, self.rng
        makers = {
            "name": locale.person,
            "company": lambda: locale.party().name,
            "code": locale.code,
            "number": lambda: str(rng.randrange(1, 60)),
            "word": lambda: locale.word("words", "places"),
            "date": lambda: locale.date(locale.some_date()),
            "place": locale.town,
            "street": locale.street,
            "phone": lambda: locale.pattern(rng.choice(locale.row["phone"])),
            "email": lambda: locale.party().email,
            "amount": lambda: locale.money(rng.randrange(1000, 900_000)),
        }
        return makers[kind]()


def make_style(rng: Random, size: int, kinds: Sequence[str], held_out: bool, margin: int) -> Style:
    """A style whose body face has about that size in pixels and one of those kinds."""
    family = rng.choice(fonts.of_kind(rng.choice(kinds), held_out))
    other = (
        rng.choice(fonts.of_kind(rng.choice(("sans", "serif")), held_out)) if rng.random() < 0.3 else family
    )
    body, bold = Face(family.regular, size), Face(family.bold, size)
    accent = rng.choice(ACCENTS) if rng.random() < 0.4 else BLACK
    return Style(
        body,
        bold,
        key=bold if rng.random() < 0.4 else body,
        value=bold if rng.random() < 0.15 else body,
        small=body.scaled(rng.uniform(0.72, 0.9)),
        title=Face(other.bold, round(size * rng.uniform(1.3, 2.4))),
        leading=rng.uniform(1.15, 1.45),
        colon=rng.choice((":", ":", ":", " :", "", "")),
        accent=accent,
        upper_keys=rng.random() < 0.15,
        margin=margin,
    )
