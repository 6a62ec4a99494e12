"""Units: the texts of a page after the lines of one text have been joined, and the links between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from docfuse_pipeline.labels import (
    DATE_FIELDS,
    DOCUMENT_FIELDS,
    FIELDS,
    ITEM_FIELDS,
    RELATIONS,
    TOTAL_FIELDS,
    TYPES,
)
from docfuse_pipeline.legal_forms import is_company, is_number
from docfuse_pipeline.settings import FIELD_THRESHOLD, LINK_THRESHOLDS

DOCUMENT_PART = slice(FIELDS.index(DOCUMENT_FIELDS[0]), FIELDS.index(DOCUMENT_FIELDS[-1]) + 1)
"""Where the document fields stand in `FIELDS`."""
ITEM_PART = slice(FIELDS.index(ITEM_FIELDS[0]), FIELDS.index(ITEM_FIELDS[-1]) + 1)
"""Where the line-item fields stand in `FIELDS`."""
KEY_TYPES = frozenset({"key", "total_key"})
NAMING_TYPES = KEY_TYPES | {"table_header", "section_header"}
"""Types of texts that name others."""
SAME_ROW = 0.5
"""Share of the lower text's height by which two texts of one row overlap."""
_IS_NAMED = frozenset({"value", "cell"})
_APART = (
    DATE_FIELDS,
    TOTAL_FIELDS,
    frozenset({"seller_name", "seller_address"}),
    frozenset({"buyer_name", "buyer_address"}),
)
"""Fields of which two are never one text."""


@dataclass(frozen=True)
class Relation:
    """A link between two boxes whose probability reached the relation's threshold."""

    source: int
    target: int
    probability: float


Links = dict[str, list[Relation]]
"""The links of each relation."""


@dataclass(frozen=True)
class PageTexts:
    """The segments of a page without padding.

    `texts` [n]; `quads` float [n, 4, 2] page pixels; `lines` int [n]; `scores` float [n]; `types` float
    [n, len(TYPES)] and `fields` float [n, len(FIELDS)] probabilities.
    """

    texts: Sequence[str]
    quads: np.ndarray
    lines: np.ndarray
    scores: np.ndarray
    types: np.ndarray
    fields: np.ndarray

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def type_names(self) -> list[str]:
        """The most probable type of each box."""
        return [TYPES[best] for best in self.types.argmax(-1)] if len(self) else []

    @cached_property
    def hulls(self) -> list[list[float]]:
        """x1, y1, x2, y2 of each box, page pixels."""
        return np.concatenate([self.quads.min(1), self.quads.max(1)], -1).tolist() if len(self) else []


@dataclass(frozen=True)
class Unit:
    """One text of the page: a box, or the boxes of a text of several lines in reading order.

    `hull` is x1, y1, x2, y2 in page pixels. Probabilities of types are the means over the boxes, those of
    fields the highest: a date with its time is a date.
    """

    boxes: tuple[int, ...]
    text: str
    type: str
    type_probability: float
    fields: np.ndarray
    score: float
    hull: tuple[float, float, float, float]

    def best_field(self, among: slice) -> tuple[str, float]:
        """The most probable field of a part of `FIELDS`, and its probability."""
        best = among.start + int(self.fields[among].argmax())
        return FIELDS[best], float(self.fields[best])

    def field_probability(self, name: str) -> float:
        """Probability of one field."""
        return float(self.fields[FIELDS.index(name)])

    @property
    def is_key(self) -> bool:
        """Whether it is the printed key of something."""
        return self.type in KEY_TYPES


def find_links(partners: np.ndarray, probabilities: np.ndarray, count: int) -> Links:
    """Links whose probability reaches the threshold of their relation, ordered by target and rank.

    Args:
        partners: int [R, P, k], best sources of each target; entries outside 0..count-1 are ignored.
        probabilities: float [R, P, k].
        count: number of boxes.

    Returns:
        the links of each relation.
    """
    links: Links = {}
    for name, sources, values in zip(RELATIONS, partners[:, :count], probabilities[:, :count], strict=True):
        targets, ranks = np.nonzero((values >= LINK_THRESHOLDS[name]) & (sources >= 0) & (sources < count))
        chosen = zip(
            sources[targets, ranks].tolist(), targets.tolist(), values[targets, ranks].tolist(), strict=True
        )
        links[name] = [Relation(*entry) for entry in chosen]
    return links


