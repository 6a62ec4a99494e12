from dataclasses import replace

import numpy as np
import pytest

from docfuse_pipeline.labels import FIELDS, RELATIONS, TYPES
from docfuse_pipeline.lines import Lines
from docfuse_pipeline.segments import TokenRows as CutTokens
from docfuse_pipeline.segments import cut_lines
from docfuse_pipeline.tokens import TokenRows
from docfuse_training.truth import TruthBox, TruthPage, TruthRelation
from docfuse_training.understanding import align, align_cuts
from docfuse_training.understanding.align_values import find_value


def _page(**known):
    return TruthPage("p", lambda: np.zeros((1, 1, 3), np.uint8), **known)


def _read(*texts, places=None):
    """Lines of 10 pixels a character, 20 apart, and one token a word."""
    quads, ids, spans, fractions = [], [], [], []
    for number, text in enumerate(texts):
        x, y = 10 * len(text), 20 * number
        quads.append([(0, y), (x, y), (x, y + 10), (0, y + 10)])
        at, row_spans = 0, []
        for word in text.split():
            begin = text.index(word, at)
            at = begin + len(word)
            row_spans.append((begin, at))
        row_ids = [5] * len(row_spans) + [1] * (32 - len(row_spans))
        padded = row_spans + [(0, 0)] * (32 - len(row_spans))
        ids.append(row_ids)
        spans.append(padded)
        fractions.append([(a / len(text), b / len(text)) for a, b in padded])
    places = [np.linspace(0, 1, 2 * len(t), dtype=np.float32).reshape(-1, 2) for t in texts]
    lines = Lines(
        list(texts), np.array(quads, np.float32), np.ones(len(texts)), np.ones(len(texts), bool), places
    )
    rows = TokenRows(
        np.arange(len(texts), dtype=np.int32), np.array(ids, np.int32),
        np.zeros((len(texts), 32), np.float32),
        np.array(spans, np.int32), np.array(fractions, np.float32),
    )  # fmt: skip
    return lines, rows


def _tokens(*texts):
    lines, rows = _read(*texts)
    return lines, rows, align.page_tokens(lines, rows, np.eye(3))


def _segments(lines, rows, tokens, labels):
    cuts = np.zeros(rows.ids.shape, np.float32)
    cuts[tokens.where[:, 0], tokens.where[:, 1]] = labels
    cut_rows = CutTokens(rows.row_lines, rows.ids, rows.spans, rows.places, cuts)
    return cut_lines(lines.texts, lines.quads, lines.scores, lines.cuttable, cut_rows)


def test_a_line_is_cut_where_its_truth_boxes_meet():
    lines, rows, tokens = _tokens("Total due 12.50 EUR")
    page = _page(
        boxes=[
            TruthBox((0, 0, 90, 10), "Total due", "total_key"),
            TruthBox((100, 0, 190, 10), "12.50 EUR", "value"),
        ]
    )
    owner = align.owners(tokens.centres, page)
    assert owner.tolist() == [0, 0, 1, 1]
    cuts = align_cuts.cuts_from_boxes(tokens, owner, page)
    assert cuts.labels.tolist() == [0, 0, 1, 0] and cuts.known.tolist() == [0, 1, 1, 1]
    found = _segments(lines, rows, tokens, cuts.labels)
    assert found.texts == ["Total due", "12.50 EUR"]
    assert align.segment_owners(tokens, owner, found.membership, 2).tolist() == [0, 1]


def test_tokens_outside_every_box_say_nothing_about_cuts():
    _, _, tokens = _tokens("one two")
    page = _page(boxes=[TruthBox((500, 500, 600, 510), "else")])
    owner = align.owners(tokens.centres, page)
    assert owner.tolist() == [-1, -1]
    assert align_cuts.cuts_from_boxes(tokens, owner, page).known.tolist() == [0, 0]


