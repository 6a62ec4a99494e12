"""Segments: lines cut where key and value, or two values, share them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from docfuse_pipeline.settings import CUT_THRESHOLD

PAD = 1
"""Vocabulary id that fills the rest of a token row."""
_LEADING = re.compile(r"\s*(?:[:;|=]+|[-–—/.,_·:;|=\s]+(?=\s|$))")
"""Separators at the front of a segment that belong to what stands left of them."""
_LEADERS = re.compile(r"(?<=\w)\W{0,2}(?:\.{4,}|…{2,}|(?:\. ){3,}|_{4,})[.\s]*(?=\S)")
"""Dots or a line between a key and its value."""
_OPENING, _CLOSING = tuple("([{"), tuple(")]}")
"""Brackets that are never parted from what they hold."""
_NARROWEST = 1e-3
"""Least share of the line's length that a segment takes."""


@dataclass(frozen=True)
class TokenRows:
    """The token rows of a page.

    `lines` int [M] (-1: dummy row), `ids` int [M, T], `spans` int [M, T, 2] (characters of the line),
    `places` float [M, T, 2] (fractions of the line's length), `cuts` float [M, T] (probability that a new
    segment begins), with T = settings.ROW_TOKENS.
    """

    lines: np.ndarray
    ids: np.ndarray
    spans: np.ndarray
    places: np.ndarray
    cuts: np.ndarray


@dataclass(frozen=True)
class Segments:
    """Segments in reading order.

    `quads` float32 [n, 4, 2] page pixels, clockwise from the text's top left; `lines` int32 [n]; `scores`
    float32 [n], the line's reading confidence; `membership` int [M, T], the segment of each token (-1: none).
    """

    texts: list[str]
    quads: np.ndarray
    lines: np.ndarray
    scores: np.ndarray
    membership: np.ndarray

    def __len__(self) -> int:
        return len(self.texts)

    def first(self, limit: int) -> Segments:
        """The first `limit` segments."""
        return replace(
            self,
            texts=self.texts[:limit],
            quads=self.quads[:limit],
            lines=self.lines[:limit],
            scores=self.scores[:limit],
            membership=np.where(self.membership < limit, self.membership, -1),
        )


def cut_lines(
    texts: list[str],
    quads: np.ndarray,
    scores: np.ndarray,
    cuttable: np.ndarray,
    rows: TokenRows,
    threshold: float = CUT_THRESHOLD,
) -> Segments:
    """Cut the lines of a page into segments.

    A segment begins at the first token of a line, and in a cuttable line at each token whose cut probability
    reaches the threshold, or that dots or a line lead to. Separators such as a lone ":" go with what stands
    left of them, brackets with what they hold. A line without text is a segment without tokens.

    Args:
        texts: text of each line [L].
        quads: float [L, 4, 2], page pixels.
        scores: float [L].
        cuttable: bool [L].
        rows: the lines' token rows.
        threshold: least probability of a cut.
    """
    membership = np.full(rows.ids.size, -1, np.int64)
    pieces: list[_Piece] = []
    for line, (text, tokens) in enumerate(zip(texts, _tokens_of_lines(rows, len(texts)), strict=True)):
        may_cut = threshold if cuttable[line] else np.inf
        for piece, chosen in _pieces(line, text, tokens, rows, may_cut):
            membership[chosen] = len(pieces)
            pieces.append(piece)
    lines = np.array([piece.line for piece in pieces], np.int32)
    ranges = np.array([piece.range for piece in pieces], np.float32).reshape(-1, 2)
    return Segments(
        [piece.text for piece in pieces],
        part_of_quads(np.asarray(quads, np.float32)[lines], ranges),
        lines,
        np.asarray(scores, np.float32)[lines],
        membership.reshape(rows.ids.shape),
    )


@dataclass(frozen=True)
class _Piece:
    """A segment of one line: its text, and the part of the line's length that it takes."""

    line: int
    text: str
    range: tuple[float, float]


