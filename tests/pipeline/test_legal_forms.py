"""Legal forms of companies at the end of their names."""

from __future__ import annotations

import pytest

from docfuse_pipeline.legal_forms import end_of_form, is_company, with_legal_form, without_number


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("RAPID RAIL SDIT BHD", "RAPID RAIL SDN BHD"),
        ("10 Gram Gourmet Sbn Bhd", "10 Gram Gourmet Sdn Bhd"),
        ("MUSTER GMBN", "MUSTER GMBH"),
        ("Northern Foods Limlted", "Northern Foods Limited"),
        ("Trendymax (M) Sdn. Bhd.", "Trendymax (M) Sdn. Bhd."),
        ("City Limits", "City Limits"),
        ("Manchester United", "Manchester United"),
        ("GmbN", "GmbN"),  # nothing but a form is no name
        ("", ""),
    ],
)
def test_misread_forms_are_spelled_right(read: str, meant: str):
    assert with_legal_form(read) == meant


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Coffee Co. The Mall", "Coffee Co."),
        ("Foods S.p.A., Milano", "Foods S.p.A."),
        ("Muster GmbH & Co. KG Halle", "Muster GmbH & Co. KG"),
        ("Cottage Company", ""),
    ],
)
def test_where_the_last_form_ends(text: str, form: str):
    assert text[: end_of_form(text)] == form


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("Best Denki Malaysia (308282-A)", "Best Denki Malaysia"),
        ("ABC SDN BHD (Co. Reg No: 123456 W)", "ABC SDN BHD"),
        ("Bakery (Main Street)", "Bakery (Main Street)"),
        ("(308282-A)", "(308282-A)"),
    ],
)
def test_a_registration_number_is_no_part_of_a_name(printed: str, name: str):
    assert without_number(printed) == name


@pytest.mark.parametrize(
    ("text", "company"),
    [
        ("Thai Wok Sp. z 0.0.", True),
        ("Mantequilla Foods, SL", True),
        ("RIJEKA plus d.o.o.", True),
        ("12 Main Street AB", False),
        ("Denver, CO", False),
        ("Foods S.p.A., Milano", False),
        ("GmbH", False),
        ("", False),
    ],
)
def test_a_company_is_known_by_its_end(text: str, company: bool):
    assert is_company(text) == company
