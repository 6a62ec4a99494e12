"""Fields: values with their keys and names, what is read off others."""

from __future__ import annotations

import numpy as np
import pytest
from model_answers import Sheet, named

from docfuse_pipeline.labels import CLASSES
from docfuse_pipeline.structure import assemble


def test_key_and_value():
    sheet = Sheet()
    key = sheet.box("Invoice date:", "key")
    value = sheet.box("25/12/2018 14:32", "value", x=200, field="issue_date")
    sheet.link("key_value", key, value)
    page = sheet.page()
    assert named(page, "issue_date") == [("Invoice date:", "25/12/2018 14:32", "2018-12-25")]
    assert named(page, "issue_time") == [("Invoice date:", "25/12/2018 14:32", "14:32")]
    found = page.fields[0]
    assert (found.key_boxes, found.value_boxes) == ([key], [value])
    assert found.confidence == pytest.approx(0.9 * 0.95, abs=1e-4)
    assert [(link.source, link.target, link.relation) for link in page.links] == [(key, value, "key_value")]
    assert page.classification.label == "invoice" and page.classification.source == "fused"


def test_a_key_without_value_has_the_boxes_without_text_that_it_names():
    sheet = Sheet()
    key, signature = sheet.box("Signature:", "key"), sheet.box("", "value", x=200)
    before, other = sheet.box("", "value", y=20), sheet.box("Thank you", y=40)
    sheet.link("key_value", key, signature)
    sheet.link("same_text", before, other)
    sheet.link("cell_item", before, before, other)
    page = sheet.page()
    (found,) = page.fields
    assert (found.key, found.value, found.key_boxes, found.value_boxes) == (
        "Signature:",
        None,
        [key],
        [signature],
    )
    assert [box.text for box in page.boxes] == ["Signature:", "", "", "Thank you"]
    assert (key, signature, "key_value") in [(x.source, x.target, x.relation) for x in page.links]
    assert not page.tables


def test_a_box_without_text_is_no_key_and_leaves_its_value_to_another():
    sheet = Sheet()
    key, blank = sheet.box("Tip", "key"), sheet.box("", "key", x=100)
    value = sheet.box("4.20", "value", x=200)
    sheet.link("key_value", blank, value, p=0.85)
    sheet.link("key_value", key, value, p=0.12)
    page = sheet.page()
    assert named(page, None) == [("Tip", "4.20", "4.20")]
    assert [(link.source, link.target) for link in page.links] == [(blank, value)]


def test_a_rate_in_a_tax_s_key_and_addresses_of_the_net_are_read_off():
    sheet = Sheet()
    tax, amount = sheet.box("MwSt 19 %", "total_key"), sheet.box("3.80", "value", x=200, field="tax_amount")
    sheet.link("key_value", tax, amount)
    thanks = sheet.box("Rate us at www.shop.de", "other", y=20)
    page = sheet.page()
    assert named(page, "tax_rate") == [(None, "19 %", 19.0)]
    assert named(page, "website") == [(None, "www.shop.de", "www.shop.de")]
    boxes = {field.name: field.value_boxes for field in page.fields}
    assert (boxes["tax_rate"], boxes["website"]) == ([tax], [thanks])


def test_an_amount_behind_the_printed_name_of_a_total_has_it_as_its_key():
    sheet = Sheet()
    anchor = sheet.box("Rechnungssumme Netto (exkl. USt.)", "cell", field="description")
    far, amount = sheet.box("7 %", "other", x=350), sheet.box("473,00", "cell", x=400, field="line_amount")
    sheet.link("cell_item", anchor, anchor, far, amount)
    sheet.box("9,00", "other", x=400, y=40)  # of another row
    page = sheet.page()
    assert not page.tables
    assert named(page, "tax_exclusive_amount") == [("Rechnungssumme Netto (exkl. USt.)", "473,00", 473)]


def test_a_printed_total_before_a_row_of_a_table_is_no_key_of_its_amounts():
    sheet = Sheet()
    sheet.box("Total inkl. MwSt.", "key")
    sheet.box("411,21", "value", x=200)
    header = sheet.box("Brutto", "key", x=300, y=-20)
    sheet.link("key_value", header, sheet.box("440,00", "value", x=300))
    assert named(sheet.page(), None) == [("Total inkl. MwSt.", None, None)]


def test_what_does_not_look_like_a_website_is_none():
    sheet = Sheet()
    sheet.box("Retain this copy", "value", field="website")
    assert named(sheet.page(), "website") == []


