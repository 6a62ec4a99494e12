"""Readers on the data sets themselves, where they are at hand, and what `labels.toml` says of them."""

from collections import Counter
from pathlib import Path

import pytest

from docfuse_pipeline.labels import CLASSES, FIELDS, RELATIONS, TYPES
from docfuse_training.readers import READERS, read_funsd, read_sroie, read_zugferd
from docfuse_training.readers.common import labels
from docfuse_training.truth import TruthDocument

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
FOLDERS = {
    "funsd": ("funsd", 149), "sroie": ("sroie", 80), "wildreceipt": ("wildreceipt", 60),
    "adbuy": ("vrdu_adbuy", 211), "zugferd": ("zugferd", 10), "kaggle": ("kaggle_invoices", 20),
    "rvlcdip": ("rvlcdip", 123),
}  # fmt: skip
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the public data sets are not beside the checkout")


def _labels_of(document: TruthDocument) -> set[str]:
    return {name for page in document.pages for name in page.values} | set(document.values)


@needs_data
@pytest.mark.parametrize("name", FOLDERS)
def test_the_data_set_itself(name: str) -> None:
    folder, count = FOLDERS[name]
    documents = READERS[name](DATA / folder, None)
    assert len(documents) == count
    assert len({document.id for document in documents}) == count
    for document in documents:
        assert document.page_class is None or document.page_class in CLASSES
        assert _labels_of(document) <= set(FIELDS)
        assert all(set(item) <= set(FIELDS) for item in document.items)
        for page in document.pages:
            assert all(box.type in (None, *TYPES) and box.field in (None, *FIELDS) for box in page.boxes)
            assert {relation.name for relation in page.relations} <= set(RELATIONS)
    assert documents[0].pages[-1].load_image().ndim == 3


@needs_data
def test_what_is_known_of_the_data_sets() -> None:
    """Figures of the data sets' own descriptions."""
    forms = [page for document in read_funsd(DATA / "funsd") for page in document.pages]
    assert Counter(box.label for page in forms for box in page.boxes) == {
        "question": 3266, "answer": 2802, "other": 902, "header": 441,
    }  # fmt: skip
    receipts = read_sroie(DATA / "sroie", "train")
    assert len(receipts) == 400
    assert [d.id for d in receipts + read_sroie(DATA / "sroie") if "seller_address" not in d.values] == [
        "104"
    ]
    invoices = {document.id: document for document in read_zugferd(DATA / "zugferd")}
    discounts = invoices["ZUGFeRD_1p0_COMFORT_Rabatte"]
    assert discounts.values["payable_amount"] == "165.14"
    assert discounts.items[0]["unit_price"] == "4.0000"  # printed before the discount
    assert len(read_zugferd(DATA / "zugferd", style=None)) > 40


def test_labels_name_what_exists() -> None:
    for name in FOLDERS:
        meaning = labels(name)
        assert set(meaning["relations"]) <= set(RELATIONS)
        assert set(meaning.get("values", {}).values()) <= set(FIELDS)
        assert {*meaning.get("page_classes", {}).values(), meaning.get("page_class", "other")} <= set(CLASSES)
        for label in meaning.get("labels", {}).values():
            assert label.get("type", "other") in TYPES
            assert label.get("field", "none") in FIELDS
    assert set(labels("wildreceipt")["predicted"]) <= set(FIELDS)
    assert set(labels("funsd")["predicted"]) == set(TYPES)
