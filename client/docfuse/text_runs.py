"""Characters of a PDF page → runs of text: pieces of a line that belong together. Pure, no PDFium here."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

WIDEST_SPACE = 0.8
"""Widest gap within a run, in line heights. On 564 born-digital pages word spaces take 0.2 to 0.35, those of
typewriter faces up to 0.7, and columns mostly stand 1.2 and more apart."""
WIDEST_UNWRITTEN_SPACE = 0.5
"""The same where the PDF has no space character but only moves on, as from one column to the next."""
_SAME_LINE = 0.5
"""Least share of the lower one's height that two neighbours on a line have in common."""
_BACKWARDS = 0.3
"""Line heights that a character may begin left of its forerunner, as with kerning and accents."""
_SPACES = (0x09, 0x0A, 0x0D, 0x20, 0xA0, 0x2002, 0x2003, 0x2007, 0x2009, 0x200A, 0x202F, 0x3000)
_NOTHING = (0x00, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF)
"""Characters without a glyph."""
_READ_AS = {
    **dict.fromkeys(_SPACES, " "),
    **dict.fromkeys(_NOTHING, ""),
    **dict.fromkeys((0x02, 0xAD, 0xFFFE), "-"),  # what PDFium gives for a hyphen at the end of a line
    **dict.fromkeys((0xF0A7, 0xF0B7), "•"),  # bullets of the fonts Symbol and Wingdings
    0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st",
}  # fmt: skip


@dataclass(frozen=True)
class Characters:
    """The characters of a page in the order of its content.

    `codes` int64 [n] code points; `boxes` float64 [n, 4] x1, y1, x2, y2 in pixels of the page as rendered,
    as high as the line; `turns` int64 [n] clockwise quarter turns of the text on the page, -1 for a slant
    between them; `written` bool [n], false for the spaces and line ends that PDFium adds; `unmapped` bool
    [n], true where nobody knows which character the glyph is.
    """

    codes: np.ndarray
    boxes: np.ndarray
    turns: np.ndarray
    written: np.ndarray
    unmapped: np.ndarray

    def where(self, kept: np.ndarray) -> Characters:
        """Those for which `kept`, bool [n], holds."""
        columns = (self.codes, self.boxes, self.turns, self.written, self.unmapped)
        return Characters(*(column[kept] for column in columns))

    @property
    def inked(self) -> np.ndarray:
        """Which of them print something, bool [n]."""
        return ~np.isin(self.codes, _SPACES + _NOTHING) | self.unmapped

    def strings(self) -> list[str]:
        """What each reads as: ligatures in letters, soft hyphens as hyphens, nothing where unmapped."""
        pairs = zip(self.codes.tolist(), self.unmapped.tolist(), strict=True)
        return ["" if lost else _READ_AS.get(code, chr(code)) for code, lost in pairs]


@dataclass(frozen=True)
class Run:
    """A run of text.

    `box` x1, y1, x2, y2 in pixels of the page as rendered, as high as the line; `turn` its clockwise quarter
    turns on the page; `characters` how many of its characters print something.
    """

    text: str
    box: tuple[float, float, float, float]
    turn: int
    characters: int


def make_runs(characters: Characters) -> list[Run]:
    """Group characters into runs, row by row from left to right.

    A run ends where the line changes, where the text turns, and at a gap too wide for a space. Text that is
    slanted by other than quarter turns gives no run: no upright box fits it.
    """
    inked = np.flatnonzero(characters.inked & (characters.turns >= 0))
    if not len(inked):
        return []
    boxes, turns = characters.boxes[inked], characters.turns[inked]
    starts = np.flatnonzero(np.concatenate([[True], _ends(characters, inked, _upright(boxes, turns))]))
    counts = np.diff([*starts, len(inked)])
    corners = np.concatenate(
        [np.minimum.reduceat(boxes[:, :2], starts), np.maximum.reduceat(boxes[:, 2:], starts)], 1
    )
    strings = characters.strings()
    spans = zip(inked[starts].tolist(), inked[starts + counts - 1].tolist(), strict=True)
    texts = [_tidy(strings[first : last + 1]) for first, last in spans]
    rows = zip(texts, corners.tolist(), turns[starts].tolist(), counts.tolist(), strict=True)
    runs = [Run(text, tuple(box), turn, count) for text, box, turn, count in rows]
    return [runs[index] for index in _row_order(corners) if runs[index].text]


def _upright(boxes: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """Boxes as they are once each one's quarter turns are undone about the origin; float64 [n, 4]."""
    x1, y1, x2, y2 = boxes.T
    turned = ((x1, y1, x2, y2), (y1, -x2, y2, -x1), (-x2, -y2, -x1, -y1), (-y2, x1, -y1, x2))
    return np.stack([np.choose(turns, [each[side] for each in turned]) for side in range(4)], 1)


def _ends(characters: Characters, inked: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Whether a run ends between each two neighbours, bool [n - 1]; `boxes` are upright."""
    before, after = boxes[:-1], boxes[1:]
    heights = np.maximum(boxes[:, 3] - boxes[:, 1], 1e-6)
    common = np.minimum(before[:, 3], after[:, 3]) - np.maximum(before[:, 1], after[:, 1])
    spaces = np.cumsum(np.isin(characters.codes, _SPACES) & characters.written)[inked]
    widest = np.where(np.diff(spaces) > 0, WIDEST_SPACE, WIDEST_UNWRITTEN_SPACE)
    return (
        (np.diff(characters.turns[inked]) != 0)
        | (common < _SAME_LINE * np.minimum(heights[:-1], heights[1:]))
        | (after[:, 0] - before[:, 2] > widest * heights[:-1])
        | (after[:, 0] < before[:, 0] - _BACKWARDS * heights[:-1])
    )


def _tidy(strings: Iterable[str]) -> str:
    """One text with single spaces."""
    return unicodedata.normalize("NFC", " ".join("".join(strings).split()))


def _row_order(boxes: np.ndarray) -> list[int]:
    """Indices of boxes, float [n, 4], row by row from left to right."""
    middles, heights = boxes[:, [1, 3]].mean(1), boxes[:, 3] - boxes[:, 1]
    rows = np.zeros(len(boxes), np.int64)
    row, first = 0, -1
    for index in np.argsort(middles, kind="stable").tolist():
        if first >= 0 and middles[index] - middles[first] > min(heights[index], heights[first]) / 2:
            row, first = row + 1, -1
        first = index if first < 0 else first
        rows[index] = row
    return np.lexsort((boxes[:, 0], rows)).tolist()
