"""A result as a row: the columns of the Parquet files, and the keys of the JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from docfuse.errors import DocfuseError, ServerError
from docfuse.result import Document, ExtractedField, Normalized, PageError, Table

TEXT_FIELDS = (
    "invoice_number", "issue_date", "due_date", "order_number", "seller_name", "seller_address",
    "seller_vat_id", "buyer_name", "currency",
)  # fmt: skip
"""Fields with a column each: the normalised value (dates ISO 8601, currency ISO 4217), else as printed."""
NUMBER_FIELDS = ("tax_exclusive_amount", "tax_amount", "payable_amount")
"""Fields with a column each: the amount, null if it is not understood."""
ITEM_TEXTS = ("item_number", "description", "unit")
ITEM_NUMBERS = ("position", "quantity", "unit_price", "vat_rate", "line_discount", "line_amount")

_FIELD = pa.struct(
    [
        ("name", pa.string()),
        ("key", pa.string()),
        ("value", pa.string()),
        ("normalized", pa.string()),
        ("number", pa.float64()),
        ("confidence", pa.float64()),
        ("page", pa.int32()),
    ]
)
_ITEM = pa.struct(
    [
        ("table", pa.int32()),
        ("page", pa.int32()),
        *((name, pa.string()) for name in ITEM_TEXTS),
        *((name, pa.float64()) for name in ITEM_NUMBERS),
    ]
)
SCHEMA = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        ("error", pa.string()),
        ("error_code", pa.string()),
        ("class", pa.string()),
        ("confidence", pa.float64()),
        pa.field("pages", pa.int32(), nullable=False),
        *((name, pa.string()) for name in TEXT_FIELDS),
        *((name, pa.float64()) for name in NUMBER_FIELDS),
        ("fields", pa.list_(_FIELD)),
        ("items", pa.list_(_ITEM)),
        pa.field("result", pa.string(), nullable=False),
    ],
    metadata={"docfuse_batch": "1"},
)
"""Columns; `docs/batch.md` says what each holds. `result` is last, and JSON."""
_RESULT = ', "result": '
"""What stands before the result in a JSON line; inside a JSON string its quotes would be escaped."""


def to_table(rows: Iterable[dict[str, Any]]) -> pa.Table:
    """Rows as a table of `SCHEMA`."""
    return pa.Table.from_pylist(list(rows), schema=SCHEMA)


def failed(source: str, error: Exception) -> Document:
    """The result of a document that could not be sent."""
    code = error.code if isinstance(error, ServerError) else "INVALID_INPUT"
    message = str(error) if isinstance(error, DocfuseError) else f"{type(error).__name__}: {error}"
    return Document(source=source, errors=[PageError(index=0, code=code, message=message)])


def to_row(source: str, document: Document) -> dict[str, Any]:
    """The row of a document."""
    document = document.model_copy(update={"source": source})
    texts = {name: _text(document.field(name)) for name in TEXT_FIELDS}
    numbers = {name: _number(document.field(name)) for name in NUMBER_FIELDS}
    return {
        "source": source,
        "error": _message(document),
        "error_code": document.errors[0].code if document.errors else None,
        "class": document.classification.label if document.classification else None,
        "confidence": document.classification.confidence if document.classification else None,
        "pages": len(document.pages),
        **texts,
        **numbers,
        "fields": [_field(field) for field in document.fields],
        "items": [row for index, table in enumerate(document.tables) for row in _items(index, table)],
        "result": document.to_json(indent=None),
    }


def _message(document: Document) -> str | None:
    """All errors in one line; those of a document of several pages say which page they are about."""
    if not document.errors:
        return None
    if len(document.errors) == 1 and not document.pages:
        return document.errors[0].message
    return " ".join(f"Page {error.index + 1}: {error.message}" for error in document.errors)


def _text(field: ExtractedField | None) -> str | None:
    if field is None:
        return None
    return field.value if field.normalized is None else str(field.normalized)


def _number(field: ExtractedField | None) -> float | None:
    return _as_number(field.normalized) if field else None


def _as_number(value: Normalized) -> float | None:
    return value if isinstance(value, float) else None


def _field(field: ExtractedField) -> dict[str, Any]:
    return {
        **field.model_dump(include={"name", "value", "confidence", "page"}),
        "key": field.printed_name or None,
        "normalized": None if field.normalized is None else str(field.normalized),
        "number": _as_number(field.normalized),
    }


def _items(index: int, table: Table) -> Iterable[dict[str, Any]]:
    names = [column.name for column in table.columns]
    for item in table.items:
        cells = {names[cell.column]: cell for cell in item.cells}
        row: dict[str, Any] = {"table": index, "page": item.page}
        row |= {name: cells[name].text for name in ITEM_TEXTS if name in cells}
        row |= {name: _as_number(cells[name].normalized) for name in ITEM_NUMBERS if name in cells}
        yield row


def to_json_line(row: dict[str, Any]) -> str:
    """A row of a table as a JSON object, its result as an object in it."""
    start = json.dumps({key: row[key] for key in row if key != "result"}, ensure_ascii=False)
    return f"{start[:-1]}{_RESULT}{row['result']}}}\n"


def from_json_line(line: str) -> dict[str, Any]:
    """The row that `to_json_line` was given."""
    row, result = split_json_line(line)
    return {**row, "result": result}


def split_json_line(line: str) -> tuple[dict[str, Any], str]:
    """A JSON line's columns, and the text of its result, which takes long to parse and is often not needed.

    Raises:
        ValueError: the line is not one of `to_json_line`.
    """
    start, mark, result = line.rstrip("\n").partition(_RESULT)
    if not mark or not result.endswith("}"):
        raise ValueError("the line is not complete")
    return json.loads(start + "}"), result[:-1]
