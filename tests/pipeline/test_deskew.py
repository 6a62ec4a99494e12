"""Skew from the projection profile."""

import cv2
import numpy as np
import pytest

from docfuse_pipeline.correction import set_right
from docfuse_pipeline.deskew import estimate_skew, rough_slant, thumbnail
from docfuse_pipeline.page import map_points, rectify, resized


@pytest.fixture(scope="module")
def letter() -> np.ndarray:
    page = np.full((1400, 1000, 3), 255, np.uint8)
    words = "the quick brown fox jumps over the lazy dog again".split()
    for row in range(30):
        text = " ".join(words[(row + i) % len(words)] for i in range(3 + row % 7))
        cv2.putText(page, text, (80, 120 + 40 * row), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0, 0, 0), 2)
    return page


@pytest.mark.parametrize("angle", [-12, -5, -1, 1, 3, 14])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_known_slants_are_found(letter, angle, turns):
    slanted = rectify(letter, 0, -angle).page
    turned = np.ascontiguousarray(np.rot90(slanted, -turns))
    assert estimate_skew(turned, turns) == pytest.approx(angle, abs=0.35)


def test_an_upright_page_is_left_alone(letter):
    assert estimate_skew(letter) == 0.0


@pytest.mark.parametrize("size", [(1, 1), (50, 4000), (900, 700)])
def test_no_text_no_slant(size):
    assert estimate_skew(np.full((*size, 3), 255, np.uint8)) == 0.0


def test_noise_has_no_slant():
    noise = np.random.default_rng(0).integers(0, 256, (800, 600, 3)).astype(np.uint8)
    assert estimate_skew(noise) == 0.0


@pytest.mark.parametrize("angle", [-11, -4, 0, 7])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_the_rough_slant_does_not_depend_on_quarter_turns(letter, angle, turns):
    turned = np.ascontiguousarray(np.rot90(rectify(letter, 0, -angle).page, -turns))
    assert rough_slant(turned) == pytest.approx(angle, abs=1.0)


@pytest.mark.parametrize("turns", [0, 1])
def test_the_orientation_model_is_shown_a_straight_page(letter, turns):
    seen = []
    slanted = np.ascontiguousarray(np.rot90(rectify(letter, 0, -10).page, -turns))
    done = set_right(slanted, lambda shown: (seen.append(shown), turns)[1])
    assert abs(rough_slant(resized(seen[0], 896, 896))) <= 1.0
    assert (done.quarter_turns, done.sheet) == (turns, None)
    assert done.skew == pytest.approx(10, abs=0.35)


def test_a_slanted_page_is_cut_down_to_its_ink_and_no_further(letter):
    specks = np.array([[902.0, 42.0], [62.0, 1352.0]])
    page = letter.copy()
    page[40:44, 900:904] = page[1350:1354, 60:64] = 235  # as pale as print gets
    slanted = rectify(page, 0, -8)
    done = set_right(slanted.page, lambda shown: 0).page
    height, width = done.page.shape[:2]
    assert height < 1.06 * page.shape[0]
    assert width < 1.06 * page.shape[1]
    there = map_points(np.linalg.inv(slanted.transform), specks)
    kept = map_points(np.linalg.inv(done.transform), there)
    assert (kept > 4).all()
    assert (kept < (width - 4, height - 4)).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (601, 1), (1801, 1203)])
def test_thumbnails_of_any_size(size):
    small = thumbnail(np.full((*size, 3), 9, np.uint8))
    assert small.ndim == 2
    assert 1 <= max(small.shape) <= 600
    assert thumbnail(small) is small
