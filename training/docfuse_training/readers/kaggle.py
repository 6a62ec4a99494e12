"""Synthetic invoices of Kaggle (batch1): one template, an image and a JSON of the same name each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docfuse_pipeline.dates import find_dates
from docfuse_training.readers.common import DataError, labels, need, page_loader, read_json, split_lines
from docfuse_training.truth import TruthDocument, TruthPage

_SIGNS = re.compile(r"[^\d.,]")


def _number(printed: str) -> str:
    """An amount as the labels have it, "12 973,88" or "467.12", with a point; empty for none."""
    return _SIGNS.sub("", printed).replace(",", ".")


def _item(row: dict[str, str]) -> dict[str, str]:
    """Description and quantity; the price is that with tax, for which there is no canonical column."""
    return {"description": " ".join(row["description"].split()), "quantity": _number(row["quantity"])}


def _document(folder: Path, path: Path) -> TruthDocument:
    image, meaning = need(folder, f"{path.stem}.jpg"), labels("kaggle")
    known: dict[str, Any] = read_json(path)["data"]
    places = {field: place.split() for place, field in meaning["values"].items()}
    values = {field: known[group][name] for field, (group, name) in places.items()}
    values["issue_date"] = next(iter(find_dates(values["issue_date"], day_first=False)), "")
    values |= {field: _number(values[field]) for field in ("tax_amount", "gross_amount")}
    return TruthDocument(
        path.stem,
        str(image),
        [TruthPage(path.stem, page_loader(image), page_class=meaning["page_class"])],
        {field: value for field, value in values.items() if value},
        [_item(row) for row in known["items"]],
        meaning["page_class"],
    )


def read_kaggle(folder: Path | str, split: str | None = None) -> list[TruthDocument]:
    """Invoices of a folder by their names, with what their JSON says of header and line items.

    Raises:
        DataError: the folder has no such invoices.
    """
    folder = Path(folder)
    need(folder)
    paths = sorted(folder.glob("*.json"))
    if (chosen := split_lines(folder, split)) is not None:
        paths = [path for path in paths if path.stem in chosen]
    if not paths:
        raise DataError(f"{folder} has no JSON files: is it the folder of the invoices and their labels?")
    try:
        return [_document(folder, path) for path in paths]
    except (KeyError, TypeError) as error:
        raise DataError(f"{folder}: a label file lacks what these invoices have: {error}.") from error
