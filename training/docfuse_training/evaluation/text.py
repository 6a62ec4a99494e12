"""How texts are compared: keys, edit similarity, character error rate."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import Levenshtein

from docfuse.result import Page
from docfuse_training.evaluation.lines import whole_lines
from docfuse_training.evaluation.matching import labelled_boxes, read_boxes, same_place_groups
from docfuse_training.truth import TruthBox

SIMILAR = 0.8
"""Least edit similarity of two texts that count as one."""


def tidy(text: str) -> str:
    """NFKC, lower case, single spaces, no colon, full stop or space at the ends."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()).strip(" :.")


def similarity(a: str, b: str) -> float:
    """Edit similarity of tidied texts: 1 - Levenshtein distance ÷ length of the longer one."""
    return Levenshtein.normalized_similarity(tidy(a), tidy(b))


def similar(a: str, b: str) -> bool:
    """Whether the edit similarity is at least 0.8."""
    return similarity(a, b) >= SIMILAR


def similar_print(a: str, b: str) -> bool:
    """Whether the edit similarity is at least 0.8, white space left out."""
    return similar(*("".join(text.split()) for text in (a, b)))


def glyphs(text: str) -> str:
    """What a reader is judged by: NFKC, upper case, without white space."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text).upper())


def spaced(text: str) -> str:
    """The same with single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).upper().split())


def _in_order(indices: list[int], boxes: np.ndarray, texts: Sequence[str]) -> str:
    """Texts of a group of boxes, line by line, from left to right."""
    height = np.median(boxes[indices, 3] - boxes[indices, 1]) if indices else 1.0
    middle = boxes[:, [1, 3]].mean(1) if len(boxes) else np.zeros(0)
    lines: list[list[int]] = []
    for i in sorted(indices, key=lambda i: middle[i]):
        if lines and middle[i] - middle[lines[-1][-1]] < height / 2:
            lines[-1].append(i)
        else:
            lines.append([i])
    return "".join(texts[i] for line in lines for i in sorted(line, key=lambda i: boxes[i, 0]))


def character_errors(labelled: Sequence[TruthBox], page: Page) -> tuple[int, int]:
    """Edit distance between labelled and read text, and the number of labelled characters.

    Labelled boxes and whole read lines that share at least half of the smaller one are compared together,
    each side concatenated line by line from left to right, so that it does not matter where a line was cut. A
    labelled box that nothing was read from counts in full; what was read elsewhere does not count.
    Case and white space do not count. CER = sum of the first ÷ sum of the second.
    """
    read = whole_lines(page).boxes
    a, b = labelled_boxes(labelled), read_boxes(read)
    errors = characters = 0
    for ours, theirs in same_place_groups(a, b):
        truth = glyphs(_in_order(ours, a, [box.text for box in labelled]))
        guess = glyphs(_in_order(theirs, b, [box.text for box in read]))
        errors += Levenshtein.distance(truth, guess)
        characters += len(truth)
    return errors, characters
