"""Documents as JSON, JSON lines and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, get_args

from docfuse.result import Document
from docfuse.style import plain

Format = Literal["table", "json", "jsonl", "csv"]
FORMATS: tuple[str, ...] = get_args(Format)

CSV_COLUMNS = ("source", "page", "kind", "row", "name", "key", "value", "normalized", "confidence")
"""`kind` is class, field, item or error; `row` numbers line items over all tables; `key` is a field's printed
key or the printed header of an item's column. Pages count from 1."""


def to_json(documents: Sequence[Document]) -> str:
    """One document as a JSON object, several as an array."""
    if len(documents) == 1:
        return documents[0].to_json() + "\n"
    values = [document.model_dump(mode="json") for document in documents]
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def to_jsonl(documents: Iterable[Document]) -> str:
    """One JSON object a line."""
    return "".join(document.to_json(indent=None) + "\n" for document in documents)


def to_csv(documents: Iterable[Document], header: bool = True) -> str:
    """One line per class, field, cell of a line item, and error; see `CSV_COLUMNS`."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, CSV_COLUMNS, lineterminator="\n")
    if header:
        writer.writeheader()
    for document in documents:
        writer.writerows({"source": document.source, **row} for row in _rows(document))
    return stream.getvalue()


def _rows(document: Document) -> Iterator[dict[str, Any]]:
    if document.classification is not None:
        label, confidence = document.classification.label, document.classification.confidence
        yield {"kind": "class", "value": label, "normalized": label, "confidence": _number(confidence)}
    for field in document.fields:
        yield {
            "page": field.page + 1,
            "kind": "field",
            "name": field.name,
            "key": field.printed_name or None,
            "value": field.value,
            "normalized": plain(field.normalized),
            "confidence": _number(field.confidence),
        }
    numbered = enumerate(((table, item) for table in document.tables for item in table.items), 1)
    for row, (table, item) in numbered:
        for cell in item.cells:
            column = table.columns[cell.column]
            yield {
                "page": item.page + 1,
                "kind": "item",
                "row": row,
                "name": column.name,
                "key": column.header,
                "value": cell.text,
                "normalized": plain(cell.normalized),
                "confidence": _number(cell.confidence),
            }
    for error in document.errors:
        yield {"page": error.index + 1, "kind": "error", "name": error.code, "value": error.message}


def _number(confidence: float) -> str:
    return f"{confidence:.4f}"
