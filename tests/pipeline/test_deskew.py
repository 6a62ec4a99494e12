"""Skew from the projection profile."""

import cv2
import numpy as np
import pytest

from docfuse_pipeline.deskew import estimate_skew
from docfuse_pipeline.page import rectify


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
