"""Pages labelled by eye: fields, key-value pairs, line items and class, end to end."""

from __future__ import annotations

from dataclasses import replace

from docfuse.result import Document
from docfuse_pipeline.hints import Hints, page_hints
from docfuse_pipeline.normalize import normalize
from docfuse_training.evaluation.compare import is_value
from docfuse_training.evaluation.counts import Counts, total
from docfuse_training.evaluation.documents import COLUMNS, item_counts
from docfuse_training.evaluation.forms import field_pairs, labelled_pairs, pair_counts
from docfuse_training.evaluation.text import similar
from docfuse_training.readers.printed import kind_of
from docfuse_training.truth import TruthDocument, TruthPage

FREE_TEXT = ("seller_name", "seller_address", "buyer_name", "buyer_address", "payment_terms")
"""Fields that are right if they are similar (edit similarity 0.8), as ZUGFeRD's names are."""


DERIVED = ("currency", "issue_time")
"""Fields that are also read off other values; labelled where they stand by themselves."""


def field_counts(truth: TruthDocument, result: Document) -> Counts:
    """Fields; of each name the most confident prediction counts, names that are not labelled among them.

    But for a currency or time that is not labelled: the sign beside an amount, the time beside a date.
    """
    hints = _conventions(truth)
    counts = Counts()
    for name in truth.values.keys() | {field.name for field in result.fields if field.name}:
        predicted, label = result.field(name), truth.values.get(name)
        if label is None and name in DERIVED:
            continue
        found = predicted is not None and predicted.value is not None
        if label is None or predicted is None or predicted.value is None:
            right = False
        elif name in FREE_TEXT:
            right = similar(label, predicted.value)
        else:
            right = is_value(predicted, name, label, hints)
        counts += Counts(int(right), int(found), int(label is not None))
    return counts


def printed_pairs(page: TruthPage) -> list[tuple[str, str]]:
    """Printed keys with their values, as labelled by themselves or by linked boxes."""
    return page.pairs or labelled_pairs(page)


def _conventions(truth: TruthDocument) -> Hints:
    """How the page writes dates and numbers, from all that is printed on it."""
    texts = [*truth.values.values(), *(text for pair in printed_pairs(truth.pages[0]) for text in pair)]
    return page_hints([*texts, *(text for item in truth.items for text in item.values())])


def scores(truth: list[TruthDocument], results: list[Document]) -> dict[str, float]:
    """F1 of fields and pairs, receipts and forms apart too, and of line items; share of right classes."""
    pairs = list(zip(truth, results, strict=True))
    named: dict[str, list[tuple[TruthDocument, Document]]] = {"": pairs}
    for kind in ("receipt", "form"):
        named[f"{kind}_"] = [(t, r) for t, r in pairs if t.page_class == kind]
    figures: dict[str, float] = {}
    for prefix, chosen in named.items():
        fields = total(field_counts(t, r) for t, r in chosen)
        linked = total(pair_counts(printed_pairs(t.pages[0]), field_pairs(r.pages[0])) for t, r in chosen)
        figures |= {
            f"{prefix}field_f1": fields.f1,
            f"{prefix}field_precision": fields.precision,
            f"{prefix}field_recall": fields.recall,
            f"{prefix}pair_f1": linked.f1,
            f"{prefix}pair_precision": linked.precision,
            f"{prefix}pair_recall": linked.recall,
        }
    items = total(item_counts(replace(t, items=labelled_items(t)), r) for t, r in pairs if t.items)
    right = sum(r.classification is not None and r.classification.label == t.page_class for t, r in pairs)
    return figures | {"line_item_f1": items.f1, "class_accuracy": right / max(1, len(pairs))}


def labelled_items(truth: TruthDocument) -> list[dict[str, str]]:
    """Line items with numbers by value, as ZUGFeRD has them; of those columns that are scored."""
    hints, items = _conventions(truth), []
    for item in truth.items:
        row = {name: text for name, text in item.items() if name in COLUMNS}
        numbers = {name: normalize(name, row[name], hints) for name in row if kind_of(name) == "number"}
        items.append(row | {name: str(value) for name, value in numbers.items()})
    return [{name: text for name, text in item.items() if text != "None"} for item in items]
