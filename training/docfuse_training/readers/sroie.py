"""SROIE 2019: scanned receipts with their text lines and four values (ICDAR 2019 challenge)."""

from __future__ import annotations

from pathlib import Path

from docfuse_training.readers.common import (
    DataError,
    bounds,
    labels,
    need,
    page_loader,
    read_json,
    split_lines,
)
from docfuse_training.truth import TruthBox, TruthDocument, TruthPage


def read_boxes(path: Path) -> list[TruthBox]:
    """Lines of a box file: eight corner coordinates (pixels) and a text that may hold commas itself.

    Raises:
        DataError: a line has fewer parts, or no coordinates.
    """
    boxes = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig", errors="replace").splitlines(), 1):
        if not line.strip():
            continue
        *corners, text = line.split(",", 8)
        try:
            if len(corners) != 8:
                raise ValueError
            boxes.append(TruthBox(bounds([float(corner) for corner in corners]), text))
        except ValueError:
            raise DataError(f"{path}, line {number}: not eight coordinates and a text.") from None
    return boxes


def _document(folder: Path, name: str) -> TruthDocument:
    meaning = labels("sroie")
    image = need(folder, "img", f"{name}.jpg")
    key = read_json(need(folder, "key", f"{name}.json"))
    values = {field: key[label] for label, field in meaning["values"].items() if key.get(label)}
    page = TruthPage(
        id=name,
        load_image=page_loader(image),
        boxes=read_boxes(need(folder, "box", f"{name}.csv")),
        page_class=meaning["page_class"],
        values={field: [value] for field, value in values.items()},
    )
    return TruthDocument(name, str(image), [page], values, page_class=meaning["page_class"])


def read_sroie(folder: Path | str, split: str | None = None) -> list[TruthDocument]:
    """Receipts of `img/`, `box/` and `key/`; see `split_lines` for the split.

    Raises:
        DataError: the folder is not SROIE's.
    """
    folder = Path(folder)
    need(folder, "img"), need(folder, "box"), need(folder, "key")
    names = split_lines(folder, split) or sorted(path.stem for path in (folder / "img").glob("*.jpg"))
    return [_document(folder, name.strip()) for name in names]
