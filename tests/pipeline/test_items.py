"""Line items: what the models join against the rows and columns of the page is put right."""

from __future__ import annotations

import pytest
from model_answers import Sheet

from docfuse.result import Page


def rows(page: Page) -> list[list[tuple[str | None, str]]]:
    """Name of its column, and text, of each cell of the only table."""
    (table,) = page.tables
    return [[(table.columns[cell.column].name, cell.text) for cell in item.cells] for item in table.items]


def goods(sheet: Sheet, name: str, quantity: str, amount: str, y: float) -> tuple[int, int, int]:
    """A row of a table."""
    return (
        sheet.box(name, "cell", 0, y, "description"),
        sheet.box(quantity, "cell", 200, y, "quantity"),
        sheet.box(amount, "cell", 400, y, "line_amount"),
    )


def test_two_rows_of_amounts_are_two_items():
    sheet = Sheet()
    first, second = goods(sheet, "Milk", "2", "3.00", 0), goods(sheet, "Tea", "1", "5.00", 40)
    note = sheet.box("* fresh", "cell", 0, 12)
    sheet.link("cell_item", first[0], *first, *second, note)
    assert rows(sheet.page()) == [
        [("description", "Milk"), (None, "* fresh"), ("quantity", "2"), ("line_amount", "3.00")],
        [("description", "Tea"), ("quantity", "1"), ("line_amount", "5.00")],
    ]


def test_a_cell_belongs_to_the_item_of_its_row():
    sheet = Sheet()
    first, second = goods(sheet, "Milk", "2", "3.00", 0), goods(sheet, "Tea", "1", "5.00", 40)
    sheet.link("cell_item", first[0], *first, second[1])  # the tea's quantity
    sheet.link("cell_item", second[0], second[0], second[2])
    assert rows(sheet.page()) == [
        [("description", "Milk"), ("quantity", "2"), ("line_amount", "3.00")],
        [("description", "Tea"), ("quantity", "1"), ("line_amount", "5.00")],
    ]


def test_an_amount_with_nothing_beside_it_is_no_item():
    sheet = Sheet()
    first, second = goods(sheet, "Milk", "2", "3.00", 0), goods(sheet, "Tea", "1", "5.00", 40)
    more = sheet.box("4.50", "cell", 400, 52, "line_amount")
    sheet.link("cell_item", first[0], *first)
    sheet.link("cell_item", second[0], *second, more)
    assert rows(sheet.page())[1] == [
        ("description", "Tea"), ("quantity", "1"), ("line_amount", "5.00"), ("line_amount", "4.50"),
    ]  # fmt: skip


def test_an_unsure_cell_is_what_the_cells_above_and_below_it_are():
    sheet = Sheet()
    for number, sure in ((1, 0.9), (2, 0.9), (3, 0.9), (4, 0.5)):
        y = 20.0 * number
        place = sheet.box(str(number), "cell", 0, y, "position" if number < 4 else "quantity", sure)
        name = sheet.box("Paper", "cell", 40, y, "description")
        amount = sheet.box("9.00", "cell", 400, y, "line_amount")
        sheet.link("cell_item", name, place, name, amount)
    assert [item[0] for item in rows(sheet.page())] == [("position", str(number)) for number in (1, 2, 3, 4)]


def test_texts_without_a_number_are_notes_of_the_item_above_and_headings_are_none():
    sheet = Sheet()
    heading = sheet.box("Table 8", "cell", 0, 0, "description")
    burger, fries = goods(sheet, "Burger", "1", "9.00", 20), sheet.box("Fries", "cell", 0, 32, "description")
    tea = goods(sheet, "Tea", "1", "5.00", 52)
    for item in ((heading,), burger, (fries,), tea):
        sheet.link("cell_item", item[0], *item)
    page = sheet.page()
    assert rows(page) == [
        [("description", "Burger"), (None, "Fries"), ("quantity", "1"), ("line_amount", "9.00")],
        [("description", "Tea"), ("quantity", "1"), ("line_amount", "5.00")],
    ]
    assert heading in [box.id for box in page.boxes]


def test_without_amounts_every_text_is_an_item():
    sheet = Sheet()
    for y, name in ((0, "Milk"), (20, "Tea")):
        anchor, remark = sheet.box(name, "cell", 0, y, "description"), sheet.box("fresh", "cell", 200, y)
        sheet.link("cell_item", anchor, anchor, remark)
    assert [item[0] for item in rows(sheet.page())] == [("description", "Milk"), ("description", "Tea")]


def test_a_lone_rate_is_no_amount_and_letters_are_no_quantity():
    sheet = Sheet()
    milk = goods(sheet, "Milk", "B", "3.00", 0)
    rate = sheet.box("7 %", "cell", 300, 0, "line_amount")
    sheet.link("cell_item", milk[0], *milk, rate)
    assert rows(sheet.page()) == [
        [("description", "Milk"), (None, "B"), ("vat_rate", "7 %"), ("line_amount", "3.00")]
    ]


