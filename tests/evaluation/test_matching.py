import numpy as np
import pytest
from by_hand import box

from docfuse_training.evaluation.matching import (
    best_partner,
    iou,
    most_pairs,
    overlap,
    read_boxes,
    same_place_groups,
)

A = np.array([[0, 0, 10, 10], [20, 0, 30, 10]], float)


def test_overlap_is_of_the_smaller_box_and_iou_of_the_union() -> None:
    b = np.array([[5, 0, 25, 10], [2, 2, 4, 4]], float)
    assert overlap(A, b) == pytest.approx(np.array([[0.5, 1.0], [0.5, 0.0]]))
    assert iou(A, b) == pytest.approx(np.array([[50 / 250, 4 / 100], [50 / 250, 0.0]]))


def test_best_partner_prefers_the_box_of_the_same_size() -> None:
    b = np.array([[1, 1, 2, 2], [0, 0, 10, 9], [40, 0, 50, 10]], float)
    assert best_partner(A, b).tolist() == [1, -1]


@pytest.mark.parametrize(("a", "b"), [(A, np.zeros((0, 4))), (np.zeros((0, 4)), A)])
def test_no_boxes_no_partner(a: np.ndarray, b: np.ndarray) -> None:
    assert best_partner(a, b).tolist() == [-1] * len(a)
    assert len(same_place_groups(a, b)) == len(a)


def test_groups_join_cut_lines_and_leave_out_what_stands_alone_in_b() -> None:
    b = np.array([[0, 0, 5, 10], [5, 0, 10, 10], [60, 60, 70, 70]], float)
    assert same_place_groups(A, b) == [([0], [0, 1]), ([1], [])]


def test_bounds_of_a_slanted_polygon() -> None:
    slanted = box(0, (0, 0, 1, 1)).model_copy(update={"polygon": [(1, 0), (9, 2), (8, 6), (0, 4)]})
    assert read_boxes([slanted]).tolist() == [[0, 0, 9, 6]]
    assert read_boxes([]).shape == (0, 4)


def test_most_pairs_is_not_greedy() -> None:
    allowed = np.array([[True, True], [True, False]])
    assert most_pairs(allowed) == 2
    assert most_pairs(np.zeros((0, 3), bool)) == 0
