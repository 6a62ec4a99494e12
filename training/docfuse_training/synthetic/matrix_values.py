"""Values of tables of two ways: counts, shares, measures, and what rows in words say."""

from __future__ import annotations

from collections.abc import Callable

from docfuse_training.synthetic.desk import Desk
from docfuse_training.synthetic.typed_keys import some_words


def short_header(desk: Desk) -> str:
    """A header of a few letters or digits."""
    return desk.locale.pattern(desk.rng.choice(("?", "??", "??", "##", "#-##", "??#", "##+", "???")))


def _count(desk: Desk) -> str:
    return desk.locale.number(desk.rng.choice((9, 99, 999, 99_999)) * desk.rng.random(), 0)


def _bracketed(desk: Desk) -> str:
    return f"({desk.rng.randrange(2, 400)})"


def _decimal(desk: Desk) -> str:
    return desk.locale.number(desk.rng.choice((1, 10, 100)) * desk.rng.random(), desk.rng.choice((1, 2)))


def _share(desk: Desk) -> str:
    return f"{desk.rng.randrange(0, 101)}{desk.rng.choice(('', '%', ' %', '+', '*'))}"


def _measure(desk: Desk) -> str:
    return _decimal(desk) + desk.rng.choice((" mg", " mm", " g", '"', " kg", ""))


def _signed(desk: Desk) -> str:
    return desk.rng.choice(("+", "-", "", "")) + _decimal(desk) + desk.rng.choice(("", "*", "**"))


def _date(desk: Desk) -> str:
    return desk.locale.date(desk.locale.some_date())


def _words(desk: Desk) -> str:
    text = some_words(desk, desk.rng.choice((1, 1, 2)))
    return desk.rng.choice((text, text.upper(), text.capitalize()))


def _nothing(desk: Desk) -> str:
    return desk.rng.choice(("N/A", "-", "None", "0", "X"))


NUMBERS: tuple[Callable[[Desk], str], ...] = (
    _count, _decimal, _decimal, _bracketed, _share, _measure, _signed, _date,
)  # fmt: skip
"""What makes up numbers."""
ALL = (*NUMBERS, _words, _words, _nothing)
"""What makes up numbers and words."""
