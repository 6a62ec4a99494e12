"""Ad-buy forms: invoices and orders of American broadcasters, PDFs with five labelled values."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from docfuse_training.readers.common import labels, need, page_loader, read_json_lines, split_lines
from docfuse_training.truth import TruthDocument, TruthPage

DEV_SHARE = 5
"""One advertiser in so many is held out of training."""


def split_of(advertiser: str | None) -> str:
    """`dev` or `train`, by a hash of the advertiser's letters and digits: no advertiser is in both."""
    name = re.sub(r"[\W_]", "", (advertiser or "").lower())
    return "train" if hashlib.sha256(name.encode()).digest()[0] % DEV_SHARE else "dev"


def _document(folder: Path, row: dict[str, Any]) -> TruthDocument:
    meaning = labels("adbuy")
    path = need(folder, row["file"])
    values = {
        field: row["fields"][name] for name, field in meaning["values"].items() if row["fields"].get(name)
    }
    page_class = meaning["page_classes"].get(row["layout"])
    pages = [
        TruthPage(
            id=f"{path.stem}-{index}",
            load_image=page_loader(path, index),
            page_class=page_class,
            values={field: [value] for field, value in values.items()},
        )
        for index in range(row["pages"])
    ]
    extra = {"layout": row["layout"], "in_text": row.get("in_text", {}), "text_layer": row.get("text_layer")}
    return TruthDocument(path.stem, str(path), pages, values, page_class=page_class, extra=extra)


def read_adbuy(folder: Path | str, split: str | None = None) -> list[TruthDocument]:
    """Documents of `labels.jsonl`; every page carries the document's values, wherever they stand.

    The folder has no lists of its own: without a list, `train` and `dev` are made by `split_of`.

    Raises:
        DataError: the folder is not ad-buy's.
    """
    folder = Path(folder)
    rows = read_json_lines(need(folder, "labels.jsonl"))
    if split in ("train", "dev") and not (folder / f"{split}.txt").is_file():
        rows = [row for row in rows if split_of(row["fields"].get("advertiser")) == split]
    elif (chosen := split_lines(folder, split)) is not None:
        rows = [row for row in rows if row["file"] in chosen or Path(row["file"]).stem in chosen]
    return [_document(folder, row) for row in rows]