def without_blanks(texts: Sequence[str], partners: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Probabilities of links between texts alone; what a source without text had goes to the target's others.

    Only boxes that a caller gives may have no text.

    Args:
        texts: of the boxes [n].
        partners: int [R, P, k], best sources of each target, P ≥ n.
        probabilities: float [R, P, k].

    Returns:
        float [R, P, k].
    """
    blank = np.array([not text for text in texts] + [False] * (partners.shape[1] - len(texts)), bool)
    if not blank.any():
        return probabilities
    silent = blank[np.clip(partners, 0, len(blank) - 1)]
    taken = (probabilities * silent).sum(-1, keepdims=True)
    passed = probabilities / np.maximum(1.0 - taken, 1e-6)
    spoken: np.ndarray = np.where(silent | blank[None, :, None], 0.0, passed)
    return spoken


def blanks_of_keys(texts: Sequence[str], links: Links) -> dict[int, list[int]]:
    """The boxes without text, such as signatures, that each key names."""
    named: dict[int, list[int]] = {}
    for link in best_sources(links["key_value"]).values():
        if texts[link.source] and not texts[link.target]:
            named.setdefault(link.source, []).append(link.target)
    return named


def best_sources(links: Sequence[Relation]) -> dict[int, Relation]:
    """The most probable link to each target, of the links of one relation."""
    best: dict[int, Relation] = {}
    for link in links:
        if link.target not in best or link.probability > best[link.target].probability:
            best[link.target] = link
    return best


def join_texts(page: PageTexts, links: Links) -> list[Unit]:
    """Join the boxes of each text along its same_text links, most probable link first.

    Each box has at most one next line and one line before; a link that would close a circle, join a key or
    header with a value or cell, two keys or headers, two dates or amounts of different names, a name with an
    address, or either with a registration number in brackets, is passed over. Keys are two if they read alike
    ("Yes" above "Yes"), or the first ends with a colon and the second is no hint in brackets. Two values that
    stand beside keys of their own are two. Units are ordered by their first box; a box without text is none.
    """
    following: dict[int, int] = {}
    preceding: dict[int, int] = {}
    keys = {target: link.source for target, link in best_sources(links["key_value"]).items()}
    for link in sorted(links["same_text"], key=lambda link: (-link.probability, link.target, link.source)):
        free = link.source not in following and link.target not in preceding
        if free and _may_join(page, link.source, link.target, keys):
            if _last(following, link.target) != link.source:
                following[link.source], preceding[link.target] = link.target, link.source
    return [
        make_unit(page, _chain(following, box))
        for box, text in enumerate(page.texts)
        if text and box not in preceding
    ]


def _may_join(page: PageTexts, first: int, second: int, keys: Mapping[int, int]) -> bool:
    types = {page.type_names[first], page.type_names[second]}
    named = types & NAMING_TYPES and types & _IS_NAMED
    numbered = is_number(page.texts[first]) or is_number(page.texts[second])
    parties = _are_two_parties(page, first, second)
    two_keys = types <= NAMING_TYPES and _are_two_keys(page.texts[first].strip(), page.texts[second].strip())
    two_values = _are_two_values(page, first, second) or _have_two_keys(page, first, second, keys)
    return not (named or numbered or parties or two_keys or two_values)


def _have_two_keys(page: PageTexts, first: int, second: int, keys: Mapping[int, int]) -> bool:
    """Whether either text stands on a row with a key of its own ("Account no.:" above "Sort code:")."""
    known = first in keys and second in keys and keys[first] != keys[second]
    beside = (row_overlap(page.hulls[keys[box]], page.hulls[box]) for box in (first, second) if known)
    return known and min(beside) >= SAME_ROW


def row_overlap(first: Sequence[float], second: Sequence[float]) -> float:
    """Height that two boxes x1, y1, x2, y2 share, as a share of the lower one's."""
    height = max(min(first[3] - first[1], second[3] - second[1]), 1e-6)
    return (min(first[3], second[3]) - max(first[1], second[1])) / height


def _are_two_parties(page: PageTexts, first: int, second: int) -> bool:
    """Whether a company's name and a line that the field head takes for an address would be one text."""
    return any(
        FIELDS[int(page.fields[line].argmax())].endswith("_address") and is_company(page.texts[name])
        for name, line in ((first, second), (second, first))
    )


def _are_two_keys(first: str, second: str) -> bool:
    return first.lower() == second.lower() or (first.endswith(":") and not second.startswith(("(", "[")))


def _are_two_values(page: PageTexts, first: int, second: int) -> bool:
    """Whether the field head is sure of two dates, two amounts, or parts of a party, of different names."""
    names = {FIELDS[int(page.fields[box].argmax())] for box in (first, second)}
    sure = min(float(page.fields[box].max()) for box in (first, second)) >= FIELD_THRESHOLD
    return sure and len(names) == 2 and any(names <= apart for apart in _APART)


def _last(following: dict[int, int], box: int) -> int:
    while box in following:
        box = following[box]
    return box


def _chain(following: dict[int, int], box: int) -> tuple[int, ...]:
    boxes = [box]
    while boxes[-1] in following:
        boxes.append(following[boxes[-1]])
    return tuple(boxes)


def make_unit(page: PageTexts, boxes: tuple[int, ...]) -> Unit:
    """The text that some boxes are together, in their order."""
    chosen: Any = boxes[0] if len(boxes) == 1 else list(boxes)
    types, fields, score = page.types[chosen], page.fields[chosen], page.scores[chosen]
    if len(boxes) > 1:
        types, fields, score = types.mean(0), fields.max(0), score.mean()
    best = int(types.argmax())
    hulls = [page.hulls[box] for box in boxes]
    left, top = (min(hull[side] for hull in hulls) for side in (0, 1))
    right, bottom = (max(hull[side] for hull in hulls) for side in (2, 3))
    text = " ".join(page.texts[box] for box in boxes)
    return Unit(
        boxes, text, TYPES[best], float(types[best]), fields, float(score), (left, top, right, bottom)
    )
