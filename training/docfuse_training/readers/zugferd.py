"""ZUGFeRD corpus: hybrid invoices, PDF pages with the same invoice as XML beside them."""

from __future__ import annotations

import csv
from pathlib import Path

from docfuse_pipeline.printed_names import squeezed
from docfuse_training.readers.cii import read_cii
from docfuse_training.readers.common import labels, need, page_loader, split_lines
from docfuse_training.readers.printed import is_printed, kind_of, pdf_text
from docfuse_training.truth import TruthDocument, TruthPage

VISUAL = "ferd_1p0_visual"
"""The rendering that looks like an ordinary invoice; the others are style sheets that print the XML."""


def _document(folder: Path, row: dict[str, str], text: str) -> TruthDocument:
    path, page_class = need(folder, row["file"]), labels("zugferd")["page_class"]
    header, lines = read_cii(need(folder, row["xml"]))
    values = {field: v for field, v in header.items() if is_printed(v, kind_of(field), text)}
    items = []
    for line in lines:
        printed = {c: [v for v in vs if is_printed(v, kind_of(c), text)] for c, vs in line.items()}
        item = {column: found[0] for column, found in printed.items() if found}
        if "description" in item:
            items.append(item)
    pages = [
        TruthPage(f"{path.stem}-{i}", page_loader(path, i), page_class=page_class)
        for i in range(int(row["pages"]))
    ]
    extra = {"style": row["style"]}
    return TruthDocument(path.stem, str(path), pages, values, items, page_class, extra)


def read_zugferd(
    folder: Path | str, split: str | None = None, style: str | None = VISUAL
) -> list[TruthDocument]:
    """Invoices of `index.csv` in one rendering (None: in all), with what the XML has and the pages print.

    Files that print the same text are one document; the one whose XML says most stands for them.

    Raises:
        DataError: the folder is not the ZUGFeRD corpus, or an XML cannot be read.
    """
    folder = Path(folder)
    with need(folder, "index.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if style in (None, row["style"])]
    if (chosen := split_lines(folder, split)) is not None:
        rows = [row for row in rows if row["file"] in chosen]
    best: dict[str, TruthDocument] = {}
    for row in rows:
        text = pdf_text(need(folder, row["file"]))
        document = _document(folder, row, text)
        known = best.setdefault(squeezed(text), document)
        if _size(document) > _size(known):
            best[squeezed(text)] = document
    return list(best.values())


def _size(document: TruthDocument) -> int:
    return len(document.values) + sum(len(item) for item in document.items)
