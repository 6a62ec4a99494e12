"""What decides: boxes left out are gone, curves and whole pages as counted by hand."""

import numpy as np
import pytest
from small_pages import small_modules, small_page

from docfuse_training.understanding.augment import subset
from docfuse_training.understanding.decisions import (
    LEFT_OUT,
    THRESHOLDS,
    changed_classes,
    class_probabilities,
    decisive_boxes,
    f1_by_threshold,
    link_curves,
    whole_pages,
)
from docfuse_training.understanding.metrics import Metrics


def test_a_box_left_out_is_as_if_it_were_not_there():
    modules, page = small_modules(1).eval(), small_page(3)
    kept = np.arange(1, len(page.boxes))
    left_out = class_probabilities(modules, page, [(), (0,)])
    assert np.allclose(left_out[1], class_probabilities(modules, subset(page, kept), [()])[0], atol=1e-5)
    assert np.abs(left_out[1] - left_out[0]).max() > 1e-5


def test_without_the_first_box_the_class_loses_most():
    modules, page = small_modules(1).eval(), small_page(3)
    order = decisive_boxes(modules, page)
    assert sorted(order) == list(range(len(page.boxes)))
    found = class_probabilities(modules, page, [(), (order[0],), (order[-1],)])
    label = found[0].argmax()
    assert found[1, label] < found[2, label]


def test_pages_of_few_boxes_stand_in_no_row():
    modules, pages = small_modules(1).eval(), [small_page(seed) for seed in range(3)]
    fewest = min(len(page.boxes) for page in pages)
    rows = changed_classes(modules, pages, seed=1)
    assert {f"without {number}" for number in LEFT_OUT if 2 * number <= fewest} <= rows.keys()
    assert all(0 <= share <= 1 for row in rows.values() for share in row.values())


def test_a_curve_by_hand():
    """Three targets are linked, two of their sources found; one that is linked to nothing gets a source."""
    curve = f1_by_threshold(np.array([(0.95, 1, 1), (0.35, 1, 1), (0.15, 0, 1), (0.55, 0, 0)]))
    assert tuple(curve) == THRESHOLDS
    assert curve[0.1] == pytest.approx(2 * 2 / (4 + 3))
    assert curve[0.3] == pytest.approx(2 * 2 / (3 + 3))
    assert curve[0.6] == pytest.approx(2 * 1 / (1 + 3))


def test_a_task_is_faultless_if_nothing_is_missing_or_too_much():
    metrics = Metrics()
    for counter in (metrics.true, metrics.predicted, metrics.right):
        counter["type", "key"] = 2
    metrics.true["value", "total"] = metrics.right["value", "total"] = 1
    assert metrics.faultless("type") and metrics.faultless("value")
    metrics.predicted["type", "title"] = 1
    metrics.right["value", "total"] = 0
    assert not metrics.faultless("type") and not metrics.faultless("value")


def test_figures_of_whole_pages_are_shares():
    modules, pages = small_modules(1).eval(), [small_page(seed) for seed in range(3)]
    figures = whole_pages(modules, pages)
    assert figures["everything"] <= min(figures.values()) and "type" in figures
    assert {f"from {threshold}" for threshold in THRESHOLDS} == link_curves(modules, pages).keys()