def test_cuts_between_loose_texts_and_inside_of_words_are_not_known():
    _, _, tokens = _tokens("one two three")
    boxes = [
        TruthBox((0, 0, 30, 10), "one", "other"),
        TruthBox((40, 0, 70, 10), "two", "other"),
        TruthBox((80, 0, 130, 10), "three", "value"),
    ]
    owner = np.array([0, 1, 2])
    loose = align_cuts.cuts_from_boxes(tokens, owner, _page(boxes=boxes))
    assert (loose.labels.tolist(), loose.known.tolist()) == ([0, 0, 1], [0, 0, 1])
    linked = _page(boxes=boxes, relations=[TruthRelation("same_text", 0, 1)])
    assert align_cuts.cuts_from_boxes(tokens, owner, linked).labels.tolist() == [0, 1, 1]
    glued = replace(tokens, spans=np.array([(0, 3), (3, 7), (7, 13)]))
    assert align_cuts.cuts_from_boxes(glued, owner, linked).known.tolist() == [0, 0, 0]


def test_a_rotated_page_is_aligned_through_its_transform():
    lines, rows = _read("one two")
    turned = np.array([[0.0, -1, 10], [1, 0, 0], [0, 0, 1]])  # x to y: the line runs down the source
    tokens = align.page_tokens(lines, rows, turned)
    owner = align.owners(
        tokens.centres, _page(boxes=[TruthBox((0, 0, 10, 30), "one"), TruthBox((0, 40, 10, 70), "two")])
    )
    assert owner.tolist() == [0, 1]


def test_a_value_inside_a_line_is_cut_out():
    lines, _, tokens = _tokens("Date: 25/12/2018 14:32")
    mentions = align.find_mentions(lines, _page(values={"issue_date": ["25/12/2018"]}))["issue_date"]
    assert [m.parts for m in mentions] == [((0, 6, 16),)]
    cuts = align_cuts.cuts_from_mentions(tokens, mentions)
    assert cuts.labels.tolist() == [0, 1, 1] and cuts.known.tolist() == [0, 1, 1]


def test_values_are_found_as_they_are_printed():
    texts = [
        "ACME SDN. BHD.",
        "NO 5, JALAN SAGU 18,",
        "TAMAN DAYA",
        "TOTAL RM 9.00",
        "CASH 10.00",
        "19.00",
        "25-12-18",
    ]
    assert find_value("seller_name", "ACME SDN BHD", texts) == {((0, 0, 14),)}
    assert find_value("payable_amount", "9.00", texts) == {((3, 6, 13),)}  # with its currency, not in 19.00
    assert find_value("issue_date", "25/12/2018", texts) == {((6, 0, 8),)}
    (address,) = find_value("seller_address", "NO 5, JALAN SAGU 18, TAMAN DAYA", texts)
    assert [part[0] for part in address] == [1, 2]
    assert find_value("seller_name", "NOBODY AT ALL", texts) == set()


@pytest.mark.parametrize(
    ("name", "value", "text", "printed"),
    [
        ("", "Datum", "Datum: 15.12.2023", "Datum:"),
        ("", "43.57", "Total $ 43.57", "$ 43.57"),
        ("", "14,29", "7 14,29 € 3", "14,29 €"),
        ("", "19", "MwSt 19 % netto", "19 %"),
        ("payable_amount", "RM5.00", "RM 5.00 SR", "RM 5.00"),
        ("", "7", "Pos 7 Europa", "7"),
    ],
)
def test_a_value_has_the_marks_that_touch_it(name: str, value: str, text: str, printed: str):
    ((part,),) = find_value(name, value, [text])
    assert text[part[1] : part[2]] == printed


def test_a_part_of_a_date_or_a_time_is_no_amount():
    assert find_value("payable_amount", "5.00", ["28/05/18 11:05", "2018-05-06", "05.11.2018"]) == set()


def test_a_misread_value_is_found():
    assert find_value(
        "seller_name", "BOOK TA .K (TAMAN DAYA) SDN BHD", ["BOOKTA_K(TAMAN DAYA)SDNBHO", "JOHOR"]
    )


