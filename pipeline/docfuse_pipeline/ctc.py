"""Greedy CTC decoding with the place of every character on its line."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from docfuse_pipeline.alphabet import ALPHABET

REACH = 0.75
"""A character reaches at most this many typical advances to either side of where it was seen."""


@dataclass(frozen=True)
class Reading:
    """The text of one crop.

    `score` is the mean probability of its characters (0 if there are none); `places` float32 [len(text), 2]
    says where each character begins and ends, as fractions of the line's length.
    """

    text: str
    score: float
    places: np.ndarray


EMPTY = Reading("", 0.0, np.zeros((0, 2), np.float32))


def decode(
    characters: np.ndarray,
    probabilities: np.ndarray,
    used: np.ndarray | None = None,
    alphabet: Sequence[str] = ALPHABET,
) -> list[Reading]:
    """Collapse repeats and blanks of each row (Graves et al. 2006, best path).

    Args:
        characters: int32 [n, T], best alphabet index per step; 0 is the blank.
        probabilities: float32 [n, T], its probability.
        used: float32 [n], the share of the crop's width that the line takes, the rest being padding;
            ones if left out.
        alphabet: character per index.

    Returns:
        n readings, NFKC-normalised, without white space at their ends.
    """
    if not len(characters):
        return []
    steps = characters.shape[1]
    changed = np.ones(characters.shape, bool)
    changed[:, 1:] = characters[:, 1:] != characters[:, :-1]
    lengths = steps * (np.ones(len(characters)) if used is None else np.asarray(used, np.float64))
    rows = zip(characters, probabilities, changed, lengths, strict=True)
    return [_reading(*row, alphabet) for row in rows]


def _reading(
    best: np.ndarray, probability: np.ndarray, changed: np.ndarray, length: float, alphabet: Sequence[str]
) -> Reading:
    starts = np.flatnonzero(changed)
    ends = np.append(starts[1:], len(best))
    seen = best[starts] != 0
    starts, ends = starts[seen], ends[seen]
    if not len(starts):
        return EMPTY
    text = [alphabet[index] for index in best[starts].tolist()]
    places = _places((starts + ends) / 2, length)
    return normalized(text, float(probability[starts].mean()), places)


def _places(centres: np.ndarray, length: float) -> np.ndarray:
    """Extents around the steps at which characters were seen; float32 [n, 2], fractions of `length` steps."""
    borders = (centres[1:] + centres[:-1]) / 2
    advance = float(np.median(np.diff(centres))) if len(centres) > 1 else length
    begin = np.maximum(np.append(0.0, borders), centres - REACH * advance)
    end = np.minimum(np.append(borders, length), centres + REACH * advance)
    return np.clip(np.stack([begin, end], 1) / length, 0, 1).astype(np.float32)


def normalized(characters: Sequence[str], score: float, places: np.ndarray) -> Reading:
    """Apply NFKC and trim white space; what a character turns into shares its place evenly.

    Args:
        characters: single characters.
        score: confidence of the reading.
        places: float [len(characters), 2].
    """
    joined = "".join(characters)
    text = unicodedata.normalize("NFKC", joined)
    if text != joined:
        forms = [unicodedata.normalize("NFKC", character) for character in characters]
        text = "".join(forms)
        places = np.concatenate(
            [_shared(place, len(form)) for place, form in zip(places, forms, strict=True)]
        )
    begin = len(text) - len(text.lstrip())
    end = max(len(text.rstrip()), begin)
    return Reading(text[begin:end], score, places[begin:end])


def _shared(place: np.ndarray, parts: int) -> np.ndarray:
    edges = np.linspace(place[0], place[1], parts + 1, dtype=np.float32)
    return np.stack([edges[:-1], edges[1:]], 1)
