"""Tokenisation of lines into rows."""

from pathlib import Path

import numpy as np
import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st

from docfuse_pipeline import tokens as tokens_module
from docfuse_pipeline.advances import estimated_places
from docfuse_pipeline.lines import Lines
from docfuse_pipeline.resources import weights
from docfuse_pipeline.settings import ROW_TOKENS
from docfuse_pipeline.tokens import PAD, PIECE, Tokenizer, token_rows

WORDS = (
    "<s>",
    "<pad>",
    "</s>",
    "<unk>",
    "▁",
    "▁To",
    "tal",
    "▁Total",
    ":",
    "1",
    "2",
    "12",
    ".",
    "50",
    "5",
    "0",
    "▁12",
)


def small_vocabulary(folder: Path) -> Path:
    scores = [(word, -1.0 * (i > 3)) for i, word in enumerate(WORDS)]
    path = folder / "tokenizer.json"
    tokenizers.Tokenizer(tokenizers.models.Unigram(scores, unk_id=3, byte_fallback=False)).save(str(path))
    return path


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Tokenizer:
    return Tokenizer(small_vocabulary(tmp_path_factory.mktemp("vocabulary")))


@pytest.fixture(scope="module")
def shipped() -> Tokenizer:
    if not (weights() / "tokenizer.json").exists():
        pytest.skip("weights/tokenizer.json is not there yet")
    return Tokenizer()


def lines_of(*texts: str, ratio: float = 10.0) -> Lines:
    quad = np.array([[0, 0], [20 * ratio, 0], [20 * ratio, 20], [0, 20]], np.float32)
    return Lines(
        list(texts),
        np.tile(quad, (len(texts), 1, 1)),
        np.ones(len(texts), np.float32),
        np.ones(len(texts), bool),
        [estimated_places(text) for text in texts],
    )


def test_a_line_by_hand(small):
    tokens = small.tokens("Total:12.50 12")
    assert [(WORDS[i], a, b) for i, a, b in tokens] == [
        ("▁Total", 0, 5),
        (":", 5, 6),
        ("12", 6, 8),
        (".", 8, 9),
        ("50", 9, 11),
        ("▁12", 12, 14),
    ]


def test_unknown_characters_keep_their_place(small):
    tokens = small.tokens("Total 漢字 12")
    assert [text for _, a, b in tokens for text in ["Total 漢字 12"[a:b]]] == ["Total", "漢字", "12"]
    assert tokens[1][0] == 3


def test_rows_by_hand(small):
    rows = token_rows(lines_of("Total 12", "", "1 " * 40), small)
    assert rows.row_lines.tolist() == [0, 1, 2, 2]
    assert rows.ids[0, :3].tolist() == [WORDS.index("▁Total"), WORDS.index("▁12"), PAD]
    assert np.all(rows.ids[1] == PAD)
    assert np.all(rows.ids[2] != PAD)
    assert np.count_nonzero(rows.ids[3] != PAD) % ROW_TOKENS != 0
    # "Total 12" has advances 1.2 1 .65 1 .5 | .5 | 1 1; the line is ten heights long
    total = 1.2 + 1 + 0.65 + 1 + 0.5 + 0.5 + 2
    assert rows.gaps[0, :2] == pytest.approx([0, 0.5 / total * 10])
    assert rows.places[0, 1] == pytest.approx([1 - 2 / total, 1])
    assert rows.spans[0, :2].tolist() == [[0, 5], [6, 8]]
    assert rows.ids.dtype == rows.row_lines.dtype == rows.spans.dtype == np.int32
    assert rows.gaps.dtype == rows.places.dtype == np.float32


def test_no_lines_make_one_row(small):
    rows = token_rows(lines_of(), small)
    assert rows.row_lines.tolist() == [-1]
    assert np.all(rows.ids == PAD)
    assert rows.ids.shape == (1, ROW_TOKENS)


def test_the_cap_shortens_long_lines_and_keeps_every_line(small, monkeypatch):
    monkeypatch.setattr(tokens_module, "ROW_CAP", 6)
    rows = token_rows(lines_of("1 " * 100, "12", "1 " * 100, "Total"), small)
    assert len(rows.ids) == 6
    assert rows.row_lines.tolist() == [0, 0, 0, 1, 2, 3]


def test_gaps_are_clipped(small):
    lines = lines_of("1 2", ratio=100)
    assert token_rows(lines, small).gaps.max() == 8.0


TEXT = st.text(st.sampled_from("Tota12.50: €äß—½ﬁ漢-/|_é\u0301"), max_size=60)


@given(TEXT)
def test_tokens_never_cross_a_border_and_miss_no_sign(shipped, text):
    tokens = shipped.tokens(text)
    borders = [match.span() for match in PIECE.finditer(text)]
    covered = set()
    last = 0
    for _, begin, end in tokens:
        assert begin < end
        assert any(a <= begin and end <= b for a, b in borders)
        assert begin >= last
        last = begin
        covered |= set(range(begin, end))
    printed = {i for a, b in borders for i in range(a, b)}
    assert covered == printed


def test_shipped_vocabulary_knows_european_languages(shipped):
    unknown = 0
    for text in ("Rechnungsnummer", "Größe", "Numéro de facture", "Fecha de emisión", "Łączna kwota", "€"):
        unknown += sum(token == 3 for token, _, _ in shipped.tokens(text))
    assert unknown == 0
