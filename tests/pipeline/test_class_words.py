"""Words judge a page's class beside the fusion."""

from pathlib import Path

import numpy as np
import pytest

from docfuse_pipeline.class_terms import term_logits
from docfuse_pipeline.class_words import BUCKETS, WordClassifier, judge_class, word_features
from docfuse_pipeline.labels import CLASSES

MEMO = ["MEMORANDUM", "To: all staff", "From: the office"]


def test_features_are_of_length_one_whatever_the_order_and_the_capitals() -> None:
    features = word_features(MEMO)
    assert features.shape == (BUCKETS,) and np.linalg.norm(features) == pytest.approx(1, abs=1e-5)
    assert np.allclose(features, word_features([text.lower() for text in reversed(MEMO)]))
    assert not word_features([]).any() and not word_features(["", " "]).any()


def test_a_misread_letter_leaves_most_of_a_word() -> None:
    right, misread, other = (word_features([text]) for text in ("MEMORANDUM", "MEM0RANDUM", "INVOICE"))
    assert right @ misread > 0.6 > 0.1 > right @ other


def _knowing(word: str, name: str) -> WordClassifier:
    """A classifier that takes a word for a sign of a class."""
    weight = np.zeros((BUCKETS, len(CLASSES)), np.float32)
    weight[:, CLASSES.index(name)] = 8 * word_features([word])
    return WordClassifier(weight, np.zeros(len(CLASSES), np.float32))


def test_logits_of_fusion_terms_and_words_add_up() -> None:
    memo, letter = CLASSES.index("memo"), CLASSES.index("letter")
    fused = np.full(len(CLASSES), 0.5 / (len(CLASSES) - 1))
    fused[letter] = 0.5
    judged = judge_class(fused, ["MEMORANDUM"], _knowing("memorandum", "memo"))
    assert judged.sum() == pytest.approx(1, abs=1e-5) and int(judged.argmax()) == memo
    said = 8 + term_logits(["MEMORANDUM"])[memo]
    assert judged[memo] / judged[letter] == pytest.approx(np.exp(said) * fused[memo] / 0.5, rel=1e-3)
    assert np.allclose(judge_class(fused, ["xyzzy"], _knowing("memorandum", "memo")), fused, atol=1e-3)


def test_without_words_of_their_own_the_fusion_and_terms_judge() -> None:
    fused = np.full(len(CLASSES), 1 / len(CLASSES))
    assert CLASSES[int(judge_class(fused, ["Dear Ms. Moore:", "Sincerely yours,"]).argmax())] == "letter"
    assert np.allclose(judge_class(fused, []), fused)


def test_a_saved_classifier_judges_alike(tmp_path: Path) -> None:
    words, path, fused = _knowing("memorandum", "memo"), tmp_path / "w.npz", np.full(len(CLASSES), 0.05)
    words.save(path)
    loaded = WordClassifier.load(path)
    assert np.allclose(judge_class(fused, MEMO, loaded), judge_class(fused, MEMO, words), atol=1e-3)


def test_a_file_of_something_else_is_named(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    np.savez(path, other=np.zeros(3))
    with pytest.raises(ValueError, match=r"w\.npz"):
        WordClassifier.load(path)
    path.write_bytes(b"no archive")
    with pytest.raises(ValueError, match=r"w\.npz"):
        WordClassifier.load(path)
