"""Pages assembled from hand-made probabilities."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docfuse.result import Page
from docfuse_pipeline.labels import CLASSES, FIELDS, RELATIONS, TYPES
from docfuse_pipeline.page import map_points
from docfuse_pipeline.structure import assemble, make_result

HEIGHT = 10
RANKS = 3


class Sheet:
    """A page made by hand: boxes with types and fields, and links between them, each with its probability."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.corners: list[tuple[float, float]] = []
        self.types: list[np.ndarray] = []
        self.fields: list[np.ndarray] = []
        self.links: list[tuple[str, int, int, float]] = []

    def box(
        self, text: str, kind: str = "other", x: float = 0, y: float = 0, field: str = "none", p: float = 0.9
    ) -> int:
        """Add a box; `p` is the probability of its field."""
        self.texts.append(text)
        self.corners.append((x, y))
        types, fields = (
            np.full(len(TYPES), 0.2 / (len(TYPES) - 1)),
            np.full(len(FIELDS), (1 - p) / (len(FIELDS) - 1)),
        )
        types[TYPES.index(kind)], fields[FIELDS.index(field)] = 0.8, p
        self.types.append(types)
        self.fields.append(fields)
        return len(self.texts) - 1

    def link(self, relation: str, source: int, *targets: int, p: float = 0.9) -> None:
        """Link one source to targets."""
        self.links += [(relation, source, target, p) for target in targets]

    def arguments(self, padding: int = 0, dropped: int = 0) -> dict[str, Any]:
        """What `assemble` takes."""
        count = len(self.texts)
        size = count + padding
        partners = np.zeros((len(RELATIONS), size, RANKS), np.int32)
        probabilities = np.zeros(partners.shape, np.float32)
        for relation, source, target, p in sorted(self.links, key=lambda link: -link[-1]):
            row = probabilities[RELATIONS.index(relation), target]
            rank = int(np.flatnonzero(row == 0)[0])
            partners[RELATIONS.index(relation), target, rank], row[rank] = source, p
        probabilities[:, count:] = 1.0  # whatever a model says of padding
        rest = 0.5 / (len(CLASSES) - 1)
        quads = [
            [[x, y], [x + 10 * len(t), y], [x + 10 * len(t), y + HEIGHT], [x, y + HEIGHT]]
            for t, (x, y) in zip(self.texts, self.corners, strict=True)
        ]
        shown = max(count, 1)
        return {
            "page_info": {"width": 600, "height": 800, "orientation": 90, "skew": 0.5, "warnings": []},
            "transform": np.diag([2.0, 2.0, 1.0]),
            "texts": self.texts or [""],
            "quads": np.array(quads or np.zeros((1, 4, 2)), np.float32),
            "lines": np.arange(shown, dtype=np.int32),
            "scores": np.full(shown, 0.95, np.float32),
            "counts": [count, dropped],
            "class_probabilities": np.array([0.5, *[rest] * (len(CLASSES) - 1)], np.float32),
            "types": np.array([*self.types, *np.full((padding, len(TYPES)), 0.5)]).reshape(size, len(TYPES)),
            "fields": np.array([*self.fields, *np.full((padding, len(FIELDS)), 0.9)]).reshape(
                size, len(FIELDS)
            ),
            "partners": partners,
            "partner_probabilities": probabilities,
        }

    def page(self, **options: int) -> Page:
        """The page as the client reads it."""
        return Page.model_validate_json(json.dumps(assemble(**self.arguments(**options))))


def named(page: Page, name: str | None) -> list[tuple[str | None, str | None, object]]:
    return [(field.key, field.value, field.normalized) for field in page.fields if field.name == name]


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


def test_a_date_joined_with_its_time_is_both():
    sheet = Sheet()
    key = sheet.box("Date", "key")
    date = sheet.box(": 15.12.2023", "value", x=100, field="issue_date", p=0.95)
    clock = sheet.box("14:32", "value", x=300, field="issue_time", p=0.99)
    sheet.link("same_text", date, clock)
    sheet.link("key_value", key, date)
    page = sheet.page()
    assert named(page, "issue_date") == [("Date", "15.12.2023 14:32", "2023-12-15")]
    assert [field.normalized for field in page.fields if field.name == "issue_time"] == ["14:32"]


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


def test_polygons_are_in_pixels_of_the_page_as_sent():
    sheet = Sheet()
    sheet.box("ab", x=10, y=20)
    box = sheet.page().boxes[0]
    assert box.polygon == [(20, 40), (60, 40), (60, 60), (20, 60)]
    assert (box.type, box.type_confidence, box.text_confidence) == ("other", 0.8, 0.95)


def test_points_through_a_perspective():
    transform = np.array([[1, 0, 5], [0, 1, -5], [0, 0.01, 1]])
    assert map_points(transform, np.array([[10.0, 100.0]])).tolist() == [[7.5, 47.5]]


