"""Crops of one size: whole pieces, lines that find no room, places on the whole line."""

import cv2
import numpy as np
import pytest

from docfuse_pipeline.crops import Crops
from docfuse_pipeline.lines import read_lines
from docfuse_pipeline.pieces import Cut, cut_pieces
from docfuse_pipeline.traits import RecognizerTraits

LETTERS = ("", *"abcdefgh")


def traits(decoding: str = "ctc", cap: int = 9) -> RecognizerTraits:
    return RecognizerTraits(LETTERS, decoding, 32, {128: cap}, {128: 16}, True)  # type: ignore[arg-type]


def box(left: float, top: float, width: float, height: float) -> np.ndarray:
    right, bottom = left + width, top + height
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)


def test_proportions_are_kept_and_the_rest_is_black():
    page = np.full((100, 400, 3), 200, np.uint8)
    crops = cut_pieces(page, np.stack([box(10, 10, 50, 20), box(10, 50, 160, 20)]), traits())
    pixels, rows = crops.by_width[128]
    assert rows.tolist() == [0, 1] and crops.dropped == 0
    assert (pixels[0, :, :80] == 200).all() and not pixels[0, :, 80:].any()
    assert (pixels[1, :16] == 200).all() and not pixels[1, 16:].any()


def test_a_long_line_is_cut_into_overlapping_pieces():
    page = np.broadcast_to(np.arange(400, dtype=np.float32)[None, :, None] / 2, (40, 400, 3)).astype(np.uint8)
    pixels, rows = cut_pieces(page, box(0, 0, 400, 40)[None], traits()).by_width[128]
    assert rows.tolist() == [0, 0, 0]
    assert Cut.of(400, 40).starts == (0, 120, 160)
    assert pixels[:, 0, 0, 0].tolist() == pytest.approx([0, 60, 80], abs=2)


def test_a_line_without_room_is_dropped_whole():
    page = np.full((200, 400, 3), 9, np.uint8)
    quads = np.stack([box(0, 0, 100, 20), box(0, 30, 400, 40), box(0, 90, 90, 20)])
    crops = cut_pieces(page, quads, traits(cap=3))
    assert crops.by_width[128][1].tolist() == [0, 2] and crops.dropped == 1


def test_a_page_without_lines_has_no_pieces():
    none = np.zeros((0, 4, 2), np.float32)
    assert cut_pieces(np.zeros((9, 9, 3), np.uint8), none, traits()) == Crops({}, 0)
    assert read_lines(none, {}, {}, {}, 0, traits()).texts == []


def test_a_slanted_line_is_warped():
    page = np.zeros((200, 300, 3), np.uint8)
    quad = np.array([[50, 50], [150, 90], [142, 110], [42, 70]], np.float32)
    cv2.fillConvexPoly(page, quad.astype(np.int32), (255, 255, 255))
    pixels, _ = cut_pieces(page, quad[None], traits()).by_width[128]
    columns, rows = Cut.of(108, 22).fitted(128, 32)
    assert pixels[0, 2 : rows - 2, 2 : columns - 2].mean() > 230


def test_a_spelling_recogniser_stops_at_the_end():
    quads = box(0, 0, 60, 20)[None]
    characters = np.zeros((1, 16), np.int32)
    characters[0, :6] = [1, 2, 3, 0, 4, 5]
    probabilities = np.full((1, 16), 0.5, np.float32)
    lines = read_lines(
        quads, {128: np.array([0])}, {128: characters}, {128: probabilities}, 0, traits("attention")
    )
    assert lines.texts == ["abc"] and lines.scores[0] == 0.5
    assert lines.places[0][0, 0] == 0 and lines.places[0][-1, 1] == pytest.approx(1)


def test_places_of_pieces_are_places_on_the_line():
    quads = box(0, 0, 400, 40)[None]
    characters = np.zeros((3, 16), np.int32)
    characters[0, [2, 10, 14]] = [1, 2, 3]  # columns 0 to 240 of the line, 15 a step
    characters[1, [2, 6, 12]] = [2, 3, 4]  # from column 120
    characters[2, [4, 10]] = [4, 5]  # from column 160
    probabilities = np.full((3, 16), 0.9, np.float32)
    lines = read_lines(quads, {128: np.zeros(3, int)}, {128: characters}, {128: probabilities}, 0, traits())
    assert lines.texts[0][0] == "a" and lines.texts[0][-1] == "e"
    assert lines.places[0][0].mean() * 400 == pytest.approx(2.5 * 15, abs=8)
    assert lines.places[0][-1].mean() * 400 == pytest.approx(160 + 10.5 * 15, abs=8)
    assert (np.diff(lines.places[0].mean(1)) > 0).all()
