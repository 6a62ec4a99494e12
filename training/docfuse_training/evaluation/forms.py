"""FUNSD: entities, links, and question-answer pairs."""

from __future__ import annotations

import numpy as np

from docfuse.result import Document, Page
from docfuse_training.evaluation.counts import Counts, label_counts, total
from docfuse_training.evaluation.matching import best_partner, labelled_boxes, most_pairs, read_boxes
from docfuse_training.evaluation.text import similar_print
from docfuse_training.readers.common import labels
from docfuse_training.truth import PAIRS, TruthDocument, TruthPage

ENTITIES = ("question", "answer", "header")
LINKS = ("key_value", "header_cell", "parent_child")


def entity_counts(truth: TruthPage, page: Page) -> Counts:
    """Entities of question, answer and header, one per labelled box.

    A labelled box takes the type of the predicted box in its place; `labels.toml` says which type is which
    entity. Right: same entity. Predicted and labelled: those that are one of the three.
    """
    names = labels("funsd")["predicted"]
    partner = best_partner(labelled_boxes(truth.boxes), read_boxes(page.boxes))
    found = [names.get(page.boxes[i].type) if i >= 0 else None for i in partner]
    counts = label_counts(zip(found, (box.label for box in truth.boxes), strict=True))
    return total(counts.get(name, Counts()) for name in ENTITIES)


def link_counts(truth: TruthPage, page: Page) -> Counts:
    """Directed links between labelled boxes, whatever they are called, each pair once."""
    partner = best_partner(labelled_boxes(truth.boxes), read_boxes(page.boxes))
    ids = [page.boxes[i].id if i >= 0 else None for i in partner]
    predicted = {(link.source, link.target) for link in page.links if link.relation in LINKS}
    labelled = {(ids[relation.source], ids[relation.target]) for relation in truth.relations}
    missing = len(truth.relations) - len(labelled)
    return Counts(len(predicted & labelled), len(predicted), len(labelled) + missing)


def labelled_pairs(truth: TruthPage) -> list[tuple[str, str]]:
    """Texts of each question and an answer of it."""
    return [
        (truth.boxes[relation.source].text, truth.boxes[relation.target].text)
        for relation in truth.relations
        if relation.name in PAIRS
    ]


def field_pairs(page: Page) -> list[tuple[str, str]]:
    """Printed key and value of every field that has both, and header and value where it has one too.

    A date and its time in one box are one pair.
    """
    pairs = {
        (name, field.value, *boxes, *field.value_boxes): (name, field.value)
        for field in page.fields
        for name, boxes in ((field.key, field.key_boxes), (field.header, field.header_boxes))
        if name and field.value
    }
    return list(pairs.values())


def predicted_pairs(page: Page) -> list[tuple[str, str]]:
    """Those of the fields, and header and text of every cell under one."""
    pairs = field_pairs(page)
    for table in page.tables:
        headers = [column.header for column in table.columns]
        pairs += [
            (header, cell.text)
            for item in table.items
            for cell in item.cells
            if (header := headers[cell.column])
        ]
    return pairs


def pair_counts(labelled: list[tuple[str, str]], predicted: list[tuple[str, str]]) -> Counts:
    """Pairs matched one to one, as many as can be, where key and value are both similar.

    White space does not count: FUNSD's texts have a space behind every punctuation mark ("9/ 3/ 92").
    """
    allowed = np.zeros((len(labelled), len(predicted)), bool)
    for i, (key, value) in enumerate(labelled):
        for j, (other_key, other_value) in enumerate(predicted):
            allowed[i, j] = similar_print(key, other_key) and similar_print(value, other_value)
    return Counts(most_pairs(allowed), len(predicted), len(labelled))


def scores(truth: list[TruthDocument], results: list[Document]) -> dict[str, float]:
    """Labelling and linking F1 by the place of boxes, pair F1 by texts."""
    pages = [(t.pages[0], r.pages[0]) for t, r in zip(truth, results, strict=True)]
    entities = total(entity_counts(t, p) for t, p in pages)
    links = total(link_counts(t, p) for t, p in pages)
    pairs = total(pair_counts(labelled_pairs(t), predicted_pairs(p)) for t, p in pages)
    return {
        "labelling_f1": entities.f1,
        "linking_f1": links.f1,
        "linking_precision": links.precision,
        "linking_recall": links.recall,
        "pair_f1": pairs.f1,
        "pair_precision": pairs.precision,
        "pair_recall": pairs.recall,
    }
