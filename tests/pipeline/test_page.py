"""Upright pages and canvases: points find their way back to the source."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docfuse_pipeline import page as page_module
from docfuse_pipeline.page import letterbox, map_points, orientation_thumbnail, quarter_turns, rectify
from docfuse_pipeline.settings import CANVASES


def marked(height: int, width: int, x: float, y: float, radius: int = 3) -> np.ndarray:
    image = np.full((height, width, 3), 255, np.uint8)
    cv2.rectangle(
        image, (int(x) - radius, int(y) - radius), (int(x) + radius, int(y) + radius), (0, 0, 0), -1
    )
    return image


def ink_centre(image: np.ndarray) -> np.ndarray:
    weight = 255.0 - image[..., 0]
    y, x = np.mgrid[: image.shape[0], : image.shape[1]] + 0.5
    return np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum()


@settings(max_examples=60, deadline=None)
@given(
    size=st.tuples(st.integers(80, 400), st.integers(80, 400)),
    place=st.tuples(st.floats(0.1, 0.9), st.floats(0.1, 0.9)),
    turns=st.integers(0, 3),
    skew=st.one_of(st.just(0.0), st.floats(-15, 15)),
    long_side=st.sampled_from([100, 250, 3200]),
)
def test_a_mark_on_the_page_maps_to_the_same_mark_in_the_source(size, place, turns, skew, long_side):
    height, width = size
    image = marked(height, width, place[0] * width, place[1] * height)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page_module, "PAGE_LONG_SIDE", long_side)
        result = rectify(image, turns, skew)
    assert max(result.page.shape) <= long_side
    seen = map_points(result.transform, ink_centre(result.page))
    pixel = max(1.0, max(size) / long_side)
    assert np.abs(seen - ink_centre(image)).max() < 0.75 * pixel


@settings(deadline=None)
@given(
    turns=st.integers(0, 3),
    skew=st.floats(-15, 15),
    points=st.lists(st.tuples(st.floats(0, 300), st.floats(0, 200)), min_size=1, max_size=9),
)
def test_page_to_source_and_back(turns, skew, points):
    transform = rectify(np.zeros((200, 300, 3), np.uint8), turns, skew, reduction=2.0).transform
    there = map_points(transform, np.array(points))
    assert np.allclose(map_points(np.linalg.inv(transform), there), points, atol=1e-6)


def test_quarter_turn_transforms_by_hand():
    image = np.zeros((20, 30, 3), np.uint8)
    # top left corner of the upright page, in the source that was turned clockwise
    for turns, corner in enumerate([(0, 0), (30, 0), (30, 20), (0, 20)]):
        result = rectify(image, turns, 0.0)
        assert map_points(result.transform, np.zeros(2)).tolist() == list(corner)
        assert result.page.shape[:2] == ((20, 30) if turns % 2 == 0 else (30, 20))


def test_reduction_reaches_the_transform():
    transform = rectify(np.zeros((20, 30, 3), np.uint8), 0, 0.0, reduction=4.0).transform
    assert map_points(transform, np.array([30.0, 20.0])).tolist() == [120.0, 80.0]


def test_clockwise_slant_is_undone():
    line = np.full((400, 400, 3), 255, np.uint8)
    slope = np.tan(np.radians(5))
    cv2.line(line, (50, 100), (350, round(100 + 300 * slope)), (0, 0, 0), 2)  # falls to the right: clockwise
    page = rectify(line, 0, 5.0).page
    rows = np.flatnonzero((page[..., 0] < 100).any(1))
    assert np.ptp(rows) <= 4


@pytest.mark.parametrize(
    ("size", "canvas"), [((1600, 1200), "portrait"), ((700, 1000), "landscape"), ((1800, 600), "tall")]
)
def test_letterbox_chooses_the_canvas_that_shows_most(size, canvas):
    picture, scale = letterbox(np.zeros((*size, 3), np.uint8))
    assert picture.shape == (*CANVASES[canvas], 3)
    rows, columns = round(size[0] * scale), round(size[1] * scale)
    assert rows == picture.shape[0] or columns == picture.shape[1]
    assert picture[:rows, :columns].max() == 0
    assert picture[rows:].min(initial=255) == picture[:, columns:].min(initial=255) == 255


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (30, 20)])
def test_strange_sizes_pass_through(size):
    picture, scale = letterbox(np.zeros((*size, 3), np.uint8))
    assert picture.shape[:2] in CANVASES.values()
    assert 0 < scale <= page_module.LARGEST_ENLARGEMENT
    assert orientation_thumbnail(np.zeros((*size, 3), np.uint8)).shape == (224, 224, 3)
    assert rectify(np.zeros((*size, 3), np.uint8), 1, 3.0).page.ndim == 3


def test_thumbnail_is_the_centre():
    image = np.zeros((256, 512, 3), np.uint8)
    image[16:240, 144:368] = 200
    assert np.all(orientation_thumbnail(image) == 200)


def test_an_unsure_orientation_changes_nothing():
    assert quarter_turns(np.array([0.05, 0.85, 0.05, 0.05])) == 1
    assert quarter_turns(np.array([0.1, 0.5, 0.3, 0.1])) == 0
