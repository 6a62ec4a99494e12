"""The tables beside the pages of an HTML document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from docfuse.result import Cell, Column, Document, ExtractedField, Table
from docfuse.style import NUMERIC_COLUMNS, level, percent, plain, words


def document_panels(document: Document) -> Iterator[str]:
    """Panels for fields, tables, warnings and errors, class probabilities and text, in this order."""
    several = len(document.pages) > 1
    if document.errors or document.warnings:
        yield _notes(document)
    if document.fields:
        rows = sorted(document.fields, key=lambda field: field.name is None)
        head = _row("th", ["Key", "Value", "Name", "", *(["Page"] if several else [])])
        body = "".join(_field(field, several) for field in rows)
        yield _panel("Fields", str(len(rows)), f"<table>{head}{body}</table>")
    for table in document.tables:
        if table.items:
            yield _panel("Line items", str(len(table.items)), _table(table))
    if not document.fields and not any(table.items for table in document.tables):
        yield _panel("Fields", "", '<p class="notes nothing">No fields and no line items were found.</p>')
    if document.classification is not None:
        yield _folded("Classes", _classes(document.classification.probabilities))
    if any(page.boxes for page in document.pages):
        yield _folded("Text", _text(document))


def sureness(confidence: float) -> str:
    """A confidence as a small bar and a number."""
    bar = f'<b style="--p:{confidence:.0%}"></b>'
    return f'<span class="sure {level(confidence)}">{bar}{percent(confidence)}</span>'


def _panel(title: str, count: str, content: str) -> str:
    small = f"<small>{count}</small>" if count else ""
    return f'<section class="panel"><h2>{title}{small}</h2><div class="scroll">{content}</div></section>'


def _folded(title: str, content: str) -> str:
    return f'<details class="panel"><summary>{title}</summary><div class="scroll">{content}</div></details>'


def _row(tag: str, cells: Iterable[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"


def _ids(page: int, boxes: Iterable[int]) -> str:
    return " ".join(f"p{page}b{box}" for box in boxes)


def _normalized(field: ExtractedField) -> str:
    """The normalised value, if it differs from the printed one."""
    shown = plain(field.normalized, field.name)
    return f'<span class="plain">{escape(shown)}</span>' if shown and shown != field.value else ""


_NOTHING = '<span class="nothing">–</span>'


def _field(field: ExtractedField, several: bool) -> str:
    key = escape(field.printed_name) or _NOTHING
    value = f'<span class="value">{escape(field.value)}</span>' if field.value else _NOTHING
    cells = [
        f"<td>{key}</td>",
        f"<td>{value}{_normalized(field)}</td>",
        f'<td class="name">{escape(words(field.name)) if field.name else ""}</td>',
        f"<td>{sureness(field.confidence)}</td>",
    ]
    if several:
        cells.append(f'<td class="number">{field.page + 1}</td>')
    ids = _ids(field.page, [*field.value_boxes, *field.key_boxes, *field.header_boxes])
    return f'<tr data-boxes="{ids}">{"".join(cells)}</tr>'


def _table(table: Table) -> str:
    head = "".join(_header(column) for column in table.columns) + "<th></th>"
    rows = []
    for item in table.items:
        cells = [
            _cell([cell for cell in item.cells if cell.column == index], column, item.page)
            for index, column in enumerate(table.columns)
        ]
        lowest = min((cell.confidence for cell in item.cells), default=0.0)
        rows.append(f"<tr>{''.join(cells)}<td>{sureness(lowest)}</td></tr>")
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _header(column: Column) -> str:
    title = words(column.name) if column.name else column.header or ""
    printed = column.header if column.name and column.header else None
    small = f"<small>{escape(printed)}</small>" if printed and printed.casefold() != title else ""
    number = ' class="number"' if column.name in NUMERIC_COLUMNS else ""
    return f"<th{number}>{escape(title)}{small}</th>"


def _cell(cells: list[Cell], column: Column, page: int) -> str:
    if not cells:
        return "<td></td>"
    number = ' class="number"' if column.name in NUMERIC_COLUMNS else ""
    ids = _ids(page, [box for cell in cells for box in cell.boxes])
    text = "<br>".join(escape(cell.text) for cell in cells)
    return f'<td{number} data-boxes="{ids}">{text}</td>'


def _notes(document: Document) -> str:
    errors = [f'<li class="error">Page {e.index + 1}: {escape(e.message)}</li>' for e in document.errors]
    warnings = [f"<li>{escape(warning.message)}</li>" for warning in document.warnings]
    title = "Errors and warnings" if errors else "Warnings"
    return _panel(
        title, str(len(errors) + len(warnings)), f'<ul class="notes">{"".join(errors + warnings)}</ul>'
    )


def _classes(probabilities: dict[str, float]) -> str:
    ranked = sorted(probabilities.items(), key=lambda entry: -entry[1])
    rows = "".join(_row("td", [escape(words(label)), sureness(value)]) for label, value in ranked)
    return f'<table class="bars">{rows}</table>'


def _text(document: Document) -> str:
    rows = [
        f'<tr data-boxes="{_ids(page.index, [box.id])}"><td>{escape(box.text)}</td>'
        f'<td class="name">{escape(words(box.type))}</td><td>{sureness(box.text_confidence)}</td></tr>'
        for page in document.pages
        for box in page.boxes
    ]
    return f"<table>{''.join(rows)}</table>"
