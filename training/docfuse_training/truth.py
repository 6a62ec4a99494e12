"""What is known to be true of a page: the common form of every data set and of the synthetic pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np


@dataclass(frozen=True)
class TruthBox:
    """A labelled text box, axis-aligned, in pixels of the page image: x1, y1, x2, y2."""

    box: tuple[float, float, float, float]
    text: str
    type: str | None = None
    """One of `labels.TYPES`; None if the data set does not say."""
    field: str | None = None
    """One of `labels.FIELDS`; None if the data set does not say."""
    label: str | None = None
    """The data set's own label, where it has one."""
    excluded: tuple[str, ...] = ()
    """Fields that it does not have, where the data set says no more than that."""


PAIRS = ("key_value", "header_cell")
"""Relations whose ends are a pair as FUNSD has them: a question and an answer."""


@dataclass(frozen=True)
class TruthRelation:
    """A directed relation between two boxes, by index. `name` is one of `labels.RELATIONS`."""

    name: str
    source: int
    target: int


@dataclass
class TruthPage:
    """One page with what is known of it."""

    id: str
    load_image: Callable[[], np.ndarray]
    """Returns the page, RGB uint8 [H, W, 3]."""
    boxes: list[TruthBox] = field(default_factory=list)
    relations: list[TruthRelation] = field(default_factory=list)
    labelled_relations: frozenset[str] = frozenset()
    """Relations that the data set labels completely; the loss ignores the others."""
    page_class: str | None = None
    words: list[TruthBox] = field(default_factory=list)
    """Words in reading order within their boxes, where the data set has them."""
    values: dict[str, list[str]] = field(default_factory=dict)
    """Canonical field → spellings of its value, for labels without boxes; an empty list: known absent."""
    pairs: list[tuple[str, str]] = field(default_factory=list)
    """Printed keys with their values, for labels without boxes: all that the page has, or none."""
    items: list[dict[str, str]] = field(default_factory=list)
    """Line items as printed, canonical column → text, for labels without boxes."""


@dataclass
class TruthDocument:
    """A document of a data set: the file as a user would send it, its pages and its labels."""

    id: str
    file: str
    """Path of the file."""
    pages: list[TruthPage]
    values: dict[str, str] = field(default_factory=dict)
    """Canonical field → value as labelled."""
    items: list[dict[str, str]] = field(default_factory=list)
    """Line items: canonical column → value."""
    page_class: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    """What one data set alone has (layout family, source, …)."""


def text_boxes(page: TruthPage) -> list[list[int]]:
    """Boxes of each text, in order: one, or those of its lines, which `same_text` joins."""
    following = {r.source: r.target for r in page.relations if r.name == "same_text"}
    continued = set(following.values())
    texts = [[index] for index in range(len(page.boxes)) if index not in continued]
    for lines in texts:
        while lines[-1] in following:
            lines.append(following[lines[-1]])
    return texts


def with_whole_texts(page: TruthPage) -> TruthPage:
    """The page with one box around each text, whatever its lines, as data sets of entities have them."""
    texts = text_boxes(page)
    owners = {index: number for number, lines in enumerate(texts) for index in lines}
    links = {(r.name, owners[r.source], owners[r.target]) for r in page.relations}
    relations = [TruthRelation(*link) for link in sorted(links) if link[1] != link[2]]
    boxes = [_around([page.boxes[index] for index in lines]) for lines in texts]
    return replace(page, boxes=boxes, relations=relations)


def _around(lines: Sequence[TruthBox]) -> TruthBox:
    """One box for the lines of a text, labelled as the first of them."""
    x1, y1, x2, y2 = zip(*(line.box for line in lines), strict=True)
    hull = (min(x1), min(y1), max(x2), max(y2))
    return replace(lines[0], box=hull, text=" ".join(line.text for line in lines))
