"""Accents on a page that has hardly any: where a letter is not surely read with one, it has none.

The recogniser sees one line at a time; what language it is in, the page tells.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

import numpy as np

RARE: Final = 0.005
"""Share of letters with accents below which a language has none: 0 in English and Malay, 0.01 in German."""
SURE: Final = 0.9
"""Least probability of a letter with an accent that is believed then."""


def has_accent(text: str) -> bool:
    """Whether a text has a letter with an accent."""
    return not text.isascii() and any(map(_is_accented, text))


def are_rare(texts: Iterable[str]) -> bool:
    """Whether hardly any letter of a page's texts has an accent."""
    letters = [character for text in texts for character in text if character.isalpha()]
    return sum(map(_is_accented, letters)) < RARE * len(letters)


def without_unsure(characters: np.ndarray, probabilities: np.ndarray, alphabet: Sequence[str]) -> np.ndarray:
    """The characters of each step, letters with unsure accents without them.

    Args:
        characters: int32 [n, T, K], alphabet indices.
        probabilities: float32 [n, T, K].
        alphabet: character per index.
    """
    return np.where(probabilities < SURE, _plain(tuple(alphabet))[characters], characters)


@cache
def _plain(alphabet: tuple[str, ...]) -> np.ndarray:
    """Index of the same letter without accents for each character, its own where there is none; int32."""
    indices = {character: index for index, character in enumerate(alphabet)}
    plain = (unicodedata.normalize("NFD", c)[:1] if _is_accented(c) else c for c in alphabet)
    return np.array([indices.get(c, index) for index, c in enumerate(plain)], np.int32)


@cache
def _is_accented(character: str) -> bool:
    return character.isalpha() and len(unicodedata.normalize("NFD", character)) > 1
