"""Pages assembled from hand-made probabilities."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from model_answers import RANKS, Sheet, item_sheet

from docfuse.result import Page
from docfuse_pipeline.class_words import judge_class
from docfuse_pipeline.labels import FIELDS, RELATIONS, TYPES
from docfuse_pipeline.page import map_points
from docfuse_pipeline.structure import assemble, make_result


def test_polygons_are_in_pixels_of_the_page_as_sent():
    sheet = Sheet()
    sheet.box("ab", x=10, y=20)
    box = sheet.page().boxes[0]
    assert box.polygon == [(20, 40), (60, 40), (60, 60), (20, 60)]
    assert (box.type, box.type_confidence, box.text_confidence) == ("other", 0.8, 0.95)


def test_points_through_a_perspective():
    transform = np.array([[1, 0, 5], [0, 1, -5], [0, 0.01, 1]])
    assert map_points(transform, np.array([[10.0, 100.0]])).tolist() == [[7.5, 47.5]]


def test_links_below_the_threshold_are_none():
    sheet = Sheet()
    key, value = sheet.box("A", "key"), sheet.box("x", "value")
    sheet.link("key_value", key, value, p=0.4)
    page = sheet.page()
    assert not page.links
    assert [(f.key, f.value) for f in page.fields] == [("A", None)]


def test_an_empty_page_is_judged_by_its_look():
    page = Sheet().page(padding=64)
    assert page.classification.source == "image"
    assert [warning.code for warning in page.warnings] == ["no_text"]
    assert not (page.boxes or page.fields or page.tables or page.links or page.truncated)


def test_what_the_caps_left_out_is_told():
    sheet = Sheet()
    sheet.box("a")
    page = sheet.page(dropped=7)
    assert page.truncated
    assert [warning.code for warning in page.warnings] == ["truncated"]
    assert "7" in page.warnings[0].message


TEXTS = ("Total:", "12.50", "25/12/2018", "RM 3.00", "Foo bar", "3 x", "19 %", "")


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    sheet = Sheet()
    for _ in range(draw(st.integers(0, 8))):
        sheet.box(
            draw(st.sampled_from(TEXTS)),
            draw(st.sampled_from(TYPES)),
            draw(st.integers(0, 500)),
            draw(st.integers(0, 700)),
            draw(st.sampled_from(FIELDS)),
            draw(st.sampled_from((0.3, 0.7, 0.9))),
        )
    for target in range(len(sheet.texts)):
        for relation in RELATIONS:
            for source in draw(st.sets(st.integers(0, len(sheet.texts) - 1), max_size=RANKS)):
                sheet.link(relation, source, target, p=draw(st.floats(0.01, 1)))
    return sheet


@settings(deadline=None, max_examples=150)
@given(sheets(), st.integers(1, 64))
def test_padding_changes_nothing_and_every_page_is_valid(sheet, padding):
    plain, padded = assemble(**sheet.arguments()), assemble(**sheet.arguments(padding=padding))
    assert padded == plain
    Page.model_validate_json(json.dumps(plain))


@settings(deadline=None, max_examples=150)
@given(sheets())
def test_every_box_is_used_once_at_most(sheet):
    page = sheet.page()
    cells = [
        box for table in page.tables for item in table.items for cell in item.cells for box in cell.boxes
    ]
    derived = (
        "currency",
        "issue_date",
        "issue_time",
        "due_date",
        "tax_rate",
        "website",
        "email",
        "payment_method",
        "period_start",
        "period_end",
    )
    values = [b for f in page.fields if f.name not in derived for b in f.value_boxes]
    assert len(set(cells)) == len(cells)
    assert len(set(values)) == len(values)
    assert not set(cells) & set(values)


def test_the_step_reads_and_writes_tensors():
    made = item_sheet().arguments(padding=10)
    inputs = {
        "PAGE_INFO": np.array([json.dumps(made["page_info"]).encode()], object),
        "SLOT": np.array([-1], np.int32),
        "TRANSFORM": made["transform"],
        "SEGMENT_TEXT": np.array([text.encode() for text in made["texts"]], object),
        "SEGMENT_QUADS": made["quads"],
        "SEGMENT_LINES": made["lines"],
        "SEGMENT_SCORES": made["scores"],
        "SEGMENT_COUNTS": np.array(made["counts"], np.int32),
        "CLASS_PROBABILITIES": made["class_probabilities"][None],
        "TYPE_PROBABILITIES": made["types"][None],
        "FIELD_PROBABILITIES": made["fields"][None],
        "PARTNERS": made["partners"][None],
        "PARTNER_PROBABILITIES": made["partner_probabilities"][None],
    }
    (result,) = make_result(inputs)["RESULT"]
    judged = judge_class(made["class_probabilities"], made["texts"])
    assert not np.allclose(judged, made["class_probabilities"])
    assert Page.model_validate_json(result) == Page.model_validate(
        assemble(**{**made, "class_probabilities": judged})
    )


def test_a_thousand_boxes_are_250_items():
    sheet = Sheet()
    for number in range(250):
        y = 12 * number
        anchor = sheet.box("Apples and pears", "cell", 0, y, "description")
        cells = [
            sheet.box("3", "cell", 200, y, "quantity"),
            sheet.box("12.50", "cell", 300, y, "line_amount"),
        ]
        key = sheet.box("Remark:", "key", 400, y)
        sheet.link("cell_item", anchor, anchor, *cells)
        sheet.link("key_value", key, anchor, p=0.3)
    (table,) = assemble(**sheet.arguments(padding=24))["tables"]
    assert len(table["items"]) == 250
