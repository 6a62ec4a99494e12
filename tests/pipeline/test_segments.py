"""Lines cut into segments, tokens pooled, nodes padded."""

import time

import numpy as np
import pytest

from docfuse_pipeline import settings
from docfuse_pipeline.nodes import make_segments, node_boxes, pad_nodes, pool_tokens, semantic_features
from docfuse_pipeline.segments import PAD, Segments, TokenRows, cut_lines, part_of_quads
from docfuse_pipeline.specification import BACKBONE_CANVAS, SEGMENTS_STEP

Token = tuple[int, int, float]
"""First and one-past-last character, probability of a cut."""
T = settings.ROW_TOKENS


def token_rows(lines: list[tuple[str, list[Token]]], per_row: int = T) -> TokenRows:
    """Token rows of lines whose characters are evenly wide; `per_row` tokens a row."""
    rows = []
    for number, (text, tokens) in enumerate(lines):
        for begin in range(0, len(tokens), per_row):
            rows.append((number, text, tokens[begin : begin + per_row]))
    rows = rows or [(-1, "", [])]
    ids = np.full((len(rows), T), PAD, np.int32)
    spans, places = np.zeros((len(rows), T, 2), np.int32), np.zeros((len(rows), T, 2), np.float32)
    cuts = np.zeros((len(rows), T), np.float32)
    for row, (_, text, tokens) in enumerate(rows):
        for place, (begin, end, cut) in enumerate(tokens):
            ids[row, place], spans[row, place], cuts[row, place] = 100, (begin, end), cut
            places[row, place] = begin / len(text), end / len(text)
    return TokenRows(np.array([row[0] for row in rows], np.int32), ids, spans, places, cuts)


def cut(*lines: tuple[str, list[Token]], cuttable: bool = True, per_row: int = T) -> Segments:
    """Cut lines that are each 12 characters of 10 × 10 pixels, 20 pixels below each other."""
    corners = [[[0, y], [120, y], [120, y + 10], [0, y + 10]] for y in range(0, 20 * len(lines), 20)]
    quads = np.array(corners, np.float32).reshape(-1, 4, 2)
    scores = np.linspace(0.9, 0.8, len(lines))
    rows = token_rows(list(lines), per_row)
    return cut_lines([text for text, _ in lines], quads, scores, np.full(len(lines), cuttable), rows)


TOTAL = "Total: 12.50"


def test_key_and_value_share_a_line():
    segments = cut((TOTAL, [(0, 5, 0.1), (5, 6, 0.1), (7, 12, 0.9)]))
    assert segments.texts == ["Total:", "12.50"]
    assert segments.quads.tolist() == [
        [[0, 0], [60, 0], [60, 10], [0, 10]],
        [[70, 0], [120, 0], [120, 10], [70, 10]],
    ]
    assert segments.lines.tolist() == [0, 0]
    assert segments.scores.tolist() == pytest.approx([0.9, 0.9])
    assert segments.membership[0, :4].tolist() == [0, 0, 1, -1]


def test_a_lone_colon_goes_to_the_left():
    segments = cut((TOTAL, [(0, 5, 0.0), (5, 6, 0.9), (7, 12, 0.9)]))
    assert segments.texts == ["Total:", "12.50"]
    assert segments.membership[0, :3].tolist() == [0, 0, 1]


def test_a_colon_at_the_front_of_a_value_goes_to_the_left():
    segments = cut((TOTAL, [(0, 5, 0.0), (5, 6, 0.9), (7, 12, 0.1)]))
    assert segments.texts == ["Total:", "12.50"]


def test_a_dash_between_two_dates_goes_to_the_left():
    segments = cut(("12/30/19 - 03/29/20", [(0, 8, 0), (9, 10, 0.8), (11, 19, 0.2)]))
    assert segments.texts == ["12/30/19 -", "03/29/20"]


def test_a_minus_stays_with_its_number():
    assert cut(("Rabatt -5,00", [(0, 6, 0), (7, 8, 0.9), (8, 12, 0)])).texts == ["Rabatt", "-5,00"]


def test_what_dots_lead_to_is_a_segment_of_its_own():
    segments = cut(("SUM .... 9.5", [(0, 3, 0.1), (4, 8, 0.1), (9, 12, 0.1)]))
    assert segments.texts == ["SUM ....", "9.5"]
    assert cut(("SUM ... 9.50", [(0, 3, 0.1), (4, 7, 0.1), (8, 12, 0.1)])).texts == ["SUM ... 9.50"]


def test_brackets_stay_with_what_they_hold():
    text = "Tax (7%) 9.0"
    parts = cut((text, [(0, 3, 0.0), (4, 5, 0.9), (5, 7, 0.9), (7, 8, 0.9), (9, 12, 0.9)]))
    assert parts.texts == ["Tax", "(7%)", "9.0"]


def test_a_colon_before_everything_is_no_segment():
    assert cut((": 12.50", [(0, 1, 0), (2, 7, 0.9)])).texts == [": 12.50"]


def test_a_colon_after_everything_is_no_segment():
    assert cut(("Total :", [(0, 5, 0), (6, 7, 0.9)])).texts == ["Total :"]


def test_a_line_that_may_not_be_cut_stays_whole():
    assert cut((TOTAL, [(0, 6, 0.9), (7, 12, 0.9)]), cuttable=False).texts == [TOTAL]


def test_a_line_without_tokens_is_one_segment():
    segments = cut(("###", []), ("", []), ("ab", [(0, 2, 0.0)]))
    assert segments.texts == ["###", "", "ab"]
    assert segments.lines.tolist() == [0, 1, 2]
    assert segments.quads[0].tolist() == [[0, 0], [120, 0], [120, 10], [0, 10]]