def test_a_key_that_holds_a_value_itself_is_a_field_too():
    sheet = Sheet()
    rate, amount = sheet.box("VAT 19 %", "total_key", field="tax_rate"), sheet.box("3.80", "value", x=200)
    sheet.link("key_value", rate, amount)
    name = sheet.box("Total", "total_key", y=20, field="payable_amount")  # holds no amount
    page = sheet.page()
    assert named(page, "tax_rate") == [(None, "VAT 19 %", 19)]
    assert named(page, "payable_amount") == []
    assert named(page, "tax_amount") == [("VAT 19 %", "3.80", 3.8)], "the rate apart, the key is a known one"
    assert named(page, None) == [("Total", None, None)]
    assert page.fields[-1].key_boxes == [name]


def test_an_unknown_value_is_named_by_its_printed_key():
    sheet = Sheet()
    key, value = sheet.box("Colour", "key"), sheet.box("blue", "value", field="unknown")
    sheet.link("key_value", key, value, p=0.6)
    page = sheet.page()
    assert named(page, None) == [("Colour", "blue", "blue")]
    assert page.fields[0].confidence == pytest.approx(0.6 * 0.95, abs=1e-4)


@pytest.mark.parametrize(("page_class", "name"), [("invoice", "seller_phone"), ("form", None)])
def test_a_printed_key_names_no_party_where_nothing_is_traded(page_class: str, name: str | None):
    sheet = Sheet()
    sheet.link("key_value", sheet.box("Telephone:", "key"), sheet.box("01632 960 147", "value", x=200))
    arguments = sheet.arguments()
    arguments["class_probabilities"] = np.eye(len(CLASSES))[CLASSES.index(page_class)]
    (field,) = assemble(**arguments)["fields"]
    assert (field["key"], field["name"]) == ("Telephone:", name)


def test_a_value_has_its_best_key_and_all_its_links():
    sheet = Sheet()
    first, second, value = sheet.box("A", "key"), sheet.box("B", "key"), sheet.box("x", "value")
    sheet.link("key_value", first, value, p=0.6)
    sheet.link("key_value", second, value, p=0.8)
    page = sheet.page()
    assert [(f.key, f.value) for f in page.fields] == [("A", None), ("B", "x")]
    assert len(page.links) == 2


def test_a_field_that_a_page_has_once_goes_to_the_best_that_holds_such_a_value():
    sheet = Sheet()
    sheet.box("Thank you", "value", field="payable_amount", p=0.99)
    key = sheet.box("Cash", "total_key")
    worse = sheet.box("20.00", "value", field="payable_amount", p=0.6)
    sheet.box("12.50", "value", field="payable_amount", p=0.8)
    sheet.link("key_value", key, worse)
    page = sheet.page()
    assert named(page, "payable_amount") == [(None, "12.50", 12.5)]
    assert named(page, "paid_amount") == [("Cash", "20.00", 20.0)]  # the second best name, told by the key
    assert named(page, None) == []  # no key, no name, no field: "Thank you"


def test_a_printed_key_that_agrees_counts_double():
    sheet = Sheet()
    sheet.box("KUNDENWEG 88", "value", field="buyer_name", p=0.6)
    key, name = sheet.box("Customer", "key", y=40), sheet.box("ACME", "value", 90, 40, "buyer_name", p=0.5)
    sheet.link("key_value", key, name)
    assert named(sheet.page(), "buyer_name") == [("Customer", "ACME", "ACME")]


def test_a_column_s_header_does_not_outweigh_the_period_of_the_document():
    sheet = Sheet()
    sheet.box("03/29/20", "value", field="period_end", p=0.9)
    header, row = (
        sheet.box("End Date", "key", y=40),
        sheet.box("02/23/20", "value", 0, 60, "period_end", p=0.6),
    )
    sheet.link("key_value", header, row)
    assert named(sheet.page(), "period_end") == [(None, "03/29/20", "2020-03-29")]


def test_a_field_that_a_page_may_repeat():
    sheet = Sheet()
    sheet.box("7,00 €", "value", field="tax_amount")
    sheet.box("19,00 €", "value", field="tax_amount")
    page = sheet.page()
    assert [value for _, _, value in named(page, "tax_amount")] == [7, 19]
    assert named(page, "currency") == [(None, "€", "EUR")]


def test_the_due_date_is_the_last_date_of_the_terms():
    sheet = Sheet()
    sheet.box("3% Skonto bis 15.03.2013, netto bis 04.04.2013", "value", field="payment_terms")
    found = {field.name: field.normalized for field in sheet.page().fields}
    assert found["due_date"] == "2013-04-04"


def test_a_line_to_fill_in_is_no_value_and_what_parts_values_is_no_part_of_them():
    sheet = Sheet()
    keys = [sheet.box(text, "key", y=20 * row) for row, text in enumerate(("Tip", "Tel", "Kind"))]
    for row, text in enumerate(("_______", "01780 555 210 ·", "A4, white -")):
        sheet.link("key_value", keys[row], sheet.box(text, "value", x=200, y=20 * row, field="unknown"))
    assert [(field.key, field.value) for field in sheet.page().fields] == [
        ("Tip", None), ("Tel", "01780 555 210"), ("Kind", "A4, white"),
    ]  # fmt: skip