def test_an_unknown_value_is_named_by_its_printed_key():
    sheet = Sheet()
    key, value = sheet.box("Colour", "key"), sheet.box("blue", "value", field="unknown")
    sheet.link("key_value", key, value, p=0.6)
    page = sheet.page()
    assert named(page, None) == [("Colour", "blue", "blue")]
    assert page.fields[0].confidence == pytest.approx(0.6 * 0.95, abs=1e-4)


def test_a_value_has_its_best_key_and_all_its_links():
    sheet = Sheet()
    first, second, value = sheet.box("A", "key"), sheet.box("B", "key"), sheet.box("x", "value")
    sheet.link("key_value", first, value, p=0.6)
    sheet.link("key_value", second, value, p=0.8)
    page = sheet.page()
    assert [(f.key, f.value) for f in page.fields] == [("A", None), ("B", "x")]
    assert len(page.links) == 2


def test_links_below_the_threshold_are_none():
    sheet = Sheet()
    key, value = sheet.box("A", "key"), sheet.box("x", "value")
    sheet.link("key_value", key, value, p=0.4)
    page = sheet.page()
    assert not page.links
    assert [(f.key, f.value) for f in page.fields] == [("A", None)]


def test_a_value_of_several_lines():
    sheet = Sheet()
    key = sheet.box("Remarks", "key")
    lines = [sheet.box(text, "value", x=100, y=15 * n) for n, text in enumerate(("to be", "paid", "soon"))]
    sheet.link("key_value", key, lines[0])
    sheet.link("same_text", lines[0], lines[1])
    sheet.link("same_text", lines[1], lines[2])
    page = sheet.page()
    assert named(page, None) == [("Remarks", "to be paid soon", "to be paid soon")]
    assert page.fields[0].value_boxes == lines


def test_lines_of_a_text_in_a_circle_or_of_key_and_value_stay_apart():
    sheet = Sheet()
    key, value = sheet.box("Remarks", "key"), sheet.box("none", "value", field="payment_terms")
    other = sheet.box("here", "value", y=100, field="payment_terms")
    sheet.link("same_text", key, value)
    sheet.link("same_text", value, other, p=0.9)
    sheet.link("same_text", other, value, p=0.8)
    page = sheet.page()
    assert named(page, "payment_terms") == [(None, "none here", "none here")]
    assert named(page, None) == [("Remarks", None, None)]


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
    arguments = sheet.arguments()
    arguments["lines"][:] = 7  # both were cut from one line
    page = Page.model_validate_json(json.dumps(assemble(**arguments)))
    ((_, value, _),) = named(page, "seller_address")
    assert value == (f"{before} 5, Main Street" if joined else "5, Main Street")


def test_a_field_that_a_page_has_once_goes_to_the_best_that_holds_such_a_value():
    sheet = Sheet()
    sheet.box("Thank you", "value", field="payable_amount", p=0.99)
    key = sheet.box("Cash", "total_key")
    worse = sheet.box("20.00", "value", field="payable_amount", p=0.6)
    sheet.box("12.50", "value", field="payable_amount", p=0.8)
    sheet.link("key_value", key, worse)
    page = sheet.page()
    assert named(page, "payable_amount") == [(None, "12.50", 12.5)]
    assert named(page, None) == [("Cash", "20.00", "20.00")]  # no key, no name, no field: "Thank you"


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


def item_sheet(total: str = "20.00") -> Sheet:
    """Two items, of which the second has a description of two lines and a nested discount, and a total."""
    sheet = Sheet()
    headers = [
        sheet.box(text, "table_header", x, 0)
        for text, x in (("Description", 0), ("Qty", 200), ("Weight", 300), ("Amount", 400))
    ]
    rows = (("Apples", "2", "1 kg", "8.00", 30), ("Pears", "3", "2 kg", "12.00", 50))
    for description, quantity, weight, amount, y in rows:
        anchor = sheet.box(description, "cell", 0, y, "description")
        cells = [
            sheet.box(quantity, "cell", 200, y, "quantity"),
            sheet.box(weight, "cell", 300, y),
            sheet.box(amount, "cell", 400, y, "line_amount"),
        ]
        sheet.link("cell_item", anchor, anchor, *cells)
        for header, cell in zip(headers, (anchor, *cells), strict=True):
            sheet.link("header_cell", header, cell)
    more = sheet.box("from Spain", "cell", 0, 62, "description")
    discount = sheet.box("-1.00", "cell", 400, 74, "line_discount")
    sheet.link("cell_item", anchor, more, discount)
    key, value = (
        sheet.box("Total", "total_key", 300, 100),
        sheet.box(total, "value", 400, 100, "payable_amount"),
    )
    sheet.link("key_value", key, value)
    return sheet


