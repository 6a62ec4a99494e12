"""Printed pairs and line items that are known by their text alone → labels of segments.

A text may occur more than once: of all places of a pair's key and value those two are taken that lie together
as keys and values do, and the cells of an item are those next to its description.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from docfuse_pipeline.labels import AMOUNT_FIELDS, FIELDS, NO_FIELD, RELATIONS, TYPES
from docfuse_pipeline.lines import Lines
from docfuse_pipeline.segments import Segments
from docfuse_training.truth import TruthPage
from docfuse_training.understanding.align import Mention, SegmentLabels, covering
from docfuse_training.understanding.align_values import find_value

_ANCHOR = "description"
_FARTHEST = 30.0
"""Farthest that a value lies from its key, in line heights, across counting a third."""
_ROWS = 3.0
"""Farthest that a cell lies above or below its item's description, in line heights."""
_ACROSS = 1 / 3
_WHOLE = 0.85
"""Share of a page's pairs from which on its other boxes are taken to have no key."""
_BACKWARDS = 6.0
"""What a value to the left of its key or above it costs, in line heights."""

_Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Found:
    """What was found: pairs of key and value with the key's type, items as (column, place) of their cells.

    `whole` if hardly any pair was missed.
    """

    pairs: list[tuple[Mention, Mention, str]] = field(default_factory=list)
    items: list[list[tuple[str, Mention]]] = field(default_factory=list)
    whole: bool = False

    def mentions(self) -> list[Mention]:
        """Every place of a key, a value or a cell."""
        ends = (mention for key, value, _ in self.pairs for mention in (key, value))
        return [*ends, *(mention for item in self.items for _, mention in item)]


def find(lines: Lines, page: TruthPage) -> Found:
    """Find a page's pairs and items in its lines."""
    pairs: list[tuple[Mention, Mention, str]] = []
    taken: set[Mention] = set()
    amounts = {text for name in AMOUNT_FIELDS for text in page.values.get(name, ())}
    for key, value in page.pairs:
        best = _best_pair(lines, _places(lines, "", key), _places(lines, "", value), taken)
        if best is not None:
            taken.add(best[0])
            pairs.append((*best, "total_key" if value in amounts else "key"))
    items = [_item(lines, item) for item in page.items]
    whole = bool(pairs) and len(pairs) >= _WHOLE * len(page.pairs)
    return Found(pairs, [item for item in items if item], whole)


def _places(lines: Lines, name: str, text: str) -> list[Mention]:
    return [Mention(parts) for parts in sorted(find_value(name, text, lines.texts))]


def _box(lines: Lines, part: tuple[int, int, int]) -> _Box:
    """Where some characters of a line stand, page pixels, as if the line were level."""
    line, begin, end = part
    quad, places = lines.quads[line], lines.places[line]
    left, right = quad[:, 0].min(), quad[:, 0].max()
    start, stop = places[begin, 0], places[end - 1, 1]
    across = right - left
    return left + across * start, quad[:, 1].min(), left + across * stop, quad[:, 1].max()


def _apart(key: _Box, value: _Box) -> float:
    """How far a value lies from its key, in line heights: to the right of it or below it is near."""
    height = max(min(key[3] - key[1], value[3] - value[1]), 1e-3)
    right = max(value[0] - key[2], 0.0)
    below = max(value[1] - key[3], 0.0) + max(key[1] - value[3], 0.0)
    level = min(key[3], value[3]) - max(key[1], value[1]) > 0.4 * height
    back = _BACKWARDS * height * ((level and value[2] <= key[0]) or value[3] <= key[1])
    aside = 0.0 if level else max(key[0] - value[2], value[0] - key[2], 0.0)
    return (below + aside + back + right * _ACROSS * level) / height


def _best_pair(
    lines: Lines, keys: Sequence[Mention], values: Sequence[Mention], taken: set[Mention]
) -> tuple[Mention, Mention] | None:
    """The key and the value that lie nearest to each other."""
    costs = [
        (_apart(_box(lines, key.parts[-1]), _box(lines, value.parts[0])), index, key, value)
        for index, (key, value) in enumerate(itertools.product(keys, values))
        if key not in taken and not _overlap(key, value)
    ]
    cost, _, key, value = min(costs, default=(np.inf, 0, None, None))
    return (key, value) if cost < _FARTHEST and key is not None and value is not None else None


def _overlap(one: Mention, other: Mention) -> bool:
    return any(a[0] == b[0] and a[1] < b[2] and b[1] < a[2] for a in one.parts for b in other.parts)


def _item(lines: Lines, item: dict[str, str]) -> list[tuple[str, Mention]]:
    """The cells of an item next to its description; nothing if that is not found once alone."""
    anchors = _places(lines, "", item.get(_ANCHOR, ""))
    if len(anchors) != 1:
        return []
    cells = [(_ANCHOR, anchors[0])]
    _, top, _, bottom = _box(lines, anchors[0].parts[0])
    for name, text in item.items():
        rows = [
            (abs(box[1] + box[3] - top - bottom) / 2 / max(bottom - top, 1e-3), index, place)
            for index, place in enumerate(_places(lines, name, text))
            if name in FIELDS and name != _ANCHOR
            for box in [_box(lines, place.parts[0])]
        ]
        distance, _, nearest = min(rows, default=(np.inf, 0, None))
        if nearest is not None and distance < _ROWS:
            cells.append((name, nearest))
    return cells


def label(labels: SegmentLabels, segments: Segments, spans: np.ndarray, found: Found) -> None:
    """Types and relations of what was found; if hardly any was missed, all other boxes are no values of keys.

    Args:
        labels: changed in place.
        segments: the page's segments.
        spans: int [n, 2], characters of the line that each segment covers.
        found: pairs and items of the page.
    """
    number = RELATIONS.index("key_value")
    if found.whole:
        labels.targets[number] = True
        labels.sources[number, :, 0] = True
    for key, value, kind in found.pairs:
        keys, values = (covering(mention, segments.lines, spans) for mention in (key, value))
        labels.types[keys], labels.types[values] = TYPES.index(kind), TYPES.index("value")
        labels.fields[values, FIELDS.index(NO_FIELD)] = False
        _relate(labels, number, keys, values)
        _chain(labels, values)
    for item in found.items:
        cells = [(name, covering(place, segments.lines, spans)) for name, place in item]
        members = [index for _, parts in cells for index in parts]
        for name, parts in cells:
            labels.types[parts] = TYPES.index("cell")
            labels.fields[parts] = False
            labels.fields[parts, FIELDS.index(name)] = True
        _relate(labels, RELATIONS.index("cell_item"), members, members)


def _relate(labels: SegmentLabels, number: int, sources: Sequence[int], targets: Sequence[int]) -> None:
    """Let the targets have any of the sources."""
    for target in targets if sources else ():
        labels.targets[number, target] = True
        labels.sources[number, target] = False
        labels.sources[number, target, [source + 1 for source in sources]] = True


def _chain(labels: SegmentLabels, parts: Sequence[int]) -> None:
    """The lines of one text follow each other."""
    number = RELATIONS.index("same_text")
    for before, after in itertools.pairwise(parts):
        _relate(labels, number, [before], [after])
