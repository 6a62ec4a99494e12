"""Real receipts, forms and letters labelled by eye: fields, key-value pairs, line items."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docfuse_pipeline.labels import DOCUMENT_FIELDS
from docfuse_training.readers.common import DataError, need, page_loader, read_json_lines
from docfuse_training.truth import TruthDocument, TruthPage

LABELS = Path(__file__).resolve().parents[2] / "labels"
"""In a checkout; an installed package does not hold the labels."""
FILE = "pages.jsonl"
SPLITS = ("train", "dev")


def read_pages(folder: Path | str, split: str | None = None) -> list[TruthDocument]:
    """Pages of my-receipts, registration forms and unlabelled pages; see `training/labels/README.md`.

    Every page is a document of its own, whose `file` may hold others: its picture is what counts.

    Args:
        folder: holds `my_receipts/`, `vrdu_registration/` and `unlabelled/`; or pages of your own, and their
            labels as `pages.jsonl`.
        split: `train` or `dev`, the default; `all` for both.

    Raises:
        DataError: a page or the labels are missing, or there is no such split.
    """
    if split not in (None, "all", *SPLITS):
        raise DataError(f"The labelled pages have no split {split}: there are {', '.join(SPLITS)} and all.")
    own = Path(folder) / FILE
    rows = read_json_lines(own if own.is_file() else need(LABELS, FILE))
    kept = [row for row in rows if split == "all" or row["split"] == (split or "dev")]
    return [_document(Path(folder), row) for row in kept]


def measuring_pages() -> set[str]:
    """Ids of the pages of `training/labels` that measure; none in an installed package."""
    path = LABELS / FILE
    return {row["id"] for row in read_json_lines(path) if row["split"] == "dev"} if path.is_file() else set()


def _document(folder: Path, row: dict[str, Any]) -> TruthDocument:
    path, fields = need(folder, row["source"]), dict(row["fields"])
    page = TruthPage(
        id=row["id"],
        load_image=page_loader(path, row["page"]),
        page_class=row["class"],
        values={name: [fields[name]] if name in fields else [] for name in DOCUMENT_FIELDS},
        pairs=[(key, value) for key, value in row["pairs"]],
        items=row["items"],
    )
    return TruthDocument(page.id, str(path), [page], fields, row["items"], page.page_class)
