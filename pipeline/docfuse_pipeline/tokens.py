"""Text lines → rows of tokens for the text encoder, each token with its place on the line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import tokenizers

from docfuse_pipeline.detection import sides
from docfuse_pipeline.lines import Lines
from docfuse_pipeline.resources import weights
from docfuse_pipeline.settings import ROW_CAP, ROW_TOKENS

PAD = 1
UNKNOWN = 3
WORD_START = "▁"
WIDEST_GAP = 8.0
PIECE = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
"""Runs of letters, runs of digits, and every other sign by itself: a cut may fall between any of these, so
no token may stand across their border ("Total:12.50")."""

Piece = tuple[tuple[int, int, int], ...]
"""Tokens of a piece: vocabulary id, first and one-past-last character within the piece."""


@dataclass(frozen=True)
class TokenRows:
    """Token rows of one page, lines ascending; at least one row.

    `row_lines` int32 [R] (-1: no line), `ids` int32 [R, 32], `gaps` float32 [R, 32] in heights of the line,
    `spans` int32 [R, 32, 2] characters of the line's text, `places` float32 [R, 32, 2] fractions of the
    line's length. Padding: id 1, zeros elsewhere.
    """

    row_lines: np.ndarray
    ids: np.ndarray
    gaps: np.ndarray
    spans: np.ndarray
    places: np.ndarray


class Tokenizer:
    """A Unigram vocabulary applied piece by piece.

    Lines are split into pieces by PIECE in Python, not by the tokenizer file; a piece after white space or at
    the line's begin carries the vocabulary's word-start mark, one that is attached to its neighbour does not.
    No special tokens.

    Args:
        path: a `tokenizers` JSON file; the project's weights if left out.
    """

    def __init__(self, path: Path | None = None):
        path = path or weights() / "tokenizer.json"
        self._tokenizer = tokenizers.Tokenizer.from_str(path.read_text(encoding="utf-8"))
        self._piece = lru_cache(maxsize=50_000)(self._tokens_of_piece)

    def tokens(self, text: str) -> list[tuple[int, int, int]]:
        """Tokens of a line: vocabulary id, first and one-past-last character in `text`."""
        return list(self._tokens(text))

    def _tokens(self, text: str) -> Iterator[tuple[int, int, int]]:
        end = -1
        for match in PIECE.finditer(text):
            begin = match.start()
            for token, first, last in self._piece(match.group(), begin != end):
                yield token, begin + first, begin + last
            end = match.end()

    def _tokens_of_piece(self, piece: str, starts_word: bool) -> Piece:
        form = unicodedata.normalize("NFKC", piece)
        mark = WORD_START if starts_word else ""
        found, place = [], -len(mark)
        for token in self._tokenizer.model.tokenize(mark + form):
            first, place = place, place + len(token.value)
            if place > 0:
                found.append((token.id, max(first, 0), place))
        share = len(piece) / max(len(form), 1)
        return tuple((i, int(a * share), max(round(b * share), int(a * share) + 1)) for i, a, b in found)


def token_rows(lines: Lines, tokenizer: Tokenizer) -> TokenRows:
    """Tokenise the lines of a page into rows of 32.

    A line that needs several rows gets them one after the other. Every line gets one row at least; where
    all would need more than ROW_CAP, long lines lose their ends.
    """
    tokens = [tokenizer.tokens(text) for text in lines.texts]
    needed = _capped([max(1, -(-len(line) // ROW_TOKENS)) for line in tokens])
    total = max(1, sum(needed))
    rows = TokenRows(
        row_lines=np.repeat(np.arange(len(needed), dtype=np.int32), needed)
        if needed
        else np.full(1, -1, np.int32),
        ids=np.full((total, ROW_TOKENS), PAD, np.int32),
        gaps=np.zeros((total, ROW_TOKENS), np.float32),
        spans=np.zeros((total, ROW_TOKENS, 2), np.int32),
        places=np.zeros((total, ROW_TOKENS, 2), np.float32),
    )
    length, height = sides(lines.quads)
    ratios = length / np.maximum(height, 1e-6)
    first = 0
    for line, count in enumerate(needed):
        _fill(rows, slice(first, first + count), tokens[line], lines.places[line], float(ratios[line]))
        first += count
    return rows


def _capped(needed: list[int]) -> list[int]:
    """Take rows from the last lines that have several until the cap is kept."""
    excess = sum(needed) - ROW_CAP
    for line in reversed(range(len(needed))):
        if excess <= 0:
            break
        taken = min(excess, needed[line] - 1)
        needed[line] -= taken
        excess -= taken
    return needed


def _fill(
    rows: TokenRows, where: slice, tokens: list[tuple[int, int, int]], places: np.ndarray, ratio: float
) -> None:
    """Write one line's tokens into its rows."""
    room = (where.stop - where.start) * ROW_TOKENS
    table = np.array(tokens[:room], np.int32).reshape(-1, 3)
    count = len(table)
    if not count:
        return
    begin, end = places[table[:, 1], 0], places[table[:, 2] - 1, 1]
    gaps = np.zeros(count, np.float32)
    gaps[1:] = np.clip((begin[1:] - end[:-1]) * ratio, 0, WIDEST_GAP)
    rows.ids[where].reshape(-1)[:count] = table[:, 0]
    rows.gaps[where].reshape(-1)[:count] = gaps
    rows.spans[where].reshape(-1, 2)[:count] = table[:, 1:]
    rows.places[where].reshape(-1, 2)[:count] = np.stack([begin, end], 1)
