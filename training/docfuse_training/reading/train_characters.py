"""Counts which characters follow each other, for `docfuse_pipeline.character_model`."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable

from docfuse_pipeline.alphabet import ALPHABET
from docfuse_pipeline.character_model import BEGIN, ORDER, CharacterModel, folded

SEEN = 2
"""N-grams of three and more characters that were seen less often are left out."""


def count(lines: Iterable[str]) -> Counter[str]:
    """How often each n-gram of up to `ORDER` characters stands in the lines, each folded and begun."""
    counts: Counter[str] = Counter()
    for line in lines:
        text = BEGIN + "".join(map(folded, line))
        for end in range(2, len(text) + 1):
            counts.update(text[start:end] for start in range(max(end - ORDER, 0), end))
    return counts


def smoothed(counts: Counter[str], seen: int = SEEN) -> CharacterModel:
    """Witten–Bell: a context's unseen characters share as much as it has different followers."""
    totals: dict[str, int] = defaultdict(int)
    different: dict[str, int] = defaultdict(int)
    lost: dict[str, int] = defaultdict(int)
    kept = {gram for gram, number in counts.items() if len(gram) < 3 or number >= seen}
    for gram, number in counts.items():
        totals[gram[:-1]] += number
        different[gram[:-1]] += 1
        lost[gram[:-1]] += number * (gram not in kept)
    probabilities: dict[str, float] = {}
    for gram in sorted(kept, key=len):
        context = gram[:-1]
        shorter = probabilities[gram[1:]] if context else 1 / len(ALPHABET)
        rest = totals[context] + different[context]
        probabilities[gram] = (counts[gram] + different[context] * shorter) / rest
    backoffs = {
        gram: math.log((different[gram] + lost[gram]) / (totals[gram] + different[gram]))
        for gram in ("", *kept)
        if gram in totals
    }
    return CharacterModel({gram: math.log(value) for gram, value in probabilities.items()}, backoffs)
