"""RVL-CDIP: scanned pages of 16 classes (Harley et al., 2015)."""

from __future__ import annotations

import csv
from pathlib import Path

from docfuse_training.readers.common import DataError, labels, need, page_loader, split_lines
from docfuse_training.truth import TruthDocument, TruthPage


def _document(folder: Path, row: dict[str, str]) -> TruthDocument:
    meaning = labels("rvlcdip")
    image = need(folder, row["file"])
    page_class = meaning["page_classes"].get(row["label"])
    source = row.get("source", "")
    group = next((name for name, sources in meaning["groups"].items() if source in sources), None)
    page = TruthPage(row["file"], page_loader(image), page_class=page_class)
    extra = {"label": row["label"], "source": source, "group": group}
    return TruthDocument(row["file"], str(image), [page], page_class=page_class, extra=extra)


def read_rvlcdip(folder: Path | str, split: str | None = None) -> list[TruthDocument]:
    """Pages of `labels.csv`; `extra` has the class of the data set, and whether the page is easy or hard.

    Raises:
        DataError: the folder is not RVL-CDIP's.
    """
    folder = Path(folder)
    with need(folder, "labels.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or not {"file", "label"} <= set(rows[0]):
        raise DataError(f"{folder}/labels.csv has no columns `file` and `label`.")
    if (chosen := split_lines(folder, split)) is not None:
        rows = [row for row in rows if row["file"] in chosen]
    return [_document(folder, row) for row in rows]