def test_what_stands_behind_the_amount_is_no_second_quantity():
    sheet = Sheet()
    milk = goods(sheet, "Milk", "2", "3.00", 0)
    code = sheet.box("1", "cell", 460, 0, "quantity")
    tea = goods(sheet, "Tea", "5", "4.00", 40)
    sheet.link("cell_item", milk[0], *milk, code)
    sheet.link("cell_item", tea[0], *tea)
    first, second = rows(sheet.page())
    assert [cell for cell in first if cell[0] == "quantity"] == [("quantity", "2")]
    assert (None, "1") in first
    assert ("quantity", "5") in second


def test_of_several_quantities_and_prices_those_that_make_the_amount_are_right():
    sheet = Sheet()
    gas = goods(sheet, "Gas", "100", "52.00", 0)
    per = sheet.box("1", "cell", 260, 0, "quantity")
    price = sheet.box("0.5200", "cell", 300, 0, "unit_price")
    rate = sheet.box("19.0", "cell", 350, 0, "unit_price")
    sheet.link("cell_item", gas[0], *gas, per, price, rate)
    assert rows(sheet.page()) == [
        [
            ("description", "Gas"),
            ("quantity", "100"),
            (None, "1"),
            ("unit_price", "0.5200"),
            (None, "19.0"),
            ("line_amount", "52.00"),
        ]
    ]


@pytest.mark.parametrize(
    ("payment", "printed", "count"),
    [("550.00", "550.00", 2), ("-550.00", "550.00", 2), ("550.00", "551.00", 3), ("549.00", "549.00", 3)],
)
def test_a_row_that_makes_the_amount_of_all_others_is_no_item(payment: str, printed: str, count: int):
    sheet = Sheet()
    amounts = {"Night, Monday": "300.00", "Night, Tuesday": "250.00", "Euro EFT": payment}
    for number, (name, amount) in enumerate(amounts.items()):
        row = (
            sheet.box(name, "cell", 0, 20 * number, "description"),
            sheet.box(amount, "cell", 400, 20 * number, "line_amount"),
        )
        sheet.link("cell_item", row[0], *row)
    sheet.link("key_value", sheet.box("Total", "key", y=90), sheet.box(printed, "value", x=400, y=90))
    assert len(rows(sheet.page())) == count


@pytest.mark.parametrize(("field", "count"), [("payable_amount", 1), ("unknown", 2)])
def test_of_two_items_alike_the_last_is_none_where_a_total_says_so(field: str, count: int):
    sheet = Sheet()
    first, second = goods(sheet, "Milk", "2", "3.00", 0), goods(sheet, "Total Qty", "2", "3.00", 20)
    sheet.link("cell_item", first[0], *first)
    sheet.link("cell_item", second[0], *second)
    sheet.box("3.00", "value", 400, 80, field)
    assert len(rows(sheet.page())) == count


def test_a_quantity_and_price_above_the_amount_that_they_make_belong_to_it():
    sheet = Sheet()
    for number, (name, amount, count, each) in enumerate(
        [("Soup", "8.90", "2", "13.90"), ("Spaghetti", "27.80", "3", "2.00"), ("Cola", "6.00", "4", "5.00")]
    ):
        y = 40 * number
        cells = (
            sheet.box(name, "cell", 0, y, "description"),
            sheet.box(amount, "cell", 400, y, "line_amount"),
            sheet.box(count, "cell", 0, y + 15, "quantity"),
            sheet.box(each, "cell", 40, y + 15, "unit_price"),
        )
        sheet.link("cell_item", cells[0], *cells)
    assert [{name: text for name, text in row if name} for row in rows(sheet.page())] == [
        {"description": "Soup", "line_amount": "8.90"},
        {"quantity": "2", "unit_price": "13.90", "description": "Spaghetti", "line_amount": "27.80"},
        {"quantity": "3", "unit_price": "2.00", "description": "Cola", "line_amount": "6.00"},
    ], "what the last one holds makes no amount, and has lost its name"


def test_numbers_that_make_no_amount_keep_their_names():
    sheet = Sheet()
    gas = goods(sheet, "Gas", "100", "60.00", 0)
    per = sheet.box("2", "cell", 260, 0, "quantity")
    price = sheet.box("0.52", "cell", 300, 0, "unit_price")
    sheet.link("cell_item", gas[0], *gas, per, price)
    assert [name for name, _ in rows(sheet.page())[0]].count("quantity") == 2


@pytest.mark.parametrize(
    ("prices", "tables"),
    [(("14.09.", "14.09. an 19:42"), 0), (("14.09", "14.10"), 1), (("14.09.", "9.10"), 1)],
)
def test_a_timetable_is_no_table_of_items(prices: tuple[str, ...], tables: int):
    sheet = Sheet()
    for row, (stop, price) in enumerate(zip(("Hamburg Hbf", "Leipzig Hbf"), prices, strict=True)):
        name = sheet.box(stop, "cell", 0, 20 * row, "description")
        sheet.link("cell_item", name, name, sheet.box(price, "cell", 200, 20 * row, "unit_price"))
    assert len(sheet.page().tables) == tables


