"""Cross Industry Invoice XML (UN/CEFACT CII): ZUGFeRD 1.0 and 2.x, Factur-X, XRechnung → header and items.

Elements are found by their local names: the versions differ in namespaces and in some names.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

from docfuse_training.readers.common import DataError

ROOTS = ("CrossIndustryDocument", "CrossIndustryInvoice")
_DATE = "{*}DateTimeString"
_AGREEMENT = ("ApplicableSupplyChainTradeAgreement", "ApplicableHeaderTradeAgreement")
_DELIVERY = ("ApplicableSupplyChainTradeDelivery", "ApplicableHeaderTradeDelivery")
_SETTLEMENT = ("ApplicableSupplyChainTradeSettlement", "ApplicableHeaderTradeSettlement")
_SUMMATION = (
    "SpecifiedTradeSettlementMonetarySummation",
    "SpecifiedTradeSettlementHeaderMonetarySummation",
)
_PERCENT = ("ApplicablePercent", "RateApplicablePercent")

HEADER = {
    "invoice_number": ("document", "{*}ID"),
    "issue_date": ("document", f"{{*}}IssueDateTime/{_DATE}"),
    "due_date": ("settlement", f"{{*}}SpecifiedTradePaymentTerms/{{*}}DueDateDateTime/{_DATE}"),
    "delivery_date": ("delivery", f"{{*}}ActualDeliverySupplyChainEvent/{{*}}OccurrenceDateTime/{_DATE}"),
    "period_start": ("settlement", f"{{*}}BillingSpecifiedPeriod/{{*}}StartDateTime/{_DATE}"),
    "period_end": ("settlement", f"{{*}}BillingSpecifiedPeriod/{{*}}EndDateTime/{_DATE}"),
    "seller_name": ("agreement", "{*}SellerTradeParty/{*}Name"),
    "buyer_name": ("agreement", "{*}BuyerTradeParty/{*}Name"),
    "tax_exclusive_amount": ("summation", "{*}TaxBasisTotalAmount"),
    "tax_amount": ("summation", "{*}TaxTotalAmount"),
    "gross_amount": ("summation", "{*}GrandTotalAmount"),
    "payable_amount": ("summation", "{*}DuePayableAmount"),
    "currency": ("settlement", "{*}InvoiceCurrencyCode"),
}
"""Canonical field → part of the invoice and path in it."""


def _first(parent: ElementTree.Element, names: Iterable[str]) -> ElementTree.Element:
    found = (parent.find(f"{{*}}{name}") for name in names)
    return next((element for element in found if element is not None), ElementTree.Element("none"))


def _text(element: ElementTree.Element | None) -> str:
    text = "" if element is None else " ".join((element.text or "").split())
    return text if element is None or element.get("format") != "102" else _iso(text)


def _iso(text: str) -> str:
    """ISO 8601 date out of YYYYMMDD; empty if there is no such day."""
    try:
        return datetime.datetime.strptime(text, "%Y%m%d").date().isoformat()
    except ValueError:
        return ""


def _item(line: ElementTree.Element) -> dict[str, list[str]]:
    percent = [
        _text(e) for name in _PERCENT for e in line.iterfind(f".//{{*}}ApplicableTradeTax/{{*}}{name}")
    ]
    prices = ("NetPriceProductTradePrice", "GrossPriceProductTradePrice")
    item = {
        "description": [_text(line.find("{*}SpecifiedTradeProduct/{*}Name"))],
        "quantity": [_text(line.find(".//{*}BilledQuantity"))],
        "unit_price": [_text(line.find(f".//{{*}}{price}/{{*}}ChargeAmount")) for price in prices],
        "vat_rate": percent,
        "line_amount": [_text(line.find(".//{*}LineTotalAmount"))],
    }
    return {name: [value for value in values if value] for name, values in item.items()}


def read_cii(path: Path) -> tuple[dict[str, str], list[dict[str, list[str]]]]:
    """Header values by canonical field (dates in ISO 8601), and items: canonical column → its values.

    A unit price has two values, net and before the line's discounts. Lines without a product are notes.

    Raises:
        DataError: the file is no CII XML.
    """
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        raise DataError(f"{path} is not valid XML: {error}.") from error
    if root.tag.split("}")[-1] not in ROOTS:
        raise DataError(f"{path} is no Cross Industry Invoice.")
    transaction = _first(root, ("SpecifiedSupplyChainTradeTransaction", "SupplyChainTradeTransaction"))
    settlement = _first(transaction, _SETTLEMENT)
    parts = {
        "document": _first(root, ("HeaderExchangedDocument", "ExchangedDocument")),
        "agreement": _first(transaction, _AGREEMENT),
        "delivery": _first(transaction, _DELIVERY),
        "settlement": settlement,
        "summation": _first(settlement, _SUMMATION),
    }
    header = {field: _text(parts[part].find(where)) for field, (part, where) in HEADER.items()}
    items = [_item(line) for line in transaction.iterfind("{*}IncludedSupplyChainTradeLineItem")]
    return {k: v for k, v in header.items() if v}, [item for item in items if item["description"]]
