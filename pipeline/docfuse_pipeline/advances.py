"""Where the characters of a printed line stand, as far as their typical widths tell."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import numpy as np

ADVANCES = {
    **dict.fromkeys(" ijlI|!.,:;'`", 0.5),
    **dict.fromkeys('frt()[]{}-/\\"', 0.65),
    **dict.fromkeys("mwMW@%", 1.5),
}
"""Typical advance widths of characters whose width is far from a digit's, in digits."""
CAPITAL = 1.2


def advances(characters: Iterable[str]) -> np.ndarray:
    """Typical advance widths of characters, in digits; float64 [n]."""
    return np.array([ADVANCES.get(character) or _advance(character) for character in characters], np.float64)


def _advance(character: str) -> float:
    if character.isupper():
        return CAPITAL
    return 0.0 if unicodedata.combining(character[:1] or " ") else 1.0


def estimated_places(text: str) -> np.ndarray:
    """Where the characters of a printed line stand, by typical advance widths; float32 [len(text), 2]."""
    edges = np.cumsum([0.0, *advances(text)])
    edges = edges / max(edges[-1], 1e-6)
    return np.stack([edges[:-1], edges[1:]], 1).astype(np.float32)
