"""Photographed pages: the sheet is found and laid flat; pages that are no photos are left alone."""

import cv2
import numpy as np
import pytest

from docfuse_pipeline import page as page_module
from docfuse_pipeline.correction import set_right
from docfuse_pipeline.page import UPRIGHT, map_points
from docfuse_pipeline.perspective import Flat, flattened, warped
from docfuse_pipeline.sheet import MARGIN, find_sheet

HEIGHT, WIDTH = 1300, 920
CORNERS = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], float)
MARKS = np.array([[120.0, 90.0], [820.0, 400.0], [450.0, 1230.0]])
LEANING = [[160, 120], [1010, 190], [1090, 1420], [90, 1500]]
ASKEW = [[420, 90], [1310, 250], [1130, 1560], [180, 1380]]
MILD = [[140, 110], [1070, 125], [1085, 1420], [125, 1435]]


def letter() -> np.ndarray:
    """A page of text lines with three square marks in its margins."""
    page = np.full((HEIGHT, WIDTH, 3), 248, np.uint8)
    for row in range(24):
        text = "the quick brown fox jumps over the lazy dog"[: 14 + 7 * (row % 5)]
        cv2.putText(page, text, (150, 140 + 45 * row), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (30, 30, 30), 2)
    for x, y in MARKS.astype(int):
        page[y - 6 : y + 6, x - 6 : x + 6] = (255, 0, 0)
    return page


def photo(corners: list[list[int]], table: int = 90) -> tuple[np.ndarray, np.ndarray]:
    """The letter on a mottled table under uneven light, and the homography from letter to photo."""
    rng = np.random.default_rng(3)
    size = (1600, 1450)  # height, width
    matrix = cv2.getPerspectiveTransform(CORNERS.astype(np.float32), np.array(corners, np.float32))
    mottled = cv2.resize(rng.normal(table, 14, (200, 181)).astype(np.float32), size[::-1])
    view = np.repeat(mottled[..., None], 3, axis=2)
    there = Flat(np.linalg.inv(matrix), size[1], size[0])
    cover = warped(np.full((HEIGHT, WIDTH, 3), 255, np.uint8), there)
    outside = map_points(there.transform, np.stack(np.mgrid[: size[1], : size[0]], -1) + 0.5)
    on_sheet = ((outside >= 0) & (outside <= (WIDTH, HEIGHT))).all(-1).T & (cover[..., 0] > 0)
    view[on_sheet] = warped(letter(), there)[on_sheet]
    light = cv2.resize(rng.uniform(0.7, 1.0, (3, 3)).astype(np.float32), size[::-1])
    view = cv2.GaussianBlur(view * light[..., None], (0, 0), 0.8)
    return np.clip(view, 0, 255).astype(np.uint8), matrix


def seen_marks(page: np.ndarray) -> np.ndarray:
    """Centres of the red marks of a page, float64 [3, 2], from top to bottom."""
    red = (page[..., 0].astype(int) - page[..., 2] > 90).astype(np.uint8)
    _, _, stats, centres = cv2.connectedComponentsWithStats(red)
    largest = np.argsort(stats[1:, cv2.CC_STAT_AREA])[-len(MARKS) :] + 1
    centres = centres[largest] + 0.5
    return centres[np.argsort(centres[:, 1])]


@pytest.mark.parametrize("corners", [LEANING, ASKEW, MILD])
@pytest.mark.parametrize("table", [20, 120])
def test_the_corners_of_a_photographed_sheet_are_found(corners, table):
    image, _ = photo(corners, table)
    found = find_sheet(image)
    assert found is not None
    true = np.array(corners, float)
    true += MARGIN * (true - np.roll(true, 2, 0))
    assert np.linalg.norm(found - true, axis=1).max() < 4


