"""Names, addresses and descriptions: what belongs to them though it was cut off, and what does not."""

from __future__ import annotations

import json

import pytest
from model_answers import Sheet, named

from docfuse.result import Page
from docfuse_pipeline.labels import FIELDS
from docfuse_pipeline.structure import assemble


def on_one_line(sheet: Sheet) -> Page:
    """The page, had all its boxes been cut from one line."""
    arguments = sheet.arguments()
    arguments["lines"][:] = 7
    return Page.model_validate_json(json.dumps(assemble(**arguments)))


def test_lines_of_an_address_are_joined_without_links():
    sheet = Sheet()
    sheet.box("1 High Street", "value", y=0, field="seller_address")
    sheet.box("Back Yard", "value", x=140, y=0, field="seller_address")
    sheet.link("same_text", 0, sheet.box("Springfield", "value", y=14, field="seller_address"))
    sheet.box("Far away", "value", y=300, field="seller_address")
    address = "1 High Street Back Yard Springfield"
    assert named(sheet.page(), "seller_address") == [(None, address, address)]


@pytest.mark.parametrize(
    ("before", "field", "p", "space", "joined"),
    [
        ("No", "none", 0.9, 4, True),
        ("No", "seller_name", 0.5, 4, True),
        ("Mr Miller", "seller_name", 0.9, 4, False),  # something by itself
        ("Address:", "none", 0.9, 4, False),
        ("Head Office", "none", 0.9, 4, False),  # a printed key, if without a colon
        ("No", "none", 0.9, 60, False),  # another column
    ],
)
def test_what_touches_an_address_on_its_line_is_part_of_it(before, field, p, space, joined):
    sheet = Sheet()
    sheet.box(before, "key", field=field, p=p)
    sheet.box("5, Main Street", "value", x=10 * len(before) + space, field="seller_address")
    ((_, value, _),) = named(on_one_line(sheet), "seller_address")
    assert value == (f"{before} 5, Main Street" if joined else "5, Main Street")


@pytest.mark.parametrize(
    ("name", "y", "whole"),
    [
        ("Smith &", 12, "Smith & Company"),
        ("Smith", 12, "Smith"),
        ("Smith &", 80, "Smith &"),  # too far below
    ],
)
def test_a_name_goes_on_behind_its_ampersand(name: str, y: int, whole: str):
    sheet = Sheet()
    sheet.box(name, "value", field="seller_name")
    sheet.box("Company", "other", y=y)
    assert named(sheet.page(), "seller_name") == [(None, whole, whole)]


@pytest.mark.parametrize(
    ("above", "kind", "below", "whole"),
    [
        ("PASAR RAYA MEGA MAJU", "other", "(SEMENYIH) SDN BHD", "PASAR RAYA MEGA MAJU (SEMENYIH) SDN BHD"),
        ("Supplier", "key", "(SEMENYIH) SDN BHD", "(SEMENYIH) SDN BHD"),
        ("PASAR RAYA MEGA MAJU", "other", "(SEMENYIH)", "(SEMENYIH)"),  # a hint, perhaps
    ],
)
def test_a_name_does_not_begin_with_a_bracket(above: str, kind: str, below: str, whole: str):
    sheet = Sheet()
    sheet.box(above, kind)
    sheet.box(below, "value", y=12, field="seller_name")
    assert [value for _, value, _ in named(sheet.page(), "seller_name")] == [whole]


@pytest.mark.parametrize(
    ("alone", "address", "name"),
    [
        ("Pizza Diavolo", "1 Old Street, Rawang", "PIZZA DIAVOLO"),
        ("Pizza Diavolo", "1 Old Street, Masai", "PIZZA DIAVOLO RAWANG"),  # another place
        ("Pizza", "1 Old Street, Rawang", "PIZZA DIAVOLO RAWANG"),  # "DIAVOLO RAWANG" is not one
        ("Welcome", "1 Old Street, Rawang", "PIZZA DIAVOLO RAWANG"),
    ],
)
def test_a_branch_is_no_part_of_a_name_that_is_printed_alone_too(alone: str, address: str, name: str):
    sheet = Sheet()
    sheet.box(alone, "other")
    box = sheet.box("PIZZA DIAVOLO RAWANG", "value", y=40, field="seller_name")
    sheet.box(address, "value", y=60, field="seller_address")
    page = sheet.page()
    assert named(page, "seller_name") == [(None, name, name)]
    assert [field.value_boxes for field in page.fields if field.name == "seller_name"] == [[box]]


@pytest.mark.parametrize(
    ("text", "field", "whole"),
    [
        ("extra 250 g", "none", "Sugar extra 250 g"),
        ("cane", "description", "Sugar cane"),
        ("12", "quantity", "Sugar"),
        ("Date", "none", "Sugar"),  # a printed key
    ],
)
def test_a_description_is_whole_on_its_line(text: str, field: str, whole: str):
    sheet = Sheet()
    anchor = sheet.box("Sugar", "cell", field="description")
    rest = sheet.box(text, "cell", x=54, field=field)
    amount = sheet.box("9.00", "cell", x=400, field="line_amount")
    sheet.link("cell_item", anchor, anchor, rest, amount)
    (table,) = on_one_line(sheet).tables
    column = [column.name for column in table.columns].index("description")
    assert [cell.text for cell in table.items[0].cells if cell.column == column] == [whole]


