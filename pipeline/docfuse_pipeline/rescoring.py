"""Of what a recogniser holds possible, the path that a character model finds most likely (shallow fusion).

Only the steps of which the recogniser is not sure are looked at, and what follows them until all paths
agree again.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

import numpy as np

from docfuse_pipeline.alphabet import ALPHABET
from docfuse_pipeline.character_model import BEGIN, ORDER, CharacterModel, folded, latin_model
from docfuse_pipeline.ctc import Reading, decode

LEAST: Final = 0.005
"""Least probability at which a character is a choice."""
WEIGHT: Final = 0.2
"""Weight of the character model's log probability beside the recogniser's."""
BONUS: Final = 0.3
"""What each character adds, since the model makes every further one cost something."""
WIDTH: Final = 6
"""Paths that are kept at each step."""
_BLANK = 0
_Trace = tuple["_Trace", int] | None
"""Choice of each step, the last one first."""


class _Path(NamedTuple):
    """A way through the steps so far: its score, the folded text's end, the last class and the choices."""

    score: float
    text: str
    last: int
    trace: _Trace


def decode_choices(
    characters: np.ndarray,
    probabilities: np.ndarray,
    used: np.ndarray | None = None,
    alphabet: Sequence[str] = ALPHABET,
) -> list[Reading]:
    """As `ctc.decode`, of int32 and float32 [n, T, K] with several choices for each step, or [n, T]."""
    if characters.ndim == 3:
        characters, probabilities = choose(characters, probabilities, tuple(alphabet), latin_model())
    return decode(characters, probabilities, used, alphabet)


def choose(
    characters: np.ndarray, probabilities: np.ndarray, alphabet: tuple[str, ...], model: CharacterModel
) -> tuple[np.ndarray, np.ndarray]:
    """Choose one character for each step.

    Args:
        characters: int32 [n, T, K], alphabet indices by falling probability; 0 is the blank.
        probabilities: float32 [n, T, K].
        alphabet: character per index.
        model: of folded characters.

    Returns:
        int32 [n, T], the chosen indices; float32 [n, T], their probabilities.
    """
    picked = np.zeros(characters.shape[:2], np.int64)
    if characters.shape[2] > 1:
        unsure = probabilities[..., 1] >= LEAST
        for row in np.flatnonzero(unsure.any(1)).tolist():
            steps = np.flatnonzero(unsure[row])
            begin, choices = _search(characters[row], probabilities[row], steps, _folds(alphabet), model)
            picked[row, begin : begin + len(choices)] = choices
    return _taken(characters, picked), _taken(probabilities, picked)


def _taken(values: np.ndarray, picked: np.ndarray) -> np.ndarray:
    """Of the last axis of [n, T, K] the element that is picked, [n, T]."""
    taken: np.ndarray = np.take_along_axis(values, picked[..., None], 2)[..., 0]
    return taken


@cache
def _folds(alphabet: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(folded(character) for character in alphabet)


def _search(
    characters: np.ndarray,
    probabilities: np.ndarray,
    unsure: np.ndarray,
    folds: Sequence[str],
    model: CharacterModel,
) -> tuple[int, list[int]]:
    """The best choices from the first unsure step on, until all paths agree after the last one."""
    begin, end = int(unsure[0]), int(unsure[-1])
    best = characters[:begin, 0]
    seen = best[(best != _BLANK) & (np.append(-1, best[:-1]) != best)][-ORDER:]
    text = (BEGIN + "".join(folds[index] for index in seen.tolist()))[1 - ORDER :]
    paths = [_Path(0.0, text, int(best[-1]) if begin else _BLANK, None)]
    kept = np.maximum((probabilities[begin:] >= LEAST).sum(1), 1)
    logarithms = np.log(np.maximum(probabilities[begin:], 1e-9))
    rows = zip(characters[begin:].tolist(), logarithms.tolist(), kept.tolist(), strict=True)
    for step, (indices, costs, count) in enumerate(rows, start=begin):
        if step > end and len(paths) == 1:
            break
        paths = _extended(paths, list(zip(indices[:count], costs[:count], strict=True)), folds, model)
    trace, choices = max(paths, key=lambda path: path.score).trace, []
    while trace is not None:
        trace, choice = trace
        choices.append(choice)
    return begin, choices[::-1]


def _extended(
    paths: Sequence[_Path], choices: Sequence[tuple[int, float]], folds: Sequence[str], model: CharacterModel
) -> list[_Path]:
    """All paths with each choice of a step; of those that end alike the best one."""
    best: dict[tuple[str, int], _Path] = {}
    for path in paths:
        for choice, (index, cost) in enumerate(choices):
            score, text = path.score + cost, path.text
            if index not in (_BLANK, path.last):
                score += WEIGHT * model.score(text, folds[index]) + BONUS
                text = (text + folds[index])[1 - ORDER :]
            known = best.get((text, index))
            if known is None or score > known.score:
                best[text, index] = _Path(score, text, index, (path.trace, choice))  # type: ignore[assignment]
    return sorted(best.values(), key=lambda path: -path.score)[:WIDTH]
