"""The names of the parties of a trade: found above their addresses, told from contacts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from docfuse_pipeline.addresses import ADDRESS_OF, ADDRESSES, adjoin
from docfuse_pipeline.candidates import Candidate, rank
from docfuse_pipeline.hints import Hints
from docfuse_pipeline.legal_forms import end_of_form
from docfuse_pipeline.normalize import normalize
from docfuse_pipeline.printed_names import languages_of, squeezed
from docfuse_pipeline.settings import NAME_HINT, NAME_REACH
from docfuse_pipeline.units import Unit

_LONG_NUMBER = re.compile(r"\d{4}")
_SUPPLIERS = frozenset(
    {
        "VENDOR", "SUPPLIER", "LIEFERANT", "FOURNISSEUR", "PROVEEDOR", "FORNITORE", "LEVERANCIER", "DOSTAWCA",
        "FORNECEDOR", "LEVERANTÖR", "LEVERANDØR", "TOIMITTAJA", "DODAVATEL", "SZÁLLÍTÓ",
    }
)  # fmt: skip
"""Of the keys of sellers (`printed_names`) those that a buyer prints, `squeezed`: no "From", no "Company"."""
_LETTERHEAD = {"seller_name": "buyer_name", "seller_address": "buyer_address"}
"""What the letterhead of an order was taken for, and is."""
_BUYER = frozenset({"buyer_name", "buyer_vat_id", "customer_number"})
"""What a page says of a buyer besides an address."""


def name_parties(candidates: Sequence[Candidate], hints: Hints) -> list[Candidate]:
    """Where a page has a party's address and no name of it, the likeliest text right above the address is it.

    Its confidence is what the field head gives it, however little.
    """
    named = list(candidates)
    for name, address in ADDRESS_OF.items():
        blocks = [c for c in named if c.name == address]
        if not blocks or any(c.name == name for c in named):
            continue
        block = max(blocks, key=rank).value
        above = [c for c in named if c.name is None and _may_be_name(c) and _stands_above(c.value, block)]
        best = max(above, key=lambda c: c.value.field_probability(name), default=None)
        if best is not None and (probability := best.value.field_probability(name)) >= NAME_HINT:
            found = replace(
                best, name=name, normalized=normalize(name, best.value.text, hints),
                confidence=min(probability * best.value.score, 1.0),
            )  # fmt: skip
            named = [found if c is best else c for c in named]
    return named


def without_lone_buyers(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Take its name from a buyer's address where nothing else speaks of a buyer: shops may print two."""
    spoken = any(c.name in _BUYER or (c.name == "buyer_address" and c.key) for c in candidates)
    return [c.unnamed() if c.name == "buyer_address" and not spoken else c for c in candidates]


def with_suppliers(candidates: Sequence[Candidate], hints: Hints) -> list[Candidate]:
    """Where a printed key names a supplier, that is the seller, and the letterhead that of a buyer: an order.

    What has the same key and a postcode is the seller's address.
    """
    named = [c for c in candidates if _is_supplier(c) and c.name in (None, *ADDRESS_OF, *ADDRESSES)]
    names = [c for c in named if c.name not in ADDRESSES and _may_be_name(c)]
    seller = min(names, key=lambda c: c.value.hull[1], default=None)
    heads = [c for c in candidates if c.name in _LETTERHEAD and not _is_supplier(c)]
    if seller is None or any(squeezed(c.value.text) == squeezed(seller.value.text) for c in heads):
        return list(candidates)
    renamed = {id(c): "seller_address" for c in named if _LONG_NUMBER.search(c.value.text)}
    renamed |= {id(seller): "seller_name"} | {id(c): _LETTERHEAD[str(c.name)] for c in heads}
    return [_as(c, renamed[id(c)], hints) if id(c) in renamed else c for c in candidates]


def _is_supplier(candidate: Candidate) -> bool:
    """Whether a value has a key that names a supplier."""
    names = languages_of(candidate.key.text) if candidate.key else ()
    return any(squeezed(name) in _SUPPLIERS for name in names)


def _as(candidate: Candidate, name: str, hints: Hints) -> Candidate:
    return replace(candidate, name=name, normalized=normalize(name, candidate.value.text, hints))


def _may_be_name(candidate: Candidate) -> bool:
    """Whether a text has no postcode or other long number, as hardly any name has."""
    return _LONG_NUMBER.search(candidate.value.text) is None


def _stands_above(unit: Unit, block: Unit) -> bool:
    """Whether a text, no key itself, stands above another one and not far from it."""
    left, top, right, bottom = unit.hull
    gap = block.hull[1] - bottom
    beside = right < block.hull[0] or left > block.hull[2]
    return not (unit.is_key or beside) and -0.3 * (bottom - top) <= gap <= NAME_REACH * (bottom - top)


def without_contacts(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Take a party's name from what stands right under a company's name and is none: a person there."""
    companies = [c for c in candidates if c.name in ADDRESS_OF and end_of_form(c.value.text)]
    return [c.unnamed() if _is_contact(c, companies) else c for c in candidates]


def _is_contact(candidate: Candidate, companies: Sequence[Candidate]) -> bool:
    return not end_of_form(candidate.value.text) and any(
        company.name == candidate.name and _is_right_under(candidate.value, company.value)
        for company in companies
    )


def _is_right_under(unit: Unit, other: Unit) -> bool:
    return adjoin(other.hull, unit.hull) and unit.hull[1] > (other.hull[1] + other.hull[3]) / 2
