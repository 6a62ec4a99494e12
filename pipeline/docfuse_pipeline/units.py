"""Units: the texts of a page after the lines of one text have been joined, and the links between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from docfuse_pipeline.labels import DOCUMENT_FIELDS, FIELDS, ITEM_FIELDS, RELATIONS, TYPES
from docfuse_pipeline.settings import FIELD_THRESHOLD, LINK_THRESHOLDS

DOCUMENT_PART = slice(FIELDS.index(DOCUMENT_FIELDS[0]), FIELDS.index(DOCUMENT_FIELDS[-1]) + 1)
"""Where the document fields stand in `FIELDS`."""
ITEM_PART = slice(FIELDS.index(ITEM_FIELDS[0]), FIELDS.index(ITEM_FIELDS[-1]) + 1)
"""Where the line-item fields stand in `FIELDS`."""
KEY_TYPES = frozenset({"key", "total_key"})
_NAMES_SOMETHING = KEY_TYPES | {"table_header", "section_header"}
_BLOCK_FIELDS = frozenset({"seller_address", "buyer_address"})
_IS_NAMED = frozenset({"value", "cell"})


@dataclass(frozen=True)
class Relation:
    """A link between two boxes whose probability reached the relation's threshold."""

    source: int
    target: int
    name: str
    probability: float


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

    def type_of(self, box: int) -> str:
        """The most probable type of a box."""
        return TYPES[int(self.types[box].argmax())]


@dataclass(frozen=True)
class Unit:
    """One text of the page: a box, or the boxes of a text of several lines in reading order.

    `hull` is x1, y1, x2, y2 in page pixels; probabilities are the means over the boxes.
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


def find_links(partners: np.ndarray, probabilities: np.ndarray, count: int) -> list[Relation]:
    """Links whose probability reaches the threshold of their relation, ordered by relation, target, rank.

    Args:
        partners: int [R, P, k], best sources of each target; entries outside 0..count-1 are ignored.
        probabilities: float [R, P, k].
        count: number of boxes.
    """
    thresholds = np.array([LINK_THRESHOLDS[name] for name in RELATIONS])[:, None, None]
    sources, values = partners[:, :count], probabilities[:, :count]
    chosen = np.argwhere((values >= thresholds) & (sources >= 0) & (sources < count))
    return [
        Relation(int(sources[r, t, k]), int(t), RELATIONS[r], float(values[r, t, k]))
        for r, t, k in chosen.tolist()
    ]


def best_sources(links: Sequence[Relation], name: str) -> dict[int, Relation]:
    """The most probable link of one relation to each target."""
    best: dict[int, Relation] = {}
    for link in links:
        if link.name == name and (
            link.target not in best or link.probability > best[link.target].probability
        ):
            best[link.target] = link
    return best


def join_texts(page: PageTexts, links: Sequence[Relation]) -> list[Unit]:
    """Join the boxes of each text along its same_text links, most probable link first.

    Each box has at most one next line and one line before; a link that would close a circle, or join a key or
    header with a value or cell, is passed over. Units are ordered by their first box.
    """
    following: dict[int, int] = {}
    preceding: dict[int, int] = {}
    for link in sorted(links, key=lambda link: (-link.probability, link.target, link.source)):
        free = link.source not in following and link.target not in preceding
        if link.name == "same_text" and free and _may_join(page, link.source, link.target):
            if _last(following, link.target) != link.source:
                following[link.source], preceding[link.target] = link.target, link.source
    return [_unit(page, _chain(following, box)) for box in range(len(page)) if box not in preceding]


def join_blocks(page: PageTexts, units: Sequence[Unit]) -> list[Unit]:
    """Join texts that stand below or beside each other and that the field head calls the same address."""
    joined: list[Unit] = []
    for unit in units:
        name, probability = unit.best_field(DOCUMENT_PART)
        if name in _BLOCK_FIELDS and probability >= FIELD_THRESHOLD and not unit.is_key:
            for index, other in enumerate(joined):
                if (
                    other.best_field(DOCUMENT_PART)[0] == name
                    and not other.is_key
                    and _adjoin(other.hull, unit.hull)
                ):
                    joined[index] = _unit(page, (*other.boxes, *unit.boxes))
                    break
            else:
                joined.append(unit)
        else:
            joined.append(unit)
    return joined


def _adjoin(first: tuple[float, float, float, float], second: tuple[float, float, float, float]) -> bool:
    """Whether two hulls touch but for the height of the second, a line of text."""
    reach = second[3] - second[1]
    apart_x = max(second[0] - first[2], first[0] - second[2])
    apart_y = max(second[1] - first[3], first[1] - second[3])
    return apart_x <= reach and apart_y <= reach


def _may_join(page: PageTexts, first: int, second: int) -> bool:
    types = {page.type_of(first), page.type_of(second)}
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
    chosen = list(boxes)
    types = page.types[chosen].mean(0)
    points = page.quads[chosen].reshape(-1, 2)
    (left, top), (right, bottom) = points.min(0).tolist(), points.max(0).tolist()
    return Unit(
        boxes,
        " ".join(page.texts[box] for box in boxes),
        TYPES[int(types.argmax())],
        float(types.max()),
        page.fields[chosen].mean(0),
        float(page.scores[chosen].mean()),
        (left, top, right, bottom),
    )
