"""Colours and words shared by the picture, the web page and the terminal."""

from __future__ import annotations

from typing import Final

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


def type_colour(name: str) -> str:
    """Colour of a box type; unknown types look like `other`."""
    return TYPE_COLOURS.get(name, TYPE_COLOURS["other"])


def words(name: str) -> str:
    """A name such as `issue_date` in words."""
    return name.replace("_", " ")


def percent(confidence: float) -> str:
    """A probability in whole per cent; certainty is never claimed by rounding."""
    return f"{min(round(confidence * 100), 99) if confidence < 1 else 100} %"


def plain(value: str | float | None) -> str:
    """A normalised value as text."""
    if value is None:
        return ""
    return f"{value:.12g}" if isinstance(value, float) else value