def test_the_key_of_the_total_says_until_when_it_is_due():
    sheet = Sheet()
    key = sheet.box("Amount due by 10 September 2026", "total_key")
    sheet.link("key_value", key, sheet.box("187.13", "value", x=400, field="payable_amount"))
    sheet.box("We will collect it on 1 October 2026", "value", y=40, field="payment_terms")
    found = {field.name: field.normalized for field in sheet.page().fields}
    assert found["due_date"] == "2026-09-10"


@pytest.mark.parametrize(
    ("key", "text", "days"),
    [
        ("Leistungszeitraum:", "24.08. - 04.09.2026", ("2026-08-24", "2026-09-04")),
        ("Billing period", "Oct 3 - Nov 3, 2026", ("2026-10-03", "2026-11-03")),
        ("Zeitraum", "1. bis 30.6.2026", ("2026-06-01", "2026-06-30")),
        ("Periode", "19 February 2026 to 18 August 2026", ("2026-02-19", "2026-08-18")),
        ("Zeitraum", "04.09.2026", None),
        ("Remarks", "24.08. - 04.09.2026", None),
    ],
)
def test_a_text_of_two_days_is_a_period(key: str, text: str, days: tuple[str, str] | None):
    sheet = Sheet()
    sheet.link("key_value", sheet.box(key, "key"), sheet.box(text, "value", x=300, field="unknown"))
    found = {field.name: field.normalized for field in sheet.page().fields}
    assert days == (None if "period_end" not in found else (found["period_start"], found["period_end"]))


def test_a_value_of_a_table_has_the_key_of_its_row_and_the_header_of_its_column():
    sheet = Sheet()
    header, key = sheet.box("Dose 1", "table_header", 200), sheet.box("Male", "key", 0, 20)
    both, headed = sheet.box("12", "value", 200, 20), sheet.box("Total", "cell", 200, 40)
    sheet.link("key_value", key, both)
    sheet.link("header_cell", header, both, headed)
    page = sheet.page()
    assert [(f.key, f.header, f.value, f.name) for f in page.fields] == [
        ("Dose 1", None, "Total", None),
        ("Male", "Dose 1", "12", None),
    ]
    assert (page.fields[1].key_boxes, page.fields[1].header_boxes) == ([key], [header])
    assert [field.printed_name for field in page.fields] == ["Dose 1", "Male / Dose 1"]


def test_a_header_names_no_value():
    """The header of a column of amounts may be that of a total too."""
    sheet = Sheet()
    header, cell = sheet.box("Total", "table_header"), sheet.box("20.00", "cell", 0, 20)
    sheet.link("header_cell", header, cell)
    assert named(sheet.page(), None) == [("Total", "20.00", "20.00")]


@pytest.mark.parametrize(
    ("rate", "found"),
    [("B 19,00 %", [19.0]), ("7 %", []), ("19 items", [])],
)
def test_a_rate_that_is_the_tax_s_share_is_the_tax_rate(rate: str, found: list[float]):
    sheet = Sheet()
    for row, (name, amount) in enumerate(
        (("tax_exclusive_amount", "100.00"), ("tax_amount", "19.00"), ("payable_amount", "119.00"))
    ):
        sheet.box(amount, "value", x=200, y=20 * row, field=name)
    sheet.box(rate, "other", y=80)
    assert [normalized for _, _, normalized in named(sheet.page(), "tax_rate")] == found


@pytest.mark.parametrize(
    ("key", "method"),
    [
        ("MASTERCARD 2825", "MASTERCARD"),
        ("Contant:", "Contant"),
        ("Pangakaart:", "Pangakaart"),
        ("Barbecue", None),
        ("Amount paid", None),
    ],
)
def test_the_key_of_what_was_paid_says_how(key: str, method: str | None):
    sheet = Sheet()
    source = sheet.box(key, "total_key")
    sheet.link("key_value", source, sheet.box("12.00", "value", x=200, field="paid_amount"))
    found = [field for field in sheet.page().fields if field.name == "payment_method"]
    assert [(field.value, field.value_boxes) for field in found] == ([(method, [source])] if method else [])


def test_a_vat_number_with_its_country_is_better_than_another_number():
    sheet = Sheet()
    sheet.box("00685976", "value", field="seller_vat_id", p=0.9)
    sheet.box("CZ 00685976", "value", y=20, field="seller_vat_id", p=0.6)
    assert named(sheet.page(), "seller_vat_id") == [(None, "CZ 00685976", "CZ00685976")]
