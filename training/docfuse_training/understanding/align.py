"""Alignment: what is known of a page → labels of the tokens and segments that our reading makes of it.

Tokens find their truth box by place. Values without boxes are found in the text, every time they occur; which
occurrence is meant stays open, and the losses sum over them.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from docfuse_pipeline.labels import (
    AMOUNT_FIELDS,
    CLASSES,
    DATE_FIELDS,
    DOCUMENT_FIELDS,
    FIELDS,
    RELATIONS,
    TYPES,
)
from docfuse_pipeline.lines import Lines
from docfuse_pipeline.page import map_points
from docfuse_pipeline.segments import Segments
from docfuse_pipeline.tokens import PAD, TokenRows
from docfuse_training.truth import TruthPage
from docfuse_training.understanding.align_values import find_value

IGNORE = -100
_NEXT = 3
"""Segments behind a whole value that could be mistaken for its next line."""
_MARGIN = 0.3
"""How far outside a truth box a token's centre may lie, in heights of the box."""


@dataclass(frozen=True)
class Tokens:
    """The real tokens of a page in the order of its rows.

    `where` int [K, 2] row and column; `lines` int [K]; `spans` int [K, 2] characters of the line;
    `centres` float [K, 2] source pixels.
    """

    where: np.ndarray
    lines: np.ndarray
    spans: np.ndarray
    centres: np.ndarray


@dataclass(frozen=True)
class Mention:
    """A place where a value without box was found: characters of one line, or of several in a row."""

    parts: tuple[tuple[int, int, int], ...]
    """Line, first and one-past-last character."""


@dataclass
class SegmentLabels:
    """Labels of n segments.

    `types` int [n], IGNORE if unknown; `fields` bool [n, F], which fields each may have; `groups` are
    (field, segments of which one at least carries it); `sources` bool [R, n, n + 1]: which sources (0: none)
    each target may have, by relation; `targets` bool [R, n]: whether the target's sources are known.
    """

    types: np.ndarray
    fields: np.ndarray
    sources: np.ndarray
    targets: np.ndarray
    groups: list[tuple[int, list[int]]] = field(default_factory=list)
    page_class: int = IGNORE


def page_tokens(lines: Lines, rows: TokenRows, transform: np.ndarray) -> Tokens:
    """The real tokens with their centres on the source image; `transform` takes page to source pixels."""
    where = np.argwhere(rows.ids != PAD)
    owner = rows.row_lines[where[:, 0]]
    where, owner = where[owner >= 0], owner[owner >= 0]
    middle = rows.places[where[:, 0], where[:, 1]].mean(1, keepdims=True)
    quads = lines.quads[owner]
    left, right = quads[:, [0, 3]].mean(1), quads[:, [1, 2]].mean(1)
    centres = map_points(transform, left + (right - left) * middle).reshape(-1, 2)
    return Tokens(where, owner, rows.spans[where[:, 0], where[:, 1]], centres)


def has_types(page: TruthPage) -> bool:
    """Whether a page's truth is in its boxes: other pages are aligned by the texts of their values."""
    return any(box.type is not None for box in page.boxes)


def owners(centres: np.ndarray, page: TruthPage) -> np.ndarray:
    """The truth box that holds each point, int [K]; of several the smallest, -1 for none."""
    boxes = np.array([box.box for box in page.boxes], np.float64).reshape(-1, 4)
    if not len(boxes) or not len(centres):
        return np.full(len(centres), -1)
    margin = _MARGIN * np.minimum(boxes[:, 3] - boxes[:, 1], boxes[:, 2] - boxes[:, 0])
    x, y = centres[:, :1], centres[:, 1:]
    outside_x = np.maximum(np.maximum(boxes[:, 0] - x, x - boxes[:, 2]), 0)
    outside_y = np.maximum(np.maximum(boxes[:, 1] - y, y - boxes[:, 3]), 0)
    distance = np.maximum(outside_x, outside_y)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    cost = np.where(distance <= margin, distance + 1e-9 * area, np.inf)
    best = cost.argmin(1)
    return np.where(np.isfinite(cost[np.arange(len(best)), best]), best, -1)


def find_mentions(lines: Lines, page: TruthPage) -> dict[str, list[Mention]]:
    """Every place where a value without box stands on the page, by field."""
    found: dict[str, list[Mention]] = {}
    for name, spellings in page.values.items():
        mentions = {parts for text in spellings for parts in find_value(name, text, lines.texts)}
        found[name] = [Mention(parts) for parts in sorted(mentions)]
    return found


def segment_owners(tokens: Tokens, owner: np.ndarray, membership: np.ndarray, count: int) -> np.ndarray:
    """The truth box that most tokens of each segment lie in, int [n], -1 for none.

    Args:
        tokens: the page's tokens.
        owner: int [K], truth box of each.
        membership: int [M, T], segment of each token.
        count: number of segments.
    """
    segment = membership[tokens.where[:, 0], tokens.where[:, 1]]
    result = np.full(count, -1)
    for index in range(count):
        inside = owner[segment == index]
        if len(inside):
            values, counts = np.unique(inside, return_counts=True)
            result[index] = values[counts.argmax()]
    return result


