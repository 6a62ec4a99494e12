"""What gives a field its name, or takes it: faxes, cards, nothings given back, the only date, companies."""

from __future__ import annotations

import numpy as np
import pytest
from model_answers import Sheet, named

from docfuse_pipeline.labels import CLASSES
from docfuse_pipeline.structure import assemble


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("Tel.:", "seller_phone"), ("Fax.:", None), ("Telefax", None), ("F", None), ("Fon", "seller_phone"),
        ("BLZ:", None), ("Kontonr.:", None), ("Account No.", None),
    ],
)  # fmt: skip
def test_the_number_of_a_fax_or_of_a_bank_is_no_telephone(key: str, name: str | None):
    sheet = Sheet()
    number = sheet.box("0341-99 39 1748", "value", x=100, field="seller_phone")
    sheet.link("key_value", sheet.box(key, "key"), number)
    assert [field.name for field in sheet.page().fields] == [name]


@pytest.mark.parametrize(
    ("key", "text", "name"),
    [
        ("Card #:", "XXXXXXXXXXX2825", "paid_amount"), ("Card", "****2825", "paid_amount"),
        ("Ref", "83679570476", "paid_amount"),
        ("TSE-Stop", "2022-05-06T19:40:50", "seller_vat_id"), ("AID:", "A0000000041010", "seller_vat_id"),
        ("Credit Card #", "531000XXXXXX5052", "bic"), ("Konto-Nr.", "360 27 11", "iban"),
        ("Tax", "191", "tax_rate"), ("Merchant #", "32800523", "seller_name"),
        ("Serv. Charge (3%)", "0.65", "tax_amount"), ("Service Charge :", "0.00", "discount_amount"),
        ("Total", "30/08/19", "payable_amount"), ("Cash", "õ.oo", "paid_amount"),
        ("Day", "TUE", "issue_time"), ("AID:", "A0000000041010", "invoice_number"),
        ("Transaction by:", "Cashier", "payment_method"), ("Total sales", "K", "currency"),
        ("CLIENT", "CASH", "invoice_number"), ("Code", "SR", "tax_rate"), ("Due", "26,40 €", "tax_rate"),
        ("TSE-Seriennummer:", "bc95 3381 0312 a229 6642", "iban"),
        ("TIC:", "0101-0000663944", "seller_vat_id"),
        ("Pos-Info", "00 075.00", "paid_amount"), ("Tip", "3.60", "tax_amount"),
        ("Account:", "************0908", "customer_number"), ("Telefon:", "DE 157 381 334", "seller_phone"),
        ("Customer:", "Copy", "buyer_name"), ("Art:", "ICE Fahrkarte", "payment_method"),
        ("Gratuity", "9.74", "change_amount"), ("Arrives:", "19:09:00", "period_end"),
        ("Ort:", "Str. des 18. Oktober 44", "due_date"),
        ("Location", "STORE #", "seller_name"), ("Visit", "www.fiveguys.com", "seller_name"),
        ("Bill to", "CH VAT CHE-114.398.201", "buyer_address"),
        ("Kontonr.", "0010442781", "seller_vat_id"), ("Bankgiro", "5512-8834", "seller_phone"),
        ("Zahlung", "381.00 EUR", "payment_terms"), ("Mode", "Net à payer", "payment_terms"),
        ("Due", "October 17, 2026", "payment_terms"), ("Shipping", "64.50", "tax_amount"),
    ],
)  # fmt: skip
def test_what_has_another_form_is_no_such_value(key: str, text: str, name: str):
    sheet = Sheet()
    sheet.link("key_value", sheet.box(key, "key"), sheet.box(text, "value", x=100, field=name))
    page = sheet.page()
    assert (named(page, name), named(page, None)) == ([], [(key, text, text)])


