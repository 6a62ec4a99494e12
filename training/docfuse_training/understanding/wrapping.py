"""Texts that were cut in two on their line, seen as texts of two lines: headers, keys and values wrap so."""

from __future__ import annotations

import numpy as np

from docfuse_pipeline.labels import RELATIONS
from docfuse_training.understanding.align import SegmentLabels
from docfuse_training.understanding.examples import Example

_SAME_TEXT = RELATIONS.index("same_text")
_WRAPPED = 0.5
"""Share of the lines that go on below, of those that hold a text that was cut in two."""
_LEVEL = 0.4
"""Boxes whose edges differ by so many heights at most stand on one line."""
_LEADING = (1.0, 1.5)
"""Distance of two lines of a text, in heights of its line."""
_CENTRED = 0.4
"""Share of the lines whose texts are centred; those of the others begin on one edge."""


def wrapped(example: Example, generator: np.random.Generator) -> np.ndarray:
    """Boxes of a page on which some texts that were cut in two go on below their first part.

    All such texts of a line do so together, as the headers of a table do; what stands lower makes room.
    """
    boxes = example.boxes.copy()
    before, after = _followed(example.labels)
    undone = np.ones(len(after), bool)
    for pair in np.flatnonzero(~np.isin(before, after)):
        line = boxes[before[pair]].copy()
        height = line[3] - line[1]
        level = (np.abs(boxes[:, [1, 3]] - line[[1, 3]]) < _LEVEL * height).all(1)
        chosen = undone & level[before] & level[after]
        undone &= ~level[before]
        if chosen[pair] and generator.random() < _WRAPPED:
            step = generator.uniform(*_LEADING) * height
            boxes[boxes[:, 1] > line[1] + _LEVEL * height] += (0, step, 0, step)
            _go_on_below(boxes, before[chosen], after[chosen], step, generator.random() < _CENTRED)
    boxes[:, [1, 3]] *= min(1.0, example.canvas[0] / boxes[:, 3].max(initial=1))
    return boxes


def _followed(labels: SegmentLabels) -> tuple[np.ndarray, np.ndarray]:
    """Segments that are known to go on in another one, and which, ordered by the second; int [k] each."""
    sources = labels.sources[_SAME_TEXT]
    known = labels.targets[_SAME_TEXT] & (sources.sum(1) == 1) & ~sources[:, 0]
    after = np.flatnonzero(known)
    return np.nonzero(sources[after, 1:])[1], after  # one in each row


def _go_on_below(
    boxes: np.ndarray, before: np.ndarray, after: np.ndarray, step: float, centred: bool
) -> None:
    """Move the second parts of texts below their first; a third one stays behind the second."""
    moved: dict[int, np.ndarray] = {}
    for first, second in zip(before.tolist(), after.tolist(), strict=True):
        upper, lower = boxes[first], boxes[second]
        free = max(0.0, (upper[2] - upper[0]) - (lower[2] - lower[0])) if centred else 0.0
        across = upper[0] + free / 2 - lower[0]
        moved[second] = moved.get(first, np.array([across, step, across, step], boxes.dtype))
        lower += moved[second]
