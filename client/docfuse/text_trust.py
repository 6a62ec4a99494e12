"""Whether the text of a PDF page is what a reader of the page sees. Pure: numpy on pixels and characters.

Every rule errs towards reading the image: a page that is read without need costs time, a text that is
not what is printed costs the result. Limits were set on the pages of docs/reading.md, section Text layers.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence

import numpy as np

from docfuse.text_runs import Characters, Run

MOST_IMAGE = 0.1
"""Share of the page that images may take; 0.047 at most (logos) on the pages measured."""
FEWEST_CHARACTERS = 8
MOST_UNMAPPED = 0.01
"""Share of characters that may be unknown; none is on the pages measured."""
MOST_TURNED = 0.2
"""Share of characters that may not be upright; 0.056 at most on the pages measured."""
MOST_HIDDEN = 0.1
"""Share of characters that nobody sees; 0.062 at most (white on white) on the pages measured."""
MOST_OTHER_INK = 0.1
"""Squares that look like text and are none, by character; 0.04 at most (logos). Text has about 0.6."""
VOWELS = (0.18, 0.6)
"""Share of vowels among letters; 0.245 to 0.423 on the pages measured, 0.15 where every letter is the one
three places on, as with fonts that lie about their characters."""
_LETTERS_TO_JUDGE = 200
_VISIBLE = 40
"""Least difference, of 255, that text makes to the page."""
_EDGE = 60
"""Least difference, of 255, of neighbouring pixels at an edge."""
_GREEN = 1
"""The channel that is looked at: it is most of what the eye sees."""
_SQUARE = 12
"""Side of the squares in which edges are counted, in pixels at 100 dpi: a line of small print."""
_EDGES, _ROWS = 3, 2
"""Edges in a row, and such rows, that a square with letters has at least."""


def unmapped_codes(codes: np.ndarray) -> np.ndarray:
    """Which code points stand for no character: controls, private use, surrogates; bool [n]."""
    controls = (codes < 0x20) & ~np.isin(codes, (0x00, 0x02, 0x09, 0x0A, 0x0D))
    private = (codes >= 0xE000) & (codes <= 0xF8FF) & ~np.isin(codes, (0xF0A7, 0xF0B7)) | (codes >= 0xF0000)
    surrogates = (codes >= 0xD800) & (codes <= 0xDFFF)
    return controls | private | surrogates | (codes == 0xFFFD) | (codes == 0xFFFF)


def character_doubt(characters: Characters) -> str | None:
    """Why the characters alone cannot be trusted; None if they can."""
    inked = characters.inked
    count = max(int(inked.sum()), 1)
    if count < FEWEST_CHARACTERS:
        return "no_text"
    if characters.unmapped[inked].sum() > MOST_UNMAPPED * count:
        return "unmapped_characters"
    if (characters.turns[inked] != 0).sum() > MOST_TURNED * count:
        return "turned_text"
    return None if _plausible(characters.codes[inked]) else "implausible_text"


def _plausible(codes: np.ndarray) -> bool:
    """Whether Latin letters are mixed as in any language; too few of them are."""
    text = unicodedata.normalize("NFD", "".join(map(chr, codes.tolist()))).lower()
    letters = [character for character in text if "a" <= character <= "z"]
    share = sum(character in "aeiouy" for character in letters) / max(len(letters), 1)
    return len(letters) < _LETTERS_TO_JUDGE or VOWELS[0] <= share <= VOWELS[1]


def seen(characters: Characters, page: np.ndarray, without: np.ndarray) -> np.ndarray:
    """Which characters show, bool [n]: the page looks different where they are if its text is not drawn.

    So text under a picture or a black bar does not, nor does white text on white.

    Args:
        characters: of the page.
        page: uint8 [H, W, 3], the page as rendered.
        without: the same without its text.
    """
    a, b = page[..., _GREEN], without[..., _GREEN]
    differs = np.maximum(a, b) - np.minimum(a, b) >= _VISIBLE
    low = np.floor(characters.boxes[:, :2]).clip(0).astype(int).tolist()
    high = np.ceil(characters.boxes[:, 2:]).clip(0).astype(int).tolist()
    boxes = zip(low, high, strict=True)
    return np.array([differs[y1:y2, x1:x2].any() for (x1, y1), (x2, y2) in boxes], bool)


def other_ink(runs: Sequence[Run], page: np.ndarray, without: np.ndarray, dpi: float) -> float:
    """How much looks like text and is none, in squares a character: images of text, outlines, annotations.

    Args:
        runs: those of the page.
        page: uint8 [H, W, 3], the page as rendered.
        without: the same without its text.
        dpi: pixels per inch of both.
    """
    step = max(1, round(dpi / 100))
    rest, bare = page[::step, ::step, _GREEN].copy(), without[::step, ::step, _GREEN]
    for run in runs:
        x1, y1, x2, y2 = (max(side, 0) / step for side in run.box)
        place = slice(math.floor(y1), math.ceil(y2)), slice(math.floor(x1), math.ceil(x2))
        rest[place] = bare[place]
    return _text_like(rest) / max(sum(run.characters for run in runs), 1)


def _text_like(gray: np.ndarray) -> int:
    """Squares with edges as letters have them: three in several rows, and three in several columns.

    Rulings and where they cross, fills and bar codes have fewer. `gray` uint8 [h, w] at about 100 dpi.
    """
    rows, columns = gray.shape[0] // _SQUARE, gray.shape[1] // _SQUARE
    levels = gray[: rows * _SQUARE, : columns * _SQUARE].astype(np.int16)
    across = np.abs(np.diff(levels, axis=1, append=levels[:, -1:])) > _EDGE
    along = np.abs(np.diff(levels, axis=0, append=levels[-1:])) > _EDGE
    return int((_busy_rows(across) & _busy_rows(along.T).T).sum())


def _busy_rows(edges: np.ndarray) -> np.ndarray:
    """Which squares have enough rows with enough edges; bool [h, w] → [h // side, w // side]."""
    in_row = _sums(edges, 1) >= _EDGES
    return _sums(in_row, 0) >= _ROWS


def _sums(flags: np.ndarray, axis: int) -> np.ndarray:
    """Sums of as many neighbours along an axis as a square is wide; bool → uint8."""
    parts = np.moveaxis(flags, axis, 0).astype(np.uint8)
    return np.moveaxis(
        np.add.reduce([parts[shift::_SQUARE] for shift in range(_SQUARE)], dtype=np.uint8), 0, axis
    )