def label_segments(page: TruthPage, owner: np.ndarray) -> SegmentLabels:
    """Labels of segments whose truth boxes are known.

    Args:
        page: the truth.
        owner: int [n], truth box of each segment in reading order, -1 for none.
    """
    count = len(owner)
    labels = SegmentLabels(
        np.full(count, IGNORE),
        np.ones((count, len(FIELDS)), bool),
        np.zeros((len(RELATIONS), count, count + 1), bool),
        np.zeros((len(RELATIONS), count), bool),
        page_class=CLASSES.index(page.page_class) if page.page_class in CLASSES else IGNORE,
    )
    for index, box in enumerate(owner):
        truth = page.boxes[box] if box >= 0 else None
        if truth is not None and truth.type is not None:
            labels.types[index] = TYPES.index(truth.type)
        if truth is not None and truth.excluded:
            labels.fields[index, [FIELDS.index(name) for name in truth.excluded]] = False
        if truth is not None and truth.field is not None:
            labels.fields[index] = False
            labels.fields[index, FIELDS.index(truth.field)] = True
    _label_relations(page, owner, labels)
    return labels


def _label_relations(page: TruthPage, owner: np.ndarray, labels: SegmentLabels) -> None:
    pieces: dict[int, list[int]] = {}
    for index, box in enumerate(owner.tolist()):
        if box >= 0:
            pieces.setdefault(box, []).append(index)
    for number, name in enumerate(RELATIONS):
        if name not in page.labelled_relations:
            continue
        labels.targets[number] = owner >= 0
        links = [(r.source, r.target) for r in page.relations if r.name == name]
        for source, target in links:
            _link(name, labels, number, pieces.get(source, []), pieces.get(target, []))
        if name == "same_text":
            for parts in pieces.values():
                for before, after in itertools.pairwise(parts):
                    labels.sources[number, after] = False
                    labels.sources[number, after, before + 1] = True
        known = labels.sources[number].any(1)
        labels.sources[number, :, 0] = ~known


def _link(name: str, labels: SegmentLabels, number: int, sources: list[int], targets: list[int]) -> None:
    """Let the target's pieces have any piece of the source; what lost its source on the way is unknown."""
    if not sources:
        labels.targets[number, targets] = False
    elif name == "same_text":
        labels.sources[number, targets[:1], sources[-1] + 1] = True
    else:
        for target in targets:
            labels.sources[number, target, [source + 1 for source in sources]] = True
        if name == "key_value":
            labels.targets[number, targets[1:]] = False


def label_mentions(
    labels: SegmentLabels, segments: Segments, spans: np.ndarray, mentions: dict[str, list[Mention]]
) -> None:
    """Labels from values without boxes: where a value was found, one of the places carries its field.

    Fields that were labelled but not found are left open, as reading may have garbled them. A value over
    several lines has its field on all of them, and they are one text.

    Args:
        labels: changed in place.
        segments: the page's segments.
        spans: int [n, 2], characters of the line that each segment covers.
        mentions: by field; an empty list: not found.
    """
    for name, places in mentions.items():
        if name not in DOCUMENT_FIELDS or not places:
            continue
        column = FIELDS.index(name)
        groups = [covering(mention, segments.lines, spans) for mention in places]
        candidates = sorted({index for group in groups for index in group})
        others = np.setdiff1d(np.arange(len(segments)), candidates)
        labels.fields[others, column] = False
        if candidates:
            labels.groups.append((column, candidates))
        several = [group for mention, group in zip(places, groups, strict=True) if len(mention.parts) > 1]
        for index in {index for group in several[:1] for index in group}:
            labels.fields[index] = False
            labels.fields[index, column] = True
        if name not in AMOUNT_FIELDS and name not in DATE_FIELDS:
            for mention, group in zip(places, groups, strict=True):
                _label_text(labels, group, whole=len(mention.parts) == 1)


def _label_text(labels: SegmentLabels, group: Sequence[int], whole: bool) -> None:
    """The segments of a value follow each other; if it is whole, nothing else belongs to its text."""
    number = RELATIONS.index("same_text")
    for before, after in itertools.pairwise(group):
        labels.targets[number, after] = True
        labels.sources[number, after] = False
        labels.sources[number, after, before + 1] = True
    if not whole or not group:
        return
    labels.targets[number, group[0]] = True
    labels.sources[number, group[0]] = False
    labels.sources[number, group[0], 0] = True
    for other in range(group[-1] + 1, min(group[-1] + 1 + _NEXT, len(labels.types))):
        if not labels.targets[number, other]:
            labels.targets[number, other] = True
            labels.sources[number, other] = True
        labels.sources[number, other, group[-1] + 1] = False


def label_absent(labels: SegmentLabels, page: TruthPage) -> None:
    """No segment carries a field that is known to be absent."""
    absent = [FIELDS.index(name) for name, spellings in page.values.items() if not spellings]
    labels.fields[:, absent] = False


def covering(mention: Mention, lines: np.ndarray, spans: np.ndarray) -> list[int]:
    """Segments at least half of which belongs to the mention."""
    found = []
    for line, begin, end in mention.parts:
        for index in np.flatnonzero(lines == line):
            shared = min(end, spans[index, 1]) - max(begin, spans[index, 0])
            if shared > 0.5 * (spans[index, 1] - spans[index, 0]):
                found.append(int(index))
    return found
