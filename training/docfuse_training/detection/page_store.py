"""Pages with the boxes of their text lines on disk, at the scale in which the detector sees them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from docfuse_pipeline.page import letterbox

INDEX = "pages.json"


@dataclass(frozen=True)
class LinePage:
    """A page, uint8 [H, W, 3] RGB, and the boxes of its lines, float [N, 4] pixels."""

    image: np.ndarray
    boxes: np.ndarray


def write_pages(folder: Path, pages: Iterable[LinePage]) -> int:
    """Store pages as JPEG (quality 92) on their canvas; the index is written last."""
    folder.mkdir(parents=True, exist_ok=True)
    records: list[dict[str, Any]] = []
    for page in pages:
        canvas, scale = letterbox(page.image)
        name = f"{len(records):05}.jpg"
        cv2.imwrite(str(folder / name), canvas[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
        records.append({"image": name, "boxes": np.round(page.boxes * scale, 1).tolist()})
    (folder / INDEX).write_text(json.dumps(records), encoding="utf-8")
    return len(records)


def has_pages(folder: Path) -> bool:
    """Whether a whole store is there."""
    return (folder / INDEX).is_file()


class PageStore:
    """Pages of one source, read from the disk as they are asked for.

    Raises:
        FileNotFoundError: there is no such store.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._records = json.loads((folder / INDEX).read_text(encoding="utf-8"))

    def __len__(self) -> int:
        return len(self._records)

    def __getitem__(self, index: int) -> LinePage:
        record = self._records[index]
        image = cv2.imread(str(self._folder / record["image"]), cv2.IMREAD_COLOR_RGB)
        if image is None:
            raise FileNotFoundError(f"{self._folder / record['image']} is no image.")
        return LinePage(image, np.array(record["boxes"], np.float64).reshape(-1, 4))