def test_a_note_under_a_description_is_no_part_of_it():
    sheet = Sheet()
    for y, name in ((30, "Paper A4"), (70, "Pens")):
        anchor = sheet.box(name, "cell", 0, y, "description")
        note, amount = (
            sheet.box("GTIN: 4012345", "cell", 0, y + 12),
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
    assert [warning.code for warning in page.warnings] == ["totals_mismatch"]
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
    sheet.texts[2] = "191,00 EUR"
    assert [warning.code for warning in sheet.page().warnings] == ["totals_mismatch"]


@pytest.mark.parametrize(("amount", "codes"), [("9.00", []), ("8.00", []), ("9.50", ["line_mismatch"])])
def test_quantity_times_price_less_discount_is_the_line_amount(amount, codes):
    sheet = Sheet()
    anchor = sheet.box("3", "cell", field="quantity")
    cells = [
        sheet.box(text, "cell", x=100 * n, field=field)
        for n, (text, field) in enumerate(
            ((("3.00"), "unit_price"), ("1.00", "line_discount"), (amount, "line_amount")), 1
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


def test_an_empty_page_is_judged_by_its_look():
    page = Sheet().page(padding=64)
    assert page.classification.source == "image"
    assert [warning.code for warning in page.warnings] == ["no_text"]
    assert not (page.boxes or page.fields or page.tables or page.links or page.truncated)


def test_what_the_caps_left_out_is_told():
    sheet = Sheet()
    sheet.box("a")
    page = sheet.page(dropped=7)
    assert page.truncated
    assert [warning.code for warning in page.warnings] == ["truncated"]
    assert "7" in page.warnings[0].message


TEXTS = ("Total:", "12.50", "25/12/2018", "RM 3.00", "Foo bar", "3 x", "19 %", "")


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    sheet = Sheet()
    for _ in range(draw(st.integers(0, 8))):
        sheet.box(
            draw(st.sampled_from(TEXTS)),
            draw(st.sampled_from(TYPES)),
            draw(st.integers(0, 500)),
            draw(st.integers(0, 700)),
            draw(st.sampled_from(FIELDS)),
            draw(st.sampled_from((0.3, 0.7, 0.9))),
        )
    for target in range(len(sheet.texts)):
        for relation in RELATIONS:
            for source in draw(st.sets(st.integers(0, len(sheet.texts) - 1), max_size=RANKS)):
                sheet.link(relation, source, target, p=draw(st.floats(0.01, 1)))
    return sheet


@settings(deadline=None, max_examples=150)
@given(sheets(), st.integers(1, 64))
def test_padding_changes_nothing_and_every_page_is_valid(sheet, padding):
    plain, padded = assemble(**sheet.arguments()), assemble(**sheet.arguments(padding=padding))
    assert padded == plain
    Page.model_validate_json(json.dumps(plain))


@settings(deadline=None, max_examples=150)
@given(sheets())
def test_every_box_is_used_once_at_most(sheet):
    page = sheet.page()
    cells = [
        box for table in page.tables for item in table.items for cell in item.cells for box in cell.boxes
    ]
    derived = ("currency", "issue_time", "due_date", "tax_rate", "website", "email")
    values = [b for f in page.fields if f.name not in derived for b in f.value_boxes]
    assert len(set(cells)) == len(cells)
    assert len(set(values)) == len(values)
    assert not set(cells) & set(values)


def test_the_step_reads_and_writes_tensors():
    made = item_sheet().arguments(padding=10)
    inputs = {
        "PAGE_INFO": np.array([json.dumps(made["page_info"]).encode()], object),
        "SLOT": np.array([-1], np.int32),
        "TRANSFORM": made["transform"],
        "SEGMENT_TEXT": np.array([text.encode() for text in made["texts"]], object),
        "SEGMENT_QUADS": made["quads"],
        "SEGMENT_LINES": made["lines"],
        "SEGMENT_SCORES": made["scores"],
        "SEGMENT_COUNTS": np.array(made["counts"], np.int32),
        "CLASS_PROBABILITIES": made["class_probabilities"][None],
        "TYPE_PROBABILITIES": made["types"][None],
        "FIELD_PROBABILITIES": made["fields"][None],
        "PARTNERS": made["partners"][None],
        "PARTNER_PROBABILITIES": made["partner_probabilities"][None],
    }
    (result,) = make_result(inputs)["RESULT"]
    assert Page.model_validate_json(result) == item_sheet().page()


def test_a_thousand_boxes_are_250_items():
    sheet = Sheet()
    for number in range(250):
        y = 12 * number
        anchor = sheet.box("Apples and pears", "cell", 0, y, "description")
        cells = [
            sheet.box("3", "cell", 200, y, "quantity"),
            sheet.box("12.50", "cell", 300, y, "line_amount"),
        ]
        key = sheet.box("Remark:", "key", 400, y)
        sheet.link("cell_item", anchor, anchor, *cells)
        sheet.link("key_value", key, anchor, p=0.3)
    (table,) = assemble(**sheet.arguments(padding=24))["tables"]
    assert len(table["items"]) == 250


def test_the_due_date_is_the_last_date_of_the_terms():
    sheet = Sheet()
    sheet.box("3% Skonto bis 15.03.2013, netto bis 04.04.2013", "value", field="payment_terms")
    found = {field.name: field.normalized for field in sheet.page().fields}
    assert found["due_date"] == "2013-04-04"
