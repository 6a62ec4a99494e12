"""Lines from the recogniser and from a caller."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docfuse_pipeline.advances import estimated_places
from docfuse_pipeline.alphabet import ALPHABET
from docfuse_pipeline.ctc import LATE
from docfuse_pipeline.errors import BadPageError
from docfuse_pipeline.lines import decoded_texts, given_lines, read_lines
from docfuse_pipeline.page import map_points, rectify
from docfuse_pipeline.settings import MAX_NODES
from docfuse_pipeline.text_tensors import line_tensors

EYE = np.eye(3)
SIZE = (400, 300)


def box(x: float, y: float, width: float, height: float) -> np.ndarray:
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float32)


def seen(text: str, width: int) -> np.ndarray:
    steps = np.zeros(width // 4, np.int32)
    steps[: 2 * len(text) : 2] = [ALPHABET.index(character) for character in text]
    return steps


def test_readings_come_back_in_the_order_of_the_quads():
    quads = np.array([box(0, 0, 200, 32), box(0, 60, 100, 32), box(0, 120, 95, 32), box(0, 180, 90, 32)])
    rows = {112: np.array([1, 2, 3], np.int32), 192: np.array([0], np.int32)}
    characters = {
        112: np.stack([seen(t, 112) for t in ("Total", "", "9.00")]),
        192: seen("MARKET", 192)[None],
    }
    probabilities = {w: np.full(c.shape, 0.75, np.float32) for w, c in characters.items()}
    lines = read_lines(quads, rows, characters, probabilities, dropped=2)
    assert lines.texts == ["MARKET", "Total", "9.00"]
    assert np.array_equal(lines.quads, quads[[0, 1, 3]])
    assert lines.scores == pytest.approx([0.75] * 3)
    assert lines.cuttable.all()
    assert lines.dropped == 2
    # "Tot" is seen at 0.5, 2.5 and 4.5: a capital takes more of what lies between, a t less
    begin, end = 0.5 + 2 * 1.2 / (1.2 + 1), 2.5 + 2 * 1 / (1 + 0.65)
    assert lines.places[1][1] == pytest.approx([(b - LATE) * 4 / 112 for b in (begin, end)], abs=1e-6)


def test_boxes_without_text_are_kept_beside_others():
    lines = given_lines(np.array([[0, 0, 90, 9], [0, 20, 90, 40]]), ["Signature:", " "], True, EYE, SIZE)
    assert lines.texts == ["Signature:", ""]
    assert lines.quads[1].tolist() == [[0, 20], [90, 20], [90, 40], [0, 40]]
    assert [len(places) for places in lines.places] == [10, 0]


def test_no_lines_become_one_empty_line_that_does_not_count():
    tensors = line_tensors(given_lines(np.array([[0, 0, 9, 9]]), [" "], True, EYE, SIZE))
    assert tensors["LINE_TEXT"].tolist() == [b""]
    assert tensors["LINE_QUADS"].shape == (1, 4, 2)
    assert tensors["LINE_COUNTS"].tolist() == [0, 0]
    assert {name: tensor.dtype for name, tensor in tensors.items()} == {
        "LINE_TEXT": np.dtype(object),
        "LINE_QUADS": np.float32,
        "LINE_SCORES": np.float32,
        "LINE_CUTTABLE": np.bool_,
        "LINE_COUNTS": np.int32,
    }


@given(turns=st.integers(0, 3), skew=st.floats(-15, 15))
def test_given_boxes_are_found_back_in_the_source(turns, skew):
    transform = rectify(np.zeros((300, 400, 3), np.uint8), turns, skew).transform
    lines = given_lines(np.array([[10, 20, 110, 50]]), ["Größe"], False, transform, SIZE)
    assert lines.texts == ["Größe"]
    assert not lines.cuttable.any()
    back = map_points(transform, lines.quads[0])
    assert back == pytest.approx(box(10, 20, 100, 30), abs=1e-3)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([10, 10, 10, 20], "x2 must exceed x1"),
        ([10, 20, 30, 10], "y2 must exceed y1"),
        ([np.nan, 0, 1, 1], "not finite"),
        ([0, 0, np.inf, 1], "not finite"),
        ([500, 10, 600, 20], "outside the page of 400 × 300"),
        ([-50, 10, -1, 20], "outside the page"),
    ],
)
def test_a_bad_box_is_named(row, message):
    boxes = np.array([[0, 0, 5, 5], row], np.float32)
    with pytest.raises(BadPageError, match=rf"BOXES\[1\].*{message}"):
        given_lines(boxes, ["a", "b"], True, EYE, SIZE)


def test_counts_must_agree():
    with pytest.raises(BadPageError, match="2 BOXES and 1 TEXT"):
        given_lines(np.ones((2, 4)), ["a"], True, EYE, SIZE)


def test_text_must_be_utf8():
    assert decoded_texts(np.array([b"caf\xc3\xa9"], np.object_)) == ["café"]
    with pytest.raises(BadPageError, match="UTF-8"):
        decoded_texts(np.array([b"caf\xe9"], np.object_))


def test_boxes_are_clipped_to_the_page():
    lines = given_lines(np.array([[-10, -5, 500, 20]]), ["a"], True, EYE, SIZE)
    assert lines.quads[0].tolist() == box(0, 0, 400, 20).tolist()


def test_more_boxes_than_the_limit_are_counted():
    count = 1500
    lines = given_lines(np.tile([0, 0, 9, 9], (count, 1)), ["x"] * count, True, EYE, SIZE)
    assert len(lines.texts) == MAX_NODES
    assert lines.dropped == count - MAX_NODES


def test_estimated_places_follow_the_advance_widths():
    places = estimated_places("1i W")
    widths = places[:, 1] - places[:, 0]
    assert widths == pytest.approx(np.array([1, 0.5, 0.5, 1.5]) / 3.5)
    assert places[0, 0] == 0
    assert places[-1, 1] == 1
    assert estimated_places("").shape == (0, 2)
