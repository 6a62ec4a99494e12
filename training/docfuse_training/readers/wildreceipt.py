"""WildReceipt: photographed receipts whose boxes carry 26 classes (Sun et al., 2021)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docfuse_training.readers.common import (
    DataError,
    labelled_box,
    labels,
    need,
    page_loader,
    read_json_lines,
    split_lines,
)
from docfuse_training.truth import TruthDocument, TruthPage


def _document(folder: Path, row: dict[str, Any], names: list[str]) -> TruthDocument:
    image = need(folder, row["file_name"])
    printed = [a for a in row["annotations"] if a["text"].strip()]
    boxes = [labelled_box("wildreceipt", a["box"], a["text"], names[a["label"]]) for a in printed]
    page_class = labels("wildreceipt")["page_class"]
    page = TruthPage(image.stem, page_loader(image), boxes, page_class=page_class)
    return TruthDocument(image.stem, str(image), [page], page_class=page_class)


def read_wildreceipt(folder: Path | str, split: str | None = None) -> list[TruthDocument]:
    """Receipts of the JSON lines `SPLIT.txt`; without a name dev.txt, else test.txt, else train.txt.

    Boxes without text, logos and stains of the class `Ignore` nearly all of them, are left out.

    Raises:
        DataError: the folder is not WildReceipt's.
    """
    folder = Path(folder)
    names = need(folder, "class_list.txt").read_text(encoding="utf-8").split()
    if unknown := set(names) - set(labels("wildreceipt")["labels"]):
        raise DataError(
            f"{folder}/class_list.txt has classes of another data set: {', '.join(sorted(unknown))}."
        )
    lines = split_lines(folder, split)
    if lines is None:
        lines = split_lines(folder, "train")
    return [_document(folder, row, names) for row in read_json_lines(folder, lines)]
