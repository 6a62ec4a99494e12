"""Which amounts are what, where the field head is wrong and the page's sums say so."""

from __future__ import annotations

import pytest
from model_answers import Sheet, named

Row = tuple[str, str, str, float]
"""Printed key, amount, field and its probability."""


def receipt(*rows: Row) -> Sheet:
    sheet = Sheet()
    for row, (key, amount, field, p) in enumerate(rows):
        source = sheet.box(key, "total_key", y=20 * row)
        sheet.link("key_value", source, sheet.box(amount, "value", x=300, y=20 * row, field=field, p=p))
    return sheet


def names(*rows: Row) -> dict[str, list[object]]:
    """Values of the fields by their names."""
    found: dict[str, list[object]] = {}
    for field in receipt(*rows).page().fields:
        if field.name:
            found.setdefault(field.name, []).append(field.normalized)
    return found


def due(*rows: Row) -> list[object]:
    return names(*rows).get("payable_amount", [])


TOTAL = ("Total (incl. tax)", "38.37", "tax_exclusive_amount", 0.9)
PAID = ("Cash", "40.35", "paid_amount", 0.7)
CHANGE = ("Change due", "2.00", "change_amount", 0.7)
SAVINGS = ("Your savings", "7.53", "payable_amount", 0.98)
NET, GROSS = ("Nettobetrag", "100.00", "unknown", 0.5), ("Endbetrag", "119.00", "payable_amount", 0.5)
VAT = ("Steuer", "19.00", "unknown", 0.9)


def test_what_was_paid_less_the_change_is_due_but_for_rounding():
    assert due(TOTAL, PAID, CHANGE, SAVINGS) == [38.37]
    sheet = receipt(TOTAL, PAID, CHANGE, SAVINGS).page()
    assert [(field.name, field.normalized) for field in sheet.fields if field.key == "Your savings"] == [
        (None, "7.53")
    ]


@pytest.mark.parametrize(
    "rows",
    [
        (TOTAL, PAID, SAVINGS),  # no change
        (TOTAL, CHANGE, SAVINGS),  # no payment
        (TOTAL, ("Cash", "50.00", "paid_amount", 0.7), CHANGE, SAVINGS),  # adds up to nothing
    ],
)
def test_without_a_sum_that_adds_up_the_field_head_is_believed(rows: tuple[Row, ...]):
    assert due(*rows) == [7.53]


def test_an_amount_that_adds_up_stays():
    rows = (("Total", "9.00", "payable_amount", 0.6), ("Cash", "10.00", "paid_amount", 0.9))
    change = ("Change", "1.00", "change_amount", 0.9)
    assert due(*rows, change, ("Before rounding", "9.02", "tax_exclusive_amount", 0.9)) == [9]


def test_a_payment_taken_for_the_total_is_one():
    ticket = ("Ticket", "6.00", "payable_amount", 0.5)
    sheet = receipt(
        ticket, ("Accepted total", "10.00", "payable_amount", 0.9), ("Change", "4.00", "none", 0.9)
    )
    page = sheet.page()
    assert named(page, "payable_amount") == [("Ticket", "6.00", 6)]
    assert named(page, "paid_amount") == [("Accepted total", "10.00", 10)]


def test_net_and_tax_that_add_up_are_net_and_tax():
    assert names(NET, VAT, GROSS) == {
        "tax_exclusive_amount": [100], "tax_amount": [19], "payable_amount": [119],
    }  # fmt: skip


@pytest.mark.parametrize("tax", ["18.00", "40.00", "19"])
def test_what_does_not_add_up_or_is_no_amount_is_no_tax(tax: str):
    assert "tax_amount" not in names(NET, ("Steuer", tax, "unknown", 0.9), GROSS)


def test_a_key_that_tells_of_tax_is_not_believed_where_its_amount_makes_the_total_with_a_tax():
    net = ("Total inkl. MwSt.", "100.00", "tax_exclusive_amount", 0.7)
    tax = ("MwSt. EUR", "19.00", "tax_amount", 0.7)
    assert names(net, tax, GROSS)["tax_exclusive_amount"] == [100]
    assert "tax_exclusive_amount" not in names(net, GROSS)


def test_what_is_paid_for_service_is_no_tax_though_it_adds_up():
    charge = ("10% Service Chg.", "19.00", "unknown", 0.9)
    assert "tax_amount" not in names(NET, charge, GROSS)


def test_of_several_sums_the_one_over_all_rates_counts():
    parts = [("Nettobetrag", "10.00", "tax_exclusive_amount", 0.9), ("Steuer", "0.70", "tax_amount", 0.9)]
    parts += [("Endbetrag", "10.70", "payable_amount", 0.5)]
    whole = [("Nettobetrag", "-110.00", "unknown", 0.4), ("Steuer", "-19.70", "unknown", 0.4)]
    whole += [("Endbetrag", "-129.70", "unknown", 0.4)]
    found = names(*parts, *whole)
    assert found["payable_amount"] == [-129.7] and set(found["tax_exclusive_amount"]) == {-110, 10}


