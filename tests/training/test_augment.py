"""Pages seen differently: parts of two put together keep what is known of each."""

import copy

import numpy as np
import pytest
from small_pages import small_page

from docfuse_pipeline.labels import TYPES
from docfuse_training.understanding.augment import augment
from docfuse_training.understanding.examples import Example

KEY, VALUE = TYPES.index("key"), TYPES.index("value")


def _seen(others: list[Example], stored: bool = False) -> list[Example]:
    """One page, 40 times."""
    return [augment(small_page(0), np.random.default_rng(seed), others, stored) for seed in range(40)]


def _same(one: Example, other: Example) -> bool:
    arrays = ("pooled", "boxes")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays)


@pytest.fixture(scope="module")
def seen() -> list[Example]:
    return _seen([small_page(2), small_page(4)])


def test_a_page_differs_each_time_and_stays_as_it_is():
    page = small_page(0)
    before = copy.deepcopy(page)
    moved = [augment(page, np.random.default_rng(seed), [small_page(2)], True) for seed in range(10)]
    assert _same(page, before) and np.array_equal(page.rows.owners, before.rows.owners)
    assert not any(_same(one, page) for one in moved)
    assert _same(moved[3], augment(page, np.random.default_rng(3), [small_page(2)], True))


def test_every_part_of_an_example_is_of_the_same_segments(seen):
    assert len({len(page.boxes) for page in seen}) > 2
    for page in seen:
        count = len(page.boxes)
        sizes = {len(getattr(page, name)) for name in ("texts", "pooled", "surface", "regions")}
        assert sizes == {count} and (page.boxes[:, 2:] > page.boxes[:, :2]).all()
        labels = page.labels
        assert len(labels.types) == len(labels.fields) == count
        assert labels.sources.shape[1:] == (count, count + 1) and labels.targets.shape[1] == count
        assert page.rows.owners.max() < count
        assert ((page.rows.owners >= 0).any(1)).all() or any(~page.pooled.any(1))


def test_tokens_follow_their_segments(seen):
    """Keys are spelled by piece 5, values by piece 6."""
    for page in seen:
        owners, ids = page.rows.owners, page.rows.ids
        for piece, kind in ((5, KEY), (6, VALUE)):
            own = owners[(ids == piece) & (owners >= 0)]
            assert (page.labels.types[own] == kind).all()


def test_lost_texts_are_lost_to_both_kinds_of_text_features(seen):
    lost = [set(np.flatnonzero(~page.pooled.any(1)).tolist()) for page in seen]
    assert any(lost)
    for page, without in zip(seen, lost, strict=True):
        assert without == set(range(len(page.boxes))) - set(page.rows.owners.ravel().tolist())


def test_a_value_keeps_its_key_or_nothing_is_known_of_it(seen):
    """Keys stand before their values, on the same row, whichever page a row is from."""
    for page in seen:
        sources, targets = page.labels.sources[0], page.labels.targets[0]
        for value in np.flatnonzero((page.labels.types == VALUE) & targets):
            assert np.flatnonzero(sources[value]).tolist() == [value]  # the one before it: 0 is none
        keys = page.labels.types == KEY
        assert sources[keys, 0].all() and targets[keys].all()


def test_pages_of_another_class_are_not_put_together():
    own = {row.tobytes() for row in small_page(0).pooled}

    def strange(page: Example) -> bool:
        return any(row.tobytes() not in own for row in page.pooled if row.any())

    assert any(map(strange, _seen([small_page(2)])))
    assert not any(map(strange, _seen([small_page(1)])))


def test_a_value_of_which_a_page_has_one_place_left_is_left_open():
    page = small_page(0)
    page.labels.groups.append((3, [0, 7]))
    whole = 0
    for seed in range(40):
        moved = augment(page, np.random.default_rng(seed))
        if len(moved.boxes) == len(page.boxes):
            assert moved.labels.groups == [(3, [0, 7])]
            whole += 1
        else:
            assert moved.labels.groups == []
    assert 0 < whole < 40
