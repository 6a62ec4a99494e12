"""Choosing among a recogniser's characters with the character model."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docfuse_pipeline import rescoring
from docfuse_pipeline.alphabet import ALPHABET
from docfuse_pipeline.character_model import BEGIN, CharacterModel, folded
from docfuse_pipeline.rescoring import BONUS, WEIGHT, choose, decode_choices

LETTERS = ("", "a", "b", "C")
TOY = CharacterModel(
    {"A": -1.0, "B": -2.0, "C": -3.0, "AB": -0.2, "BA": -2.5, "BC": -0.1, "\nC": -0.3, "ABA": -4.0},
    {"A": -1.0, "B": -0.5, "AB": -0.3, "\n": -0.2},
)


def steps(*choices: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """One row of steps, each with its characters and their probabilities; the rest is blank."""
    characters = np.zeros((1, len(choices), 3), np.int32)
    probabilities = np.zeros((1, len(choices), 3), np.float32)
    for at, step in enumerate(choices):
        for place, (character, probability) in enumerate(step.items()):
            characters[0, at, place] = ALPHABET.index(character)
            probabilities[0, at, place] = probability
    return characters, probabilities


def spelled(text: str, **doubts: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """A text whose characters are certain but for those at `_N`, a blank between any two."""
    rows: list[dict[str, float]] = []
    for place, character in enumerate(text):
        rows += [doubts.get(f"_{place}", {character: 0.999}), {"": 0.999}]
    return steps(*rows)


def test_what_is_certain_stays_as_it_is():
    (reading,) = decode_choices(*spelled("Xqzzj Wkv 0O0"))
    assert reading.text == "Xqzzj Wkv 0O0" and reading.score == pytest.approx(0.999)


@pytest.mark.parametrize(
    ("text", "place", "doubt", "right"),
    [
        ("KUALA LUMPUR", 1, {"Ú": 0.5, "U": 0.4}, "KUALA LUMPUR"),
        ("4600D PETALING", 4, {"D": 0.5, "0": 0.4}, "46000 PETALING"),
        ("lnvoice No. 12", 0, {"l": 0.6, "I": 0.35}, "Invoice No. 12"),
        ("Invoice No. 12", 12, {"1": 0.9, "2": 0.08}, "Invoice No. 12"),
    ],
)
def test_likely_words_win_where_the_recogniser_hesitates(
    text: str, place: int, doubt: dict[str, float], right: str
):
    (reading,) = decode_choices(*spelled(text, **{f"_{place}": doubt}))
    assert reading.text == right
    chosen = doubt[right[place]]
    assert reading.score == pytest.approx((chosen + 0.999 * (len(text) - 1)) / len(text), abs=1e-4)


def test_a_single_choice_per_step_is_taken():
    characters, probabilities = spelled("Total")
    assert decode_choices(characters[..., 0], probabilities[..., 0])[0].text == "Total"
    assert decode_choices(characters[..., :1], probabilities[..., :1])[0].text == "Total"


def _score(path: tuple[int, ...], indices: np.ndarray, probabilities: np.ndarray) -> float:
    """Score of one choice per step, worked out from the start."""
    total, text, last = 0.0, BEGIN, 0
    for step, choice in enumerate(path):
        index = int(indices[step, choice])
        total += math.log(probabilities[step, choice])
        if index not in (0, last):
            total += WEIGHT * TOY.score(text, folded(LETTERS[index])) + BONUS
            text += folded(LETTERS[index])
        last = index
    return total


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_the_best_path_of_all_is_found(seed: int, length: int):
    rng = np.random.default_rng(seed)
    indices = np.stack([rng.permutation(4)[:3] for _ in range(length)]).astype(np.int32)
    probabilities = np.sort(rng.dirichlet((1, 1, 1), length), 1)[:, ::-1].astype(np.float32)
    probabilities = np.maximum(probabilities, rescoring.LEAST)
    width, rescoring.WIDTH = rescoring.WIDTH, 10_000  # type: ignore[misc]
    try:
        chosen, certain = choose(indices[None], probabilities[None], LETTERS, TOY)
    finally:
        rescoring.WIDTH = width  # type: ignore[misc]
    path = tuple(int(np.flatnonzero(indices[t] == chosen[0, t])[0]) for t in range(length))
    assert certain[0].tolist() == [probabilities[t, k] for t, k in enumerate(path)]
    best = max(_score(p, indices, probabilities) for p in itertools.product(range(3), repeat=length))
    unsure = probabilities[:, 1] >= rescoring.LEAST
    assert unsure.all()
    assert _score(path, indices, probabilities) == pytest.approx(best, abs=1e-4)
