"""Whether the text of a PDF page is what a reader of the page sees. Pure: numpy on pixels and characters.

Every rule errs towards reading the image: a page that is read without need costs time, a text that is
not what is printed costs the result. Limits were set on the pages of docs/evaluation.md, section Text layers.
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
MOST_OTHER_INK = 0.2
"""Share of the page's text-like area that may be other than its text; 0.143 at most (logos)."""
VOWELS = (0.18, 0.6)
"""Share of vowels among letters; 0.245 to 0.423 on the pages measured, 0.15 where every letter is the one
three places on, as with fonts that lie about their characters."""
_LETTERS_TO_JUDGE = 200
_VISIBLE = 40
"""Least difference, of 255, that text makes to the page."""
_EDGE = 60
"""Least difference, of 255, of neighbouring pixels at an edge."""
_CELL = 12
"""Side of the squares in which edges are counted, in pixels at 100 dpi: a line of small print."""


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


def seen_runs(runs: Sequence[Run], page: np.ndarray, without: np.ndarray) -> list[Run]:
    """Runs that show: the page looks different where they are if its text is not drawn.

    Args:
        runs: of the page, boxes within it.
        page: uint8 [H, W, 3], the page as rendered.
        without: the same without its text.
    """
    return [run for run in runs if _differ(page, without, run.box)]


def _differ(page: np.ndarray, without: np.ndarray, box: Sequence[float]) -> bool:
    x1, y1, x2, y2 = box
    place = slice(math.floor(y1), math.ceil(y2)), slice(math.floor(x1), math.ceil(x2))
    a, b = page[place], without[place]
    return bool(a.size and (np.maximum(a, b) - np.minimum(a, b)).max() >= _VISIBLE)


def other_ink(runs: Sequence[Run], page: np.ndarray, without: np.ndarray, dpi: float) -> float:
    """Share of the page's text-like area that is not its text: images of text, outlines, annotations.

    Args:
        runs: those that show.
        page: uint8 [H, W, 3], the page as rendered.
        without: the same without its text.
        dpi: pixels per inch of both.
    """
    step = max(1, round(dpi / 100))
    whole, rest = _gray(page[::step, ::step]), _gray(without[::step, ::step])
    outside = np.ones(whole.shape, bool)
    for run in runs:
        x1, y1, x2, y2 = (side / step for side in run.box)
        outside[math.floor(y1) : math.ceil(y2), math.floor(x1) : math.ceil(x2)] = False
    return _text_like(np.where(outside, whole, rest)) / max(_text_like(whole), 1)


def _gray(pixels: np.ndarray) -> np.ndarray:
    """Gray levels of RGB, uint8 [h, w, 3] → [h, w]."""
    return (pixels[..., 0] >> 2) + (pixels[..., 1] >> 1) + (pixels[..., 2] >> 2)


def _text_like(gray: np.ndarray) -> int:
    """Squares with as many edges across and along as letters make; rulings, fills and bar codes have fewer.

    `gray` uint8 [h, w] at about 100 dpi.
    """
    levels = gray.astype(np.int16)
    across = np.abs(np.diff(levels, axis=1, append=levels[:, -1:])) > _EDGE
    along = np.abs(np.diff(levels, axis=0, append=levels[-1:])) > _EDGE
    return int(((_per_square(across) >= _CELL) & (_per_square(along) >= _CELL)).sum())


def _per_square(edges: np.ndarray) -> np.ndarray:
    """Number of edges in each whole square; bool [h, w] → int [h // side, w // side]."""
    rows, columns = edges.shape[0] // _CELL, edges.shape[1] // _CELL
    edges = edges[: rows * _CELL, : columns * _CELL].view(np.uint8)
    down = edges.reshape(rows, _CELL, columns * _CELL).sum(1, dtype=np.uint8)
    return down.reshape(rows, columns, _CELL).sum(2, dtype=np.int64)
