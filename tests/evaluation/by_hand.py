"""Small truths and results, put together by hand."""

from typing import Any

import numpy as np

from docfuse.result import (
    Box,
    Cell,
    Classification,
    Column,
    Document,
    ExtractedField,
    Item,
    Link,
    Normalized,
    Page,
    Table,
)
from docfuse_training.truth import TruthBox, TruthDocument, TruthPage, TruthRelation

Corners = tuple[float, float, float, float]


def box(number: int, corners: Corners, text: str = "", kind: str = "other") -> Box:
    x1, y1, x2, y2 = corners
    polygon = [(x1, y1), (x2, y1), (x2, y2), (x1, y2)]
    return Box(
        id=number, polygon=polygon, text=text, text_confidence=1, type=kind, type_confidence=1, line=number
    )


def link(source: int, target: int, relation: str = "key_value") -> Link:
    return Link(source=source, target=target, relation=relation, confidence=0.9)


def field(
    name: str | None,
    value: str | None,
    normalized: Normalized = None,
    confidence: float = 0.9,
    key: str | None = None,
    key_boxes: tuple[int, ...] = (),
    value_boxes: tuple[int, ...] = (),
    **more: Any,
) -> ExtractedField:
    return ExtractedField(
        name=name,
        key=key,
        value=value,
        normalized=normalized,
        confidence=confidence,
        key_boxes=list(key_boxes),
        value_boxes=list(value_boxes),
        **more,
    )


def table(columns: list[tuple[str | None, str | None]], rows: list[list[str | None]]) -> Table:
    """Columns of (name, header), and rows of one text per column; cells carry no normalised value."""
    items = [
        Item(
            cells=[
                Cell(column=i, text=text, normalized=None, confidence=1, boxes=[])
                for i, text in enumerate(row)
                if text is not None
            ]
        )
        for row in rows
    ]
    return Table(columns=[Column(name=n, header=h) for n, h in columns], items=items, confidence=1)


def page(
    boxes: tuple[Box, ...] = (),
    links: tuple[Link, ...] = (),
    fields: tuple[ExtractedField, ...] = (),
    tables: tuple[Table, ...] = (),
) -> Page:
    kind = Classification(label="receipt", confidence=1, probabilities={"receipt": 1}, source="fused")
    return Page(
        width=100,
        height=100,
        classification=kind,
        boxes=list(boxes),
        links=list(links),
        fields=list(fields),
        tables=list(tables),
    )


def document(*pages: Page, label: str | None = None) -> Document:
    kind = None
    if label is not None:
        kind = Classification(label=label, confidence=1, probabilities={label: 1}, source="fused")
    return Document(
        classification=kind,
        pages=list(pages),
        fields=[field for page in pages for field in page.fields],
        tables=[table for page in pages for table in page.tables],
    )


def truth_page(*boxes: TruthBox, relations: tuple[TruthRelation, ...] = ()) -> TruthPage:
    return TruthPage("page", lambda: np.zeros((100, 100, 3), np.uint8), list(boxes), list(relations))


def truth(*boxes: TruthBox, relations: tuple[TruthRelation, ...] = (), **rest: object) -> TruthDocument:
    return TruthDocument("document", "document.png", [truth_page(*boxes, relations=relations)], **rest)  # type: ignore[arg-type]
