"""A baseline to beat: what a few hand-written rules make of the same boxes and texts, without our models."""

from __future__ import annotations

import re
from collections.abc import Callable

from docfuse.result import Box, Document, ExtractedField, Link, Page
from docfuse_pipeline.amounts import find_numbers
from docfuse_pipeline.dates import find_dates
from docfuse_pipeline.hints import tidy
from docfuse_training.evaluation.lines import bounds, rows, whole_lines

_TOTAL = re.compile(r"(?<!sub)(?<!sub[ -])total(?!.*(?:qty|item|tax|gst|saving|discount))", re.IGNORECASE)
_COMPANY = re.compile(r"\b(?:sdn|bhd|enterprise|trading|restaurant|ltd|inc|llc|gmbh)\b", re.IGNORECASE)
_NO_ADDRESS = re.compile(r"\b(?:tel|fax|phone|gst|reg|co|date|invoice|receipt|no\.?\s*:)\b|:", re.IGNORECASE)
_HEAD_LINES, _ADDRESS_LINES = 6, 4
_ALIGNED = 50
"""Boxes whose left edges are no further apart stand under each other, pixels."""


def _field(name: str, value: str, key: Box | None = None, boxes: tuple[Box, ...] = ()) -> ExtractedField:
    return ExtractedField(
        name=name,
        key=key.text if key else None,
        value=value,
        normalized=None,
        confidence=0.5,
        key_boxes=[key.id] if key else [],
        value_boxes=[box.id for box in boxes],
    )


def _ruled(result: Document, fields: list[ExtractedField], page: Page) -> Document:
    page = page.model_copy(update={"fields": fields, "tables": []})
    return result.model_copy(update={"fields": fields, "tables": [], "pages": [page, *result.pages[1:]]})


def _total(lines: list[list[Box]]) -> list[ExtractedField]:
    """The last amount of the first row that speaks of a total, else the largest amount."""
    amounts = [
        (number.value, row, box, _TOTAL.search(" ".join(b.text for b in row)) is not None)
        for row in lines
        for box in row
        for number in find_numbers(tidy(box.text))
        if number.decimals == 2
    ]
    first = next((row for _, row, _, is_total in amounts if is_total), None)
    best = [entry for entry in amounts if entry[1] is first][-1:] or sorted(amounts, key=lambda a: a[0])[-1:]
    return [_field("payable_amount", f"{value:.2f}", boxes=(box,)) for value, _, box, _ in best]


def receipt(result: Document) -> Document:
    """Seller: first row that names a company, else the first; address: up to four rows under it.

    Date: the first; total: see `_total`.
    """
    page = whole_lines(result.pages[0])
    lines = [row for row in rows(page) if any(c.isalnum() for box in row for c in box.text)]
    texts = [tidy(" ".join(box.text for box in row)) for row in lines]
    fields = _total(lines)
    if texts:
        name = next((i for i, text in enumerate(texts[:_HEAD_LINES]) if _COMPANY.search(text)), 0)
        fields.append(_field("seller_name", texts[name], boxes=tuple(lines[name])))
        under = range(name + 1, min(name + 1 + _ADDRESS_LINES, len(texts)))
        stop = next((i for i in under if _NO_ADDRESS.search(texts[i])), under.stop)
        chosen = range(under.start, stop)
        boxes = tuple(box for i in chosen for box in lines[i])
        if boxes:
            fields.append(_field("seller_address", " ".join(texts[i] for i in chosen), boxes=boxes))
    dates = [(d, box) for row in lines for box in row for d in find_dates(tidy(box.text), True)]
    fields += [_field("issue_date", date, boxes=(box,)) for date, box in dates[:1]]
    return _ruled(result, fields, page)


def _name(text: str) -> list[str]:
    return [text] if len(re.findall(r"[^\W\d_]", text)) > 3 and not text.endswith(":") else []


def _period(text: str) -> list[str]:
    dates = find_dates(tidy(text), False)
    return dates if len(dates) == 2 else []


_ORDER: dict[str, tuple[str, Callable[[str], list[str]]]] = {
    "contract_number": (r"\b(?:invoice|contract|order)\b", re.compile(r"\b\d{5,}(?:-\d+)?\b").findall),
    "advertiser": (r"\badvertiser\b", _name),
    "gross_amount": (r"\b(?:gross|total)\b", re.compile(r"\$ ?[\d,]+\.\d\d").findall),
    "period": (r"\b(?:flight|contract) dates?\b", _period),
}
"""What is asked for → word of its key, and what a value of it looks like."""


def _near(page: Page, pattern: str, values: Callable[[str], list[str]]) -> list[str]:
    """What looks like a value after, beside (two boxes at most) or under the first key that has any."""
    lines = rows(page)
    for number, row in enumerate(lines):
        for i, box in enumerate(row):
            if match := re.search(pattern, box.text, re.IGNORECASE):
                near = [*row[i + 1 : i + 3], *_under(lines, number, box)]
                for text in (box.text[match.end() :], *(b.text for b in near)):
                    if found := values(text.strip()):
                        return found
    return []


def _under(lines: list[list[Box]], number: int, box: Box) -> list[Box]:
    """Boxes of the next row that begin where this one does."""
    return [
        b
        for row in lines[number + 1 : number + 2]
        for b in row
        if abs(bounds(b)[0] - bounds(box)[0]) < _ALIGNED
    ]


def order(result: Document) -> Document:
    """Five values of a broadcast order: what stands near a key and looks like its value."""
    fields, pages = [], [whole_lines(page) for page in result.pages]
    for name, (pattern, values) in _ORDER.items():
        found = next((hit for page in pages if (hit := _near(page, pattern, values))), [])
        names = ("period_start", "period_end") if name == "period" else (name,)
        fields += [_field(one, value) for one, value in zip(names, found, strict=False)]
    return _ruled(result, fields, pages[0])


def form(result: Document) -> Document:
    """A text with a colon at its end is a key; what stands beside it, else under it, is its value."""
    page = whole_lines(result.pages[0])
    keys = {box.id for box in page.boxes if box.text.rstrip().endswith(":")}
    links, fields = [], []
    lines = rows(page)
    for number, row in enumerate(lines):
        for i, box in enumerate(row):
            beside = [b for b in row[i + 1 : i + 2] if b.id not in keys]
            under = [b for b in _under(lines, number, box) if b.id not in keys]
            for value in (beside or under)[:1] if box.id in keys else []:
                links.append(Link(source=box.id, target=value.id, relation="key_value", confidence=0.5))
                fields.append(_field("", value.text, box, (value,)))
    values = {link.target for link in links}
    types = {
        box.id: "key" if box.id in keys else "value" if box.id in values else "other" for box in page.boxes
    }
    boxes = [box.model_copy(update={"type": types[box.id]}) for box in page.boxes]
    return _ruled(result, fields, page.model_copy(update={"boxes": boxes, "links": links}))
