"""Line items: cells, columns, notes, totals that are none, sums that do not agree."""

from __future__ import annotations

import json

import pytest
from model_answers import Sheet, item_sheet, named

from docfuse.result import Page
from docfuse_pipeline.structure import assemble


def test_a_note_under_a_description_is_no_part_of_it():
    sheet = Sheet()
    for y, name, taken_for in ((30, "Paper A4", "none"), (70, "Pens", "description")):
        anchor = sheet.box(name, "cell", 0, y, "description")
        note, amount = (
            sheet.box("GTIN: 4012345", "cell", 0, y + 12, taken_for),
            sheet.box("9.00", "cell", 400, y, "line_amount"),
        )
        sheet.link("cell_item", anchor, anchor, note, amount)
    lone = sheet.box("Glue", "cell", 0, 110)
    sheet.link("cell_item", lone, lone, sheet.box("2.00", "cell", 400, 110, "line_amount"))
    (table,) = sheet.page().tables
    names = [column.name for column in table.columns]
    rows = [[(names[cell.column], cell.text) for cell in item.cells] for item in table.items]
    assert rows == [
        [("description", "Paper A4"), (None, "GTIN: 4012345"), ("line_amount", "9.00")],
        [("description", "Pens"), (None, "GTIN: 4012345"), ("line_amount", "9.00")],
        [("description", "Glue"), ("line_amount", "2.00")],
    ]


def test_items_with_a_nested_discount():
    page = item_sheet().page()
    (table,) = page.tables
    assert [(column.name, column.header) for column in table.columns] == [
        ("description", "Description"), ("quantity", "Qty"), (None, "Weight"),
        ("line_amount", "Amount"), ("line_discount", None),
    ]  # fmt: skip
    assert [[(cell.column, cell.text, cell.normalized) for cell in item.cells] for item in table.items] == [
        [(0, "Apples", "Apples"), (1, "2", 2), (2, "1 kg", "1 kg"), (3, "8.00", 8)],
        [
            (0, "Pears from Spain", "Pears from Spain"), (1, "3", 3), (2, "2 kg", "2 kg"),
            (3, "12.00", 12), (4, "-1.00", -1),
        ],
    ]  # fmt: skip
    assert table.items[0].cells[0].confidence == pytest.approx(0.9 * 0.9 * 0.95, abs=1e-4)
    assert table.items[0].cells[2].confidence == pytest.approx(0.9 * 0.95, abs=1e-4)
    assert named(page, "payable_amount") == [("Total", "20.00", 20)]
    assert not page.warnings
    assert all(link.source != link.target for link in page.links)


def test_a_total_that_is_not_the_sum_of_its_lines_is_flagged_and_kept():
    page = item_sheet(total="21.00").page()
    assert [warning.code for warning in page.warnings] == ["lines_mismatch"]
    assert "20.00" in page.warnings[0].message
    assert named(page, "payable_amount") == [("Total", "21.00", 21)]


def test_a_total_that_was_linked_to_an_item_stays_a_field():
    sheet = item_sheet()
    sheet.link("cell_item", 4, sheet.texts.index("20.00"), p=0.9)
    page = sheet.page()
    assert named(page, "payable_amount") == [("Total", "20.00", 20)]
    assert len(page.tables[0].items[0].cells) == 4


def test_a_printed_key_names_what_the_field_head_does_not_know():
    sheet = Sheet()
    key, value = sheet.box("Rechnungs-Nr.", "key"), sheet.box(": R-17", "value", x=200, field="unknown")
    sheet.link("key_value", key, value, p=0.8)
    sheet.link("key_value", sheet.box("Due date", "key", y=20), sheet.box("soon", "value", x=200, y=20))
    key = sheet.box("Leistungsdatum", "key", y=40)
    sheet.link("key_value", key, sheet.box("3.6.2013", "value", 200, 40, "due_date", p=0.5))
    key = sheet.box("Invoice date", "key", y=60)
    sheet.link("key_value", key, sheet.box("4.6.2013", "value", 200, 60, "period_start", p=0.9))
    page = sheet.page()
    assert named(page, "delivery_date") == [("Leistungsdatum", "3.6.2013", "2013-06-03")]
    assert named(page, "period_start") == [("Invoice date", "4.6.2013", "2013-06-04")], "the head is sure"
    assert named(page, "invoice_number") == [("Rechnungs-Nr.", "R-17", "R-17")]
    assert page.fields[0].confidence == pytest.approx(0.8 * 0.95 * 0.4, abs=1e-4)
    assert named(page, None) == [("Due date", "soon", "soon")], "no date stands there"