def test_a_line_of_several_rows_is_cut_across_them():
    tokens = [(0, 5, 0.0), (5, 6, 0.0), (7, 9, 0.9), (9, 12, 0.0)]
    segments = cut((TOTAL, tokens), ("next", [(0, 4, 0.0)]), per_row=3)
    assert segments.texts == ["Total:", "12.50", "next"]
    assert segments.membership[:, :3].tolist() == [[0, 0, 1], [1, -1, -1], [2, -1, -1]]


def test_part_of_a_slanted_quad():
    quad = np.array([[[0, 0], [100, 50], [90, 70], [-10, 20]]], np.float32)
    part = part_of_quads(quad, np.array([[0.2, 0.5]]))
    assert part.tolist() == [[[20, 10], [50, 25], [40, 45], [10, 30]]]


def test_pooling_is_the_mean_of_a_segments_tokens():
    features = np.zeros((2, T, 3), np.float16)
    features[0, 0], features[0, 1], features[1, 0] = (1, 2, 3), (3, 4, 5), (7, 7, 7)
    membership = np.full((2, T), -1)
    membership[0, :2], membership[1, 0] = 0, 2
    assert pool_tokens(features, membership, 3).tolist() == [[2, 3, 4], [0, 0, 0], [7, 7, 7]]


def test_node_boxes_are_upright_hulls_on_the_canvas():
    quad = np.array([[[10, 20], [110, 30], [108, 50], [8, 40]]], np.float32)
    assert node_boxes(quad, 0.5).tolist() == [[4, 10, 55, 25]]


@pytest.mark.parametrize(("count", "size"), [(0, 64), (1, 64), (64, 64), (65, 128), (1024, 1024)])
def test_nodes_are_padded_to_the_smallest_bucket(count, size):
    segments = cut(*[("ab", [(0, 2, 0.0)])] * count)
    semantic = semantic_features(segments, np.ones((max(count, 1), T, settings.TOKEN_WIDTH), np.float16))
    nodes = pad_nodes(segments, semantic, 1.0)
    assert nodes["NODE_MASK"].shape == (1, size) and nodes["NODE_MASK"].sum() == count
    assert nodes["SEMANTIC"].shape == (1, size, settings.SEMANTIC_WIDTH)
    assert nodes["NODE_BOXES"].shape == (1, size, 4)
    assert not nodes["NODE_BOXES"][0, count:].any() and not nodes["SEMANTIC"][0, count:].any()


def step_inputs(lines: list[tuple[str, list[Token]]], dropped: int = 0) -> dict[str, np.ndarray]:
    rows = token_rows(lines)
    texts = [text.encode() for text, _ in lines] or [b""]
    tops = 20 * np.arange(len(texts), dtype=np.float32)
    corners = np.array([[0, 0], [120, 0], [120, 10], [0, 10]], np.float32)
    return {
        "LINE_TEXT": np.array(texts, object),
        "LINE_QUADS": corners + np.stack([np.zeros_like(tops), tops], -1)[:, None],
        "LINE_SCORES": np.full(len(texts), 0.9, np.float32),
        "LINE_CUTTABLE": np.full(len(texts), True),
        "LINE_COUNTS": np.array([len(lines), dropped], np.int32),
        "ROW_LINES": rows.lines,
        "TOKEN_IDS": rows.ids,
        "TOKEN_GAPS": np.zeros(rows.ids.shape, np.float32),
        "TOKEN_SPANS": rows.spans,
        "TOKEN_PLACES": rows.places,
        "TOKEN_FEATURES": np.ones((*rows.ids.shape, settings.TOKEN_WIDTH), np.float16),
        "CUTS": rows.cuts,
        "SCALE": np.array([0.5], np.float32),
    }


DTYPES = {"FP16": np.float16, "FP32": np.float32, "INT32": np.int32, "BYTES": object}


@pytest.mark.parametrize("count", [0, 1, 3, 600])
def test_the_step_emits_what_the_specification_says(count):
    lines = [(TOTAL, [(0, 6, 0.0), (7, 12, 0.9)])] * count
    outputs = make_segments(step_inputs(lines))
    made = [tensor for tensor in SEGMENTS_STEP.outputs if tensor.name != BACKBONE_CANVAS.name]  # handed on
    assert set(outputs) == {tensor.name for tensor in made}
    for tensor in made:
        array = outputs[tensor.name]
        assert array.dtype == DTYPES[tensor.dtype], tensor.name
        assert len(array.shape) == len(tensor.dims), tensor.name
        assert all(want in (-1, got) for got, want in zip(array.shape, tensor.config_dims, strict=True)), (
            tensor.name
        )


def test_an_empty_page_has_no_nodes():
    outputs = make_segments(step_inputs([], dropped=2))
    assert outputs["SEGMENT_COUNTS"].tolist() == [0, 2]
    assert outputs["SEGMENT_TEXT"].tolist() == [b""]
    assert not outputs["NODE_MASK"].any()


def test_the_first_segments_are_kept_and_the_others_counted():
    lines = [(TOTAL, [(0, 6, 0.0), (7, 12, 0.9)])] * 600
    outputs = make_segments(step_inputs(lines, dropped=5))
    assert outputs["SEGMENT_COUNTS"].tolist() == [1024, 1200 - 1024 + 5]
    assert outputs["SEGMENT_LINES"].tolist() == [line for line in range(512) for _ in range(2)]


def test_a_hundred_segments_take_few_milliseconds():
    inputs = step_inputs([(TOTAL, [(0, 6, 0.0), (7, 12, 0.9)])] * 50)
    make_segments(inputs)
    begin = time.process_time()
    for _ in range(5):
        make_segments(inputs)
    assert (time.process_time() - begin) / 5 < 0.010
