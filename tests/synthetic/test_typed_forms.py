"""Typewritten forms: what is a text, a key and a header of keys on them."""

from __future__ import annotations

from collections import Counter
from random import Random

from docfuse_training.synthetic import generate, matrix, typed_sections
from docfuse_training.synthetic.desk import Desk
from docfuse_training.synthetic.pages import make_desk
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


def desks(count: int) -> list[Desk]:
    """Empty sheets of forms."""
    return [make_desk(Random(f"desk {index}"), "typed_form", held_out=False) for index in range(count)]


def test_values_of_tables_of_two_ways_have_a_header_and_all_but_sums_a_key() -> None:
    keyless = []
    for desk in desks(60):
        matrix.write_matrix(desk, desk.style.margin, desk.style.margin, desk.width, lambda desk: "Net weight")
        boxes, relations = desk.sheet.boxes, desk.sheet.relations
        values = {index for index, box in enumerate(boxes) if box.type == "value"}
        assert values == {r.target for r in relations if r.name == "header_cell"}
        keyed = {r.target for r in relations if r.name == "key_value"}
        last = max((boxes[index].box[1] for index in keyed), default=0.0)
        keyless += [boxes[index].box[1] - last for index in values - keyed]
    assert keyless and min(keyless) > 0


def test_headers_of_row_keys_stand_above_them_at_the_left() -> None:
    found = 0
    for desk in desks(60):
        matrix.write_matrix(desk, desk.style.margin, desk.style.margin, desk.width, lambda desk: "Weight")
        boxes = desk.sheet.boxes
        ends = [(boxes[r.source], boxes[r.target]) for r in desk.sheet.relations if r.name == "parent_child"]
        keyed = [(header, key) for header, key in ends if key.type == "key"]
        assert all(header.type == "section_header" for header, _ in ends)
        assert all(header.box[1] < key.box[1] and header.box[0] <= key.box[0] + 2 for header, key in keyed)
        found += len(keyed)
    assert found


def a_key(desk: Desk, x: float, y: float, width: float) -> float:
    """A block of one key."""
    desk.sheet.text(x, y, "Ref.", desk.style.key, "key")
    return y + desk.style.line


def a_section(desk: Desk, x: float, y: float, width: float) -> float:
    """Two keys in a section."""
    look = typed_sections.some_look(desk)
    return typed_sections.write_section(desk, x, y, width, look, lambda: a_key, 2)


def test_sections_side_by_side_have_what_stands_in_their_own_column() -> None:
    for desk in desks(30):
        typed_sections.beside(desk, desk.style.margin, 100.0, desk.width, a_section)
        boxes = desk.sheet.boxes
        ends = [(boxes[r.source], boxes[r.target]) for r in desk.sheet.relations if r.name == "parent_child"]
        lefts = sorted({key.box[0] for _, key in ends})
        assert len(ends) == 4 and len(lefts) == 2
        assert all((header.box[0] < lefts[1] - 5) == (key.box[0] == lefts[0]) for header, key in ends)