@pytest.mark.parametrize(
    ("below", "x", "whole"),
    [
        ("Mat Blue", 0, True),
        ("A Blue", 0, False),  # it would have fitted into the line above
        ("Mat Blue", 10, False),
        ("- Mat", 0, False),
        ("Verpackung:", 0, False),
        ("03.02.2026", 0, False),
    ],
)
def test_what_had_no_room_in_a_description_is_a_part_of_it(below: str, x: float, whole: bool):
    sheet = Sheet()
    first = goods(sheet, "Area Rugs Kitchen Floor", "2", "3.00", 0)
    second = goods(sheet, "Living Room Rugs, Cotton", "1", "5.00", 40)
    more = sheet.box(below, "cell", x, 50)
    widest = sheet.box("Hand-knotted, washable 100%", "cell", 0, 10)
    sheet.link("cell_item", first[0], *first, widest)
    sheet.link("cell_item", second[0], *second, more)
    found = rows(sheet.page())[1]
    assert (("description", f"Living Room Rugs, Cotton {below}") in found) == whole
    assert (("description", "Living Room Rugs, Cotton") in found) != whole


def test_the_lines_of_a_description_in_the_middle_of_their_row_are_in_order():
    sheet = Sheet()
    lower = sheet.box("white", "cell", 0, 11, "description")
    upper, amount = sheet.box("Socket", "cell", 0, 0, "description"), sheet.box("5.00", "cell", 300, 5)
    sheet.link("cell_item", upper, lower, upper, amount)
    assert rows(sheet.page())[0][0] == ("description", "Socket white")


@pytest.mark.parametrize("net", ["unit_price", "line_amount"])
def test_of_amounts_without_and_with_tax_the_first_is_the_item_s(net: str):
    sheet = Sheet()
    name, quantity, gross = goods(sheet, "Pentium", "3,00", "1 287,00", 0)
    headers = [sheet.box(text, "table_header", x, -20) for text, x in (("Worth", 300), ("With tax", 400))]
    price = sheet.box("390,00", "cell", 230, 0, "unit_price")
    worth = sheet.box("1 170,00", "cell", 300, 0, net)
    sheet.link("cell_item", name, name, quantity, gross, price, worth)
    sheet.link("header_cell", headers[0], worth)
    sheet.link("header_cell", headers[1], gross)
    (table,) = sheet.page().tables
    assert [(column.name, column.header) for column in table.columns[-2:]] == [
        ("line_amount", "Worth"),
        (None, "With tax"),
    ]
    assert not sheet.page().warnings


def test_an_amount_with_an_at_is_a_price():
    sheet = Sheet()
    name, quantity, amount = goods(sheet, "Onions", "2", "17.00", 0)
    price = sheet.box("@8.50", "cell", 300, 0, "line_amount")
    sheet.link("cell_item", name, name, quantity, amount, price)
    assert ("unit_price", "@8.50") in rows(sheet.page())[0]


@pytest.mark.parametrize(
    ("charges", "header", "names"),
    [
        (("185.00", "64.00"), "Charges", {None, "description", "line_amount"}),
        (("2.00", "64.00"), "Charges", {"quantity", "unit_price", "description", "line_amount"}),
        (("185", "64"), "Charges", {"quantity", "unit_price", "description", "line_amount"}),
        (("185.00", "64.00"), "Quantity", {"quantity", "unit_price", "description", "line_amount"}),
    ],
)
def test_columns_of_money_that_make_no_amount_have_their_headers_alone(
    charges: tuple[str, ...], header: str, names: set[str | None]
):
    sheet = Sheet()
    first, second = (sheet.box(text, "table_header", x, -20) for text, x in ((header, 200), ("Paid", 300)))
    for row, (charge, paid, owed) in enumerate(
        zip(charges, ("15.00", "4.00"), ("30.00", "2.80"), strict=True)
    ):
        name, quantity, amount = goods(sheet, "Visit", charge, owed, 20 * row)
        price = sheet.box(paid, "cell", 300, 20 * row, "unit_price")
        sheet.link("cell_item", name, name, quantity, amount, price)
        sheet.link("header_cell", first, quantity)
        sheet.link("header_cell", second, price)
    assert {name for row in rows(sheet.page()) for name, _ in row} == names


def test_an_item_of_hundreds_of_numbers_is_none_the_worse():
    sheet = Sheet()
    anchor, *_ = goods(sheet, "Everything", "7", "4.00", 0)
    for column in range(300):
        for kind, text in (("quantity", "2"), ("unit_price", "3.13"), ("line_amount", "7.77")):
            sheet.link("cell_item", anchor, sheet.box(text, "cell", 30 * column, 0, kind))
    assert (
        len(sheet.page().tables[0].items[0].cells) == 901
    )  # at once: 27 million triples would take a minute
