"""Typewritten forms: what is a text, a key and a header of keys on them."""

from __future__ import annotations

from collections import Counter

from docfuse_training.synthetic import generate
from docfuse_training.truth import text_boxes, with_whole_texts


def test_keys_of_forms_take_several_lines_and_numbers_of_their_own() -> None:
    joined = [
        (page.boxes[relation.source], page.boxes[relation.target])
        for page in generate(12, 3, kinds=["typed_form"])
        for relation in page.relations
        if relation.name == "same_text" and page.boxes[relation.source].type == "key"
    ]
    assert all(box.type == "key" for pair in joined for box in pair)
    below = [second.box[1] > first.box[3] - 2 for first, second in joined]
    assert any(below) and not all(below)


def test_headers_of_forms_have_the_keys_and_column_headers_below_them() -> None:
    ends = [
        (page.boxes[relation.source], page.boxes[relation.target])
        for page in generate(20, 3, kinds=["typed_form"])
        for relation in page.relations
        if relation.name == "parent_child"
    ]
    assert {header.type for header, _ in ends} == {"section_header"}
    assert {"key", "table_header"} <= {child.type for _, child in ends}
    assert all(header.box[1] < child.box[3] for header, child in ends)


def test_a_box_goes_around_all_lines_of_a_text() -> None:
    for page in generate(6, 4, kinds=["typed_form"]):
        whole = with_whole_texts(page)
        before, after = (Counter(" ".join(box.text for box in p.boxes).split()) for p in (page, whole))
        assert before == after
        assert not any(relation.name == "same_text" for relation in whole.relations)
        assert len(whole.boxes) == len(text_boxes(page))
        for lines, box in zip(text_boxes(page), whole.boxes, strict=True):
            edges = [page.boxes[index].box for index in lines]
            assert box.box[:2] == tuple(map(min, zip(*(edge[:2] for edge in edges), strict=True)))
            assert box.box[2:] == tuple(map(max, zip(*(edge[2:] for edge in edges), strict=True)))
