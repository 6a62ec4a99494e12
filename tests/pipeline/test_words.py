"""Words of one line become a line, and nothing else does."""

import numpy as np
import pytest

from docfuse_pipeline.advances import estimated_places
from docfuse_pipeline.lines import Lines
from docfuse_pipeline.words import join_words


def words(*placed: tuple[str, float, float, float, float], slant: float = 0.0) -> Lines:
    """Text, left, top, width, height of each."""
    quads = []
    for _, left, top, width, height in placed:
        right, bottom = left + width, top + height
        quads.append([[left, top], [right, top], [right, bottom], [left, bottom]])
    turn = np.array([[np.cos(slant), -np.sin(slant)], [np.sin(slant), np.cos(slant)]])
    texts = [text for text, *_ in placed]
    return Lines(
        texts,
        (np.array(quads, np.float32).reshape(-1, 4, 2) @ turn.T).astype(np.float32),
        np.linspace(0.5, 1, len(texts), dtype=np.float32),
        np.ones(len(texts), bool),
        [estimated_places(text) for text in texts],
        dropped=3,
    )


@pytest.mark.parametrize("slant", [0.0, 0.08])
def test_neighbours_are_joined_with_a_space(slant):
    lines = join_words(words(("Total", 10, 50, 60, 20), ("due", 77, 50, 40, 22), slant=slant))
    assert lines.texts == ["Total due"] and lines.dropped == 3
    turn = np.array([[np.cos(slant), -np.sin(slant)], [np.sin(slant), np.cos(slant)]])
    expected = np.array([[10, 50], [117, 50], [117, 72], [10, 72]]) @ turn.T
    assert lines.quads[0] == pytest.approx(expected, abs=2.5)
    assert lines.scores[0] == pytest.approx((5 * 0.5 + 3 * 1.0) / 8)
    starts = lines.places[0][:, 0] * 107 + 10
    assert starts[0] == pytest.approx(10, abs=2) and starts[6] == pytest.approx(77, abs=2)
    assert lines.places[0][5] * 107 + 10 == pytest.approx([70, 77], abs=2)


def test_columns_rows_and_sizes_stay_apart():
    lines = join_words(
        words(
            ("Quantity", 10, 50, 80, 20),
            ("12.50", 200, 50, 50, 20),  # a column further
            ("next", 10, 80, 40, 20),  # a row further
            ("HEADLINE", 55, 60, 200, 60),  # three times as large
        )
    )
    assert lines.texts == ["Quantity", "12.50", "next", "HEADLINE"]


def test_quads_that_overlap_a_little_are_neighbours():
    assert join_words(words(("No", 10, 50, 30, 20), (".", 36, 50, 8, 20))).texts == ["No ."]


def test_a_page_without_words():
    lines = join_words(words())
    assert lines.texts == [] and lines.quads.shape == (0, 4, 2)
