"""The character model: what it stores, and what unseen characters cost."""

from pathlib import Path

import pytest

from docfuse_pipeline.alphabet import ALPHABET
from docfuse_pipeline.character_model import BEGIN, LEAST, CharacterModel, folded, latin_model


def test_the_longest_known_context_counts():
    model = CharacterModel({"A": -3.0, "BA": -2.0, "CBA": -1.0}, {"B": -0.5, "CB": -0.25, "": -4.0})
    assert model.score("XCB", "A") == -1.0
    assert model.score("XB", "A") == -2.0
    assert model.score("X", "A") == -3.0, "a context that was never seen costs nothing"
    assert model.score("CB", "Z") == pytest.approx(-0.25 - 0.5 - 4.0 + LEAST)


def test_what_is_saved_is_read_back_to_a_sixteenth(tmp_path: Path):
    model = CharacterModel({"a": -1.234, "ab": -0.5, BEGIN + "a": -15.9}, {"a": -0.7})
    model.save(tmp_path / "model.npz")
    read = CharacterModel.load(tmp_path / "model.npz")
    assert read.probabilities == pytest.approx(model.probabilities, abs=1 / 32)
    assert read.backoffs == pytest.approx(model.backoffs, abs=1 / 32)


@pytest.mark.parametrize(
    ("character", "counts_as"), [("a", "A"), ("Ä", "Ä"), ("ß", "ß"), ("7", "0"), (" ", " "), ("€", "€")]
)
def test_case_and_digits_are_folded(character: str, counts_as: str):
    assert folded(character) == counts_as


def test_the_model_that_comes_with_docfuse_knows_its_languages():
    model = latin_model()

    def cost(text: str) -> float:
        text = "".join(map(folded, text))
        return sum(model.score(BEGIN + text[:end], text[end]) for end in range(len(text)))

    for right, wrong in (("Invoice", "lnvoice"), ("Rechnung", "Rechnunq"), ("50250", "5O25O")):
        assert cost(right) > cost(wrong)
    assert all(model.score(BEGIN, folded(character)) < 0 for character in ALPHABET[1:])
