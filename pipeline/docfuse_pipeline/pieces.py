"""Crops of one fixed size, as docTR's recognisers take them.

A crop keeps its proportions and is padded with black at its right or its bottom. What is longer than eight
times its height is cut into pieces of six times its height that overlap by half, and their texts are joined
where they agree (`merging`). Sizes, roundings and the filter are those of docTR's `RecognitionPredictor`, so
that the same patch of a page gives the same text.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from docfuse_pipeline.crops import Crops, upright_quads
from docfuse_pipeline.detection import sides
from docfuse_pipeline.resize import resized
from docfuse_pipeline.traits import RecognizerTraits

LONGEST = 8
"""Length of a patch, in its heights, from which it is cut into pieces."""
PIECE = 6
"""Length of a piece, in its heights."""
OVERLAP = 0.5
"""Share of a piece that it has in common with the next one."""
PAD = 0


@dataclass(frozen=True)
class Cut:
    """How a patch of a page is cut into pieces.

    Attributes:
        width: columns of the patch.
        height: rows of the patch.
        starts: first column of each piece.
        piece: columns of a piece.
    """

    width: int
    height: int
    starts: tuple[int, ...]
    piece: int

    @classmethod
    def of(cls, width: int, height: int) -> Cut:
        """The cut of a patch of `width` × `height` pixels."""
        if width <= LONGEST * height:
            return cls(width, height, (0,), width)
        piece = height * PIECE
        starts = list(range(0, width - piece + 1, piece - math.floor(piece * OVERLAP)))
        if starts[-1] + piece < width:
            starts.append(width - piece)
        return cls(width, height, tuple(starts), piece)

    @property
    def overlaps(self) -> list[float]:
        """Share of a piece that each piece but the first has in common with the one before it."""
        if len(self.starts) < 2:
            return []
        last = self.starts[-2] + self.piece - self.starts[-1]
        return [*[OVERLAP] * (len(self.starts) - 2), last / self.piece]

    def fitted(self, width: int, height: int) -> tuple[int, int]:
        """Columns and rows that a piece takes in a crop of `width` × `height`, its proportions kept."""
        ratio = self.height / self.piece
        if ratio == height / width:
            return width, height
        if ratio > height / width:
            return max(int(height / ratio), 1), height
        return width, max(int(width * ratio), 1)


def cuts(quads: np.ndarray) -> list[Cut]:
    """How each quad's patch is cut; float32 [N, 4, 2] page pixels."""
    low, high = np.floor(quads.min(1)), np.ceil(quads.max(1))
    length, depth = (np.ceil(side) for side in sides(quads))
    upright = upright_quads(quads)
    widths = np.maximum(np.where(upright, (high - low)[:, 0], length), 1)
    heights = np.maximum(np.where(upright, (high - low)[:, 1], depth), 1)
    return [Cut.of(int(width), int(height)) for width, height in zip(widths, heights, strict=True)]


def cut_pieces(page: np.ndarray, quads: np.ndarray, recognizer: RecognizerTraits) -> Crops:
    """Cut every quad out of the page and into pieces; a line whose pieces find no room is dropped whole.

    Args:
        page: uint8 [h, w, 3] RGB.
        quads: float32 [N, 4, 2] page pixels, clockwise from the text's top left.
        recognizer: one crop width, its cap and height.
    """
    ((width, cap),) = recognizer.caps.items()
    upright = upright_quads(quads)
    crops: list[np.ndarray] = []
    rows: list[int] = []
    dropped = 0
    for row, cut in enumerate(cuts(quads)):
        if len(rows) + len(cut.starts) > cap:
            dropped += 1
            continue
        patch = (_sliced if upright[row] else _warped)(page, quads[row], cut)
        for start in cut.starts:
            crops.append(_fitted(patch[:, start : start + cut.piece], cut, width, recognizer.height))
            rows.append(row)
    return Crops({width: (np.stack(crops), np.array(rows, np.int32))} if crops else {}, dropped)


def _sliced(page: np.ndarray, quad: np.ndarray, cut: Cut) -> np.ndarray:
    left, top = np.floor(quad.min(0)).astype(int)
    return page[top : top + cut.height, left : left + cut.width]


def _warped(page: np.ndarray, quad: np.ndarray, cut: Cut) -> np.ndarray:
    size = (cut.width, cut.height)
    target = np.array([[0, 0], [size[0], 0], size, [0, size[1]]], np.float32)
    matrix = cv2.getPerspectiveTransform(quad - np.float32(0.5), target - np.float32(0.5))
    return cv2.warpPerspective(page, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _fitted(piece: np.ndarray, cut: Cut, width: int, height: int) -> np.ndarray:
    crop = np.full((height, width, 3), PAD, np.uint8)
    if piece.size:
        columns, rows = cut.fitted(width, height)
        crop[:rows, :columns] = resized(piece, columns, rows)
    return crop
