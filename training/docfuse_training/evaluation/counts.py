"""Precision, recall, F1 and accuracy from counts."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Counts:
    """How many were right, how many predicted, how many labelled; counts add up over pages."""

    right: int = 0
    predicted: int = 0
    labelled: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.right + other.right, self.predicted + other.predicted, self.labelled + other.labelled
        )

    @property
    def precision(self) -> float:
        """Right ÷ predicted; 0 if nothing was predicted."""
        return self.right / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Right ÷ labelled; 0 if nothing was labelled."""
        return self.right / self.labelled if self.labelled else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.right / (self.predicted + self.labelled) if self.right else 0.0


def total(counts: Iterable[Counts]) -> Counts:
    """Sum of counts, for micro averages."""
    return sum(counts, Counts())


def label_counts(pairs: Iterable[tuple[str | None, str | None]]) -> dict[str, Counts]:
    """Counts per label from (predicted, labelled) pairs; None is no label."""
    found: dict[str, Counts] = {}
    for predicted, labelled in pairs:
        if predicted is not None:
            found[predicted] = found.get(predicted, Counts()) + Counts(int(predicted == labelled), 1, 0)
        if labelled is not None:
            found[labelled] = found.get(labelled, Counts()) + Counts(0, 0, 1)
    return found


def macro_f1(counts: Iterable[Counts]) -> float:
    """Mean F1 of the labels that occur among the labelled ones; 0 if there is none."""
    scores = [c.f1 for c in counts if c.labelled]
    return sum(scores) / len(scores) if scores else 0.0


def wilson(right: int, trials: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson score interval of a proportion (Wilson, 1927); 95 % by default; (0, 1) without trials."""
    if not trials:
        return 0.0, 1.0
    share, weight = right / trials, z * z / trials
    centre = (share + weight / 2) / (1 + weight)
    half = z * math.sqrt((share * (1 - share) + weight / 4) / trials) / (1 + weight)
    return max(0.0, centre - half), min(1.0, centre + half)
