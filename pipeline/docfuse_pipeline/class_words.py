"""The class of a page by the spelling of its words, which few pages are enough to learn from.

Pieces of two to five characters of every word are hashed and counted (Weinberger et al. 2009) and weighed by
one linear layer; a misread letter spoils few of a word's pieces. `docfuse train --recipe` fits it to pages
that have a class and nothing else. Weights without its file, such as the shipped ones, know a page's class by
the fusion and the terms that it prints (`class_terms`).
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from docfuse_pipeline.class_terms import term_logits

FILE: Final = "class_words.npz"
BUCKETS: Final = 4096
_LENGTHS = range(2, 6)
_TINY = 1e-6


@lru_cache(maxsize=20_000)
def _buckets(word: str) -> tuple[int, ...]:
    """The bucket of each piece of a word; its first and last character stand beside a space."""
    padded = f" {word} "
    pieces = [
        padded[start : start + length]
        for length in _LENGTHS
        for start in range(max(1, len(padded) - length + 1))
    ]
    return tuple(zlib.crc32(piece.encode()) % BUCKETS for piece in pieces)


def word_features(texts: Iterable[str]) -> np.ndarray:
    """How often each bucket's pieces occur on a page, as log(1 + count), of length 1: float32 [BUCKETS]."""
    counts = np.zeros(BUCKETS, np.float32)
    for word, times in Counter(" ".join(texts).casefold().split()).items():
        for bucket in _buckets(word):
            counts[bucket] += times
    logs = np.log1p(counts)
    features: np.ndarray = logs / max(float(np.linalg.norm(logs)), _TINY)
    return features


@dataclass(frozen=True)
class WordClassifier:
    """A linear layer over `word_features`: `weight` float32 [BUCKETS, classes], `bias` float32 [classes]."""

    weight: np.ndarray
    bias: np.ndarray

    @classmethod
    def load(cls, path: Path) -> WordClassifier:
        """Read what `save` wrote.

        Raises:
            ValueError: the file is no such classifier.
        """
        try:
            with np.load(path, allow_pickle=False) as data:
                return cls(data["weight"].astype(np.float32), data["bias"].astype(np.float32))
        except (KeyError, ValueError, OSError, EOFError) as error:
            raise ValueError(f"{path} holds no weights of words: {error}") from error

    def save(self, path: Path) -> None:
        """Write the layer in half precision."""
        np.savez_compressed(path, weight=self.weight.astype(np.float16), bias=self.bias)

    def logits(self, texts: Iterable[str]) -> np.ndarray:
        """What the words of a page's texts say for each class, float32 [classes]."""
        logits: np.ndarray = word_features(texts) @ self.weight + self.bias
        return logits


def judge_class(
    probabilities: np.ndarray, texts: Sequence[str], words: WordClassifier | None = None
) -> np.ndarray:
    """Class probabilities of the fusion, of printed terms, and of learned words together: logits add up.

    Args:
        probabilities: float [classes], of the fusion.
        texts: what the page says.
        words: what the weights know of words, if they do.

    Returns:
        float32 [classes].
    """
    logits = np.log(np.maximum(probabilities, _TINY)) + term_logits(texts)
    if words is not None:
        logits = logits + words.logits(texts)
    likely = np.exp(logits - logits.max())
    together: np.ndarray = (likely / likely.sum()).astype(np.float32)
    return together
