"""Where the truth of a page cuts its lines into segments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from docfuse_training.truth import TruthPage
from docfuse_training.understanding.align import Mention, Tokens


@dataclass(frozen=True)
class Cuts:
    """Whether a segment begins at each real token: `labels` float [K], `known` float [K] (1: trust it)."""

    labels: np.ndarray
    known: np.ndarray


def cuts_from_boxes(tokens: Tokens, owner: np.ndarray, page: TruthPage) -> Cuts:
    """A segment begins where the truth box changes inside a line; unknown next to tokens without a box.

    Nor is it known inside of words, whose characters' places are not exact enough, and between texts of no
    type and no relation: FUNSD has a box for each word of some sentences.
    """
    same_line = np.append(False, tokens.lines[1:] == tokens.lines[:-1])
    before = np.append(-1, owner[:-1])
    known = same_line & (owner >= 0) & (before >= 0)
    cut = known & (owner != before)
    inside = np.append(False, tokens.spans[1:, 0] == tokens.spans[:-1, 1])
    linked = {end for relation in page.relations for end in (relation.source, relation.target)}
    loose = np.array([box.type == "other" and i not in linked for i, box in enumerate(page.boxes)])
    unsure = cut & (inside | (loose[owner] & loose[before]))
    return Cuts((cut & ~unsure).astype(np.float32), (known & ~unsure).astype(np.float32))


def cuts_from_mentions(tokens: Tokens, mentions: list[Mention]) -> Cuts:
    """A value stands alone: a segment begins at it and behind it, none inside it; the rest is unknown."""
    labels, known = np.zeros(len(tokens.lines), np.float32), np.zeros(len(tokens.lines), np.float32)
    first = np.append(True, tokens.lines[1:] != tokens.lines[:-1])
    for line, begin, end in (part for mention in mentions for part in mention.parts):
        inside = (tokens.lines == line) & (tokens.spans[:, 0] < end) & (tokens.spans[:, 1] > begin)
        index = np.flatnonzero(inside)
        if not len(index):
            continue
        known[index] = 1
        labels[index[0]] = 1
        behind = index[-1] + 1
        if behind < len(first) and not first[behind]:
            known[behind] = labels[behind] = 1
    known[first] = 0
    labels[first] = 0
    return Cuts(labels, known)
