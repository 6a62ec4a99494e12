"""Pages labelled by eye: the labels themselves, their reader, and the figures by hand."""

import json
from collections import Counter
from pathlib import Path

import pytest
from by_hand import document, field, page, table, truth

from docfuse_pipeline.labels import CLASSES, DOCUMENT_FIELDS, ITEM_FIELDS
from docfuse_training.evaluation import pages
from docfuse_training.readers import DataError, read_pages
from docfuse_training.readers.pages import FILE, LABELS
from docfuse_training.truth import TruthDocument

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
ROWS = [json.loads(line) for line in (LABELS / FILE).read_text(encoding="utf-8").splitlines()]


def test_labels_are_in_their_format() -> None:
    assert len({row["id"] for row in ROWS}) == len(ROWS) > 150
    counts = Counter(row["split"] for row in ROWS)
    assert set(counts) == {"train", "dev"} and abs(counts["train"] - counts["dev"]) <= 3
    for row in ROWS:
        assert row["class"] in CLASSES and row["fields"].keys() <= set(DOCUMENT_FIELDS), row["id"]
        assert all(item and item.keys() <= set(ITEM_FIELDS) for item in row["items"]), row["id"]
        texts = [text for pair in row["pairs"] for text in pair] + list(row["fields"].values())
        texts += [text for item in row["items"] for text in item.values()]
        assert all(text and text == " ".join(text.split()) for text in texts), row["id"]
        assert all(len(pair) == 2 for pair in row["pairs"]), row["id"]


@pytest.mark.skipif(not DATA.is_dir(), reason="the public data sets are not beside the checkout")
def test_every_labelled_page_is_there() -> None:
    documents = read_pages(DATA, "all")
    assert len(documents) == len(ROWS) == len(read_pages(DATA)) + len(read_pages(DATA, "train"))
    assert documents[0].pages[0].load_image().ndim == 3
    with pytest.raises(DataError, match="train, dev and all"):
        read_pages(DATA, "test")


def _truth() -> TruthDocument:
    fields = {
        "seller_name": "Café Zentral Betriebs GmbH",
        "issue_date": "03.04.2019",
        "payable_amount": "5,00",
    }
    items = [{"description": "Melange", "quantity": "2", "unit_price": "2,50", "position": "1"}]
    labelled = truth(values=fields, items=items, page_class="receipt")
    labelled.pages[0].pairs = [("Datum", "03.04.2019"), ("SUMME EUR", "5,00")]
    return labelled


def test_figures_by_hand() -> None:
    found = (
        field("seller_name", "Cafe Zentral Betriebs GmbH"),
        field("issue_date", "3.4.2019", key="Datum:"),
        field("payable_amount", "17,80", key="SUMME EUR"),
        field("currency", "EUR"),  # read off an amount, and not labelled: does not count
        field("iban", "DE89 3704 0044 0532 0130 00"),
    )
    items = table([("description", "Artikel"), ("unit_price", None)], [["Melange", "2,50"]])
    figures = pages.scores([_truth()], [document(page(fields=found, tables=(items,)), label="receipt")])
    assert figures["field_precision"] == 2 / 4 and figures["field_recall"] == 2 / 3
    assert figures["pair_recall"] == figures["pair_precision"] == 1 / 2, "cells of a table are no pairs"
    assert figures["receipt_field_f1"] == figures["field_f1"] and figures["form_field_f1"] == 0
    assert figures["class_accuracy"] == 1
    assert figures["line_item_f1"] == pytest.approx(2 * 2 / (2 + 3))


def test_item_numbers_are_compared_by_value() -> None:
    assert pages.labelled_items(_truth()) == [
        {"description": "Melange", "quantity": "2.0", "unit_price": "2.5"}
    ]
