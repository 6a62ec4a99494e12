"""Pages seen a little differently each time: parts of two of them put together, moved, their texts disturbed.

What it is worth where pages are few is in `docs/experiments.md`, Recipes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from docfuse_training.understanding.align import SegmentLabels
from docfuse_training.understanding.examples import Example, TextRows
from docfuse_training.understanding.text_blocks import FILL, padded
from docfuse_training.understanding.wrapping import wrapped

_JOINED, _PART = 0.5, 0.2
"""Shares of the pages that are put together of two, and of which a part alone is seen."""
_FEWEST = 4
"""Segments that a part of a page has at least."""
_GROWN = 1.25
"""Segments that a page put together of two may have, beside 1 for those that it had."""
_LOST, _LOSING = 0.1, 0.3
"""Share of a page's texts that reading yields nothing of, and of the pages on which that happens."""
_WRAPPING = 0.5
"""Share of the pages on which texts that were cut in two may go on below."""
_NOISE = 0.3
"""Noise on stored text features, beside 1 for their spread."""


def augment(
    example: Example, generator: np.random.Generator, others: Sequence[Example] = (), stored: bool = False
) -> Example:
    """A page seen differently; what the camera saw of its segments stays.

    Args:
        example: the page; is not changed.
        generator: of random numbers.
        others: pages whose lower part may take the place of its own.
        stored: whether the stored text features are what is trained on: those get some noise.
    """
    chance = generator.random()
    if chance < _JOINED and others:
        example = _joined(example, others[generator.integers(len(others))], generator.uniform(0.3, 0.7))
    elif chance > 1 - _PART:
        top = generator.uniform(0, 0.4)
        part = _band(example, top, top + generator.uniform(0.4, 0.7))
        example = part if len(part.boxes) >= _FEWEST else example
    if generator.random() < _WRAPPING:
        example = replace(example, boxes=wrapped(example, generator))
    example = replace(example, boxes=_moved(example.boxes, example.canvas, generator))
    if stored and len(example.boxes):
        noise = generator.normal(0, _NOISE * example.pooled.std(), example.pooled.shape)
        example = replace(example, pooled=example.pooled + noise.astype(np.float16))
    if generator.random() < _LOSING:
        example = _without(example, generator.random(len(example.boxes)) < _LOST)
    return example


def _moved(boxes: np.ndarray, canvas: tuple[int, int], generator: np.random.Generator) -> np.ndarray:
    """Boxes of a page that is scaled, stretched and shifted, each shaken by itself."""
    height, width = canvas
    scale = generator.uniform(0.8, 1.15) * generator.uniform(0.88, 1.14, 2)
    shift = generator.uniform(-0.05, 0.05, 2) * (width, height)
    shake = generator.normal(0, 0.07, boxes.shape) * (boxes[:, 3:] - boxes[:, 1:2])
    moved = (boxes + shake) * np.tile(scale, 2) + np.tile(shift, 2)
    moved[:, 2:] = np.maximum(moved[:, 2:], moved[:, :2] + 1)
    return moved.astype(np.float32)


def _without(example: Example, lost: np.ndarray) -> Example:
    """A page some of whose texts, bool [n], yielded nothing."""
    owners = example.rows.owners
    gone = np.append(lost, False)[owners]  # the last for tokens of no segment
    rows = replace(example.rows, owners=np.where(gone, owners.dtype.type(-1), owners))
    return replace(example, pooled=example.pooled * ~lost[:, None], rows=rows)


def _joined(upper: Example, lower: Example, height: float) -> Example:
    """The upper part of a page over the lower part of another one of its class, if that is not too much."""
    if upper.labels.page_class != lower.labels.page_class:
        return upper
    top, bottom = _band(upper, -np.inf, height), _band(lower, height, np.inf)
    count = len(top.boxes) + len(bottom.boxes)
    return _stacked(top, bottom) if _FEWEST <= count <= _GROWN * len(upper.boxes) else upper


