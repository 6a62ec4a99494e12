"""Names of parties: whole, above their addresses, told from contacts."""

from __future__ import annotations

import pytest
from model_answers import Sheet, named

from docfuse_pipeline.labels import FIELDS


@pytest.mark.parametrize(
    ("first", "field", "second", "other", "joined"),
    [
        ("Urban Ideas", "seller_name", "A-G-06 Main Street", "seller_address", False),
        ("Urban Ideas", "seller_name", "Trading", "seller_name", True),
        ("Urban Ideas", "seller_name", "( 308282-A),", "none", False),
        ("Lot 5 Main Street", "seller_address", "(Back Yard)", "seller_address", True),
    ],
)
def test_a_name_is_joined_with_no_address_and_no_registration_number(
    first: str, field: str, second: str, other: str, joined: bool
):
    sheet = Sheet()
    boxes = [sheet.box(first, "value", field=field), sheet.box(second, "value", y=12, field=other)]
    sheet.link("same_text", *boxes)
    assert any(found.value_boxes == boxes for found in sheet.page().fields) == joined


@pytest.mark.parametrize(
    ("p", "y", "found"),
    [(0.25, 20, True), (0.1, 20, False), (0.25, 300, False)],  # unlikely; far below
)
def test_the_likeliest_text_above_an_address_is_the_name_of_its_party(p: float, y: int, found: bool):
    sheet = Sheet()
    box = sheet.box("Prosper Trading", "value", y=y, p=0.6)
    sheet.fields[box][FIELDS.index("seller_name")] = p
    sheet.box("12 Main Street", "value", y=45, field="seller_address")
    names = [field for field in sheet.page().fields if field.name == "seller_name"]
    assert [field.value for field in names] == (["Prosper Trading"] if found else [])
    assert all(field.confidence == pytest.approx(p * 0.95, abs=1e-4) for field in names)


@pytest.mark.parametrize(("text", "found"), [("Prosper 24 Ltd", True), ("Hill Road 9 40235 Oldtown", False)])
def test_a_text_with_a_postcode_is_not_made_a_party_s_name(text: str, found: bool):
    sheet = Sheet()
    sheet.fields[sheet.box(text, "value", y=20, p=0.6)][FIELDS.index("seller_name")] = 0.3
    sheet.box("12 Main Street", "value", y=45, field="seller_address")
    assert any(field.name == "seller_name" for field in sheet.page().fields) == found


def test_a_street_and_its_town_are_no_name():
    sheet = Sheet()
    sheet.box("MUSTER-KUNDE GMBH", "value", field="buyer_name", p=0.7)
    sheet.box("KUNDENWEG 88 40235 DUESSELDORF", "value", y=20, field="buyer_name", p=0.9)
    assert [value for _, value, _ in named(sheet.page(), "buyer_name")] == ["MUSTER-KUNDE GMBH"]


@pytest.mark.parametrize(
    ("company", "y", "found"),
    [
        ("Kunden AG Mitte", 12, "Kunden AG Mitte"),
        ("Kunden AG Mitte", 60, "Hans Muster"),  # too far below
        ("Kunden in der Mitte", 12, "Hans Muster"),  # who says which is the company
    ],
)
def test_a_person_right_under_a_company_s_name_is_not_the_party(company: str, y: int, found: str):
    sheet = Sheet()
    sheet.box(company, "value", field="buyer_name", p=0.6)
    sheet.box("Hans Muster", "value", y=y, field="buyer_name", p=0.9)
    assert [value for _, value, _ in named(sheet.page(), "buyer_name")] == [found]


@pytest.mark.parametrize(
    ("key", "other", "names"),
    [
        (None, None, []),  # of the shop's other house
        ("Bill To:", None, ["buyer_address"]),
        (None, "customer_number", ["buyer_address", "customer_number"]),
    ],
)
def test_a_buyer_s_address_needs_a_buyer(key: str | None, other: str | None, names: list[str]):
    sheet = Sheet()
    address = sheet.box("12 Main Street", "value", x=100, field="buyer_address")
    if key:
        sheet.link("key_value", sheet.box(key, "key"), address)
    if other:
        sheet.box("4711", "value", y=60, field=other)
    assert [field.name for field in sheet.page().fields] == names


@pytest.mark.parametrize(
    ("key", "head"),
    [
        ("VENDOR", "Meridian Robotics Inc."),
        ("Lieferant:", "Meridian Robotics Inc."),
        ("Company", "Meridian Robotics Inc."),
        ("VENDOR", "KEYSTONE BEARINGS CO."),
    ],
)
def test_a_supplier_that_a_key_names_is_the_seller_and_the_letterhead_a_buyer(key: str, head: str):
    sheet = Sheet()
    sheet.box(head, "value", field="seller_name")
    sheet.box("Innovation Pkwy, Ann Arbor, MI 48108", "value", y=12, field="seller_address")
    vendor = sheet.box(key, "key", y=60)
    name = sheet.box("Keystone Bearings Co.", "value", y=80, field="unknown")
    address = sheet.box("Mill Street, Scranton, PA 18508", "value", y=110, field="unknown")
    sheet.link("key_value", vendor, name, address)
    found = {field.name: field.value for field in sheet.page().fields if field.name}
    theirs = {"seller_name": "Keystone Bearings Co.", "seller_address": "Mill Street, Scranton, PA 18508"}
    ours = {"buyer_name": head, "buyer_address": "Innovation Pkwy, Ann Arbor, MI 48108"}
    as_before = {"seller_name": ours["buyer_name"], "seller_address": ours["buyer_address"]}
    assert found == (theirs | ours if head.startswith("Meridian") and key != "Company" else as_before)
