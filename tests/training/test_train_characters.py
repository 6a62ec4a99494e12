"""Counting n-grams, and what smoothing makes of them."""

import math
from pathlib import Path

import pytest
from typer.testing import CliRunner

from docfuse_pipeline.alphabet import ALPHABET
from docfuse_pipeline.character_model import CharacterModel
from docfuse_training.cli import train
from docfuse_training.reading.train_characters import count, smoothed


def test_ngrams_are_counted_folded_and_begun():
    counts = count(["ab1", "Ab"])
    assert counts["A"] == counts["B"] == counts["AB"] == counts["\nAB"] == 2
    assert counts["0"] == counts["B0"] == counts["\nAB0"] == 1
    assert "\n" not in counts and max(map(len, counts)) == 4


def test_smoothing_by_hand():
    model = smoothed(count(["ab", "ab", "ac"]), seen=1)
    # A was followed by B twice and by C once: 3 times, 2 different
    plain = (2 + 3 / len(ALPHABET)) / (6 + 3)
    assert math.exp(model.probabilities["B"]) == pytest.approx(plain)
    assert math.exp(model.probabilities["AB"]) == pytest.approx((2 + 2 * plain) / (3 + 2))
    assert math.exp(model.backoffs["A"]) == pytest.approx(2 / 5)


def test_what_follows_adds_up_to_one():
    model = smoothed(count(["abba", "acab", "bcab"]), seen=1)
    for context in ("A", "B", "CA"):
        total = sum(math.exp(model.score(context, character)) for character in "ABC")
        passed = sum(model.backoffs[context[start:]] for start in range(len(context) + 1))
        never_seen = (len(ALPHABET) - len("ABC")) / len(ALPHABET)
        assert total == pytest.approx(1 - math.exp(passed) * never_seen)


def test_rare_ngrams_are_left_to_their_shorter_ones():
    model = smoothed(count(["abc", "abc", "abd"]))
    assert "ABC" in model.probabilities and "ABD" not in model.probabilities
    assert "BD" in model.probabilities, "pairs are always kept"
    assert model.score("AB", "D") == pytest.approx(model.backoffs["AB"] + model.probabilities["BD"])


def test_the_command_writes_a_model_that_can_be_read(tmp_path: Path):
    done = CliRunner().invoke(train, ["characters", "--out", str(tmp_path / "made.npz"), "--lines", "40"])
    assert done.exit_code == 0, done.output
    assert len(CharacterModel.load(tmp_path / "made.npz").probabilities) > 100


def test_a_wrong_data_folder_is_said(tmp_path: Path):
    command = ["characters", "--out", str(tmp_path / "made.npz"), "--data", str(tmp_path), "--lines", "1"]
    done = CliRunner().invoke(train, command)
    assert done.exit_code == 2 and "sroie" in done.output
