"""The class of a page by terms that it prints: "MEMORANDUM", "Sincerely yours", "Rechnungsnummer".

The fusion knows the look of pages like those it was trained on; terms are what pages of a class say wherever
they come from. They are data (`class_terms.ini`), and their logits are added to those of the fusion.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

import numpy as np

from docfuse_pipeline.labels import CLASSES
from docfuse_pipeline.resources import word_lists

_WEIGHT = 3.0
"""Logit of e - 1 sure terms: of 2, 3, 4 and 6 the one with the least loss of the class on the dev half of the
labelled pages, SROIE's dev receipts, ZUGFeRD and synthetic bills."""
_TOKEN = re.compile(r"\w+|[^\w\s]")


class _Term(NamedTuple):
    tokens: tuple[str, ...]
    column: int
    """Index of the class."""
    weight: float
    """1 if it is sure; of n likely terms it takes √n to weigh as much."""


def term_logits(texts: Iterable[str]) -> np.ndarray:
    """What the terms of a page's texts say for each class, float32 [classes].

    Each term counts once, and the more have been found, the less another one adds.
    """
    sums = np.zeros(len(CLASSES), np.float32)
    for term in {term for text in texts for term in _found(_tokens(text))}:
        sums[term.column] += term.weight
    logits: np.ndarray = _WEIGHT * np.log1p(sums)
    return logits


def _tokens(text: str) -> tuple[str, ...]:
    """Words and marks, without capitals."""
    return tuple(_TOKEN.findall(unicodedata.normalize("NFKC", text).casefold()))


def _found(tokens: tuple[str, ...]) -> Iterator[_Term]:
    """The terms that stand in a text."""
    begun = _terms()
    for start, token in enumerate(tokens):
        for term in begun.get(token, ()):
            if tokens[start : start + len(term.tokens)] == term.tokens:
                yield term


@cache
def _terms() -> dict[str, list[_Term]]:
    """The terms of all classes by their first token."""
    lists = word_lists("class_terms")
    begun: dict[str, list[_Term]] = defaultdict(list)
    for name in lists.sections():
        sure, likely = (_listed(lists[name][kind]) for kind in ("sure", "likely"))
        weights = dict.fromkeys(likely, len(likely) ** -0.5) | dict.fromkeys(sure, 1.0)
        for tokens, weight in weights.items():
            begun[tokens[0]].append(_Term(tokens, CLASSES.index(name), weight))
    return begun


def _listed(value: str) -> list[tuple[str, ...]]:
    return [_tokens(term) for term in value.split("|")]
