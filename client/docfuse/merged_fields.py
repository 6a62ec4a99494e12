"""Fields of the pages → fields of the document. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from docfuse.result import ExtractedField, Page

FIRST_PAGE_FIELDS = frozenset(
    {"issue_date", "issue_time", "due_date", "delivery_date", "period_start", "period_end"}
)
"""Dates that a document says once, at its beginning: the tables of its later pages are full of others."""
SUREST_FIELDS = frozenset(
    {
        "invoice_number", "contract_number", "customer_number", "seller_name", "seller_address",
        "seller_vat_id", "buyer_name", "buyer_address", "buyer_vat_id", "advertiser", "currency",
        "rounding_amount", "payable_amount", "gross_amount", "change_amount",
    }
)  # fmt: skip
"""What a document says once, on any page."""


def merge_fields(pages: Sequence[Page]) -> list[ExtractedField]:
    """Fields of all pages, each with the index of its page.

    What several pages repeat (an invoice number in every header) is kept once, where it is most confident. Of
    what a document says once the most confident value is right, of dates that of the first page that has one;
    what other pages say has no name here, and is left out if it has no key either. Pages that are several
    documents, by their invoice numbers or since each is a receipt, keep what each says. Fields stand in the
    order in which their names first occur; among values of one canonical name the most confident comes first.
    """
    fields = _without_repetitions(pages)
    if not _are_several_documents(pages):
        fields = _said_once(fields, pages)
    order: dict[object, int] = {}
    for field in fields:
        order.setdefault(_group(field), len(order))
    return sorted(fields, key=lambda field: (order[_group(field)], -field.confidence))


def _without_repetitions(pages: Sequence[Page]) -> list[ExtractedField]:
    best: dict[object, ExtractedField] = {}
    for page in pages:
        on_page = [field.model_copy(update={"page": page.index}) for field in page.fields]
        for number, field in enumerate(on_page):
            identity = _field_identity(field)
            known = best.get(identity)
            if known is None:
                best[identity] = field
            elif known.page == page.index:  # twice on one page: the server means two fields
                best[(identity, page.index, number)] = field
            elif field.confidence > known.confidence:
                best[identity] = field
    return list(best.values())


def _are_several_documents(pages: Sequence[Page]) -> bool:
    numbers = {_field_identity(f) for page in pages for f in page.fields if f.name == "invoice_number"}
    return len(numbers) > 1 or all(page.classification.label == "receipt" for page in pages)


def _said_once(fields: Sequence[ExtractedField], pages: Sequence[Page]) -> list[ExtractedField]:
    """Take the name from all but one value of each field that a document says once."""
    first: dict[object, int] = {}
    for page in pages:
        for field in page.fields:
            first.setdefault(_field_identity(field), page.index)

    def precedence(field: ExtractedField) -> tuple[bool, int, float]:
        page = first[_field_identity(field)] if field.name in FIRST_PAGE_FIELDS else 0
        return field.normalized is not None, -page, field.confidence

    best: dict[str | None, ExtractedField] = {}
    for field in fields:
        once = field.name in FIRST_PAGE_FIELDS or field.name in SUREST_FIELDS
        if once and (field.name not in best or precedence(field) > precedence(best[field.name])):
            best[field.name] = field
    named = [
        field
        if best.get(field.name, field) is field
        else field.model_copy(update={"name": None, "normalized": field.value})
        for field in fields
    ]
    return [field for field in named if field.name or field.key or field.header]


def _group(field: ExtractedField) -> object:
    """Fields of one canonical name belong together; one without stands for itself."""
    return field.name if field.name is not None else id(field)


def _field_identity(field: ExtractedField) -> tuple[object, ...]:
    value = field.normalized if field.normalized is not None else tidy(field.value)
    if field.name is not None:
        return field.name, value
    return None, tidy(field.key), tidy(field.header), value


def tidy(text: str | None) -> str:
    """Text with case, white space and closing punctuation taken out of account."""
    return " ".join((text or "").casefold().split()).rstrip(" :.#")
