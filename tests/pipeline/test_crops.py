"""Crops by width bucket."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docfuse_pipeline import crops as crops_module
from docfuse_pipeline.crops import Crops, crop_widths, cut_crops
from docfuse_pipeline.settings import CROP_CAPS, CROP_PAD, CROP_WIDTHS


def box(x: float, y: float, width: float, height: float) -> np.ndarray:
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float32)


@pytest.fixture(scope="module")
def page() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (800, 2000, 3)).astype(np.uint8)


def test_widths_by_hand():
    quads = np.array([box(0, 0, 40, 32), box(0, 0, 62, 16), box(0, 0, 4000, 32), box(5, 5, 0, 0)])
    buckets, widths = crop_widths(quads)
    # 40 stretches to 52; 124 is squeezed into 112; 4000 into the widest; a point has one column
    assert buckets.tolist() == [0, 1, 5, 0]
    assert widths.tolist() == [52, 112, 1280, 1]


def test_proportions_change_little():
    lengths = np.arange(10, 1700, 7)
    quads = np.array([box(0, 0, length, 32) for length in lengths])
    buckets, widths = crop_widths(quads)
    assert np.all(widths <= np.array(CROP_WIDTHS)[buckets])
    change = widths / lengths
    assert change.min() >= 0.74
    assert change.max() <= 1.31


def test_an_upright_crop_that_fits_is_the_page_itself(page):
    quads = np.array([box(30, 70, 112, 32), box(10, 200, 288, 32), box(10, 300, 70, 32)])
    by_width = cut_crops(page, quads).by_width
    pixels, rows = by_width[112]
    assert rows.tolist() == [0]
    assert np.array_equal(pixels[0], page[70:102, 30:142])
    assert np.array_equal(by_width[288][0][0], page[200:232, 10:298])
    # 40 columns are stretched to 52, the rest is padding
    pixels, rows = cut_crops(page, np.array([box(10, 300, 40, 32)])).by_width[64]
    assert np.all(pixels[0, :, 52:] == CROP_PAD)
    assert np.array_equal(pixels[0, :, :52], cv2.resize(page[300:332, 10:50], (52, 32)))


def test_a_large_line_is_brought_down_by_area(page):
    pixels, _ = cut_crops(page, np.array([box(0, 0, 1120, 320)])).by_width[112]
    expected = page[:320, :1120].reshape(32, 10, 112, 10, 3).mean((1, 3))
    assert np.abs(pixels[0] - expected).max() <= 1


def test_a_width_without_crops_is_left_out(page):
    quads = np.array([box(0, 0, 100, 32), box(0, 100, 500, 32)])
    assert cut_crops(page, quads).by_width.keys() == {112, 512}


def test_no_quads(page):
    assert cut_crops(page, np.zeros((0, 4, 2), np.float32)) == Crops({}, 0)


@pytest.mark.parametrize("angle", [-25, 4, 90, 180])
def test_a_warped_crop_shows_the_text_upright(angle):
    line = np.full((32, 288, 3), 255, np.uint8)
    line[:, :100] = (255, 0, 0)
    line[:16, 100:200] = (0, 0, 255)
    turn = cv2.getRotationMatrix2D((144, 16), -angle, 1) + np.array([[0, 0, 256], [0, 0, 384]])
    page = cv2.warpAffine(line, turn, (800, 800), borderValue=(255, 255, 255))
    quad = cv2.transform(box(0, 0, 288, 32)[None], turn).astype(np.float32)
    pixels, _ = cut_crops(page, quad).by_width[288]
    assert np.abs(pixels[0, 4:-4, 4:284].astype(int) - line[4:-4, 4:284]).mean() < 6


def test_a_line_longer_than_the_widest_crop_is_squeezed():
    page = np.zeros((32, 2560, 3), np.uint8)
    page[:, 1280:] = 200
    pixels, rows = cut_crops(page, np.array([box(0, 0, 2560, 32)])).by_width[1280]
    assert rows.tolist() == [0]
    assert pixels[0, :, :638].max() == 0
    assert pixels[0, :, 642:].min() == 200


def test_a_full_bucket_keeps_the_first_and_counts_the_rest(page, monkeypatch):
    monkeypatch.setattr(crops_module, "CROP_CAPS", {**CROP_CAPS, 112: 2})
    result = cut_crops(page, np.array([box(10 * i, 0, 100, 32) for i in range(5)]))
    assert result.by_width[112][1].tolist() == [0, 1]
    assert len(result.by_width[112][0]) == 2
    assert result.dropped == 3


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(-50, 2050), st.floats(-50, 850), st.floats(0, 900), st.floats(0, 90), st.floats(-90, 90)
        ),
        max_size=12,
    )
)
def test_every_quad_has_one_crop_whatever_it_is(page, shapes):
    quads = [cv2.boxPoints(((x, y), (width, height), angle)) for x, y, width, height, angle in shapes]
    result = cut_crops(page, np.array(quads, np.float32).reshape(-1, 4, 2))
    rows = [row for _, rows in result.by_width.values() for row in rows.tolist()]
    assert sorted(rows) == list(range(len(shapes)))
    for width, (pixels, rows) in result.by_width.items():
        assert pixels.shape == (len(rows), 32, width, 3)
        assert np.all(np.diff(rows) > 0)
