"""Typed results: a `Document` of `Page`s, with boxes, links, fields, tables and a class.

The same types describe the JSON that the server returns for a page, and their JSON Schema is published as
`docs/result.schema.json`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = "1.0"

Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Point = tuple[float, float]
Polygon = list[Point]
"""Four corners clockwise from the text's top left, in pixels of the page as sent (PDF: as rendered)."""
Normalized = str | float | None
"""ISO 8601 date or time, a number with a decimal point, an ISO 4217 currency, or tidied text; of a value with
check boxes and no canonical name the options that are ticked."""


TextSource = Literal["image", "text_layer", "given"]
"""Where the text of a page is from: read off its image, the PDF's own text layer, or the caller's boxes."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Box(_Record):
    """A text box: one segment of text that means one thing."""

    id: int
    polygon: Polygon
    text: str
    text_confidence: Probability
    type: str
    """Role on the page: title, section_header, key, value, table_header, cell, total_key, other."""
    type_confidence: Probability
    line: int
    """Text line that the box was cut from; boxes of one line share it."""


class Link(_Record):
    """A directed relation between two boxes of a page."""

    source: int
    target: int
    relation: str
    """key_value, cell_item, header_cell, same_text or parent_child."""
    confidence: Probability


class ExtractedField(_Record):
    """A field: a printed key, a value, or both."""

    name: str | None
    """Canonical name, after EN 16931; null if only the printed key names it."""
    key: str | None
    """The key as printed."""
    value: str | None
    """The value as printed; null for a key without value, or with one that has no text (`value_boxes`)."""
    normalized: Normalized
    confidence: Probability
    key_boxes: list[int]
    value_boxes: list[int]
    page: int = 0
    """Index of the page that the box ids refer to."""
    header: str | None = None
    """Header of its column as printed, where the value stands in a table of two ways and `key` is that of its
    row. Tables of line items are `tables`."""
    header_boxes: list[int] = []

    @property
    def printed_name(self) -> str:
        """Key and header as people read them, "key / header"; empty if neither is printed."""
        return " / ".join(text for text in (self.key, self.header) if text)


class Cell(_Record):
    """A cell of a line item."""

    column: int
    """Index into the table's columns."""
    text: str
    normalized: Normalized
    confidence: Probability
    boxes: list[int]


class Column(_Record):
    """A column of a table."""

    name: str | None
    """Canonical name (description, quantity, unit_price, line_amount, …) or null."""
    header: str | None
    """The header as printed."""


class Item(_Record):
    """A row of a table: one line item, however many printed lines it takes."""

    cells: list[Cell]
    page: int = 0


class Table(_Record):
    """A table of line items."""

    columns: list[Column]
    items: list[Item]
    confidence: Probability


class Classification(_Record):
    """What kind of document it is."""

    label: str
    confidence: Probability
    probabilities: dict[str, Probability]
    source: Literal["fused", "image"]
    """`image` if the page has no text and only its look was judged."""


class PageWarning(_Record):
    """Something the reader of the result should know."""

    code: str
    """truncated, no_text, totals_mismatch, line_mismatch, lines_mismatch, low_resolution, …"""
    message: str


class Page(_Record):
    """What was recognised on one page. Boxes and polygons are in pixels of the page as it was sent."""

    schema_version: str = SCHEMA_VERSION
    index: int = 0
    width: int
    height: int
    orientation: Literal[0, 90, 180, 270] = 0
    """Degrees clockwise by which the page as sent was turned away from upright."""
    skew: float = 0.0
    """Degrees clockwise by which the text lines were slanted, after the orientation."""
    text_source: TextSource = "image"
    truncated: bool = False
    """More text than the limits allow: the first boxes in reading order were kept."""
    classification: Classification
    boxes: list[Box] = []
    links: list[Link] = []
    fields: list[ExtractedField] = []
    tables: list[Table] = []
    warnings: list[PageWarning] = []


class PageError(_Record):
    """A page that could not be processed."""

    index: int
    code: str
    message: str


class Document(_Record):
    """All pages of one document, and what they say together."""

    schema_version: str = SCHEMA_VERSION
    source: str | None = None
    """File name or URL, where known."""
    classification: Classification | None = None
    pages: list[Page] = []
    fields: list[ExtractedField] = []
    """Fields of all pages; `page` says where."""
    tables: list[Table] = []
    """Tables of all pages; a table that runs over pages is one."""
    errors: list[PageError] = []
    """Pages that failed; the others are complete."""
    warnings: list[PageWarning] = []

    def to_json(self, indent: int | None = 2) -> str:
        """The document as JSON."""
        return self.model_dump_json(indent=indent)

    @classmethod
    def from_json(cls, text: str | bytes | Path) -> Document:
        """Read a document back from JSON text, or from a file given as a `Path`.

        Raises:
            pydantic.ValidationError: the JSON is not a document.
        """
        return cls.model_validate_json(text.read_bytes() if isinstance(text, Path) else text)

    def field(self, name: str) -> ExtractedField | None:
        """The most confident field of that canonical name, or None."""
        found = [f for f in self.fields if f.name == name and f.value is not None]
        return max(found, key=lambda f: f.confidence, default=None)
