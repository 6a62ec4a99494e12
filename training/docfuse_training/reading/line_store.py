"""Crops of text lines on disk, to train the recogniser on: one file per source, memory-mapped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

MARGIN = 0.35
"""What is kept around a line on every side, in heights of the line, so that its crop can be moved."""
INDEX = "lines.json"
TALLEST = 48
"""Lines are stored no higher than this, pixels."""


@dataclass(frozen=True)
class Line:
    """A text line cut out of its page with a margin.

    Attributes:
        image: uint8 [h, w] gray.
        box: x1, y1, x2, y2 of the line in the image, pixels.
        text: what it says.
        exact: whether case and white space of the text are right; otherwise only the other characters count.
    """

    image: np.ndarray
    box: tuple[float, float, float, float]
    text: str
    exact: bool

    @property
    def length(self) -> float:
        """Its width in heights."""
        return _length(self.box)


def _length(box: Sequence[float]) -> float:
    x1, y1, x2, y2 = box
    return (x2 - x1) / (y2 - y1)


def cut_line(page: np.ndarray, box: tuple[float, float, float, float], text: str, exact: bool) -> Line | None:
    """Cut an upright line out of a page, uint8 [H, W] gray; None if nothing of it is on the page."""
    x1, y1, x2, y2 = box
    room = MARGIN * (y2 - y1)
    left, top = max(int(x1 - room), 0), max(int(y1 - room), 0)
    part = page[top : int(np.ceil(y2 + room)), left : int(np.ceil(x2 + room))]
    if part.size == 0 or x2 - x1 < 2 or y2 - y1 < 4:
        return None
    scale = min(1.0, TALLEST / (y2 - y1))
    if scale < 1:
        part = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    moved = (np.array(box) - (left, top, left, top)) * scale
    return Line(part, tuple(moved.tolist()), text, exact)


class LineStore:
    """Lines of one source, read from the disk as they are asked for.

    Raises:
        FileNotFoundError: there is no such store.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        records = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        self._records: list[tuple[int, int, list[float], str, bool]] = records
        images = folder / "images.bin"
        self._bytes = np.memmap(images, np.uint8, "r") if records else np.zeros(0, np.uint8)

    def __reduce__(self) -> tuple[type[LineStore], tuple[Path]]:
        """Another process opens the store for itself."""
        return LineStore, (self._folder,)

    def __len__(self) -> int:
        return len(self._records)

    def length(self, index: int) -> float:
        """Width of a line in heights of the line."""
        return _length(self._records[index][2])

    def text(self, index: int) -> str:
        """Text of a line."""
        return self._records[index][3]

    def __getitem__(self, index: int) -> Line:
        start, end, box, text, exact = self._records[index]
        image = cv2.imdecode(self._bytes[start:end], cv2.IMREAD_GRAYSCALE)
        return Line(image, tuple(box), text, exact)  # type: ignore[arg-type]


def write_lines(folder: Path, lines: Iterable[Line]) -> int:
    """Store lines as JPEG (quality 95); the index is written last, so that a store is whole or not there."""
    folder.mkdir(parents=True, exist_ok=True)
    records, end = [], 0
    with (folder / "images.bin").open("wb") as file:
        for line in lines:
            data = cv2.imencode(".jpg", line.image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
            file.write(data)
            box = [round(float(value), 2) for value in line.box]
            records.append((end, end + len(data), box, line.text, line.exact))
            end += len(data)
    (folder / INDEX).write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
    return len(records)


def has_lines(folder: Path) -> bool:
    """Whether a whole store is there."""
    return (folder / INDEX).is_file()
