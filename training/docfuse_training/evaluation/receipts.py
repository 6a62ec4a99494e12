"""SROIE: four fields and the reading of its lines. WildReceipt: classes of boxes."""

from __future__ import annotations

import re

from docfuse.result import Document, Page
from docfuse_training.evaluation.compare import DAY_FIRST, is_value
from docfuse_training.evaluation.counts import Counts, label_counts, macro_f1, total
from docfuse_training.evaluation.matching import best_partner, labelled_boxes, read_boxes
from docfuse_training.evaluation.reading import found_scores, read_text
from docfuse_training.evaluation.text import character_errors
from docfuse_training.readers.common import labels
from docfuse_training.truth import TruthDocument, TruthPage

REST = "Others"
IGNORED = "Ignore"
VALUE = "_value"
KEY = "_key"


def field_counts(truth: TruthDocument, result: Document, exact: bool) -> dict[str, Counts]:
    """Counts per labelled field, of which the most confident prediction counts.

    `exact` compares the printed strings; otherwise dates and amounts count by value, the rest by letters and
    digits.
    """
    counts = {}
    for field in labels("sroie")["values"].values():
        predicted, label = result.field(field), truth.values.get(field)
        if label is None:
            right = False
        elif exact:
            right = predicted is not None and predicted.value == label
        else:
            right = is_value(predicted, field, label, DAY_FIRST)
        counts[field] = Counts(int(right), int(predicted is not None), int(label is not None))
    return counts


def sroie_scores(truth: list[TruthDocument], results: list[Document]) -> dict[str, float]:
    """Micro F1 over the four fields, normalised and exact, and F1 of each."""
    each = [field_counts(t, r, exact=False) for t, r in zip(truth, results, strict=True)]
    exact = [field_counts(t, r, exact=True) for t, r in zip(truth, results, strict=True)]
    scores = {
        "field_f1": total(c for counts in each for c in counts.values()).f1,
        "field_f1_exact": total(c for counts in exact for c in counts.values()).f1,
    }
    for name, field in labels("sroie")["values"].items():
        scores[f"{name}_f1"] = total(counts[field] for counts in each).f1
    return scores


def reading_scores(truth: list[TruthDocument], results: list[Document]) -> dict[str, float]:
    """CER over the labelled lines, and the share of labelled values that were read, end to end."""
    errors = [
        character_errors(t.pages[0].boxes, r.pages[0]) for t, r in zip(truth, results, strict=True) if r.pages
    ]
    cer = sum(e for e, _ in errors) / max(1, sum(n for _, n in errors))
    texts = ["\n".join(map(read_text, result.pages)) for result in results]
    return {"cer_detected": cer, **found_scores(truth, texts)}


def _class_of_field(name: str | None, key: str | None) -> str | None:
    meaning = labels("wildreceipt")
    if name is None:
        words = re.findall(r"\w+", (key or "").lower())
        return next((meaning["predicted_keys"][w] for w in words if w in meaning["predicted_keys"]), None)
    return meaning["predicted"].get(name)


def box_classes(page: Page) -> dict[int, str]:
    """Class of each predicted box by id, by the field or column that it belongs to; the rest is absent."""
    found: dict[int, str] = {}
    for field in page.fields:
        if kind := _class_of_field(field.name, field.key):
            found.update(dict.fromkeys(field.key_boxes, kind + KEY))
            found.update(dict.fromkeys(field.value_boxes, kind + VALUE))
    for table in page.tables:
        for cell in (cell for item in table.items for cell in item.cells):
            if kind := _class_of_field(table.columns[cell.column].name, None):
                found.update(dict.fromkeys(cell.boxes, kind + VALUE))
    for link in page.links:
        if link.relation == "header_cell" and found.get(link.target, "").endswith(VALUE):
            found.setdefault(link.source, found[link.target].removesuffix(VALUE) + KEY)
    return found


def class_pairs(truth: TruthPage, page: Page) -> list[tuple[str, str]]:
    """Predicted and labelled class of each labelled box, those to be ignored left out."""
    kinds = box_classes(page)
    partner = best_partner(labelled_boxes(truth.boxes), read_boxes(page.boxes))
    return [
        (kinds.get(page.boxes[i].id, REST) if i >= 0 else REST, str(box.label))
        for i, box in zip(partner, truth.boxes, strict=True)
        if box.label != IGNORED
    ]


def wildreceipt_scores(truth: list[TruthDocument], results: list[Document]) -> dict[str, float]:
    """Macro F1 over the 12 value classes, and over all classes that have boxes; F1 of each class."""
    pages = [(t.pages[0], r.pages[0]) for t, r in zip(truth, results, strict=True)]
    counts = label_counts(pair for t, p in pages for pair in class_pairs(t, p))
    named = {name: c for name, c in counts.items() if c.labelled}
    scores = {
        "macro_f1": macro_f1(c for name, c in named.items() if name.endswith(VALUE)),
        "macro_f1_all": macro_f1(named.values()),
    }
    return scores | {f"{name}_f1": c.f1 for name, c in sorted(named.items())}
