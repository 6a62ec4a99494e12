"""Pages → document: one class, fields without repetitions, tables that run over pages joined. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from docfuse.merged_fields import merge_fields, tidy
from docfuse.result import (
    Cell,
    Classification,
    Column,
    Document,
    Item,
    Page,
    PageError,
    PageWarning,
    Table,
)

_FLOOR = 1e-4
"""Least probability that counts, so that one page cannot rule out a class for all others."""


def assemble(pages: Sequence[Page], errors: Sequence[PageError], source: str | None) -> Document:
    """Put the pages of a document together.

    Args:
        pages: those that were recognised, in order; `index` is their place in the document.
        errors: those that were not.
        source: file name, where known.
    """
    return Document(
        source=source,
        classification=merge_classes([page.classification for page in pages]),
        pages=list(pages),
        fields=merge_fields(pages),
        tables=join_tables(pages),
        errors=list(errors),
        warnings=_merge_warnings(pages),
    )


def merge_classes(classes: Sequence[Classification]) -> Classification | None:
    """The document's class: the mean of the pages' log probabilities, normalised (a geometric mean).

    Pages without text, which were judged by their look alone, count only if no page has text.
    """
    with_text = [c for c in classes if c.source == "fused"]
    voters = with_text or list(classes)
    if len(voters) < 2:
        return voters[0] if voters else None
    labels = list(dict.fromkeys(label for c in voters for label in c.probabilities))
    logs = {
        label: sum(math.log(max(c.probabilities.get(label, 0.0), _FLOOR)) for c in voters) / len(voters)
        for label in labels
    }
    total = sum(math.exp(value) for value in logs.values())
    probabilities = {label: min(math.exp(value) / total, 1.0) for label, value in logs.items()}
    best = max(labels, key=probabilities.__getitem__)
    return Classification(
        label=best,
        confidence=probabilities[best],
        probabilities=probabilities,
        source="fused" if with_text else "image",
    )


def join_tables(pages: Sequence[Page]) -> list[Table]:
    """Tables of all pages in order; a page's first continues the last of the page before if it fits."""
    joined: list[Table] = []
    last_page: int | None = None
    for page in pages:
        for number, table in enumerate(page.tables):
            table = _on_page(table, page.index)
            if number == 0 and joined and last_page == page.index - 1:
                places = match_columns(joined[-1].columns, table.columns)
                if places is not None:
                    joined[-1] = _append(joined[-1], table, places)
                    continue
            joined.append(table)
        if page.tables:
            last_page = page.index
    return joined


def _on_page(table: Table, index: int) -> Table:
    items = [item.model_copy(update={"page": index}) for item in table.items]
    return table.model_copy(update={"items": items})


def match_columns(first: Sequence[Column], second: Sequence[Column]) -> list[int] | None:
    """Where the columns of a continued table belong in the table before.

    Columns are the same if their canonical names are, or else their printed headers; columns without both
    are matched by place if the tables are equally wide. Tables belong together if every column of the
    narrower one is found in the other, and at least one by its name or header.

    Returns:
        For each column of `second` its index in `first`, or the next free index if it is new; None if the
        tables do not belong together.
    """
    known = {identity: index for index, column in enumerate(first) if (identity := _identity(column))}
    places: list[int] = []
    fresh = len(first)
    by_identity = 0
    for index, column in enumerate(second):
        identity = _identity(column)
        same_width = len(first) == len(second)
        if identity in known and known[identity] not in places:
            places.append(known[identity])
            by_identity += 1
        elif same_width and index not in places and not (identity and _identity(first[index])):
            places.append(index)
        else:
            places.append(fresh)
            fresh += 1
    found = sum(place < len(first) for place in places)
    return places if by_identity and found == min(len(first), len(second)) else None


def _identity(column: Column) -> str | None:
    if column.name is not None:
        return f"name {column.name}"
    return f"header {tidy(column.header)}" if tidy(column.header) else None


def _append(first: Table, second: Table, places: Sequence[int]) -> Table:
    """Both tables as one; the confidence is weighted by their numbers of items."""
    columns = list(first.columns)
    for place, column in zip(places, second.columns, strict=True):
        if place < len(first.columns):
            known = columns[place]
            columns[place] = Column(name=known.name or column.name, header=known.header or column.header)
        else:
            columns.append(column)
    items = [Item(cells=_moved(item.cells, places), page=item.page) for item in second.items]
    weights = (max(len(first.items), 1), max(len(second.items), 1))
    confidence = (first.confidence * weights[0] + second.confidence * weights[1]) / sum(weights)
    return Table(columns=columns, items=[*first.items, *items], confidence=min(confidence, 1.0))


def _moved(cells: Iterable[Cell], places: Sequence[int]) -> list[Cell]:
    moved = [cell.model_copy(update={"column": places[cell.column]}) for cell in cells]
    return sorted(moved, key=lambda cell: cell.column)


def _merge_warnings(pages: Sequence[Page]) -> list[PageWarning]:
    """Warnings of all pages; those of a document of several pages say which page they are about.

    Where several pages have line items, the sum of one page's is no total, and its warning is left out.
    """
    if len(pages) == 1:
        return list(pages[0].warnings)
    run_over = sum(bool(page.tables) for page in pages) > 1
    return [
        PageWarning(code=warning.code, message=f"Page {page.index + 1}: {warning.message}")
        for page in pages
        for warning in page.warnings
        if not (run_over and warning.code == "lines_mismatch")
    ]
