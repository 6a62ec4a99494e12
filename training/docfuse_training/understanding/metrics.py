"""Metrics of a run on held-out examples: types, fields, relations, classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from docfuse_pipeline.labels import FIELDS, NO_FIELD, RELATIONS, TYPES
from docfuse_training.understanding.align import IGNORE
from docfuse_training.understanding.batches import Batch
from docfuse_training.understanding.examples import Example
from docfuse_training.understanding.losses import Outputs
from docfuse_training.understanding.text_blocks import known_cuts


@dataclass
class Metrics:
    """Counts: right, predicted and true by (task, label), and by field for values without boxes."""

    right: Counter[tuple[str, str]] = field(default_factory=Counter)
    predicted: Counter[tuple[str, str]] = field(default_factory=Counter)
    true: Counter[tuple[str, str]] = field(default_factory=Counter)

    def f1(self, task: str, label: str) -> float:
        """F1 of one label."""
        key = (task, label)
        return 2 * self.right[key] / max(self.predicted[key] + self.true[key], 1)

    def micro(self, task: str) -> float:
        """F1 over all labels of a task."""
        sums = [
            sum(n for (t, _), n in c.items() if t == task) for c in (self.right, self.predicted, self.true)
        ]
        return 2 * sums[0] / max(sums[1] + sums[2], 1)

    def faultless(self, task: str) -> bool:
        """Whether all is found that there is of a task, and nothing else."""
        keys = [key for key in self.true | self.predicted if key[0] == task]
        wrong = any(self.predicted[key] > self.right[key] for key in keys)
        return not wrong and all(self.right[key] == self.true[key] for key in keys)

    def labels(self, task: str) -> list[str]:
        """Labels of a task that occur."""
        return sorted(label for t, label in self.true if t == task and self.true[t, label])

    def summary(self) -> dict[str, float]:
        """The usual figures; tasks without any label are left out."""
        found: dict[str, float] = {}
        for task in ("type", "field", "class", "cut"):
            if labels := self.labels(task):
                found[task] = self.micro(task)
                if task == "type":
                    found["type_macro"] = float(np.mean([self.f1(task, label) for label in labels]))
        for label in self.labels("relation"):
            found[label] = self.f1("relation", label)
        for label in self.labels("value"):
            found[label] = self.right["value", label] / self.true["value", label]
        return found


def measure(metrics: Metrics, examples: Sequence[Example], batch: Batch, outputs: Outputs) -> None:
    """Add a batch to the metrics.

    Values without boxes count as right if the segment with the field's highest probability is one of the
    places where the value stands; values that reading lost do not count.
    """
    if outputs.cuts is not None:
        _cuts(metrics, batch, outputs.cuts)
    types, fields = outputs.types.argmax(-1).numpy(), outputs.fields.softmax(-1).numpy()
    sources, classes = outputs.second.argmax(-1).numpy(), outputs.classes.argmax(-1)
    for index, example in enumerate(examples):
        count = len(example.boxes)
        _labels(metrics, example, types[index, :count], fields[index, :count].argmax(-1))
        _relations(metrics, example, sources[index, :, :count])
        for column, members in example.labels.groups:
            key = ("value", FIELDS[column])
            metrics.true[key] += 1
            metrics.right[key] += int(fields[index, :count, column].argmax() in members)
        if example.labels.page_class != IGNORE:
            metrics.true["class", "all"] += 1
            metrics.predicted["class", "all"] += 1
            metrics.right["class", "all"] += int(classes[index] == torch.tensor(example.labels.page_class))


def _cuts(metrics: Metrics, batch: Batch, logits: torch.Tensor) -> None:
    found, true = logits > 0, known_cuts(batch.text) > 0
    key = ("cut", "all")
    metrics.true[key] += int(true.sum())
    metrics.predicted[key] += int(found.sum())
    metrics.right[key] += int((found & true).sum())


def _labels(metrics: Metrics, example: Example, types: np.ndarray, fields: np.ndarray) -> None:
    for true, found in zip(example.labels.types.tolist(), types.tolist(), strict=True):
        if true != IGNORE:
            _count(metrics, "type", TYPES[true], TYPES[found])
    single = example.labels.fields.sum(1) == 1
    for true, found in zip(
        example.labels.fields.argmax(1)[single].tolist(), fields[single].tolist(), strict=True
    ):
        _count(metrics, "field", FIELDS[true], FIELDS[found], ignored=NO_FIELD)


def is_left_open(allowed: np.ndarray) -> bool:
    """Whether labels say no more of a target, bool [1 + n], than that it may have a source or none."""
    return bool(allowed[0] and allowed[1:].any())


def _relations(metrics: Metrics, example: Example, found: np.ndarray) -> None:
    labels = example.labels
    for number, name in enumerate(RELATIONS):
        for target in np.flatnonzero(labels.targets[number]).tolist():
            source, allowed = int(found[number, target]), labels.sources[number, target]
            if is_left_open(allowed):
                continue
            key = ("relation", name)
            metrics.true[key] += int(not allowed[0])
            metrics.predicted[key] += int(source > 0)
            metrics.right[key] += int(source > 0 and allowed[source])


def _count(metrics: Metrics, task: str, true: str, found: str, ignored: str | None = None) -> None:
    if true != ignored:
        metrics.true[task, true] += 1
    if found != ignored:
        metrics.predicted[task, found] += 1
    if true == found != ignored:
        metrics.right[task, true] += 1
