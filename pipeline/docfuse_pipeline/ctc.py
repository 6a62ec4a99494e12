"""Greedy CTC decoding with the place of every character on its line."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from docfuse_pipeline.advances import advances
from docfuse_pipeline.alphabet import ALPHABET

REACH = 10 / 3
"""Steps of 4 pixels (the line is 32 high) by which a character reaches at most to either side."""
LATE = 0.4
"""Steps by which our recogniser sees a character after its middle, in the mean (measured on drawn lines)."""


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


@dataclass(frozen=True)
class Spelling:
    """The characters of one crop as the recogniser gave them: not normalised, white space kept.

    `places` float32 [len(characters), 2] are fractions of the line's length.
    """

    characters: list[str]
    score: float
    places: np.ndarray


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
    return [
        normalized(spelling.characters, spelling.score, spelling.places)
        for spelling in best_path(characters, probabilities, used, alphabet, late=LATE)
    ]


def best_path(
    characters: np.ndarray,
    probabilities: np.ndarray,
    used: np.ndarray | None = None,
    alphabet: Sequence[str] = ALPHABET,
    reach: float | np.ndarray = REACH,
    late: float = 0.0,
) -> list[Spelling]:
    """As `decode`, before normalisation, for any recogniser.

    `reach` is in steps, for all rows or float [n] for each; `late` are the steps by which characters are seen
    after their middle.
    """
    count, steps = characters.shape
    changed = np.ones((count, steps + 1), bool)
    changed[:, 1:-1] = characters[:, 1:] != characters[:, :-1]
    row, edge = np.nonzero(changed)
    same_row = row[1:] == row[:-1]
    row, start, end = row[:-1][same_row], edge[:-1][same_row], edge[1:][same_row]
    best = characters[row, start]
    seen = best != 0
    row, start, end, best = row[seen], start[seen], end[seen], best[seen]
    lengths = np.full(count, steps, np.float64) if used is None else steps * np.asarray(used, np.float64)
    found = [alphabet[index] for index in best.tolist()]
    centres = (start + end) / 2 - late
    places = _places(centres, advances(found), row, lengths, np.broadcast_to(reach, (count,))[row])
    borders = np.searchsorted(row, np.arange(count + 1))
    sums = np.append(0.0, np.cumsum(probabilities[row, start], dtype=np.float64))[borders]
    scores = np.diff(sums) / np.maximum(np.diff(borders), 1)
    return [
        Spelling(found[a:b], score, places[a:b])
        for a, b, score in zip(borders[:-1].tolist(), borders[1:].tolist(), scores.tolist(), strict=True)
    ]


def _places(
    centres: np.ndarray, widths: np.ndarray, row: np.ndarray, lengths: np.ndarray, reach: np.ndarray
) -> np.ndarray:
    """Extents around the steps at which characters were seen.

    Two neighbours share what lies between them by their usual widths, but no character is much wider than the
    line is high.

    Args:
        centres: float [K], steps.
        widths: float [K], usual widths of the characters, in any unit.
        row: int [K], ascending, the row of each character.
        lengths: float [n], steps that each row's line takes.
        reach: float [K], steps by which each character reaches at most to either side.

    Returns:
        float32 [K, 2], fractions of the line's length.
    """
    begin, end = centres - reach, centres + reach
    share = widths[:-1] / np.maximum(widths[:-1] + widths[1:], 1e-6)
    border = centres[:-1] + share * (centres[1:] - centres[:-1])
    same = row[1:] == row[:-1]
    end[:-1] = np.where(same, np.minimum(end[:-1], border), end[:-1])
    begin[1:] = np.where(same, np.maximum(begin[1:], border), begin[1:])
    return np.clip(np.stack([begin, end], 1) / lengths[row, None], 0, 1).astype(np.float32)


def normalized(characters: Sequence[str], score: float, places: np.ndarray) -> Reading:
    """Apply NFKC and trim white space; what a character turns into shares its place evenly.

    Args:
        characters: single characters.
        score: confidence of the reading.
        places: float [len(characters), 2].
    """
    text = "".join(characters)
    if not unicodedata.is_normalized("NFKC", text):
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