@pytest.mark.parametrize("corners", [LEANING, ASKEW, MILD])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("long_side", [700, 3200])
def test_marks_map_back_to_the_photo_from_a_page_in_one_warp(corners, turns, long_side, monkeypatch):
    monkeypatch.setattr(page_module, "PAGE_LONG_SIDE", long_side)
    upright, matrix = photo(corners)
    image = np.ascontiguousarray(np.rot90(upright, -turns))
    side = {0: np.eye(3), 2: [[-1, 0, 1450], [0, -1, 1600], [0, 0, 1]]}
    side |= {1: [[0, -1, 1600], [1, 0, 0], [0, 0, 1]], 3: [[0, 1, 0], [-1, 0, 1450], [0, 0, 1]]}
    done = set_right(image, lambda thumbnail: np.eye(4)[turns], reduction=2.0)
    assert done.sheet is not None
    page = done.page.page
    assert max(page.shape) <= long_side
    assert page.shape[0] / page.shape[1] == pytest.approx(HEIGHT / WIDTH, rel=0.12)
    seen = map_points(done.page.transform, seen_marks(page))
    true = 2.0 * map_points(np.array(side[turns], float) @ matrix, MARKS)
    assert np.linalg.norm(seen - true, axis=1).max() < 2.0 * max(1.0, 1400 / long_side)


def test_the_slant_of_a_sheet_is_told_as_it_lies_in_the_photo():
    done = set_right(photo(ASKEW)[0], lambda thumbnail: UPRIGHT)
    assert done.skew == pytest.approx(np.degrees(np.arctan2(170, 920)), abs=1.5)


@pytest.mark.parametrize("tilt", [0.0, 0.35, 0.6])
def test_the_aspect_follows_from_the_corners_that_a_camera_sees(tilt):
    half = np.array([[-0.35, -0.5, 0], [0.35, -0.5, 0], [0.35, 0.5, 0], [-0.35, 0.5, 0]])
    lean = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    yaw = np.array([[np.cos(0.2), 0, np.sin(0.2)], [0, 1, 0], [-np.sin(0.2), 0, np.cos(0.2)]])
    seen = half @ (lean @ yaw).T + (0.05, -0.1, 2.0)
    corners = 1500 * seen[:, :2] / seen[:, 2:] + (600, 800)
    flat = flattened(corners, 1200, 1600)
    assert flat.width / flat.height == pytest.approx(0.7, rel=0.03 if tilt else 0.15)


def framed() -> np.ndarray:
    page = np.full((1400, 1000, 3), 250, np.uint8)
    cv2.rectangle(page, (120, 150), (880, 1250), (0, 0, 0), 6)
    return page


def small_slip() -> np.ndarray:
    page = np.full((1400, 1000, 3), 255, np.uint8)
    page[400:1000, 350:650] = 225
    return page


def boxed_poster() -> np.ndarray:
    page = np.full((1400, 1000, 3), 60, np.uint8)
    page[400:1200, 150:850] = 245
    for row in range(4):
        cv2.putText(
            page, "GRAND OPENING", (40, 90 + 90 * row), cv2.FONT_HERSHEY_DUPLEX, 3, (230, 230, 230), 9
        )
    return page


def two_sheets() -> np.ndarray:
    page = np.full((1400, 1000, 3), 60, np.uint8)
    page[60:1340, 60:560] = page[100:1300, 620:940] = 240
    return page


def no_table() -> np.ndarray:
    return photo(MILD)[0][180:1380, 180:1040]


LEFT_ALONE = {
    "a scan": letter,
    "a frame on a page": framed,
    "a slip on a white scan": small_slip,
    "a light box amid text": boxed_poster,
    "two sheets": two_sheets,
    "a photo without a table": no_table,
    "a dark page": lambda: 255 - letter(),
    "noise": lambda: np.random.default_rng(0).integers(0, 256, (900, 700, 3)).astype(np.uint8),
}


@pytest.mark.parametrize("make", LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_pages_that_are_no_photos_of_a_sheet_are_left_alone(make):
    assert find_sheet(make()) is None


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (63, 4000), (64, 64), (4000, 70), (6000, 4000)])
@pytest.mark.parametrize("colour", [0, 255])
def test_one_colour_of_any_size_is_no_sheet(size, colour):
    image = np.full((*size, 3), colour, np.uint8)
    assert find_sheet(image) is None
    if colour == 0 and min(size) > 63:
        image[size[0] // 4 : -size[0] // 4, size[1] // 4 : -size[1] // 4] = 255
        done = set_right(image, lambda thumbnail: UPRIGHT)
        assert max(done.page.page.shape) <= page_module.PAGE_LONG_SIDE
