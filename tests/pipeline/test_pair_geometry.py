"""Pair geometry against hand-computed cases, and its invariances."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docfuse_pipeline.geometry import GEOMETRY_FEATURES, GEOMETRY_WIDTH, pair_geometry

# A 50×10, B 20×10 right of it with a gap of 10, C 50×10 below A with a gap of 10, D 20×10 right of B.
BOXES = np.array([[10, 10, 60, 20], [70, 10, 90, 20], [10, 30, 60, 40], [100, 10, 120, 20]], np.float32)
A, B, C, D = range(4)


def squash(units: float) -> float:
    return math.copysign(math.log1p(abs(units)) / 4, units)


def between(source: int, target: int) -> dict[str, float]:
    features = pair_geometry(BOXES, np.ones(len(BOXES)))[source, target]
    return dict(zip(GEOMETRY_FEATURES, features.tolist(), strict=True))


def test_neighbour_to_the_right():
    # unit: the mean height, 10; centre of B minus centre of A is 80 - 35 = 45
    assert between(A, B) == pytest.approx(
        {
            "centre_x": squash(4.5), "centre_y": 0, "left": squash(6), "right": squash(3), "top": 0,
            "bottom": 0,
            "gap_x": squash(1), "gap_y": squash(-1), "width_ratio": math.log(20 / 50) / 2, "height_ratio": 0,
            "overlap_x": 0, "overlap_y": 1, "same_row": 1, "same_column": 0, "nearest_right": 1,
            "nearest_below": 0,
        },
        abs=1e-6,
    )  # fmt: skip


def test_neighbour_below():
    assert between(A, C) == pytest.approx(
        {
            "centre_x": 0, "centre_y": squash(2), "left": 0, "right": 0, "top": squash(2),
            "bottom": squash(2),
            "gap_x": squash(-5), "gap_y": squash(1), "width_ratio": 0, "height_ratio": 0,
            "overlap_x": 1, "overlap_y": 0, "same_row": 0, "same_column": 1, "nearest_right": 0,
            "nearest_below": 1,
        },
        abs=1e-6,
    )  # fmt: skip


def test_only_the_nearest_of_a_row_is_nearest():
    assert between(A, D)["same_row"] == 1
    assert between(A, D)["nearest_right"] == 0
    assert between(B, D)["nearest_right"] == 1
    assert between(D, B)["nearest_right"] == 0


def test_a_box_inside_another_overlaps_fully():
    boxes = np.array([[0, 0, 100, 20], [40, 5, 60, 15]], np.float32)
    features = dict(zip(GEOMETRY_FEATURES, pair_geometry(boxes, np.ones(2))[0, 1].tolist(), strict=True))
    assert features["overlap_x"] == features["overlap_y"] == 1
    assert features["same_row"] == features["same_column"] == 1


def test_half_an_overlap():
    boxes = np.array([[0, 0, 40, 10], [30, 100, 50, 110]], np.float32)
    features = dict(zip(GEOMETRY_FEATURES, pair_geometry(boxes, np.ones(2))[0, 1].tolist(), strict=True))
    assert features["overlap_x"] == pytest.approx(0.5)  # 10 of the narrower 20
    assert features["same_column"] == 1


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_boxes(count):
    geometry = pair_geometry(BOXES[:count], np.ones(count))
    assert geometry.shape == (count, count, GEOMETRY_WIDTH)
    assert geometry.dtype == np.float32
    assert np.isfinite(geometry).all()


def test_nothing_but_padding_is_zero():
    assert not pair_geometry(np.zeros((3, 4)), np.zeros(3)).any()


pages = st.lists(
    st.tuples(st.integers(0, 800), st.integers(0, 1100), st.integers(1, 300), st.integers(1, 60)),
    min_size=1,
    max_size=12,
).map(lambda rows: np.array([[x, y, x + w, y + h] for x, y, w, h in rows], np.float32))


@given(pages, st.integers(-500, 500), st.integers(-500, 500))
def test_moving_the_page_changes_nothing(boxes, right, down):
    mask = np.ones(len(boxes))
    moved = boxes + np.array([right, down, right, down], np.float32)
    np.testing.assert_allclose(pair_geometry(moved, mask), pair_geometry(boxes, mask), atol=1e-5)


@given(pages, st.integers(1, 5))
def test_padding_changes_nothing(boxes, padding):
    count = len(boxes)
    padded = np.concatenate([boxes, np.full((padding, 4), 77, np.float32)])
    mask = np.concatenate([np.ones(count), np.zeros(padding)])
    geometry = pair_geometry(padded, mask)
    np.testing.assert_allclose(geometry[:count, :count], pair_geometry(boxes, np.ones(count)), atol=1e-6)
    assert not geometry[count:].any() and not geometry[:, count:].any()


@given(pages, st.randoms())
def test_order_of_boxes_does_not_matter(boxes, random):
    order = list(range(len(boxes)))
    random.shuffle(order)
    mask = np.ones(len(boxes))
    expected = pair_geometry(boxes, mask)[order][:, order]
    np.testing.assert_allclose(pair_geometry(boxes[order], mask), expected, atol=1e-5)
