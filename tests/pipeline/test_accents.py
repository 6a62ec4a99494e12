"""Accents that a page's language has not."""

from __future__ import annotations

import numpy as np
import pytest

from docfuse_pipeline.alphabet import ALPHABET
from docfuse_pipeline.lines import read_lines

WIDTH = 288


def read(texts: tuple[str, ...], sure: float) -> list[str]:
    """Lines of a page as read where letters with accents have that probability, all others 0.999."""
    tops = 40 * np.arange(len(texts))
    quads = np.array([[[0, y], [280, y], [280, y + 32], [0, y + 32]] for y in tops], np.float32)
    characters = np.zeros((len(texts), WIDTH // 4, 3), np.int32)
    probabilities = np.full(characters.shape, 0.0001, np.float32)
    probabilities[..., 0] = 0.999
    for row, text in enumerate(texts):
        for place, character in enumerate(text):
            characters[row, 2 * place, 0] = ALPHABET.index(character)
            probabilities[row, 2 * place, 0] = 0.999 if character.isascii() else sure
    rows = {WIDTH: np.arange(len(texts), dtype=np.int32)}
    return read_lines(quads, rows, {WIDTH: characters}, {WIDTH: probabilities}).texts


ENGLISH = ("Thank you for your order of paper",) * 9


@pytest.mark.parametrize(("sure", "text"), [(0.8, "KUALA LUMPUR"), (0.95, "KÚALA LUMPUR")])
def test_an_unsure_accent_on_a_page_without_any_is_none(sure: float, text: str):
    assert read((*ENGLISH, "KÚALA LUMPUR"), sure) == [*ENGLISH, text]


def test_accents_of_a_page_that_has_some_are_believed():
    german = ("Für Käufe über 200 Euro", "Grüße aus Köln")
    assert read((*german, "Menü"), 0.8) == [*german, "Menü"]