@pytest.mark.parametrize(
    ("first", "second", "key"),
    [
        ("Business", "Address(es)", "Business Address(es)"),
        ("Name:", "Address(es)", "Address(es)"),
        ("Date", "Invoice No", "Invoice No"),  # two keys
    ],
)
def test_a_printed_key_is_whole_on_its_line(first: str, second: str, key: str):
    sheet = Sheet()
    sheet.box(first, "key")
    last = sheet.box(second, "key", x=10 * len(first) + 4)
    sheet.link("key_value", last, sheet.box("1 High Street", "value", x=400))
    assert [field.key for field in on_one_line(sheet).fields if field.value] == [key]


def test_a_name_keeps_its_legal_form_before_its_branch():
    sheet = Sheet()
    sheet.box("Eight Cups", "other")
    sheet.box("EIGHT CUPS COFFEE CO. GARDEN MALL", "value", y=40, field="seller_name")
    sheet.box("Garden Mall, Springfield", "value", y=60, field="seller_address")
    assert named(sheet.page(), "seller_name") == [(None, "EIGHT CUPS COFFEE CO.", "EIGHT CUPS COFFEE CO.")]


@pytest.mark.parametrize(
    ("text", "field", "p", "belongs"),
    [
        ("Industrial Park", "none", 0.9, True),
        ("Industrial Park", "seller_name", 0.7, True),
        ("01234 567890", "seller_phone", 0.7, False),
        ("Reg. 12: 345", "none", 0.9, False),
    ],
)
def test_what_stands_between_lines_of_an_address_belongs_to_it(
    text: str, field: str, p: float, belongs: bool
):
    sheet = Sheet()
    sheet.box("12 Long Winding Road", "value", y=0, field="seller_address")
    sheet.box(text, "value", y=14, field=field, p=p)
    sheet.box("Springfield", "value", y=18 if not belongs else 28, field="seller_address")
    sheet.link("same_text", 0, 2)
    ((_, address, _),) = named(sheet.page(), "seller_address")
    assert address == f"12 Long Winding Road {text + ' ' if belongs else ''}Springfield"


@pytest.mark.parametrize(
    ("doubt", "y", "belongs"),
    [(0.2, 0, True), (0.05, 0, False), (0.2, -60, False)],
)
def test_a_line_above_an_address_that_may_be_one_belongs_to_it(doubt: float, y: int, belongs: bool):
    sheet = Sheet()
    box = sheet.box("Level 4", "value", y=60 + y, field="none", p=0.6)
    sheet.fields[box][FIELDS.index("seller_address")] = doubt
    sheet.box("12 Main Street", "value", y=74, field="seller_address")
    ((_, address, _),) = named(sheet.page(), "seller_address")
    assert address == ("Level 4 12 Main Street" if belongs else "12 Main Street")


@pytest.mark.parametrize(
    ("second", "field", "space", "joined"),
    [
        ("Muster", "none", 4, True),
        ("Muster", "unknown", 4, True),
        ("30.06.2014", "period_end", 4, False),  # a field of its own
        ("Fax: 12", "none", 4, False),
        ("Muster", "none", 60, False),
    ],
)
def test_values_of_one_key_that_touch_are_one(second: str, field: str, space: float, joined: bool):
    sheet = Sheet()
    key = sheet.box("Manager:", "key")
    first = sheet.box("Hans", "value", x=120)
    sheet.link("key_value", key, first, sheet.box(second, "value", x=160 + space, field=field))
    values = [field.value for field in on_one_line(sheet).fields if field.key == "Manager:"]
    assert values == ([f"Hans {second}"] if joined else ["Hans", second])


@pytest.mark.parametrize(("between", "kind", "value"), [
    ("Delay of order", "other", "Delay of order 40-7718"),
    ("Our ref.:", "other", "40-7718"),  # a key, whatever it is taken for
    ("Branch", "section_header", "40-7718"),
])  # fmt: skip
def test_what_stands_between_a_key_and_its_value_belongs_to_the_value(between: str, kind: str, value: str):
    sheet = Sheet()
    key = sheet.box("Subject:", "key")
    sheet.box(between, kind, x=84)
    end = sheet.box("40-7718", "value", x=88 + 10 * len(between))
    sheet.link("key_value", key, end)
    assert [field.value for field in on_one_line(sheet).fields if field.key == "Subject:"] == [value]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Delay of your order", "value", "Delay of your order 40-7718"),
        ("Delay of your order", "key", "Delay of your order"),
        ("12.50", "value", "12.50"),  # two columns, maybe
    ],
)
def test_words_go_on_in_what_follows_them_without_a_key(text: str, kind: str, value: str):
    sheet = Sheet()
    key, begin = sheet.box("Subject:", "key"), sheet.box(text, "value", x=84)
    sheet.box("40-7718", kind, x=88 + 10 * len(text))
    sheet.link("key_value", key, begin)
    assert [field.value for field in on_one_line(sheet).fields if field.key == "Subject:"] == [value]
