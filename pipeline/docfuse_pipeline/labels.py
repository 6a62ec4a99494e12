"""Label sets of every head: page classes, box types, fields and relations.

The order is the order of the models' outputs: append, never insert.
"""

CLASSES = (
    "invoice", "receipt", "order", "form", "letter", "memo", "email", "resume", "report", "other",
    "scientific_paper", "news_article", "advertisement", "questionnaire", "budget", "presentation",
    "specification", "file_folder", "handwritten",
)  # fmt: skip

TRADE_CLASSES = frozenset({"invoice", "receipt", "order", "letter", "email", "other"})
"""Classes of pages that may have a seller and a buyer; bills come as letters too."""

TYPES = ("other", "title", "section_header", "key", "value", "table_header", "cell", "total_key")

NO_FIELD = "none"
"""The box is no field value."""
UNKNOWN_FIELD = "unknown"
"""The box is the value of a field that has no canonical name: its printed key names it."""

DOCUMENT_FIELDS = (
    "invoice_number", "issue_date", "issue_time", "due_date", "delivery_date", "period_start", "period_end",
    "order_number", "contract_number", "customer_number",
    "seller_name", "seller_address", "seller_vat_id", "seller_phone",
    "buyer_name", "buyer_address", "buyer_vat_id", "advertiser",
    "currency", "tax_exclusive_amount", "tax_amount", "tax_rate", "discount_amount", "rounding_amount",
    "payable_amount", "gross_amount", "paid_amount", "change_amount",
    "iban", "bic", "payment_terms", "payment_method", "email", "website",
)  # fmt: skip
"""Canonical names of document fields, after EN 16931 where it has one."""

ITEM_FIELDS = (
    "position", "item_number", "description", "quantity", "unit", "unit_price", "vat_rate",
    "line_discount", "line_amount",
)  # fmt: skip
"""Canonical names of line-item columns; `line_discount` also carries a nested discount's amount."""

FIELDS = (NO_FIELD, UNKNOWN_FIELD, *DOCUMENT_FIELDS, *ITEM_FIELDS)

DATE_FIELDS = frozenset({"issue_date", "due_date", "delivery_date", "period_start", "period_end"})
TIME_FIELDS = frozenset({"issue_time"})
TOTAL_FIELDS = frozenset(
    {
        "tax_exclusive_amount", "tax_amount", "discount_amount", "rounding_amount", "payable_amount",
        "gross_amount", "paid_amount", "change_amount",
    }
)  # fmt: skip
AMOUNT_FIELDS = TOTAL_FIELDS | {"unit_price", "line_discount", "line_amount"}
NUMBER_FIELDS = frozenset({"quantity", "vat_rate", "tax_rate", "position"})
VAT_IDS = frozenset({"seller_vat_id", "buyer_vat_id"})

RELATIONS = ("key_value", "cell_item", "header_cell", "same_text", "parent_child")
"""Directed relations, source → target.

`key_value` key → value; `cell_item` anchor cell of a line item → each of its cells (the anchor to itself);
`header_cell` table header → cell; `same_text` a line of a text → its next line; `parent_child` section
header → what stands under it. For each target the relation model returns its best sources.
"""

FIELD_ALIASES = {
    "merchant": "seller_name", "company": "seller_name", "vendor": "seller_name",
    "date": "issue_date", "time": "issue_time", "total": "payable_amount", "address": "seller_address",
    "invoice_date": "issue_date", "subtotal": "tax_exclusive_amount", "tax": "tax_amount",
    "contract_num": "contract_number", "flight_from": "period_start", "flight_to": "period_end",
}  # fmt: skip
"""Other words for canonical names, as used by receipts and by the public data sets."""