@pytest.mark.parametrize("known", [3, 2])
def test_known_headers_above_the_cells_name_them_if_there_are_enough(known):
    sheet = Sheet()
    printed = ("Qty", "Unit price", "Amount" if known == 3 else "Colour")
    headers = [sheet.box(text, "table_header", 100 * i, 0) for i, text in enumerate(printed)]
    cells = [sheet.box(text, "cell", 100 * i, 30, "quantity") for i, text in enumerate(("2", "4.00", "8.00"))]
    sheet.link("cell_item", cells[0], *cells)
    for header, cell in zip(headers, cells, strict=True):
        sheet.link("header_cell", header, cell)
    (table,) = sheet.page().tables
    names = [column.name for column in table.columns]
    assert names == (["quantity", "unit_price", "line_amount"] if known == 3 else ["quantity"])


def test_a_total_and_text_along_the_page_are_no_items():
    sheet = item_sheet()
    net = sheet.box("Net total", "total_key", 0, 90)
    sheet.link("cell_item", net, net, sheet.box("20.00", "cell", 400, 90, "line_amount"))
    upended = sheet.box("Printed in Spain", "cell", 580, 30)
    sheet.link("cell_item", 4, upended)
    arguments = sheet.arguments()
    arguments["quads"][upended] = [[580, 200], [580, 30], [590, 30], [590, 200]]
    page = Page.model_validate_json(json.dumps(assemble(**arguments)))
    assert [[cell.text for cell in item.cells][:2] for item in page.tables[0].items] == [
        ["Apples", "2"],
        ["Pears from Spain", "3"],
    ]
    assert upended not in {box for item in page.tables[0].items for cell in item.cells for box in cell.boxes}


def test_net_and_tax_that_do_not_make_the_total_are_flagged():
    sheet = Sheet()
    sheet.box("100,00 EUR", "value", field="tax_exclusive_amount")
    sheet.box("19,00 EUR", "value", field="tax_amount")
    sheet.box("119,00 EUR", "value", field="payable_amount")
    assert not sheet.page().warnings
    sheet.texts[2] = "100,00 EUR"  # with its tax
    assert not sheet.page().warnings
    sheet.texts[2] = "191,00 EUR"
    assert [warning.code for warning in sheet.page().warnings] == ["totals_mismatch"]


def test_tax_that_is_withheld_is_a_part_of_the_sum():
    sheet = Sheet()
    for y, (text, name) in enumerate((("1590.00", "tax_exclusive_amount"), ("333.90", "tax_amount"))):
        sheet.box(text, "value", y=20 * y, field=name)
    sheet.box("1685.40", "value", y=60, field="payable_amount")
    assert [warning.code for warning in sheet.page().warnings] == ["totals_mismatch"]
    key = sheet.box("Retención IRPF -15 %", "key", y=40)
    sheet.link("key_value", key, sheet.box("-238.50", "value", x=300, y=40))
    assert not sheet.page().warnings


@pytest.mark.parametrize(
    ("discount", "amount", "codes"),
    [
        ("1.00", "9.00", []),
        ("1.00", "8.00", []),
        ("1.00", "9.50", ["line_mismatch"]),
        ("10 %", "8.10", []),
        ("10", "8.10", []),
    ],
)
def test_quantity_times_price_less_discount_is_the_line_amount(discount, amount, codes):
    sheet = Sheet()
    anchor = sheet.box("3", "cell", field="quantity")
    cells = [
        sheet.box(text, "cell", x=100 * n, field=field)
        for n, (text, field) in enumerate(
            ((("3.00"), "unit_price"), (discount, "line_discount"), (amount, "line_amount")), 1
        )
    ]
    sheet.link("cell_item", anchor, anchor, *cells)
    assert [warning.code for warning in sheet.page().warnings] == codes


def test_tables_far_apart_or_under_another_header_are_two():
    def items(*tops: float) -> Sheet:
        sheet = Sheet()
        for top in tops:
            anchor = sheet.box("x", "cell", 0, top, "description")
            sheet.link("cell_item", anchor, anchor)
        return sheet

    assert len(items(0, 20, 40).page().tables) == 1
    assert [len(table.items) for table in items(0, 20, 200, 220).page().tables] == [2, 2]
    between = items(0, 20, 60, 80)
    between.box("Description", "table_header", 0, 40)
    assert [len(table.items) for table in between.page().tables] == [2, 2]


def test_a_cell_without_name_or_header_joins_the_column_it_stands_under():
    sheet = Sheet()
    for y, field in ((0, "quantity"), (20, "none")):
        anchor = sheet.box("Apples", "cell", 0, y, "description")
        sheet.link("cell_item", anchor, anchor, sheet.box("12", "cell", 205, y, field))
    (table,) = sheet.page().tables
    assert [column.name for column in table.columns] == ["description", "quantity"]
    assert [cell.column for item in table.items for cell in item.cells] == [0, 1, 0, 1]
