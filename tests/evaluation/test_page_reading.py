import numpy as np
import pytest
from by_hand import box, document, page, truth

from docfuse_training.evaluation.counts import Counts
from docfuse_training.evaluation.reading import (
    detection_counts,
    detection_scores,
    found_scores,
    is_found,
    merged_and_split,
    read_text,
    word_lines,
)
from docfuse_training.truth import TruthBox

LEFT, RIGHT, BOTH = [0, 0, 40, 10], [50, 0, 90, 10], [0, 0, 90, 10]


def test_lines_count_once_and_from_half_the_union_on() -> None:
    labelled = np.array([LEFT, RIGHT], float)
    assert detection_counts(labelled, np.array([[0, 0, 40, 12], [0, 0, 40, 10]], float)) == Counts(1, 2, 2)
    assert detection_counts(labelled, np.array([[0, 0, 19, 10]], float)) == Counts(0, 1, 2)
    assert detection_counts(labelled, np.zeros((0, 4))) == Counts(0, 0, 2)


def test_merged_and_split_lines() -> None:
    assert merged_and_split(np.array([LEFT, RIGHT], float), np.array([BOTH], float)) == (1, 0)
    assert merged_and_split(np.array([BOTH], float), np.array([LEFT, RIGHT], float)) == (0, 1)
    assert merged_and_split(np.array([LEFT], float), np.array([LEFT], float)) == (0, 0)


def test_words_are_joined_to_lines_but_not_over_wide_gaps() -> None:
    words = [
        TruthBox(corners, "x")
        for corners in ((0, 0, 20, 10), (24, 1, 40, 11), (80, 0, 99, 10), (0, 20, 30, 30))
    ]
    assert word_lines(words).tolist() == [[0, 0, 40, 11], [80, 0, 99, 10], [0, 20, 30, 30]]


def test_detection_is_measured_on_whole_lines() -> None:
    labelled = truth(TruthBox((0, 0, 90, 10), "Total 9.00"))
    cut = [box(0, (0, 0, 40, 10), "Total"), box(1, (50, 0, 90, 10), "9.00").model_copy(update={"line": 0})]
    scores = detection_scores([labelled], [document(page(tuple(cut)))])
    assert scores["detection_hmean"] == 1 and scores["split_lines"] == 0


def test_read_text_has_a_row_a_line() -> None:
    boxes = (
        box(0, (50, 0, 90, 10), "9.00"),
        box(1, (0, 1, 40, 11), "Total"),
        box(2, (0, 20, 40, 30), "Cash"),
    )
    assert read_text(page(boxes)) == "Total 9.00\nCash"


@pytest.mark.parametrize(
    ("field", "label", "text", "found"),
    [
        ("seller_name", "TAN (WOON) YANN", "tan woon yann", True),
        ("seller_address", "1, Jalan A, KL", "1 Jalan A\nKL 50000", True),
        ("seller_address", "1, Jalan A, KL", "1 Jalan B\nKL", False),
        ("issue_date", "25/12/2018", "Date: 25 Dec 2018 8:13", True),
        ("issue_date", "25/12/2018", "26/12/2018", False),
        ("payable_amount", "9.00", "TOTAL RM9.00", True),
        ("payable_amount", "9.00", "TOTAL 19.00", False),
    ],
)
def test_values_found_in_text(field: str, label: str, text: str, found: bool) -> None:
    assert is_found(field, label, text) is found


def test_shares_of_found_values() -> None:
    receipts = [
        truth(values={"seller_name": "A", "payable_amount": "9.00"}),
        truth(values={"seller_name": "B"}),
    ]
    scores = found_scores(receipts, ["A 9.00", "C"])
    assert scores["found_company"] == 0.5 and scores["found_total"] == 1.0