def test_a_payment_that_adds_up_with_a_tax_is_the_net_amount():
    found = names(
        ("Premium", "1000.00", "paid_amount", 0.5), ("Tax on buildings", "163.40", "unknown", 0.9),
        ("Amount due", "1163.40", "payable_amount", 0.9),
    )  # fmt: skip
    assert (found["tax_exclusive_amount"], found["tax_amount"], found["payable_amount"]) == (
        [1000.0],
        [163.4],
        [1163.4],
    )
    assert "paid_amount" not in found


def test_amounts_that_add_up_are_surer_than_others_of_their_name():
    goods = ("Goods", "110.00", "tax_exclusive_amount", 0.9)
    page = receipt(goods, NET, VAT, GROSS).page()
    nets = [field for field in page.fields if field.name == "tax_exclusive_amount"]
    assert max(nets, key=lambda field: field.confidence).normalized == 100.0


def test_a_net_amount_that_is_printed_twice_is_due_nowhere():
    net = ("Subtotal", "106.10", "tax_exclusive_amount", 0.9)
    again = ("Total", "106.10", "payable_amount", 0.99)
    tax, due = ("GST", "6.37", "tax_amount", 0.9), ("Total", "112.47", "payable_amount", 0.6)
    found = names(net, tax, due, again)
    assert found["payable_amount"] == [112.47]


def test_what_is_the_sum_of_two_others_on_its_row_is_neither_net_nor_tax():
    sheet = receipt(("Summe", "14,90", "payable_amount", 0.9))
    for row, amounts in enumerate((("10,93", "0,77", "11,70"), ("2,69", "0,51", "3,20"))):
        for column, (text, field) in enumerate(
            zip(amounts, ("unknown", "tax_amount", "unknown"), strict=True)
        ):
            sheet.box(text, "value", x=100 * column, y=100 + 20 * row, field=field, p=0.5)
    found = {field.name: field.normalized for field in sheet.page().fields}
    assert "tax_exclusive_amount" not in found and found["payable_amount"] == 14.9


def test_a_row_of_sums_below_a_table_is_net_and_tax():
    sheet = receipt(("Do zapłaty", "1 377,35 zł", "payable_amount", 0.9))
    key = sheet.box("Razem", "key", y=100)
    for x, amount in ((100, "1 119,80"), (200, "257,55"), (300, "1 377,35")):
        sheet.link("key_value", key, sheet.box(amount, "value", x=x, y=100, field="unknown", p=0.5))
    page = sheet.page()
    assert named(page, "tax_exclusive_amount") == [("Razem", "1 119,80", 1119.8)]
    assert named(page, "tax_amount") == [("Razem", "257,55", 257.55)]


def test_a_gross_amount_that_is_the_net_one_is_net():
    again = ("Net worth", "100.00", "gross_amount", 0.9)
    assert "gross_amount" not in names(("Net", "100.00", "tax_exclusive_amount", 0.9), VAT, GROSS, again)


def test_a_subtotal_with_tax_that_is_the_total_is_gross():
    subtotal = ("Subtotaal incl. BTW", "119.00", "tax_exclusive_amount", 0.9)
    assert names(GROSS, subtotal)["gross_amount"] == [119]


def test_what_is_charged_for_carriage_counts_in_the_checks():
    net, total = (
        ("Subtotal", "100.00", "tax_exclusive_amount", 0.9),
        ("Total", "124.00", "payable_amount", 0.9),
    )
    tax, carriage = ("Tax", "19.00", "tax_amount", 0.9), ("Shipping", "5.00", "tax_amount", 0.9)
    assert not receipt(net, tax, total, carriage).page().warnings
    assert receipt(net, tax, total).page().warnings


PREPAID = ("Bereits bezahlt", "50.00", "paid_amount", 0.9)


def test_the_total_less_what_was_paid_before_is_due():
    found = names(NET, VAT, GROSS, PREPAID, ("Offener Betrag", "69.00", "unknown", 0.6))
    assert found["payable_amount"] == [69] and found["gross_amount"] == [119]
    assert found["paid_amount"] == [50] and found["tax_exclusive_amount"] == [100]


@pytest.mark.parametrize(
    "rest",
    [
        ("Offener Betrag", "68.00", "unknown", 0.6),  # does not add up
        ("Kartenzahlung", "69.00", "paid_amount", 0.9),  # paid in two ways
        ("Gutschein", "69.00", "unknown", 0.6),  # a key that does not say so
    ],
)
def test_else_the_total_stays_due(rest: Row):
    found = names(GROSS, PREPAID, rest)
    assert found["payable_amount"] == [119] and "gross_amount" not in found
