"""Units: the texts of a page after the lines of one text have been joined, and the links between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from docfuse_pipeline.labels import DOCUMENT_FIELDS, FIELDS, ITEM_FIELDS, RELATIONS, TYPES
from docfuse_pipeline.printed_names import key_name
from docfuse_pipeline.settings import FIELD_SURE, FIELD_THRESHOLD, LINK_THRESHOLDS

DOCUMENT_PART = slice(FIELDS.index(DOCUMENT_FIELDS[0]), FIELDS.index(DOCUMENT_FIELDS[-1]) + 1)
"""Where the document fields stand in `FIELDS`."""
ITEM_PART = slice(FIELDS.index(ITEM_FIELDS[0]), FIELDS.index(ITEM_FIELDS[-1]) + 1)
"""Where the line-item fields stand in `FIELDS`."""
KEY_TYPES = frozenset({"key", "total_key"})
_NAMES_SOMETHING = KEY_TYPES | {"table_header", "section_header"}
_BLOCK_FIELDS = frozenset({"seller_address", "buyer_address"})
_SPACE = 0.8
"""Widest space between two words of a line, in heights of the line."""
_IS_NAMED = frozenset({"value", "cell"})


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


def best_sources(links: Sequence[Relation]) -> dict[int, Relation]:
    """The most probable link to each target, of the links of one relation."""
    best: dict[int, Relation] = {}
    for link in links:
        if link.target not in best or link.probability > best[link.target].probability:
            best[link.target] = link
    return best


def join_texts(page: PageTexts, links: Links) -> list[Unit]:
    """Join the boxes of each text along its same_text links, most probable link first.

    Each box has at most one next line and one line before; a link that would close a circle, or join a key or
    header with a value or cell, is passed over. Units are ordered by their first box.
    """
    following: dict[int, int] = {}
    preceding: dict[int, int] = {}
    for link in sorted(links["same_text"], key=lambda link: (-link.probability, link.target, link.source)):
        free = link.source not in following and link.target not in preceding
        if free and _may_join(page, link.source, link.target):
            if _last(following, link.target) != link.source:
                following[link.source], preceding[link.target] = link.target, link.source
    return [_unit(page, _chain(following, box)) for box in range(len(page)) if box not in preceding]


def join_blocks(page: PageTexts, units: Sequence[Unit]) -> list[Unit]:
    """Join texts that stand below or beside each other and that the field head calls the same address.

    What touches an address on its line belongs to it too ("No" before "5, Main Street").
    """
    joined: list[Unit] = []
    blocks: dict[str, list[int]] = {}
    for unit in _whole_lines(page, units):
        name = _block_of(unit)
        if name is None:
            joined.append(unit)
            continue
        places = blocks.setdefault(name, [])
        place = next((place for place in places if _adjoin(joined[place].hull, unit.hull)), None)
        if place is None:
            places.append(len(joined))
            joined.append(unit)
        else:
            joined[place] = _unit(page, tuple(sorted((*joined[place].boxes, *unit.boxes))))
    return joined


def _block_of(unit: Unit) -> str | None:
    """The address that a text is a part of, if it is of one."""
    name, probability = unit.best_field(DOCUMENT_PART)
    return name if name in _BLOCK_FIELDS and probability >= FIELD_THRESHOLD and not unit.is_key else None


def _whole_lines(page: PageTexts, units: Sequence[Unit]) -> list[Unit]:
    """Addresses together with what was cut off them on the same line."""
    whole: list[Unit] = []
    for unit in units:
        before = whole[-1] if whole else None
        if before and _touch(page, before, unit) and (_takes(before, unit) or _takes(unit, before)):
            whole[-1] = _unit(page, (*before.boxes, *unit.boxes))
        else:
            whole.append(unit)
    return whole


def _touch(page: PageTexts, before: Unit, unit: Unit) -> bool:
    """Whether a text follows another one on its line after no more than a space."""
    last, first = before.boxes[-1], unit.boxes[0]
    gap = page.hulls[first][0] - page.hulls[last][2]
    height = page.hulls[first][3] - page.hulls[first][1]
    return bool(page.lines[last] == page.lines[first]) and first == last + 1 and gap <= _SPACE * height


def _takes(address: Unit, other: Unit) -> bool:
    """Whether another text on an address's line is a part of it: no printed key, and nothing by itself."""
    if _block_of(address) is None or other.text.rstrip().endswith(":") or key_name(other.text):
        return False
    name, probability = other.best_field(DOCUMENT_PART)
    return name in _BLOCK_FIELDS or probability < FIELD_SURE


def _adjoin(first: tuple[float, float, float, float], second: tuple[float, float, float, float]) -> bool:
    """Whether two hulls touch but for the height of the second, a line of text."""
    reach = second[3] - second[1]
    apart_x = max(second[0] - first[2], first[0] - second[2])
    apart_y = max(second[1] - first[3], first[1] - second[3])
    return apart_x <= reach and apart_y <= reach


def _may_join(page: PageTexts, first: int, second: int) -> bool:
    types = {page.type_names[first], page.type_names[second]}
    return not (types & _NAMES_SOMETHING and types & _IS_NAMED)


def _last(following: dict[int, int], box: int) -> int:
    while box in following:
        box = following[box]
    return box


def _chain(following: dict[int, int], box: int) -> tuple[int, ...]:
    boxes = [box]
    while boxes[-1] in following:
        boxes.append(following[boxes[-1]])
    return tuple(boxes)


def _unit(page: PageTexts, boxes: tuple[int, ...]) -> Unit:
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
