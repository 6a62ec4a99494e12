"""Printed numbers → floats: 1.234,56 and 1,234.56, any grouping, signs before or after."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from docfuse_pipeline.hints import CURRENCY
from docfuse_pipeline.settings import AMOUNT_TOLERANCE

_GROUPED = r"\d{1,3}(?:[ '’]\d{3})+(?!\d)"
_NUMBER = re.compile(rf"(?:{_GROUPED}|\d+)(?:[.,]\s?(?:\d+)|\s[.,]\d\d(?!\d))*(?:[.,]\d+)*|[.,]\d\d(?!\d)")
_LOST_SIGN = re.compile(r"^(\D*(?:0|[1-9]\d{0,3})) (\d\d\D*)$")
"""An amount whose decimal sign was read as a space: thousands are grouped by three."""
_SIGNS = CURRENCY.pattern
_LEADING_SIGN = re.compile(
    rf"(?:^\s*[-−–]\s*|(?<=[\s:(])[-−–])(?:(?:{_SIGNS})\s?)?$|(?:{_SIGNS})\s?[-−–]\s?$"
)
_TRAILING_SIGN = re.compile(rf"(?:(?:{_SIGNS})\s?)?(?:[-−–]|CR\b)\s*(?:(?:{_SIGNS})\s?)?$")


@dataclass(frozen=True)
class Number:
    """A number found in a text."""

    value: float
    decimals: int
    percent: bool
    currency: bool
    """Whether a currency sign stands next to it."""


def find_numbers(text: str, decimal: str | None = None) -> list[Number]:
    """All numbers of a tidied text, in the order they are printed.

    Args:
        text: tidied text.
        decimal: the page's decimal sign, "." or ","; decides only what is open otherwise (1.234).
    """
    numbers = []
    for match in _NUMBER.finditer(text):
        before, after = text[: match.start()], text[match.end() :].lstrip()
        digits, fraction = _split(re.sub(r"[\s'’]", "", match.group()), decimal)
        value = float(f"{digits or '0'}.{fraction or '0'}")
        sign = -1.0 if _is_negative(before, after) else 1.0
        beside = CURRENCY.match(after) or CURRENCY.search(before[-5:])
        numbers.append(Number(sign * value, len(fraction), after.startswith("%"), beside is not None))
    return numbers


def amount_of(text: str, decimal: str | None = None, *, cents: bool = False) -> float | None:
    """The amount in a text: the last number beside a currency sign, else with two decimals, else the last.

    Args:
        text: tidied text.
        decimal: the page's decimal sign, "." or ",".
        cents: whether it has two decimals at most, as all amounts but unit prices have. A third one is a
            currency sign or a tax code that was misread ("2,39€" as "2,396"), where the page's decimal sign
            shows that it is one.
    """
    numbers = [n for n in find_numbers(_LOST_SIGN.sub(r"\1.\2", text), decimal) if not n.percent]
    best = max(
        enumerate(numbers),
        key=lambda entry: (entry[1].currency, entry[1].decimals == 2, entry[0]),
        default=None,
    )
    if best is None:
        return None
    number = best[1]
    third = cents and decimal is not None and number.decimals == 3
    return math.trunc(number.value * 100 + math.copysign(1e-6, number.value)) / 100 if third else number.value


def agree(amount: float, other: float, tolerance: float = AMOUNT_TOLERANCE) -> bool:
    """Whether two amounts are the same but for rounding."""
    return abs(amount - other) <= tolerance + 1e-9


def number_of(text: str, decimal: str | None = None) -> float | None:
    """The number in a text such as a quantity or a rate: the first with a percent sign, else the first."""
    numbers = find_numbers(text, decimal)
    best = next((number for number in numbers if number.percent), numbers[0] if numbers else None)
    return best.value if best else None


def _split(printed: str, decimal: str | None) -> tuple[str, str]:
    """Digits before and after the decimal sign of a printed number without spaces."""
    signs = [character for character in printed if character in ".,"]
    if not signs:
        return printed, ""
    head, _, tail = printed.rpartition(signs[-1])
    plain = re.sub(r"[.,]", "", head)
    grouped = len(tail) == 3 and 0 < len(head) and printed[0] != "0"
    if len(set(signs)) == 1 and len(signs) > 1:
        return (plain + tail, "") if grouped else (plain, tail)
    if len(signs) == 1 and grouped and len(head) <= 3 and decimal != signs[0]:
        return plain + tail, ""
    return plain, tail


def _is_negative(before: str, after: str) -> bool:
    """Whether the number between two texts is negative: (5.00), -5.00, -RM 5.00, RM -5.00, 5.00- or 5.00 CR.

    A dash between a word and a number ("Total - 5.00", "INV-5") is no sign.
    """
    if before.endswith("(") and after.startswith(")"):
        return True
    return _LEADING_SIGN.search(before) is not None or _TRAILING_SIGN.match(after) is not None
