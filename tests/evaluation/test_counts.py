import pytest

from docfuse_training.evaluation.counts import Counts, label_counts, macro_f1, total, wilson


def test_precision_recall_f1() -> None:
    counts = Counts(right=3, predicted=4, labelled=6)
    assert (counts.precision, counts.recall) == (0.75, 0.5)
    assert counts.f1 == pytest.approx(2 * 0.75 * 0.5 / (0.75 + 0.5))


def test_nothing_predicted_and_nothing_labelled() -> None:
    assert Counts(0, 0, 3).precision == Counts(0, 3, 0).recall == Counts().f1 == 0.0


def test_total_adds_up() -> None:
    assert total([Counts(1, 2, 3), Counts(4, 5, 6)]) == Counts(5, 7, 9)


def test_labels_are_counted_apart_and_none_is_no_label() -> None:
    counts = label_counts([("a", "a"), ("a", "b"), (None, "b"), ("c", None)])
    assert counts == {"a": Counts(1, 2, 1), "b": Counts(0, 0, 2), "c": Counts(0, 1, 0)}


def test_macro_f1_is_over_labelled_labels() -> None:
    counts = label_counts([("a", "a"), ("a", "b"), ("c", None)])
    assert macro_f1(counts.values()) == pytest.approx((2 / 3 + 0) / 2)
    assert macro_f1([]) == 0.0


def test_wilson_interval() -> None:
    low, high = wilson(8, 10)  # (0.8 + 0.1921 ± 0.3136) ÷ 1.3841
    assert low == pytest.approx(0.4902, abs=1e-4)
    assert high == pytest.approx(0.9433, abs=1e-4)
    assert wilson(0, 5)[0] == 0.0
    assert wilson(5, 5)[1] == 1.0
    assert wilson(0, 0) == (0.0, 1.0)
