"""Fields of pages → fields of the document."""

import pytest
from documents_on_paper import classification, field, page

from docfuse.merged_fields import FIRST_PAGE_FIELDS, SUREST_FIELDS, merge_fields
from docfuse_pipeline.candidates import REPEATED_FIELDS
from docfuse_pipeline.labels import DOCUMENT_FIELDS


def test_what_pages_repeat_is_kept_once_where_it_is_surest() -> None:
    pages = [
        page(0, fields=[field("invoice_number", "A 1", 0.5), field(None, "7", 0.3, key="Ref.:")]),
        page(1, fields=[field(None, "7", 0.6, key="ref"), field("invoice_number", "A 1", 0.9)]),
    ]
    merged = merge_fields(pages)
    assert [(f.name, f.value, f.confidence, f.page) for f in merged] == [
        ("invoice_number", "A 1", 0.9, 1),
        (None, "7", 0.6, 1),
    ]


def test_values_of_one_name_stand_together_the_surest_first() -> None:
    pages = [
        page(0, fields=[field("tax_amount", "1", 0.4), field("iban", "2", 0.8)]),
        page(1, fields=[field("tax_amount", "3", 0.6), field("iban", "4", 0.7)]),
    ]
    assert [(f.name, f.value) for f in merge_fields(pages)] == [
        ("tax_amount", "3"),
        ("tax_amount", "1"),
        ("iban", "2"),
        ("iban", "4"),
    ]


def test_two_equal_fields_of_one_page_stay_two() -> None:
    pages = [page(0, fields=[field("tax_amount", "5", 0.4), field("tax_amount", "5", 0.6)])]
    assert [f.confidence for f in merge_fields(pages)] == [0.6, 0.4]


def test_a_document_has_the_dates_of_its_first_page_and_the_surest_of_all_else() -> None:
    pages = [
        page(0, fields=[field("period_end", "1", 0.6), field("payable_amount", "50", 0.5, key=None)]),
        page(1, fields=[field("period_end", "2", 0.8, key="End"), field("payable_amount", "60", 0.9)]),
        page(2, fields=[field("period_end", "1", 0.9), field("issue_date", "3", 0.7)]),
    ]
    assert [(f.name, f.value, f.confidence, f.page) for f in merge_fields(pages)] == [
        ("period_end", "1", 0.9, 2),
        (None, "2", 0.8, 1),
        ("payable_amount", "60", 0.9, 1),
        ("issue_date", "3", 0.7, 2),
    ]


def test_a_value_of_its_form_is_right_wherever_it_stands() -> None:
    unread = field("issue_date", "see below", 0.9, normalized=None)
    pages = [page(0, fields=[unread]), page(1, fields=[field("issue_date", "2024-05-01", 0.6)])]
    assert [f.value for f in merge_fields(pages) if f.name == "issue_date"] == ["2024-05-01"]


@pytest.mark.parametrize(
    ("label", "number", "kept"), [("invoice", "A 2", 2), ("invoice", "A 1", 1), ("receipt", "A 1", 2)]
)
def test_pages_of_several_documents_keep_what_each_says(label: str, number: str, kept: int) -> None:
    pages = [
        page(
            index,
            fields=[field("invoice_number", printed, 0.9), field("seller_name", seller, 0.9)],
            classification=classification(label, 0.9),
        )
        for index, (printed, seller) in enumerate((("A 1", "Mill"), (number, "Lake")))
    ]
    assert sum(f.name == "seller_name" for f in merge_fields(pages)) == kept


def test_what_documents_say_once_are_fields_that_pages_have_once() -> None:
    once = FIRST_PAGE_FIELDS | SUREST_FIELDS
    assert len(once) == len(FIRST_PAGE_FIELDS) + len(SUREST_FIELDS)
    assert once <= set(DOCUMENT_FIELDS) - REPEATED_FIELDS
