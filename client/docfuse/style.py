"""Colours and words shared by the picture, the web page and the terminal."""

from __future__ import annotations

from typing import Final, Literal

TYPE_COLOURS: Final = {
    "title": "#7c3aed",
    "section_header": "#db2777",
    "key": "#2563eb",
    "value": "#059669",
    "table_header": "#b45309",
    "cell": "#d97706",
    "total_key": "#0891b2",
    "other": "#94a3b8",
}
"""One colour per box type, chosen to differ in hue and to be readable on white and on dark ground."""

RELATION_COLOURS: Final = {
    "key_value": "#1d4ed8",
    "cell_item": "#d97706",
    "header_cell": "#b45309",
    "same_text": "#94a3b8",
    "parent_child": "#db2777",
}


NUMERIC_COLUMNS: Final = frozenset(
    {"position", "quantity", "unit_price", "vat_rate", "line_discount", "line_amount"}
)
"""Columns of line items that stand flush right."""

_GOOD, _FAIR = 0.8, 0.5


def level(confidence: float) -> Literal["good", "fair", "poor"]:
    """How far a value may be trusted."""
    return "good" if confidence >= _GOOD else "fair" if confidence >= _FAIR else "poor"


def type_colour(name: str) -> str:
    """Colour of a box type; unknown types look like `other`."""
    return TYPE_COLOURS.get(name, TYPE_COLOURS["other"])


def words(name: str) -> str:
    """A name such as `issue_date` in words."""
    return name.replace("_", " ")


def percent(confidence: float) -> str:
    """A probability in whole per cent; certainty is never claimed by rounding."""
    return f"{min(round(confidence * 100), 99) if confidence < 1 else 100} %"


def plain(value: str | float | None, name: str | None = None) -> str:
    """A normalised value as text; amounts, known by their canonical name, have two decimals at least."""
    if value is None or isinstance(value, str):
        return value or ""
    short = f"{value:.12g}"
    decimals = len(short.partition(".")[2])
    return f"{value:.2f}" if name and name.endswith("_amount") and decimals < 2 else short
