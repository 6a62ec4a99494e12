"""Ad-buy values, ZUGFeRD headers and line items, RVL-CDIP classes."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from docfuse.result import Document, ExtractedField, Normalized, Table
from docfuse_pipeline.hints import Hints
from docfuse_pipeline.normalize import normalize
from docfuse_training.evaluation.compare import MONTH_FIRST, canonical, is_value, readings
from docfuse_training.evaluation.counts import Counts, total, wilson
from docfuse_training.evaluation.text import similar
from docfuse_training.readers.common import labels
from docfuse_training.readers.printed import kind_of
from docfuse_training.truth import TruthDocument

GERMAN = Hints(day_first=True, decimal=",")
COLUMNS = ("description", "quantity", "unit_price", "vat_rate", "line_amount")
HEADER = {
    "invoice_number": ("invoice_number",), "issue_date": ("issue_date",), "due_date": ("due_date",),
    "delivery_date": ("delivery_date",), "period_start": ("period_start",), "period_end": ("period_end",),
    "seller_name": ("seller_name",), "buyer_name": ("buyer_name",),
    "tax_exclusive_amount": ("tax_exclusive_amount",), "tax_amount": ("tax_amount",),
    "gross_amount": ("gross_amount", "payable_amount"), "currency": ("currency",),
}  # fmt: skip
"""Header of an invoice: what is asked for → the names that may carry it. The gross total and the amount due
are one, since pages print one or both under many words."""


def _carried(result: Document, names: tuple[str, ...]) -> list[ExtractedField]:
    return [field for field in result.fields if field.name in names and field.value is not None]


def adbuy_counts(truth: TruthDocument, result: Document) -> dict[str, Counts]:
    """Per labelled value: right if any field of that name carries it; predicted: its different values."""
    counts = {}
    for field, label in truth.values.items():
        fields = _carried(result, (field,))
        emitted = {canonical(field, f.value or "", MONTH_FIRST) for f in fields}
        right = any(is_value(f, field, label, MONTH_FIRST) for f in fields)
        counts[field] = Counts(int(right), len(emitted), 1)
    return counts


def adbuy_scores(truth: list[TruthDocument], results: list[Document]) -> dict[str, float]:
    """Recall and precision over all values, recall of each field."""
    each = [adbuy_counts(t, r) for t, r in zip(truth, results, strict=True)]
    values = total(c for counts in each for c in counts.values())
    scores = {"value_recall": values.recall, "value_precision": values.precision}
    for name, field in labels("adbuy")["values"].items():
        scores[f"{name}_recall"] = total(counts[field] for counts in each if field in counts).recall
    return scores


def same(field: str, label: str, value: str, normalized: Normalized) -> bool:
    """Whether a value of an invoice is the XML's: names and descriptions by similarity, the rest by value."""
    if kind_of(field) == "text" and field != "invoice_number":
        return similar(label, value)
    if kind_of(field) == "number":
        found = normalize(field, value, GERMAN) if normalized is None else normalized
        return found == float(label)
    if field == "currency":
        return label == normalized
    return canonical(field, label, GERMAN) in readings(field, value, normalized, GERMAN)


def header_counts(truth: TruthDocument, result: Document) -> Counts:
    """Header values that the XML has and the page prints; the most confident prediction of each counts."""
    counts = Counts()
    for field, names in HEADER.items():
        wanted = [truth.values[name] for name in names if name in truth.values]
        if not wanted:
            continue
        best = max(_carried(result, names), key=lambda f: f.confidence, default=None)
        right = best is not None and any(same(field, w, best.value or "", best.normalized) for w in wanted)
        counts += Counts(int(right), int(best is not None), 1)
    return counts


def item_rows(tables: list[Table]) -> list[dict[str, tuple[str, Normalized]]]:
    """Predicted line items: column → text and normalised value, of the columns that are scored.

    Cells of one column are one text; the first that has a normalised value gives it.
    """
    rows = []
    for table in tables:
        for item in table.items:
            row: dict[str, tuple[str, Normalized]] = {}
            for cell in item.cells:
                name = table.columns[cell.column].name
                if name in COLUMNS:
                    text, value = row.get(name, ("", None))
                    row[name] = (f"{text} {cell.text}".strip(), cell.normalized if value is None else value)
            rows.append(row)
    return [row for row in rows if row]


def item_counts(truth: TruthDocument, result: Document) -> Counts:
    """Cells of line items. Rows are matched one to one so that as many cells as can be are right.

    In a matched row, columns that the XML or the page does not have are left out; every cell of a predicted
    row without a partner counts as predicted.
    """
    rows = item_rows(result.tables)
    right = np.zeros((len(truth.items), len(rows)), np.int64)
    for i, item in enumerate(truth.items):
        for j, row in enumerate(rows):
            right[i, j] = sum(name in row and same(name, label, *row[name]) for name, label in item.items())
    ours, theirs = linear_sum_assignment(right, maximize=True)
    partner = dict(zip(theirs.tolist(), ours.tolist(), strict=True))
    predicted = sum(
        len(row.keys() & truth.items[partner[j]].keys() if j in partner else row)
        for j, row in enumerate(rows)
    )
    return Counts(int(right[ours, theirs].sum()), predicted, sum(map(len, truth.items)))


def zugferd_scores(truth: list[TruthDocument], results: list[Document]) -> dict[str, float]:
    """Header and line-item F1; documents whose XML has no printed items do not count for the latter."""
    pairs = list(zip(truth, results, strict=True))
    header = total(header_counts(t, r) for t, r in pairs)
    items = total(item_counts(t, r) for t, r in pairs if t.items)
    return {
        "header_f1": header.f1,
        "header_precision": header.precision,
        "header_recall": header.recall,
        "line_item_f1": items.f1,
        "line_item_precision": items.precision,
        "line_item_recall": items.recall,
    }


def class_scores(truth: list[TruthDocument], results: list[Document]) -> dict[str, float]:
    """Accuracy over the 16 classes with its interval, and of each group."""
    right = [
        r.classification is not None and r.classification.label == t.page_class
        for t, r in zip(truth, results, strict=True)
    ]
    low, high = wilson(sum(right), len(right))
    scores = {"accuracy": sum(right) / max(1, len(right)), "accuracy_low": low, "accuracy_high": high}
    for group in ("easy", "hard"):
        of_group = [ok for ok, t in zip(right, truth, strict=True) if t.extra.get("group") == group]
        scores[f"accuracy_{group}"] = sum(of_group) / max(1, len(of_group))
    return scores
