"""Text maps to quads, and the order in which they are read."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docfuse_pipeline.detection import (
    find_lines,
    find_quads,
    ordered_corners,
    reading_order,
    sides,
)
from docfuse_pipeline.settings import MAX_NODES
from docfuse_pipeline.traits import DEFAULT


def box(x1: float, y1: float, x2: float, y2: float) -> np.ndarray:
    return np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]], np.float32)


def test_one_rectangle_by_hand():
    text_map = np.zeros((320, 640), np.uint8)
    text_map[100:111, 50:251] = 204
    quads, scores = find_quads(text_map, 0.5, (640, 1280))
    # dilation takes in one row and one column of nothing
    assert scores == pytest.approx([0.8 * (201 * 11) / (202 * 12)], abs=1e-4)
    # corners of the ink on the canvas: 50..251 (one dilated), 100..111, as contour points
    length, height = 201, 11
    offset = DEFAULT.detector.unclip * length * height / (2 * (length + height))
    expected = box(50 - offset, 100 - offset, 251 + offset, 111 + offset) * 2
    assert quads[0] == pytest.approx(expected, abs=4)
    assert quads[0, 0] == pytest.approx(quads[0].min(0))


@pytest.mark.parametrize("angle", [-20, -3, 7, 30])
def test_slanted_lines_start_at_their_top_left(angle):
    text_map = np.zeros((640, 640), np.uint8)
    corners = cv2.boxPoints(((320, 320), (300, 20), angle))
    cv2.fillPoly(text_map, [corners.astype(np.int32)], (255,))
    quads, _ = find_quads(text_map, 1.0, (640, 640))
    along = quads[0, 1] - quads[0, 0]
    assert np.degrees(np.arctan2(along[1], along[0])) == pytest.approx(angle, abs=1.0)
    length, height = sides(quads)
    assert 300 < length[0] < 345
    assert 20 < height[0] < 60


def test_vertical_text_begins_at_its_top_right_but_a_lone_one_does_not():
    text_map = np.zeros((640, 640), np.uint8)
    for row in range(4):
        text_map[50 + 60 * row : 70 + 60 * row, 50:300] = 255
    text_map[50:300, 500:520] = 255  # runs downwards
    text_map[400:422, 100:108] = 255  # a 1
    quads, _ = find_quads(text_map, 1.0, (640, 640))
    vertical = quads[np.argmax(quads[:, :, 0].min(1))]
    assert vertical[1, 1] > vertical[0, 1] + 200
    assert vertical[0, 0] > vertical[3, 0]
    one = quads[np.argmax(quads[:, :, 1].min(1))]
    assert one[1, 0] > one[0, 0]
    assert one[3, 1] > one[0, 1]


def test_weak_and_tiny_spots_are_no_text():
    text_map = np.zeros((320, 320), np.uint8)
    text_map[50:60, 50:200] = 100  # over the ink threshold, under the box threshold
    text_map[100:102, 100:102] = 255
    quads, scores = find_quads(text_map, 1.0, (320, 320))
    assert quads.shape == (0, 4, 2)
    assert scores.shape == (0,)


def test_nothing_beyond_the_page_is_seen():
    text_map = np.full((320, 320), 255, np.uint8)
    quads, _ = find_quads(text_map, 2.0, (50, 100))
    assert quads.min() >= 0
    assert quads[..., 0].max() <= 100
    assert quads[..., 1].max() <= 50


def test_more_lines_than_the_limit_are_counted():
    text_map = np.zeros((1600, 1600), np.uint8)
    for y in range(0, 1600, 20):
        for x in range(0, 1600, 80):
            text_map[y + 4 : y + 12, x + 4 : x + 60] = 255
    quads, dropped = find_lines(text_map, 1.0, (1600, 1600))
    assert len(quads) == MAX_NODES
    assert dropped == 80 * 20 - MAX_NODES
    assert quads[0].mean() < quads[-1].mean()


@settings(max_examples=50)
@given(st.integers(0, 3), st.booleans(), st.floats(-40, 40))
def test_corner_order_does_not_depend_on_what_it_was(shift, flip, angle):
    rectangle = cv2.boxPoints(((100, 100), (80, 20), angle))
    shuffled = np.roll(rectangle[::-1] if flip else rectangle, shift, axis=0)
    quad = ordered_corners(shuffled[None])[0]
    turn = np.radians(angle)
    along = np.array([np.cos(turn), np.sin(turn)])
    down = np.array([-np.sin(turn), np.cos(turn)])
    expected = [
        np.array([100, 100]) + a * 40 * along + d * 10 * down for a, d in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    assert quad == pytest.approx(np.array(expected), abs=1e-3)


def table(rows: int, columns: int) -> np.ndarray:
    return np.array(
        [box(100 * c, 40 * r, 100 * c + 80, 40 * r + 20) for r in range(rows) for c in range(columns)]
    )


@pytest.mark.parametrize("angle", [-6, -2, 0, 2, 6])
def test_rows_survive_a_slant(angle):
    quads = table(12, 6)
    turn = np.radians(angle)
    slanted = quads @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    assert reading_order(slanted).tolist() == list(range(72))


@given(st.permutations(range(20)))
def test_reading_order_does_not_depend_on_the_order_given(order):
    quads = table(5, 4)
    assert np.array(order)[reading_order(quads[list(order)])].tolist() == list(range(20))


def test_a_tall_box_beside_small_ones_does_not_join_their_rows():
    quads = np.array([box(0, 0, 80, 20), box(0, 40, 80, 60), box(0, 80, 80, 100), box(200, 0, 400, 100)])
    assert reading_order(quads)[0] == 0
    assert [index for index in reading_order(quads) if index < 3] == [0, 1, 2]


def test_order_of_nothing():
    assert len(reading_order(np.zeros((0, 4, 2)))) == 0
