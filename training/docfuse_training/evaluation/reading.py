"""How well pages are read: text lines found, and labelled values found in what was read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from docfuse.result import Document, Page
from docfuse_pipeline.normalize import normalize
from docfuse_training.evaluation.compare import DAY_FIRST
from docfuse_training.evaluation.counts import Counts, total
from docfuse_training.evaluation.lines import rows, whole_lines
from docfuse_training.evaluation.matching import iou, labelled_boxes, most_pairs, overlap, read_boxes
from docfuse_training.readers.common import labels
from docfuse_training.readers.printed import is_printed, kind_of
from docfuse_training.truth import TruthBox, TruthDocument, TruthPage

SAME_BOX = 0.5
"""Least IoU of a found and a labelled line that count as one (ICDAR's rule)."""
_SAME_ROW = 0.5
_NEAR = 1.0
"""Widest gap between two words of one line, in heights."""


def detection_counts(labelled: np.ndarray, found: np.ndarray) -> Counts:
    """Pairs of boxes [N, 4] and [M, 4] with an IoU of at least 0.5, matched one to one."""
    right = most_pairs(iou(labelled, found) >= SAME_BOX) if len(labelled) and len(found) else 0
    return Counts(right, len(found), len(labelled))


def merged_and_split(labelled: np.ndarray, found: np.ndarray) -> tuple[int, int]:
    """Found boxes that cover most of two labelled ones or more, and labelled ones covered by two or more."""
    if not len(labelled) or not len(found):
        return 0, 0
    shared = overlap(labelled, found) > SAME_BOX
    areas = [np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(1) for boxes in (labelled, found)]
    smaller = areas[0][:, None] < areas[1][None]
    return int(((shared & smaller).sum(0) > 1).sum()), int(((shared & ~smaller).sum(1) > 1).sum())


def word_lines(words: Sequence[TruthBox]) -> np.ndarray:
    """Words in their order joined to lines, as a detector of lines should find them: float64 [N, 4]."""
    lines: list[np.ndarray] = []
    for box in labelled_boxes(words):
        if lines and _continues(lines[-1], box):
            lines[-1] = np.concatenate(
                [np.minimum(lines[-1][:2], box[:2]), np.maximum(lines[-1][2:], box[2:])]
            )
        else:
            lines.append(box)
    return np.array(lines, np.float64).reshape(-1, 4)


def _continues(line: np.ndarray, word: np.ndarray) -> bool:
    height = min(line[3] - line[1], word[3] - word[1])
    common = min(line[3], word[3]) - max(line[1], word[1])
    return bool(common > _SAME_ROW * height and -height < word[0] - line[2] < _NEAR * height)


def detection_scores(truth: Sequence[TruthDocument], results: Sequence[Document]) -> dict[str, float]:
    """Recall, precision and H-mean of text lines; merged and split ones as shares of the labelled lines."""
    counts, merged, split = [], 0, 0
    for labels_of, page in _pages(truth, results):
        labelled = word_lines(labels_of.words) if labels_of.words else labelled_boxes(labels_of.boxes)
        found = read_boxes(whole_lines(page).boxes)
        counts.append(detection_counts(labelled, found))
        more, fewer = merged_and_split(labelled, found)
        merged, split = merged + more, split + fewer
    every = total(counts)
    return {
        "detection_recall": every.recall,
        "detection_precision": every.precision,
        "detection_hmean": every.f1,
        "merged_lines": merged / max(1, every.labelled),
        "split_lines": split / max(1, every.labelled),
    }


def _pages(truth: Sequence[TruthDocument], results: Sequence[Document]) -> Iterator[tuple[TruthPage, Page]]:
    for labelled, found in zip(truth, results, strict=True):
        yield from zip(labelled.pages, found.pages, strict=False)


def read_text(page: Page) -> str:
    """Everything read on a page, a printed row a line."""
    return "\n".join(" ".join(box.text for box in row) for row in rows(page))


def found_scores(truth: Sequence[TruthDocument], texts: Sequence[str]) -> dict[str, float]:
    """Share of a receipt's labelled values that occur in the text read: `found_company` and so on.

    Names and addresses by their letters and digits, dates (day first) and amounts by value.
    """
    scores = {}
    for name, field in labels("sroie")["values"].items():
        hits = []
        for document, text in zip(truth, texts, strict=True):
            if (label := document.values.get(field)) is not None:
                hits.append(is_found(field, label, text))
        scores[f"found_{name}"] = float(np.mean(hits)) if hits else 0.0
    return scores


def is_found(field: str, label: str, text: str) -> bool:
    """Whether a text has a labelled value of a canonical field."""
    kind = kind_of(field)
    value = normalize(field, label, DAY_FIRST) if kind in ("date", "number") else None
    return is_printed(label, "text", text) if value is None else is_printed(str(value), kind, text)