def _tokens_of_lines(rows: TokenRows, count: int) -> list[np.ndarray]:
    """Indices of each line's tokens into the flattened rows, in reading order."""
    owners = np.repeat(rows.lines, rows.ids.shape[1])
    tokens = np.flatnonzero((rows.ids.ravel() != PAD) & (owners >= 0))
    return np.split(tokens, np.searchsorted(owners[tokens], np.arange(1, count + 1)))[:count]


def _pieces(
    line: int, text: str, tokens: np.ndarray, rows: TokenRows, threshold: float
) -> Iterator[tuple[_Piece, np.ndarray]]:
    """The segments of one line, each with its tokens; the first and the last reach to the line's ends."""
    characters = rows.spans.reshape(-1, 2)[tokens, 0]
    places = rows.places.reshape(-1, 2)[tokens]
    wanted = rows.cuts.ravel()[tokens] >= threshold
    if np.isfinite(threshold):
        wanted[_behind_leaders(text, characters)] = True
    starts = _starts(text, characters, np.flatnonzero(wanted))
    for start, end in zip(starts, [*starts[1:], None], strict=True):
        first = 0 if start == 0 else int(characters[start])
        last = len(text) if end is None else int(characters[end])
        begin = 0.0 if start == 0 else float(places[start, 0])
        finish = 1.0 if end is None else float(places[end - 1, 1])
        yield _Piece(line, text[first:last].strip(), (begin, finish)), tokens[start:end]


def _behind_leaders(text: str, characters: np.ndarray) -> np.ndarray:
    """Tokens that follow on dots or a line which lead to them, as in "Subtotal ........ 12.50"."""
    ends = [match.end() for match in _LEADERS.finditer(text)]
    tokens: np.ndarray = np.searchsorted(characters, ends)
    return tokens[tokens < len(characters)]


def _starts(text: str, characters: np.ndarray, wanted: np.ndarray) -> list[int]:
    """First token of each segment of a line; separators at a segment's front are left to its forerunner.

    `characters` int [t] holds where each token of the line begins, `wanted` the tokens to cut at.
    """
    starts = [0]
    cuts = [int(token) for token in wanted if token > 0]
    for index, token in enumerate(cuts):
        stop = cuts[index + 1] if index + 1 < len(cuts) else len(characters)
        front = int(characters[token])
        end = int(characters[stop]) if stop < len(characters) else len(text)
        leading = _LEADING.match(text, front, end)
        after = leading.end() if leading else front
        token += int(np.searchsorted(characters[token:stop], after))
        if token < stop and _may_begin(text, int(characters[token]), end):
            starts.append(token)
    if len(starts) > 1 and _is_separator(text[: int(characters[starts[1]])]):
        del starts[1]
    return starts


def _may_begin(text: str, start: int, end: int) -> bool:
    """Whether a segment may begin there: it holds something, and no bracket is parted from its content."""
    inside = text[:start].endswith(_OPENING) or text.startswith(_CLOSING, start)
    return bool(text[start:end].strip()) and not inside


def _is_separator(text: str) -> bool:
    """Whether nothing but separators stands in the text."""
    leading = _LEADING.match(text.strip() + " ")
    return leading is not None and leading.end() >= len(text.strip())


def part_of_quads(quads: np.ndarray, ranges: np.ndarray) -> np.ndarray:
    """The part of each quad between two fractions of its length.

    Args:
        quads: float [n, 4, 2], clockwise from the text's top left.
        ranges: float [n, 2], where the part begins and ends, 0 to 1.

    Returns:
        float32 [n, 4, 2]; the corners lie on the upper and the lower edge.
    """
    begin = np.clip(ranges[:, :1], 0.0, 1.0 - _NARROWEST)
    end = np.clip(ranges[:, 1:], begin + _NARROWEST, 1.0)
    top, bottom = quads[:, 1] - quads[:, 0], quads[:, 2] - quads[:, 3]
    corners = (
        quads[:, 0] + begin * top,
        quads[:, 0] + end * top,
        quads[:, 3] + end * bottom,
        quads[:, 3] + begin * bottom,
    )
    return np.stack(corners, 1).astype(np.float32)
