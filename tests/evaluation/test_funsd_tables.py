"""Tables on FUNSD's forms: by their place alone, since its labels know questions and answers."""

from docfuse_training.readers.funsd_tables import tell_tables
from docfuse_training.truth import TruthBox, TruthRelation


def _box(x: float, y: float, kind: str) -> TruthBox:
    return TruthBox((x, y, x + 40, y + 10), "text", kind)


def _told(boxes: list[TruthBox], links: list[tuple[int, int]], name: str = "key_value"):
    found, relations = tell_tables(boxes, [TruthRelation(name, a, b) for a, b in links])
    return [box.type for box in found], [relation.name for relation in relations]


def test_headers_stand_side_by_side_over_several_answers_each():
    boxes = [_box(x, y, "key" if y < 20 else "value") for x in (0, 100) for y in (x / 50, 20, 40)]
    types, names = _told(boxes, [(0, 1), (0, 2), (3, 4), (3, 5)])
    assert types == 2 * ["table_header", "cell", "cell"] and names == 4 * ["header_cell"]


def test_a_key_over_a_list_is_no_header():
    boxes = [_box(0, 0, "key"), _box(0, 20, "value"), _box(0, 40, "value"), _box(100, 0, "key")]
    types, names = _told(boxes, [(0, 1), (0, 2)])
    assert types == ["key", "value", "value", "key"] and names == ["key_value", "key_value"]


def test_a_cell_of_a_table_of_two_ways_has_a_key_too_and_stays_a_value():
    boxes = [_box(100, 0, "key"), _box(0, 20, "key"), _box(100, 20, "value")]
    assert _told(boxes, [(0, 2), (1, 2)]) == (["table_header", "key", "value"], ["header_cell", "key_value"])


def test_a_key_over_one_answer_or_before_several_of_its_row_is_no_header():
    over = [_box(0, 0, "key"), _box(0, 20, "value")]
    assert _told(over, [(0, 1)]) == (["key", "value"], ["key_value"])
    before = [_box(0, 0, "key"), _box(50, 2, "value"), _box(100, 2, "value")]
    assert _told(before, [(0, 1), (0, 2)]) == (["key", "value", "value"], ["key_value", "key_value"])


def test_other_links_stay_what_they_are():
    boxes = [_box(0, 0, "section_header"), _box(0, 20, "key"), _box(0, 40, "key")]
    types, names = _told(boxes, [(0, 1), (0, 2)], "parent_child")
    assert types == ["section_header", "key", "key"] and names == ["parent_child", "parent_child"]