@pytest.mark.parametrize(
    ("key", "text", "taken_for", "name"),
    [
        ("IBAN:", "EE44 2200 2210 2710 9789", "buyer_vat_id", "iban"),
        ("E-Mail:", "info@example.com", "seller_vat_id", "email"),
        ("IBAN:", "see page 2", "buyer_vat_id", "buyer_vat_id"),
        ("Change Due", "$5.00", "payable_amount", "change_amount"),
        ("Total", "$5.00", "change_amount", "payable_amount"),
        ("Change", "$5.00", "paid_amount", "change_amount"),
        ("Brutto", "5,00 EUR", "tax_amount", "gross_amount"),
        ("MwSt-%", "19,0", "tax_amount", "tax_rate"),
        ("KM", "20", "tax_rate", "tax_rate"),
        ("Subtotal", "$5.00", "payable_amount", "payable_amount"),
        ("Total Amt Incl. GST @ 6% :", "$5.00", "tax_exclusive_amount", "payable_amount"),
        ("Total Inclusive GST:", "$5.00", "tax_amount", "payable_amount"),
        ("GST included", "$5.00", "tax_amount", "tax_amount"),
        ("Kundennummer", "2 117 884 093", "seller_phone", "customer_number"),
        ("P.O. Number", "2026-03317", "seller_phone", "order_number"),
        ("Faktura nr", "FV/2026/06/077", "seller_vat_id", "invoice_number"),
        ("Lieferdatum", "17.03.2026", "issue_date", "delivery_date"),
        ("Amount due by 10 September 2026", "$5.00", "unknown", "payable_amount"),
    ],
)
def test_some_keys_outweigh_the_field_head(key: str, text: str, taken_for: str, name: str):
    sheet = Sheet()
    sheet.link("key_value", sheet.box(key, "key"), sheet.box(text, "value", x=100, field=taken_for))
    found = [field.name for field in sheet.page().fields]
    assert [name for name in found if name not in ("currency", "due_date", "issue_date")] == [name]


@pytest.mark.parametrize(
    ("key", "other", "names"),
    [
        ("Tax ID:", "944-71-2203", ["buyer_vat_id", "seller_vat_id"]),
        ("Remark:", "944-71-2203", ["buyer_vat_id", None]),
        ("Ende:", "9447-2203", ["buyer_vat_id", None]),
    ],
)
def test_what_another_value_is_more_likely_is_what_its_key_says(
    key: str, other: str, names: list[str | None]
):
    sheet = Sheet()
    first, second = sheet.box("Your VAT No:", "key"), sheet.box(key, "key", y=20)
    sheet.link("key_value", first, sheet.box("979-96-3992", "value", x=200, field="buyer_vat_id", p=0.95))
    sheet.link("key_value", second, sheet.box(other, "value", x=200, y=20, field="buyer_vat_id", p=0.7))
    assert [field.name for field in sheet.page().fields] == names


@pytest.mark.parametrize(
    ("key", "amounts", "names"),
    [
        ("VAT 20 %", ("534.38", "106.88", "641.26"), ("tax_exclusive_amount", "tax_amount", "gross_amount")),
        ("VAT 7 %", ("44.86", "48.00"), ("tax_exclusive_amount", "gross_amount")),
        ("VAT 19 %", ("18.00", "2.87"), ("gross_amount", "tax_amount")),
        ("VAT 19 %", ("18.00", "4.00"), ("tax_amount", "tax_amount")),
        ("VAT", ("44.86", "48.00"), ("tax_amount", "tax_amount")),
    ],
)
def test_a_rate_tells_net_tax_and_gross_apart(key: str, amounts: tuple[str, ...], names: tuple[str, ...]):
    sheet = Sheet()
    rate = sheet.box(key, "key")
    for column, amount in enumerate(amounts, 1):
        sheet.link("key_value", rate, sheet.box(amount, "value", x=100 * column, field="tax_amount"))
    assert tuple(field.name for field in sheet.page().fields if field.key == key) == names


def test_a_total_with_tax_over_a_row_of_amounts_names_none_of_them():
    sheet = Sheet()
    key = sheet.box("Total incl. VAT", "key")
    for column, (amount, field) in enumerate((("44.86", "tax_exclusive_amount"), ("3.14", "tax_amount")), 1):
        sheet.link("key_value", key, sheet.box(amount, "value", x=100 * column, field=field))
    assert [field.name for field in sheet.page().fields] == ["tax_exclusive_amount", "tax_amount"]


