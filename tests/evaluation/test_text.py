import pytest
from by_hand import box, page

from docfuse_pipeline.printed_names import squeezed
from docfuse_training.evaluation.text import character_errors, similar, similar_print, similarity, tidy
from docfuse_training.readers.printed import is_printed
from docfuse_training.truth import TruthBox


def test_tidied_texts() -> None:
    assert tidy(" Invoice  No.: ") == "invoice no"
    assert squeezed("No.2&4, Jalan（Ａ）") == "NO24JALANA"


def test_edit_similarity_counts_the_longer_text() -> None:
    assert similarity("kitten", "sitting") == pytest.approx(1 - 3 / 7)
    assert similar("abcde", "abcdx")
    assert not similar("abcd", "abcx")
    assert similar_print("9/ 3/ 92", "9/3/92") and not similar("9/ 3/ 92", "9/3/92")


def test_a_line_cut_or_merged_otherwise_is_no_reading_error() -> None:
    labelled = [TruthBox((0, 0, 40, 10), "TOTAL 9.00"), TruthBox((0, 20, 40, 30), "CASH")]
    read = [box(0, (22, 0, 40, 10), "9.00"), box(1, (0, 0, 20, 10), "Total"), box(2, (0, 20, 40, 30), "C4SH")]
    assert character_errors(labelled, page(tuple(read))) == (1, 13)


def test_unread_lines_count_in_full_and_text_elsewhere_does_not() -> None:
    labelled = [TruthBox((0, 0, 40, 10), "AB CD")]
    assert character_errors(labelled, page((box(0, (60, 60, 80, 70), "logo"),))) == (4, 4)
    assert character_errors([], page((box(0, (0, 0, 9, 9), "x"),))) == (0, 0)


@pytest.mark.parametrize(
    ("value", "kind", "text", "printed"),
    [
        ("2014-01-24", "date", "Beitragsrechnung 24. Januar 2014", True),
        ("2013-03-05", "date", "05.03.2013", True),
        ("2013-03-05", "date", "105.03.2013", False),
        ("1163.40", "number", "Rechnungsbetrag 1.163,40 €", True),
        ("-8.79", "number", "8.79", True),
        ("8.79", "number", "18.79", False),
        ("EUR", "currency", "440,00 €", True),
        ("EUR", "currency", "440.00 $", False),
        ("Muster AG", "text", "MUSTER-AG, Ort", True),
        ("Muster AG", "text", "Muster GmbH", False),
    ],
)
def test_is_printed(value: str, kind: str, text: str, printed: bool) -> None:
    assert is_printed(value, kind, text) is printed
