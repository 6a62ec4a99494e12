"""Texts that were cut in two go on below, and nothing else changes its order."""

from dataclasses import replace

import numpy as np
import pytest
from small_pages import small_page

from docfuse_pipeline.labels import RELATIONS
from docfuse_training.understanding.augment import subset
from docfuse_training.understanding.examples import Example
from docfuse_training.understanding.wrapping import wrapped

SAME_TEXT = RELATIONS.index("same_text")


def _cut_in_two(*after: int) -> Example:
    """A page whose segments of these numbers go on the text of the one before them."""
    page = small_page(0)
    sources = page.labels.sources.copy()
    for segment in after:
        sources[SAME_TEXT, segment] = False
        sources[SAME_TEXT, segment, segment] = True  # index 0 is none
    return replace(page, labels=replace(page.labels, sources=sources))


def _many(page: Example) -> list[np.ndarray]:
    return [wrapped(page, np.random.default_rng(seed)) for seed in range(20)]


def test_a_page_without_such_texts_stays_as_it_is():
    page = small_page(0)
    assert np.array_equal(wrapped(page, np.random.default_rng(0)), page.boxes)


def test_a_page_without_segments_stays_as_it_is():
    page = subset(small_page(0), np.zeros(0, int))
    assert wrapped(page, np.random.default_rng(0)).shape == (0, 4)


def test_the_second_part_goes_below_the_first_and_what_is_lower_makes_room():
    page = _cut_in_two(3)
    first, second = page.boxes[2], page.boxes[3]
    height, size = first[3] - first[1], (page.boxes[:, 2:] - page.boxes[:, :2])
    results = _many(page)
    moved = [boxes for boxes in results if not np.array_equal(boxes, page.boxes)]
    assert 0 < len(moved) < len(results)
    for boxes in moved:
        assert boxes[3, 1] >= boxes[2, 1] + height and abs(boxes[3, 0] - first[0]) < 1
        assert boxes[3, 0] < second[0] and np.allclose(boxes[:3], page.boxes[:3])
        assert (boxes[4:, 1] > page.boxes[4:, 1]).all() and boxes[4, 1] > boxes[3, 1]
        assert np.allclose(boxes[:, 2:] - boxes[:, :2], size, atol=1e-3)


def test_texts_of_one_line_go_on_together():
    """Two headers side by side, each cut in two."""
    page = _cut_in_two(1, 3)
    level = page.boxes.copy()
    level[:4, [1, 3]] = level[0, [1, 3]]
    level[:4, 0], level[:4, 2] = (10, 40, 110, 140), (38, 68, 138, 168)
    for boxes in _many(replace(page, boxes=level)):
        assert (boxes[1, 1] == level[1, 1]) == (boxes[3, 1] == level[3, 1])
        if boxes[1, 1] != level[1, 1]:
            assert boxes[1, 1] == boxes[3, 1] and boxes[1, 0] == 10 and boxes[3, 0] == 110


def test_a_third_part_stays_behind_the_second():
    page = _cut_in_two(1, 2)
    level = page.boxes.copy()
    level[:3, [1, 3]] = level[0, [1, 3]]
    level[:3, 0], level[:3, 2] = (10, 40, 70), (38, 68, 98)
    for boxes in _many(replace(page, boxes=level)):
        assert np.allclose(boxes[2] - boxes[1], level[2] - level[1])


def test_a_page_that_grew_fits_its_canvas():
    page = _cut_in_two(1, 3, 5, 7)
    page = replace(page, canvas=(int(page.boxes[:, 3].max()) + 1, 256))
    assert all(boxes[:, 3].max() <= page.canvas[0] + 1e-3 for boxes in _many(page))


@pytest.mark.parametrize("unknown", [True, False])
def test_what_is_not_known_to_go_on_stays(unknown):
    page = _cut_in_two(3)
    page.labels.targets[SAME_TEXT, 3] = not unknown
    changed = any(not np.array_equal(boxes, page.boxes) for boxes in _many(page))
    assert changed != unknown