def test_what_is_said_twice_counts_once_or_with_its_keys():
    sheet = Sheet()
    for row in range(2):
        sheet.box("8,90", "value", x=200, y=20 * row, field="paid_amount")
        key = sheet.box(f"Betrag {row}", "key", y=40 + 20 * row)
        sheet.link("key_value", key, sheet.box("3,10", "value", x=200, y=40 + 20 * row, field="tax_amount"))
    page = sheet.page()
    assert named(page, "paid_amount") == [(None, "8,90", 8.9)]
    assert named(page, "tax_amount") == [("Betrag 0", "3,10", 3.1), ("Betrag 1", "3,10", 3.1)]


@pytest.mark.parametrize(
    ("key", "amount", "name"),
    [
        ("Balance to pay", "0.00", None),
        ("Change", "0.00", "change_amount"),
        ("Balance to pay", "0.10", "change_amount"),
    ],
)
def test_nothing_is_change_where_its_key_says_so_alone(key: str, amount: str, name: str | None):
    sheet = Sheet()
    given = sheet.box(amount, "value", x=200, field="change_amount")
    sheet.link("key_value", sheet.box(key, "key"), given)
    assert [field.name for field in sheet.page().fields] == [name]


@pytest.mark.parametrize(
    ("texts", "page_class", "date"),
    [
        (("Oct06' 19 03:49PM", "Thank you"), "receipt", "2019-10-06"),
        (("25.08.2021 19:24", "26.08.2021 09:59"), "receipt", None),  # which of them?
        (("Received 7/20/95",), "form", None),
    ],
)
def test_the_only_date_of_a_receipt_is_that_of_issue(
    texts: tuple[str, ...], page_class: str, date: str | None
):
    sheet = Sheet()
    for row, text in enumerate(texts):
        sheet.box(text, "other", y=20 * row)
    arguments = sheet.arguments()
    arguments["class_probabilities"] = np.eye(len(CLASSES))[CLASSES.index(page_class)]
    fields = {field["name"]: field["normalized"] for field in assemble(**arguments)["fields"]}
    assert fields == ({"issue_date": date, "issue_time": "15:49"} if date else {})


def test_an_only_date_that_has_another_name_is_no_date_of_issue():
    sheet = Sheet()
    sheet.box("03.04.2024", "value", field="due_date")
    assert [field.name for field in sheet.page().fields] == ["due_date"]


def test_the_time_beside_the_issue_date_is_that_of_issue():
    sheet = Sheet()
    sheet.box("23.9.2020 20:33:22", "value", field="issue_date", p=0.6)
    sheet.box("18:55", "value", y=40, field="issue_time", p=0.99)
    assert [value for _, _, value in named(sheet.page(), "issue_time")] == ["20:33:22"]


def test_a_company_is_no_line_of_an_address():
    sheet = Sheet()
    lines = ("ul. Grunwaldzka 413", "Thai Wok Sp. z 0.0.", "ul. Postępu 21")
    boxes = [sheet.box(text, "value", y=14 * row, field="seller_address") for row, text in enumerate(lines)]
    sheet.link("same_text", boxes[0], boxes[1])
    sheet.link("same_text", boxes[1], boxes[2])
    found = named(sheet.page(), "seller_address")
    assert [value for _, value, _ in found] == ["ul. Grunwaldzka 413"]


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("invoice_number", "Chk 5228", "5228"),
        ("order_number", "Order #61", "61"),
        ("seller_vat_id", "PVM KODAS LT 100010708310", "LT100010708310"),
    ],
)
def test_a_key_in_the_box_of_its_value_is_no_part_of_it(field: str, text: str, value: str):
    sheet = Sheet()
    sheet.box(text, "value", field=field)
    assert named(sheet.page(), field) == [(None, text, value)]


def test_the_rate_of_a_discount_is_no_tax_rate():
    sheet = Sheet()
    key, rate = sheet.box("abzgl. Sondernachlass", "key"), sheet.box("10%", "value", x=300, field="tax_rate")
    sheet.link("key_value", key, rate)
    assert named(sheet.page(), "tax_rate") == []


def test_nothing_is_due_before_it_is_issued():
    sheet = Sheet()
    sheet.box("05.03.2013", "value", field="issue_date")
    sheet.box("01.03.2013", "value", y=20, field="due_date", p=0.95)
    assert named(sheet.page(), "due_date") == []
    sheet.box("04.04.2013", "value", y=40, field="due_date", p=0.7)
    assert [normalized for *_, normalized in named(sheet.page(), "due_date")] == ["2013-04-04"]
