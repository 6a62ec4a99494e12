"""Which figures each data set has, and on which boxes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from docfuse.result import Document
from docfuse_training.evaluation import documents, forms, pages, receipts, rules
from docfuse_training.evaluation.reading import detection_scores
from docfuse_training.truth import TruthDocument

Boxes = Literal["gold", "detected"]
Score = Callable[[list[TruthDocument], list[Document]], dict[str, float]]


@dataclass(frozen=True)
class Task:
    """How a data set is measured.

    `boxes`: what it is measured on if the caller does not say; `has_boxes`: whether it has labelled boxes at
    all, and `cut`: whether those hold more than one thing; `end_to_end`: figures whose plain name means
    detected boxes; `rules`: the same from hand-written rules, to compare with; `reading`: how well detected
    boxes were read; `send_page`: whether a document is one page of its file, whose picture is sent.
    """

    score: Score
    boxes: tuple[Boxes, ...] = ("detected",)
    has_boxes: bool = False
    cut: bool = False
    end_to_end: tuple[str, ...] = ()
    rules: Callable[[Document], Document] | None = None
    reading: Score | None = None
    send_page: bool = False


TASKS = {
    "funsd": Task(forms.scores, ("gold", "detected"), True, end_to_end=("pair_",), rules=rules.form),
    "sroie": Task(
        receipts.sroie_scores,
        has_boxes=True,
        cut=True,
        rules=rules.receipt,
        reading=receipts.reading_scores,
    ),
    "wildreceipt": Task(receipts.wildreceipt_scores, ("gold", "detected"), True, rules=rules.receipt),
    "adbuy": Task(documents.adbuy_scores, rules=rules.order),
    "zugferd": Task(documents.zugferd_scores),
    "kaggle": Task(documents.zugferd_scores),
    "rvlcdip": Task(documents.class_scores),
    "pages": Task(pages.scores, send_page=True),
    "custom": Task(pages.scores, send_page=True),
}


def run_scores(
    task: Task, truth: list[TruthDocument], results: list[Document], boxes: Boxes = "gold"
) -> dict[str, float]:
    """Figures of one run, those of the rules on the same boxes and texts under `rules_…`.

    With detected boxes, and labelled ones to compare them with, the detection is measured too.
    """
    scores = task.score(truth, results)
    if task.rules is not None:
        ruled = task.score(truth, [task.rules(result) for result in results])
        scores |= {f"rules_{name}": value for name, value in ruled.items()}
    if boxes == "detected" and task.has_boxes:
        scores |= detection_scores(truth, results)
    if boxes == "detected" and task.reading is not None:
        scores |= task.reading(truth, results)
    return scores


def together(task: Task, runs: dict[Boxes, dict[str, float]]) -> dict[str, float]:
    """Figures of one run, or of both: what is not on the boxes that its name means gets their name added."""
    if len(runs) == 1:
        return next(iter(runs.values()))
    scores = {}
    for boxes, found in runs.items():
        for name, value in found.items():
            plain = "detected" if name.removeprefix("rules_").startswith(task.end_to_end or "-") else "gold"
            scores[name if boxes == plain else f"{name}_{boxes}"] = value
    return scores
