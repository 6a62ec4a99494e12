"""Cells of line items named by their places, rows of quantity and price, sums of groups."""

from __future__ import annotations

import pytest
from model_answers import Sheet

from docfuse.result import Page

_PLACES = {
    "position": 0, "description": 30, "quantity": 250, "unit": 300, "unit_price": 350, "line_discount": 440,
    "line_amount": 440,
}  # fmt: skip


def add_item(sheet: Sheet, y: float, *cells: tuple[str, str]) -> int:
    """An item of one row: names of columns ("-quantity": at its place, but without a name) and texts."""
    boxes = [
        sheet.box(
            text, "cell", _PLACES[name.lstrip("-")], y, "none" if name.startswith("-") else name, p=0.95
        )
        for name, text in cells
    ]
    sheet.link("cell_item", boxes[0], *boxes)
    return boxes[0]


def rows(page: Page) -> list[dict[str | None, str]]:
    return [
        {table.columns[cell.column].name: cell.text for cell in item.cells}
        for table in page.tables
        for item in table.items
    ]


def test_a_word_behind_a_quantity_is_its_unit_and_a_number_none():
    sheet = Sheet()
    amounts = (("unit_price", "68.00"), ("line_amount", "68.00"))
    add_item(sheet, 0, ("description", "Check-up"), ("quantity", "1"), ("-unit", "kpl"), *amounts)
    add_item(sheet, 20, ("description", "Cream"), ("unit", "2"), ("unit_price", "3"), ("line_amount", "6.00"))
    units, quantities = ([row.get(name) for row in rows(sheet.page())] for name in ("unit", "quantity"))
    assert (units, quantities) == (["kpl", None], ["1", "2"])


def test_a_word_that_no_language_counts_in_is_no_unit():
    sheet = Sheet()
    add_item(sheet, 0, ("quantity", "1"), ("-unit", "WAPT"), ("line_amount", "40.00"))
    assert rows(sheet.page()) == [{"quantity": "1", None: "WAPT", "line_amount": "40.00"}]


def test_a_quantity_with_its_unit_is_two_cells_of_one_box():
    sheet = Sheet()
    add_item(sheet, 0, ("description", "Tiles"), ("quantity", "186 m2"), ("line_amount", "39060.00"))
    (table,) = sheet.page().tables
    cells = {table.columns[c.column].name: (c.text, c.boxes) for c in table.items[0].cells}
    assert (cells["quantity"], cells["unit"]) == (("186", [1]), ("m2", [1]))


def test_a_text_that_times_the_price_makes_the_amount_is_the_quantity():
    sheet = Sheet()
    add_item(
        sheet, 0, ("description", "Tiles"), ("-quantity", "186 m2"), ("unit_price", "210.00"),
        ("line_amount", "39060.00"),
    )  # fmt: skip
    assert rows(sheet.page())[0]["quantity"] == "186"


@pytest.mark.parametrize(("texts", "split"), [("001 002 003", True), ("001 003 002", False)])
def test_numbers_that_all_descriptions_begin_with_are_positions(texts: str, split: bool):
    sheet = Sheet()
    for i, number in enumerate(texts.split()):
        add_item(sheet, 20 * i, ("description", f"{number} Freight"), ("line_amount", "35.02"))
    first = rows(sheet.page())[0]
    assert (first.get("position"), first["description"]) == (
        ("001", "Freight") if split else (None, "001 Freight")
    )


def test_what_ends_where_amounts_end_is_the_amount_of_an_item_without_one():
    sheet = Sheet()
    for i in range(3):
        add_item(sheet, 20 * i, ("description", "Water"), ("line_amount", "410.15"))
    add_item(sheet, 60, ("description", "Bottles back"), ("quantity", "1"), ("line_discount", "-13.69"))
    assert rows(sheet.page())[-1]["line_amount"] == "-13.69"


def test_where_no_item_has_an_amount_lone_prices_are_amounts():
    sheet = Sheet()
    for i in range(2):
        add_item(sheet, 20 * i, ("description", "Spritz"), ("unit_price", "18.00"))
    assert [row.get("line_amount") for row in rows(sheet.page())] == ["18.00", "18.00"]


@pytest.mark.parametrize("below", [True, False])
def test_a_row_of_quantity_and_price_belongs_to_the_amount_that_they_make(below: bool):
    sheet = Sheet()
    goods, product = (0, 20) if below else (20, 0)
    add_item(sheet, goods, ("description", "Screws"), ("line_amount", "239.60"))
    add_item(sheet, product, ("description", "4 st à 59.90"))
    (row,) = rows(sheet.page())
    counted = {"quantity": "4", "unit": "st", "unit_price": "59.90"}
    assert row == {"description": "Screws", **counted, "line_amount": "239.60"}


def test_a_row_that_makes_no_amount_stays_as_it_is():
    sheet = Sheet()
    add_item(sheet, 0, ("description", "Screws"), ("line_amount", "300.00"))
    add_item(sheet, 20, ("description", "4 st à 59.90"))
    assert "quantity" not in rows(sheet.page())[0]


@pytest.mark.parametrize(("total", "kept"), [("2680.00", ["830.00"]), ("99.00", ["830.00", "99.00"])])
def test_the_sum_of_a_group_belongs_to_no_item(total: str, kept: list[str]):
    sheet = Sheet()
    add_item(sheet, 0, ("description", "Fencing"), ("line_amount", "1850.00"))
    last = add_item(sheet, 20, ("description", "Skip bins"), ("line_amount", "830.00"))
    below = sheet.box(total, "cell", 440, 40, "line_amount")
    sheet.link("cell_item", last, below)
    (table,) = sheet.page().tables
    amounts = [c.text for c in table.items[1].cells if table.columns[c.column].name == "line_amount"]
    assert amounts == kept
