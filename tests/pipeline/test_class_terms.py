"""Terms that a page prints say its class."""

import numpy as np
import pytest

from docfuse_pipeline.class_terms import term_logits
from docfuse_pipeline.labels import CLASSES
from docfuse_pipeline.resources import word_lists

PAGES = {
    "memo": ["INTER-OFFICE MEMORANDUM", "TO:", "FROM:", "SUBJECT:", "Sales of the third quarter"],
    "letter": ["Dear Ms. Moore:", "Enclosed please find our offer.", "Very truly yours,"],
    "email": ["-----Original Message-----", "From: a@b.example", "Sent: Monday, June 3", "To: c@d.example"],
    "resume": ["CURRICULUM VITAE", "Education", "Ph.D., University of Leeds", "Honors and Awards"],
    "questionnaire": ["How often do you travel?", "Strongly agree", "Strongly disagree", "Don't know"],
    "budget": ["1994 BUDGET", "Salaries", "Fringe benefits", "Travel", "$ 12,000"],
    "invoice": ["RECHNUNG", "Rechnungs-Nr. 4711", "Rechnungsdatum 3.6.2026"],
    "receipt": ["scontrino", "documento commerciale", "Visa", "subtotal"],
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_it_says(name: str) -> None:
    logits = term_logits(PAGES[name])
    assert logits.shape == (len(CLASSES),) and logits.dtype == np.float32
    assert CLASSES[int(logits.argmax())] == name


def test_terms_are_whole_words_however_they_are_printed() -> None:
    memo = CLASSES.index("memo")
    once = term_logits(["Memo"])[memo]
    assert once > 0
    assert term_logits(["ＭＥＭＯ"])[memo] == once  # NFKC
    assert not term_logits(["memoranda", "memories", "inter", "office"]).any()
    assert term_logits(["TO :"])[memo] == term_logits(["to:"])[memo] > 0
    assert not term_logits(["to the office"])[memo]


def test_a_term_counts_once_and_more_of_them_say_less_and_less() -> None:
    letter = CLASSES.index("letter")
    one, again, two, three = (
        term_logits(texts)[letter]
        for texts in (["Dear"], ["Dear", "Dear"], ["Dear", "Cordially"], ["Dear", "Cordially", "Gentlemen:"])
    )
    assert one == again < two < three
    assert three - two < two - one


def test_a_page_without_terms_says_nothing() -> None:
    assert not term_logits([]).any() and not term_logits(["", "xyzzy 4711"]).any()


def test_every_class_but_those_without_words_has_terms() -> None:
    file = word_lists("class_terms")
    assert set(CLASSES) - set(file.sections()) == {"other", "file_folder", "handwritten"}
    assert set(file.sections()) <= set(CLASSES)
    for name in file.sections():
        for kind in ("sure", "likely"):
            terms = [term.strip() for term in file[name][kind].split("|")]
            assert all(terms) and len(terms) == len(set(terms)), (name, kind)
