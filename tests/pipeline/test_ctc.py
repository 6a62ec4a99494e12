"""CTC decoding by hand, and its alphabet."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docfuse_pipeline.alphabet import ALPHABET
from docfuse_pipeline.ctc import LATE, REACH, decode

LETTERS = ("", "a", "b", "½", " ")


def decode_one(steps: list[int], used: float = 1.0, probability: float = 0.5):
    characters = np.array([steps], np.int32)
    return decode(characters, np.full(characters.shape, probability, np.float32), np.array([used]), LETTERS)[
        0
    ]


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        ([0, 1, 1, 0, 1, 2, 2, 0], "aab"),
        ([1, 2, 1, 2, 1, 2, 1, 2], "abababab"),
        ([0] * 8, ""),
        ([4, 1, 4, 4, 2, 0, 4, 4], "a b"),
        ([4, 4, 4, 4, 0, 0, 4, 4], ""),
        ([1, 1, 1, 1, 1, 1, 1, 1], "a"),
        ([0, 3, 0, 0, 0, 1, 0, 0], "1⁄2a"),
    ],
)
def test_text_by_hand(steps, text):
    reading = decode_one(steps)
    assert reading.text == text
    assert reading.places.shape == (len(text), 2)


def test_places_by_hand():
    # a is seen on steps 1 and 2, b on step 5: seen at 2.0 and 5.5, equally wide: the border half-way
    places = decode_one([0, 1, 1, 0, 0, 2, 0, 0, 0, 0]).places
    assert places == pytest.approx(
        np.array([[0.0, 3.75 - LATE], [3.75 - LATE, 5.5 - LATE + REACH]]) / 10, abs=1e-6
    )


def test_a_border_lies_nearer_to_the_narrow_character():
    border = decode_one([1, 0, 0, 4, 0, 0, 1, 0]).places[
        1
    ]  # "a a" seen at 0.5, 3.5, 6.5; a space is half as wide
    assert border * 8 == pytest.approx([2.5 - LATE, 4.5 - LATE], abs=1e-6)


def test_places_are_fractions_of_the_used_part():
    places = decode_one([1, 0, 0, 0, 2, 0, 0, 0, 0, 0], used=0.5).places
    border = (2.5 - LATE) / 5
    assert places == pytest.approx(np.array([[0.0, border], [border, 1.0]]), abs=1e-6)


def test_a_character_far_from_its_neighbours_stays_narrow():
    steps = [0] * 40
    steps[5], steps[30] = 1, 2  # seen at 5.5 and 30.5
    expected = np.add.outer([5.5 - LATE, 30.5 - LATE], [-REACH, REACH])
    assert decode_one(steps).places * 40 == pytest.approx(expected, abs=1e-4)


def test_score_is_the_mean_over_characters():
    characters = np.array([[0, 1, 1, 0, 2, 0]], np.int32)
    probabilities = np.array([[0.9, 0.8, 0.1, 0.9, 0.4, 0.9]], np.float32)
    assert decode(characters, probabilities, None, LETTERS)[0].score == pytest.approx(0.6)


def test_what_a_character_normalises_to_shares_its_place():
    reading = decode_one([0, 0, 3, 0, 0, 0, 0, 0])  # seen at 2.5
    assert reading.text == unicodedata.normalize("NFKC", "½")
    assert reading.places[0, 0] == 0.0
    assert np.allclose(reading.places[1:, 0], reading.places[:-1, 1])
    assert reading.places[-1, 1] == pytest.approx((2.5 - LATE + REACH) / 8)


def test_no_rows():
    assert decode(np.zeros((0, 20), np.int32), np.zeros((0, 20), np.float32)) == []


def slow_text(steps: list[int]) -> str:
    kept, last = [], 0
    for step in steps:
        if step not in (0, last):
            kept.append(LETTERS[step])
        last = step
    return unicodedata.normalize("NFKC", "".join(kept)).strip()


@given(st.lists(st.lists(st.integers(0, 4), min_size=20, max_size=20), max_size=6))
def test_rows_are_read_alone_and_places_run_forwards(rows):
    characters = np.array(rows, np.int32).reshape(-1, 20)
    readings = decode(characters, np.ones(characters.shape, np.float32), None, LETTERS)
    assert [reading.text for reading in readings] == [slow_text(row) for row in rows]
    for reading in readings:
        flat = reading.places.reshape(-1)
        assert np.all(np.diff(flat) >= -1e-6)
        assert flat.min(initial=0) >= 0
        assert flat.max(initial=1) <= 1
        assert reading.score == (1.0 if "".join(reading.text) or reading.score else 0.0)


def test_alphabet():
    assert ALPHABET[0] == ""
    assert ALPHABET[-1] == " "
    assert len(set(ALPHABET)) == len(ALPHABET)
    assert all(len(character) == 1 for character in ALPHABET[1:])
    assert set("AZaz09€£§ßäöüÄÖÜéèçñåæøłšžőűșțığ.,:;!?%&@#()[]/-☐☑✓") <= set(ALPHABET)
    # a character that becomes white space and a combining mark would tear a word apart
    assert not [c for c in ALPHABET[1:-1] if unicodedata.normalize("NFKC", c).startswith(" ")]