def test_every_mention_may_carry_the_field_and_nothing_else_may():
    lines, rows, tokens = _tokens("TOTAL 9.00", "CASH 9.00", "CHANGE 0.00")
    mentions = align.find_mentions(lines, _page(values={"payable_amount": ["9.00"]}))
    cuts = align_cuts.cuts_from_mentions(tokens, mentions["payable_amount"])
    found = _segments(lines, rows, tokens, cuts.labels)
    assert found.texts == ["TOTAL", "9.00", "CASH", "9.00", "CHANGE 0.00"]
    labels = align.label_segments(_page(), np.full(5, -1))
    spans = np.array([(0, 5), (6, 10), (0, 4), (5, 9), (0, 11)])
    align.label_mentions(labels, found, spans, mentions)
    column = FIELDS.index("payable_amount")
    assert labels.groups == [(column, [1, 3])]
    assert labels.fields[:, column].tolist() == [False, True, False, True, False]
    assert (labels.types == align.IGNORE).all() and not labels.targets.any()


def test_the_lines_of_a_labelled_text_follow_each_other_and_a_whole_one_ends():
    lines, rows, tokens = _tokens(
        "HOME MASTER HARDWARE", "AND ELECTRICAL", "LOT 5, JALAN RAJA", "JOHOR", "12.00"
    )
    values = {"seller_name": ["HOME MASTER HARDWARE AND ELECTRICAL"], "seller_address": ["LOT 5, JALAN RAJA"]}
    mentions = align.find_mentions(lines, _page(values=values))
    found = _segments(lines, rows, tokens, np.zeros(len(tokens.lines)))
    labels = align.label_segments(_page(), np.full(5, -1))
    spans = np.array([(0, len(text)) for text in found.texts])
    align.label_mentions(labels, found, spans, mentions)
    same_text = RELATIONS.index("same_text")
    before = labels.sources[same_text]
    assert labels.targets[same_text].tolist() == [False, True, True, True, True]
    assert np.flatnonzero(before[1]).tolist() == [1], "the second line of the name has the first before it"
    assert np.flatnonzero(before[2]).tolist() == [0], "the address begins"
    assert not before[3, 3] and before[3, [0, 1, 2, 4]].all(), "and what follows it is no part of it"


def test_a_box_that_is_none_of_some_fields_may_have_any_other():
    excluded = ("seller_name", "payable_amount")
    page = _page(boxes=[TruthBox((0, 0, 1, 1), "Cashier: Ann", label="Others", excluded=excluded)])
    (allowed,) = align.label_segments(page, np.array([0])).fields
    assert [name for name, may in zip(FIELDS, allowed, strict=True) if not may] == list(excluded)


def test_relations_of_pieces():
    boxes = [TruthBox((0, 0, 1, 1), "key", "key"), TruthBox((2, 0, 3, 1), "long value", "value", "unknown")]
    page = _page(
        boxes=boxes, relations=[TruthRelation("key_value", 0, 1)],
        labelled_relations=frozenset({"key_value", "same_text"}), page_class="form",
    )  # fmt: skip
    labels = align.label_segments(page, np.array([0, 1, 1, -1]))
    key_value, same_text = RELATIONS.index("key_value"), RELATIONS.index("same_text")
    assert np.flatnonzero(labels.sources[key_value, 1]).tolist() == [1]  # source 0, counted from "none"
    assert labels.sources[key_value, 0, 0] and labels.targets[key_value].tolist() == [
        True,
        True,
        False,
        False,
    ]
    assert np.flatnonzero(labels.sources[same_text, 2]).tolist() == [2]
    assert not labels.targets[RELATIONS.index("cell_item")].any()
    assert labels.types.tolist() == [
        TYPES.index("key"),
        TYPES.index("value"),
        TYPES.index("value"),
        align.IGNORE,
    ]
    assert labels.page_class == 3


def test_a_source_that_reading_lost_leaves_its_target_unknown():
    page = _page(
        boxes=[TruthBox((0, 0, 1, 1), "k", "key"), TruthBox((2, 0, 3, 1), "v", "value")],
        relations=[TruthRelation("key_value", 0, 1)], labelled_relations=frozenset({"key_value"}),
    )  # fmt: skip
    labels = align.label_segments(page, np.array([1]))
    assert labels.targets[RELATIONS.index("key_value")].tolist() == [False]
