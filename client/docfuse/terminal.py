"""Documents as tables in a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from docfuse.result import Document, ExtractedField, Table
from docfuse.style import NUMERIC_COLUMNS, level, percent, plain, words

_LEVEL_COLOURS = {"good": "green", "fair": "yellow", "poor": "red"}


def print_document(document: Document, console: Console) -> None:
    """Print class, fields, line items, warnings and errors of a document."""
    console.print(Group(*_parts(document)))


def _parts(document: Document) -> Iterable[RenderableType]:
    yield _headline(document)
    named = [field for field in document.fields if field.name or field.key or field.value]
    if named:
        yield _indented(_fields(named, pages=len(document.pages) > 1))
    for table in document.tables:
        if table.items:
            yield Padding(_items(table), (1, 0, 0, 2))
    for warning in document.warnings:
        yield _indented(Text.assemble(("! ", "yellow bold"), (warning.message, "yellow")))
    for error in document.errors:
        place = f"page {error.index + 1}: " if len(document.pages) + len(document.errors) > 1 else ""
        yield _indented(Text.assemble(("✗ ", "red bold"), (f"{place}{error.message}", "red")))
    yield Text()


def _indented(part: RenderableType) -> RenderableType:
    return Padding(part, (0, 0, 0, 2))


def _headline(document: Document) -> Text:
    text = Text(document.source or "document", style="bold")
    if document.classification is not None:
        label = document.classification.label.upper()
        text.append("  ")
        text.append(f" {label} ", style="bold white on blue")
        text.append_text(Text.assemble(" ", _confidence(document.classification.confidence)))
        if document.classification.source == "image":
            text.append("  judged by its look alone", style="dim")
    boxes = sum(len(page.boxes) for page in document.pages)
    pages = len(document.pages)
    text.append(f"  {pages} page{'' if pages == 1 else 's'}, {boxes} boxes", style="dim")
    exact = sum(page.text_source == "text_layer" for page in document.pages)
    if exact:
        of_pages = "" if exact == pages else f" on {exact} of them"
        text.append(f", the PDF's own text{of_pages}", style="dim")
    return text


def _confidence(value: float) -> Text:
    return Text(percent(value), style=_LEVEL_COLOURS[level(value)])


def _grid() -> Grid:
    return Grid(
        box=box.SIMPLE_HEAD, header_style="bold dim", pad_edge=False, show_edge=False, padding=(0, 1, 0, 0)
    )


def _fields(fields: list[ExtractedField], pages: bool) -> Grid:
    """Printed key, value, canonical name, normalised value, confidence; first what has a canonical name."""
    grid = _grid()
    for title in ("Key", "Value", "Name", "Normalised"):
        grid.add_column(title, overflow="fold")
    grid.add_column("Conf.", justify="right", no_wrap=True)
    if pages:
        grid.add_column("Page", justify="right")
    for field in sorted(fields, key=lambda field: field.name is None):
        value = plain(field.normalized, field.name)
        cells = [
            Text(field.printed_name or "–", style="" if field.key else "dim"),
            Text(field.value or "–", style="bold" if field.value else "dim"),
            Text(words(field.name) if field.name else "", style="cyan"),
            Text(value if value != field.value else "", style="green"),
            _confidence(field.confidence),
        ]
        grid.add_row(*cells, *([str(field.page + 1)] if pages else []))
    return grid


_DESCRIPTION_WIDTH = 24
"""Columns that descriptions of line items get at least."""


def _items(table: Table) -> Grid:
    """Line items, one a row; a column is headed by its canonical name, or else as printed."""
    grid = _grid()
    grid.title = f"{len(table.items)} line item{'' if len(table.items) == 1 else 's'}"
    grid.title_justify, grid.title_style = "left", "bold"
    for column in table.columns:
        header = words(column.name).replace(" ", "\n") if column.name else column.header or ""
        wide = _DESCRIPTION_WIDTH if column.name == "description" else None
        side: Literal["left", "right"] = "right" if column.name in NUMERIC_COLUMNS else "left"
        grid.add_column(Text(header), justify=side, overflow="fold", min_width=wide)
    grid.add_column("Conf.", justify="right", no_wrap=True)
    for item in table.items:
        texts = [
            " ".join(cell.text for cell in item.cells if cell.column == i) for i in range(len(table.columns))
        ]
        lowest = min((cell.confidence for cell in item.cells), default=0.0)
        grid.add_row(*(Text(text) for text in texts), _confidence(lowest))
    return grid
