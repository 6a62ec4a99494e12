"""Reads the pieces of long lines: their texts overlap, and are joined where they agree, by docTR's rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from docfuse_pipeline.attention import spell
from docfuse_pipeline.ctc import EMPTY, REACH, Reading, Spelling, best_path, normalized
from docfuse_pipeline.pieces import Cut, cuts
from docfuse_pipeline.settings import CROP_HEIGHT, STEP_WIDTH
from docfuse_pipeline.traits import RecognizerTraits

_REACH = REACH * STEP_WIDTH / CROP_HEIGHT
"""How far a character reaches at most to either side, in heights of the line."""
Placed = list[tuple[str, Any]]
"""Characters, each with whatever belongs to it."""


def read_pieces(
    quads: np.ndarray,
    rows: np.ndarray,
    characters: np.ndarray,
    probabilities: np.ndarray,
    recognizer: RecognizerTraits,
) -> list[Reading]:
    """Decode the pieces and put each quad's text together; quads without a piece are empty.

    Args:
        quads: float32 [N, 4, 2] page pixels.
        rows: int32 [n], quad of each piece, ascending.
        characters: int32 [n, T], best alphabet index per step.
        probabilities: float32 [n, T], its probability.
        recognizer: alphabet, decoding and size of the crops.
    """
    plans = cuts(quads)
    spellings = _spellings([plans[row] for row in rows], characters, probabilities, recognizer)
    readings = [EMPTY] * len(quads)
    for row, pieces in _by_row(rows, spellings):
        joined = _joined(pieces, plans[row])
        readings[row] = normalized(joined.characters, joined.score, joined.places)
    return readings


def _spellings(
    plans: list[Cut], characters: np.ndarray, probabilities: np.ndarray, recognizer: RecognizerTraits
) -> list[Spelling]:
    if recognizer.decoding == "attention":
        return spell(characters, probabilities, recognizer.alphabet)
    (width,) = recognizer.widths
    sizes = np.array([plan.fitted(width, recognizer.height) for plan in plans], np.float64).reshape(-1, 2)
    steps = characters.shape[1] / width
    return best_path(
        characters, probabilities, sizes[:, 0] / width, recognizer.alphabet, _REACH * sizes[:, 1] * steps
    )


def _by_row(rows: np.ndarray, spellings: list[Spelling]) -> Iterator[tuple[int, list[Spelling]]]:
    borders = [0, *(np.flatnonzero(np.diff(rows)) + 1).tolist(), len(rows)]
    for begin, end in pairwise(borders):
        if end > begin:
            yield int(rows[begin]), spellings[begin:end]


def _joined(pieces: list[Spelling], cut: Cut) -> Spelling:
    """One spelling of a patch from those of its pieces; the score is their mean, as in docTR."""
    if len(pieces) == 1:
        return pieces[0]
    placed = [
        list(zip(piece.characters, (start + cut.piece * piece.places) / cut.width, strict=True))
        for piece, start in zip(pieces, cut.starts, strict=True)
    ]
    text = placed[0]
    for piece, overlap in zip(placed[1:], cut.overlaps, strict=True):
        text = merge(text, piece, overlap)
    places = np.array([place for _, place in text], np.float32).reshape(-1, 2)
    score = sum(piece.score for piece in pieces) / len(pieces)
    return Spelling([character for character, _ in text], score, places)


def merge(left: Placed, right: Placed, overlap: float) -> Placed:
    """Join two texts whose ends show the same part of a line.

    The last character of `left` and the first of `right` may be cut off, so they do not count. Of the
    lengths at which end and beginning agree, the one nearest to the expected length wins; if they agree
    nowhere, the one with the fewest differences near it.

    Args:
        left: earlier characters.
        right: later characters.
        overlap: share of `right` that is expected to be seen in `left` too.
    """
    if min(len(left), len(right)) <= 1:
        return left + right
    head, tail = left[:-1], right[1:]
    differences = _differences([c for c, _ in head], [c for c, _ in tail])
    expected = round(len(right) * overlap) - 2
    agreeing = [length for length, count in enumerate(differences, start=1) if not count]
    if agreeing:
        return head + tail[min(agreeing, key=lambda length: abs(length - expected)) :]
    if expected < 0:
        return left + right
    if expected == 0:
        return head + tail
    costs = [count + abs(length - expected) for length, count in enumerate(differences, start=1)]
    return head + tail[costs.index(min(costs)) + 1 :]


def _differences(head: Sequence[str], tail: Sequence[str]) -> list[int]:
    """Characters that differ if the last 1, 2, … of `head` are the first of `tail`."""
    return [
        sum(a != b for a, b in zip(head[-length:], tail[:length], strict=True))
        for length in range(1, min(len(head), len(tail)) + 1)
    ]
