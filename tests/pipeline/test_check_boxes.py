"""Check boxes: the options that are ticked are the value."""

from __future__ import annotations

import pytest
from model_answers import Sheet

from docfuse_pipeline.check_boxes import ticked_options


@pytest.mark.parametrize(
    ("text", "ticked"),
    [
        ("□ Full time ☒ Part time ☒ Night", "Part time, Night"),
        ("Yes ☒ No □", "Yes"),
        ("[X] Male [ ] Female", "Male"),
        ("Leak: □ roof ☒ pipe", "pipe"),
        ("□ Yes", ""),
        ("(x) rented", "rented"),
        ("Article [1]", None),
        ("☒", None),
        ("", None),
    ],
)
def test_the_ticked_options_of_a_text(text: str, ticked: str | None):
    assert ticked_options(text) == ticked


@pytest.mark.parametrize(("text", "value"), [("☒ Sí □ No", "Sí"), ("□ Sí", None), ("plain:", "plain")])
def test_a_field_without_a_name_has_what_is_ticked(text: str, value: str | None):
    sheet = Sheet()
    sheet.link("key_value", sheet.box("Transporte", "key"), sheet.box(text, "value", x=200))
    (field,) = sheet.page().fields
    assert (field.value, field.normalized) == (text.strip(":"), value)
