"""Pages → document."""

import json
from pathlib import Path

import pytest
from documents_on_paper import classification, field, page, table
from pydantic import ValidationError

from docfuse import Document, PageError
from docfuse.documents import assemble, join_tables, match_columns, merge_classes
from docfuse.pages import Collector, Job, Task
from docfuse.result import Column, PageWarning, Table
from docfuse.schema import schema_text

ROOT = Path(__file__).resolve().parents[2]


def test_the_class_is_the_geometric_mean_of_the_pages() -> None:
    merged = merge_classes([classification("invoice", 0.9), classification("receipt", 0.6)])
    assert merged is not None
    assert merged.label == "invoice"
    # sqrt(0.9 × 0.4) = 0.6 and sqrt(0.1 × 0.6) = 0.245, normalised
    assert merged.confidence == pytest.approx(0.6 / (0.6 + 0.06**0.5), abs=1e-9)
    assert sum(merged.probabilities.values()) == pytest.approx(1)


def test_pages_without_text_do_not_vote_against_pages_with_text() -> None:
    text, look = classification("invoice", 0.6), classification("receipt", 0.99, "image")
    merged = merge_classes([text, look])
    assert merged == text
    both = merge_classes([look, look])
    assert both is not None
    assert (both.label, both.source) == ("receipt", "image")
    assert merge_classes([]) is None


def test_the_document_knows_its_surest_field() -> None:
    document = assemble([page(0), page(1, fields=[field("payable_amount", "13.00", 0.9)])], [], "a.pdf")
    best = document.field("payable_amount")
    assert best is not None
    assert (best.value, best.page) == ("13.00", 1)
    assert document.field("due_date") is None


def columns(*names: str | None, headers: list[str | None] | None = None) -> list[Column]:
    headers = headers or [None] * len(names)
    return [Column(name=name, header=header) for name, header in zip(names, headers, strict=True)]


def test_columns_are_matched_by_name_then_header_then_place() -> None:
    assert match_columns(columns("description", "quantity"), columns("description", "quantity")) == [0, 1]
    assert match_columns(columns("description", "quantity"), columns("quantity", "description")) == [1, 0]
    headed = columns("description", None, headers=["Item", "Colour:"])
    assert match_columns(headed, columns("description", None, headers=[None, "colour"])) == [0, 1]
    assert match_columns(headed, columns("description", None)) == [0, 1]


def test_columns_that_do_not_agree_are_two_tables() -> None:
    assert match_columns(columns("description", "quantity"), columns("vat_rate", "line_amount")) is None
    assert match_columns(columns("description", "quantity"), columns("description", "vat_rate")) is None
    assert match_columns(columns(None, None), columns(None, None)) is None


def test_a_wider_continuation_brings_its_columns() -> None:
    assert match_columns(columns("description"), columns("vat_rate", "description")) == [1, 0]


def test_a_table_goes_on_over_pages() -> None:
    first = table(["description", "quantity"], [["Tea", "1"]], ["Item", None])
    second = table(["quantity", "description"], [["2", "Milk"], ["3", "Salt"]], ["Qty", None])
    (joined,) = join_tables([page(0, tables=[first]), page(1, tables=[second])])
    assert [(c.name, c.header) for c in joined.columns] == [("description", "Item"), ("quantity", "Qty")]
    assert [[cell.text for cell in item.cells] for item in joined.items] == [
        ["Tea", "1"],
        ["Milk", "2"],
        ["Salt", "3"],
    ]
    assert [item.page for item in joined.items] == [0, 1, 1]
    assert [cell.column for cell in joined.items[1].cells] == [0, 1]


def test_only_the_last_table_of_the_page_before_goes_on() -> None:
    items, taxes = table(["description"], [["Tea"]]), table(["vat_rate"], [["7"]])
    assert len(join_tables([page(0, tables=[items, taxes]), page(1, tables=[items])])) == 3
    assert len(join_tables([page(0, tables=[items]), page(1, tables=[]), page(2, tables=[items])])) == 2
    assert len(join_tables([page(0, tables=[items, items])])) == 2


def test_warnings_say_their_page() -> None:
    warning = PageWarning(code="truncated", message="Too much text.")
    assert assemble([page(0, warnings=[warning])], [], None).warnings == [warning]
    two = assemble([page(0, warnings=[]), page(1, warnings=[warning])], [], None)
    assert [w.message for w in two.warnings] == ["Page 2: Too much text."]


@pytest.mark.parametrize("first", [[], [table(["line_amount"], [["7"]])]])
def test_items_that_run_over_pages_need_not_make_a_total_of_one(first: list[Table]) -> None:
    warning = PageWarning(code="lines_mismatch", message="The line amounts add up to 7.00.")
    last = page(1, tables=[table(["line_amount"], [["7"]])], warnings=[warning])
    assert bool(assemble([page(0, tables=first, warnings=[]), last], [], None).warnings) == (not first)


def test_a_bad_page_leaves_the_others_complete() -> None:
    from docfuse import PageRefusedError

    collector, job = Collector(), Job("a.pdf")
    assert collector.add(Task(job, 0, None), page(0)) is None
    assert collector.add(Task(job, 1, None), PageRefusedError("No image.", "INVALID_ARGUMENT")) is None
    assert collector.add(Task(job, 2, None), page(2)) is None
    document = collector.add(Task(job, 3, None), None)
    assert document is not None
    assert [p.index for p in document.pages] == [0, 2]
    assert document.errors == [PageError(index=1, code="INVALID_ARGUMENT", message="No image.")]
    assert document.source == "a.pdf"


def test_json_round_trip(tmp_path: Path) -> None:
    error = PageError(index=2, code="INVALID_ARGUMENT", message="Größe")
    document = assemble([page(0), page(1)], [error], "ä.pdf")
    path = tmp_path / "a.json"
    path.write_text(document.to_json(), encoding="utf-8")
    assert Document.from_json(path) == document
    assert Document.from_json(document.to_json(indent=None)) == document
    assert Document.from_json(path.read_bytes()) == document


def test_other_json_is_refused() -> None:
    with pytest.raises(ValidationError):
        Document.from_json(json.dumps({"pages": [{"width": 3}]}))
    with pytest.raises(ValidationError):
        Document.from_json(json.dumps({"unknown": 3}))


def test_the_published_schema_is_that_of_the_code() -> None:
    assert (ROOT / "docs" / "result.schema.json").read_text(encoding="utf-8") == schema_text()
