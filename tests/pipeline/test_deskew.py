"""Skew from the projection profile."""

import cv2
import numpy as np
import pytest

from docfuse_pipeline.correction import set_right
from docfuse_pipeline.deskew import estimate_skew, printed_part, rough_slant, thumbnail
from docfuse_pipeline.page import UPRIGHT, map_points, rectify, resized


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
    done = set_right(slanted, lambda shown: (seen.append(shown), np.eye(4)[turns])[1])
    assert abs(rough_slant(resized(seen[0], 896, 896))) <= 1.0
    assert (done.quarter_turns, done.sheet) == (turns, None)
    assert done.skew == pytest.approx(10, abs=0.35)


def test_a_slanted_page_is_cut_down_to_its_ink_and_no_further(letter):
    specks = np.array([[902.0, 42.0], [62.0, 1352.0]])
    page = letter.copy()
    page[40:44, 900:904] = page[1350:1354, 60:64] = 235  # as pale as print gets
    slanted = rectify(page, 0, -8)
    done = set_right(slanted.page, lambda shown: UPRIGHT).page
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


def test_the_print_is_cut_out_of_its_sheet(letter):
    sheet = np.full((1600, 1200, 3), 250, np.uint8)
    sheet[:20] = 40  # a strip of the table
    small = resized(letter, letter.shape[0] // 3, letter.shape[1] // 3)
    sheet[500 : 500 + small.shape[0], 400 : 400 + small.shape[1]] = small
    part = printed_part(sheet)
    assert part.shape[0] < 1.1 * small.shape[0] and part.shape[1] < 1.1 * small.shape[1]
    assert (part < 100).sum() > 0.9 * (small < 100).sum()
    blank = np.full((400, 300, 3), 255, np.uint8)
    assert printed_part(blank) is blank
    sliver = np.ascontiguousarray(letter[:40])
    assert printed_part(sliver) is sliver


def test_a_doubtful_orientation_is_judged_by_the_print_alone(letter):
    answers = [np.array([0.2, 0.1, 0.65, 0.05]), np.array([0.92, 0.0, 0.08, 0.0])]
    assert set_right(letter, lambda shown: answers.pop(0)).quarter_turns == 0
    assert not answers
    sure = [np.eye(4)[2]]
    assert set_right(letter, lambda shown: sure.pop(0)).quarter_turns == 2, "asked once"
    stays = [np.array([0.1, 0.05, 0.8, 0.05]), np.array([0.7, 0.1, 0.1, 0.1])]
    assert set_right(letter, lambda shown: stays.pop(0)).quarter_turns == 2
