"""Texts of several boxes: what is joined, and what is not."""

from __future__ import annotations

import pytest
from model_answers import Sheet, named


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


@pytest.mark.parametrize(("second", "joined"), [("period_end", False), ("period_start", True)])
def test_two_dates_of_different_names_are_never_one_text(second: str, joined: bool):
    sheet = Sheet()
    begin = sheet.box("03/02/20", "value", field="period_start")
    end = sheet.box("03/09/20", "value", x=100, field=second)
    sheet.link("same_text", begin, end)
    found = {(field.name, *field.value_boxes) for field in sheet.page().fields}
    apart = {("period_start", begin), ("period_end", end)}
    assert found == ({("period_start", begin, end), ("period_end", begin, end)} if joined else apart)


@pytest.mark.parametrize(
    ("first", "second", "kind", "joined"),
    [
        ("Final report", "due", "key", True),
        ("Yes", "YES", "key", False),
        ("Copies:", "Original", "key", False),
        ("This change:", "(from budget)", "key", True),
        ("None", "None", "value", True),
    ],
)
def test_keys_that_read_alike_or_follow_a_colon_are_two(first: str, second: str, kind: str, joined: bool):
    sheet = Sheet()
    key, boxes = sheet.box("Any", "key", y=50), [sheet.box(first, kind), sheet.box(second, kind, y=12)]
    sheet.link("same_text", *boxes)
    sheet.link("key_value", key, *boxes)
    found = [field.key_boxes if kind == "key" else field.value_boxes for field in sheet.page().fields]
    assert (boxes in found) == joined


def test_values_beside_keys_of_their_own_are_two():
    sheet = Sheet()
    for y, name, number in ((0, "Kontonr.:", "1234 5678 90"), (20, "BLZ:", "700 901 00")):
        sheet.link("key_value", sheet.box(name, "key", y=y), sheet.box(number, "value", x=200, y=y))
    sheet.link("same_text", 1, 3)
    assert named(sheet.page(), None) == [
        ("Kontonr.:", "1234 5678 90", "1234 5678 90"),
        ("BLZ:", "700 901 00", "700 901 00"),
    ]


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
