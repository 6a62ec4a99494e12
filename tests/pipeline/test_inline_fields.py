"""Keys with their values in one text or line: tax numbers, telephones and accounts of letterheads."""

from __future__ import annotations

import json

import numpy as np
import pytest
from model_answers import Sheet, named

from docfuse.result import Page
from docfuse_pipeline.inline_keys import begins_with_tax_number, inline_values
from docfuse_pipeline.structure import assemble


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("033 239 9200 VAT Reg No: 4000 8471 26", [("seller_vat_id", "VAT Reg No:", "4000 8471 26")]),
        ("UID: ATU 61447829 - FN 287114 w, LG Salzburg", [("seller_vat_id", "UID:", "ATU 61447829")]),
        (
            "IBAN AT48 3503 2000 0011 8274 BIC RVSAAT2S032",
            [("iban", "IBAN", "AT48 3503 2000 0011 8274"), ("bic", "BIC", "RVSAAT2S032")],
        ),
        ("btw-nr NL8106.62.947.B01", [("seller_vat_id", "btw-nr", "NL8106.62.947.B01")]),
        ("GSTIN/UIN: 24AAKFS4471M1Z6", [("seller_vat_id", "GSTIN/UIN:", "24AAKFS4471M1Z6")]),
        ("Org.nr. NO 981 447 206 MVA", [("seller_vat_id", "Org.nr.", "NO 981 447 206")]),
        ("Kirkeveien 7 • Tlf 57 67 20 14 • post@x.no", [("seller_phone", "Tlf", "57 67 20 14")]),
        ("Your VAT No GB 290 4471 18", [("buyer_vat_id", "Your VAT No", "GB 290 4471 18")]),
        ("NIF: 17449208-K", [("seller_vat_id", "NIF:", "17449208-K")]),
        ("Thank you for your call 1234567", []),
        ("VAT 4,556,100.00", []),
        ("Total 12345678", []),
        ("", []),
    ],
)
def test_values_behind_their_keys_in_a_text(text: str, expected: list[tuple[str, str, str]]):
    found = [(one.name, text[slice(*one.key)], text[slice(*one.value)]) for one in inline_values(text)]
    assert found == expected


def test_what_begins_with_a_tax_number():
    assert begins_with_tax_number("ABN 51 624 880 317 | Lic. 1284471")
    assert not begins_with_tax_number("Via Saragozza 114, P. IVA 02871440376")


def test_a_line_of_several_boxes_gives_the_numbers_of_the_seller():
    sheet = Sheet()
    for x, text in ((0, "UID:"), (50, "ATU 61447829 - FN"), (300, "287114 w Tel. 0662 4520-0")):
        sheet.box(text, "value", x, 100)
    sheet.link("key_value", 0, 1)
    page = Page.model_validate_json(
        json.dumps(assemble(**{**sheet.arguments(), "lines": np.zeros(3, np.int32)}))
    )
    assert named(page, "seller_vat_id") == [("UID:", "ATU 61447829 - FN", "ATU61447829")]
    assert named(page, "seller_phone") == [("Tel.", "0662 4520-0", "0662 4520-0")]
    assert [field.value_boxes for field in page.fields if field.name == "seller_phone"] == [[2]]
    assert named(page, None) == []


def test_a_number_beside_the_buyer_is_the_buyer_s():
    sheet = Sheet()
    sheet.box("Krug Tools Ltd", "value", 0, 0, "seller_name")
    sheet.box("VAT No. GB 372 1186 04", "value", 0, 14)
    sheet.box("Pennant Freight", "value", 0, 200, "buyer_name")
    sheet.box("VAT No. GB 290 4471 18", "value", 0, 214)
    page = sheet.page()
    assert [value for _, _, value in named(page, "seller_vat_id")] == ["GB372118604"]
    assert [value for _, _, value in named(page, "buyer_vat_id")] == ["GB290447118"]


def test_a_number_with_its_country_takes_the_place_of_one_without():
    sheet = Sheet()
    key, value = sheet.box("St.-Nr.", "key"), sheet.box("15/073/41882", "value", x=100, field="seller_vat_id")
    sheet.link("key_value", key, value)
    sheet.box("Hamburg, USt-IdNr. DE 298114067", "value", y=300)
    page = sheet.page()
    assert named(page, "seller_vat_id") == [("USt-IdNr.", "DE 298114067", "DE298114067")]
    assert [value for _, value, _ in named(page, None)] == ["15/073/41882"]
