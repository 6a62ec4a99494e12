"""How likely characters follow each other: n-grams, smoothed after Witten and Bell (1991)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

ORDER: Final = 5
"""Characters of the longest n-gram."""
BEGIN: Final = "\n"
"""What stands before the first character of a line."""
LEAST: Final = -9.0
"""Log probability of a character that was never seen."""
_LEVELS = 16
"""Stored steps of a natural logarithm."""
_FILE = Path(__file__).with_name("characters.npz")


def folded(character: str) -> str:
    """What a character counts as: capitals stand for both cases, 0 for every digit."""
    if character.isdigit():
        return "0"
    upper = character.upper()
    return upper if len(upper) == 1 else character


@dataclass(frozen=True)
class CharacterModel:
    """Log probabilities of n-grams, and for each that begins others what an unseen next character costs."""

    probabilities: Mapping[str, float]
    backoffs: Mapping[str, float]

    def score(self, before: str, character: str) -> float:
        """Log probability of a folded character after folded ones, of which the last `ORDER` - 1 count."""
        cost = 0.0
        for start in range(max(len(before) - ORDER + 1, 0), len(before) + 1):
            context = before[start:]
            found = self.probabilities.get(context + character)
            if found is not None:
                return cost + found
            cost += self.backoffs.get(context, 0.0)
        return cost + LEAST

    def save(self, path: Path) -> None:
        """Write the model, each logarithm as one byte."""
        grams = sorted(self.probabilities)
        backoffs = [self.backoffs.get(gram, 0.0) for gram in grams]
        np.savez_compressed(
            path,
            grams=np.array(grams, f"U{ORDER}"),
            probabilities=_bytes([self.probabilities[gram] for gram in grams]),
            backoffs=_bytes(backoffs),
        )

    @classmethod
    def load(cls, path: Path) -> CharacterModel:
        """Read what `save` wrote."""
        with np.load(path) as data:
            grams = data["grams"].tolist()
            costs = (-data["probabilities"].astype(np.float32) / _LEVELS).tolist()
            backoffs = (-data["backoffs"].astype(np.float32) / _LEVELS).tolist()
        return cls(
            dict(zip(grams, costs, strict=True)),
            {gram: cost for gram, cost in zip(grams, backoffs, strict=True) if cost},
        )


def _bytes(logarithms: list[float]) -> np.ndarray:
    return np.clip(np.round(-np.array(logarithms) * _LEVELS), 0, 255).astype(np.uint8)


@cache
def latin_model() -> CharacterModel:
    """The model of business documents in Latin script that comes with docfuse."""
    return CharacterModel.load(_FILE)