def _band(example: Example, top: float, bottom: float) -> Example:
    """The segments whose middle lies between two heights, given as shares of the canvas."""
    middle = (example.boxes[:, 1] + example.boxes[:, 3]) / 2 / example.canvas[0]
    return subset(example, np.flatnonzero((middle >= top) & (middle < bottom)))


def subset(example: Example, kept: np.ndarray) -> Example:
    """A page's segments of these numbers, ascending, with what is known of them alone."""
    place = np.full(len(example.boxes) + 1, -1, example.rows.owners.dtype)
    place[kept] = np.arange(len(kept))
    owners = place[example.rows.owners]
    inside = (owners >= 0).any(1)
    rows = {name: getattr(example.rows, name)[inside] for name in FILL if name != "owners"}
    return replace(
        example,
        texts=[example.texts[index] for index in kept],
        rows=TextRows(owners=owners[inside], **rows),
        labels=_subset_labels(example.labels, kept, place),
        **{name: getattr(example, name)[kept] for name in ("pooled", "surface", "boxes", "regions")},
    )


def _subset_labels(labels: SegmentLabels, kept: np.ndarray, place: np.ndarray) -> SegmentLabels:
    """Labels of some segments: a target whose sources are all gone is one of which nothing is known."""
    before = labels.sources[:, kept]
    sources = before[:, :, np.append(0, kept + 1)]
    return SegmentLabels(
        labels.types[kept],
        labels.fields[kept],
        sources,
        labels.targets[:, kept] & (sources.any(-1) | ~before.any(-1)),
        [(column, place[m].tolist()) for column, m in labels.groups if (place[m] >= 0).all()],
        labels.page_class,
    )


def _stacked(upper: Example, lower: Example) -> Example:
    """Two parts of pages on the canvas of the upper one."""
    count = len(upper.boxes)
    size = upper.canvas[0] / lower.canvas[0]
    return replace(
        upper,
        texts=upper.texts + lower.texts,
        rows=_stacked_rows(upper.rows, lower.rows, count),
        boxes=np.concatenate([upper.boxes, (lower.boxes * size).astype(np.float32)]),
        labels=_stacked_labels(upper.labels, lower.labels),
        settled=upper.settled and lower.settled,
        **{
            name: np.concatenate([getattr(upper, name), getattr(lower, name)])
            for name in ("pooled", "surface", "regions")
        },
    )


def _stacked_rows(upper: TextRows, lower: TextRows, first: int) -> TextRows:
    """Token rows of both; the segments of the lower ones begin at `first`."""
    owners = np.where(lower.owners >= 0, lower.owners + first, -1).astype(lower.owners.dtype)
    parts, width = (upper, replace(lower, owners=owners)), max(upper.ids.shape[1], lower.ids.shape[1])

    def joined(name: str) -> np.ndarray:
        """One part of both, as wide as the wider one."""
        arrays = [getattr(rows, name) for rows in parts]
        return np.concatenate([padded(array, 0, width - array.shape[1], name) for array in arrays])

    return TextRows(**{name: joined(name) for name in FILL})


def _stacked_labels(upper: SegmentLabels, lower: SegmentLabels) -> SegmentLabels:
    """Labels of both; nothing is a source of what stands on the other page."""
    count, relations = len(upper.types), len(upper.sources)
    size = count + len(lower.types)
    sources = np.zeros((relations, size, size + 1), bool)
    sources[:, :count, : count + 1] = upper.sources
    sources[:, count:, 0], sources[:, count:, count + 1 :] = lower.sources[:, :, 0], lower.sources[:, :, 1:]
    return SegmentLabels(
        np.concatenate([upper.types, lower.types]),
        np.concatenate([upper.fields, lower.fields]),
        sources,
        np.concatenate([upper.targets, lower.targets], 1),
        upper.groups + [(column, [index + count for index in m]) for column, m in lower.groups],
        upper.page_class,
    )
