"""Words, as docTR's detectors find them, joined to the lines that the rest of the pipeline works on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from docfuse_pipeline.detection import sides
from docfuse_pipeline.lines import Lines

GAP = 1.0
"""White space between two words of one line at most, in heights of the line. A space is about a third of a
height; wider gaps are cut by the text encoder, so too large a gap does less harm than too small a one."""
OVERLAP = -0.5
"""The same at least: widened quads of neighbours overlap a little."""
SAME_LINE = 0.5
"""Distance across the line between the middles of two neighbours at most, in heights of the lower one."""
SIMILAR = 2.0
"""Ratio of two neighbours' heights at most: ascenders and descenders change a word's height."""


def join_words(words: Lines) -> Lines:
    """Join neighbours in reading order, with a space between them, as long as they stand on one line.

    A joined line's quad is the rectangle around its words along its direction, its score their mean by
    characters, and its places those of the words' characters on it.
    """
    groups = list(_groups(words.quads))
    joined = [_joined(words, group) for group in groups]
    return Lines(
        texts=[" ".join(words.texts[index] for index in group) for group in groups],
        quads=np.array([quad for quad, _ in joined], np.float32).reshape(-1, 4, 2),
        scores=np.array([_score(words, group) for group in groups], np.float32),
        cuttable=np.array([words.cuttable[group].all() for group in groups], bool),
        places=[places for _, places in joined],
        dropped=words.dropped,
    )


def _groups(quads: np.ndarray) -> Iterator[list[int]]:
    """Indices of the words of each line, in order."""
    if not len(quads):
        return
    together = _follows(quads)
    group = [0]
    for index in range(1, len(quads)):
        if together[index - 1]:
            group.append(index)
            continue
        yield group
        group = [index]
    yield group


def _follows(quads: np.ndarray) -> np.ndarray:
    """Whether each quad but the first goes on with the line of the one before it: bool [N - 1]."""
    _, heights = sides(quads)
    begins, ends = (quads[:, 0] + quads[:, 3]) / 2, (quads[:, 1] + quads[:, 2]) / 2
    along = ends - begins
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6)
    step = begins[1:] - ends[:-1]
    gap = (step * along[:-1]).sum(1)
    shift = np.abs(step[:, 1] * along[:-1, 0] - step[:, 0] * along[:-1, 1])
    low, high = np.minimum(heights[1:], heights[:-1]), np.maximum(heights[1:], heights[:-1])
    near = (gap >= OVERLAP * high) & (gap <= GAP * high)
    turned = (along[1:] * along[:-1]).sum(1) < 0.5
    return near & (shift <= SAME_LINE * low) & (high <= SIMILAR * low) & ~turned


def _joined(words: Lines, group: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Quad float32 [4, 2] of a line and places float32 [characters, 2] on it."""
    if len(group) == 1:
        return words.quads[group[0]], words.places[group[0]]
    corners = words.quads[group]
    along = corners[-1, 1] + corners[-1, 2] - corners[0, 0] - corners[0, 3]
    along = along / max(float(np.linalg.norm(along)), 1e-6)
    axes = np.stack([along, np.array([-along[1], along[0]], along.dtype)])
    turned = corners @ axes.T
    (left, top), (right, bottom) = turned.min((0, 1)), turned.max((0, 1))
    quad = np.array([[left, top], [right, top], [right, bottom], [left, bottom]]) @ axes
    spans = np.stack([turned[..., 0].min(1), turned[..., 0].max(1)], 1) - left
    return quad.astype(np.float32), _places(words, group, spans / max(float(right - left), 1e-6))


def _places(words: Lines, group: list[int], spans: np.ndarray) -> np.ndarray:
    """Places of the words' characters and of the spaces between them; `spans` float [words, 2]."""
    parts: list[np.ndarray] = []
    for at, (index, (begin, end)) in enumerate(zip(group, spans, strict=True)):
        if at:
            parts.append(np.array([[min(spans[at - 1, 1], begin), begin]]))
        parts.append(begin + words.places[index] * (end - begin))
    return np.concatenate(parts).astype(np.float32)


def _score(words: Lines, group: list[int]) -> float:
    return float(np.average(words.scores[group], weights=[len(words.texts[index]) for index in group]))
