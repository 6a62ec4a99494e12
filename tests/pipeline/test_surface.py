"""Surface features of texts."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docfuse_pipeline.settings import SURFACE_WIDTH
from docfuse_pipeline.surface import SURFACE_FEATURES, surface_features

FORMS = ("currency", "amount", "integer", "date", "time", "percent", "address", "code", "registration")


def features(text: str) -> dict[str, float]:
    return dict(zip(SURFACE_FEATURES, surface_features([text])[0].tolist(), strict=True))


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("Kundennummer:", set()),
        ("12345", {"integer"}),
        ("1.234,56 €", {"currency", "amount"}),
        ("RM12.50", {"currency", "amount"}),
        ("12 345,60", {"amount"}),
        ("25/12/2018 14:32", {"date", "time"}),
        ("3. März 2019", {"date"}),
        ("30 DEC 2019", {"date"}),
        ("Dec 5, 2019", {"date"}),
        ("3:45 PM", {"time"}),
        ("19 %", {"percent"}),
        ("info@example.com", {"address"}),
        ("www.example.de", {"address"}),
        ("INV-0012", {"code"}),
        ("DE89 3704 0044 0532 0130 00", {"code", "registration"}),
        ("DE123456789", {"code", "registration"}),
        ("Item description", set()),
    ],
)
def test_forms(text, forms):
    found = features(text)
    assert {form for form in FORMS if found[form]} == forms


def test_shares_and_lengths():
    found = features("AB c1:")
    assert found["digits"] == pytest.approx(1 / 5)
    assert found["upper"] == pytest.approx(2 / 5)
    assert found["punctuation"] == pytest.approx(1 / 5)
    assert found["colon"] == found["capital"] == 1
    assert found["words"] == pytest.approx(np.log(3) / np.log(17))
    assert found["length"] == pytest.approx(np.log(7) / np.log(65))


@given(st.lists(st.text(max_size=200), max_size=5))
def test_values_lie_between_0_and_1(texts):
    found = surface_features(texts)
    assert found.shape == (len(texts), SURFACE_WIDTH) and found.dtype == np.float32
    assert ((found >= 0) & (found <= 1)).all()


def test_empty_text_is_all_zeros():
    assert not surface_features(["", "  "]).any()


def test_a_hundred_texts_take_two_milliseconds():
    texts = ["Total: 12.50", "25/12/2018 14:32", "Kundennummer:", "INV-0012", "Acme Trading Company Ltd"] * 20
    surface_features(texts)
    begin = time.process_time()
    for _ in range(10):
        surface_features(texts)
    assert (time.process_time() - begin) / 10 < 0.002 * 3  # room for a slow machine
