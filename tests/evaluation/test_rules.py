"""The rules do what they say, and lines are put together again."""

from by_hand import box, document, page

from docfuse_training.evaluation.lines import rows, whole_lines
from docfuse_training.evaluation.rules import form, order, receipt


def _lines(*texts: str) -> tuple:
    return tuple(box(i, (0, 20 * i, 8 * len(text), 20 * i + 12), text) for i, text in enumerate(texts))


def test_lines_are_put_together_with_the_spaces_that_were_printed() -> None:
    parts = [box(0, (0, 0, 20, 10), "Tot"), box(1, (20, 0, 30, 10), "al:"), box(2, (40, 1, 60, 11), "9.00")]
    one = [part.model_copy(update={"line": 4}) for part in parts]
    cut = page((*one, box(3, (0, 30, 9, 40), "x")))
    assert [b.text for b in whole_lines(cut).boxes] == ["Total: 9.00", "x"]
    assert whole_lines(cut).boxes[0].polygon == [(0, 0), (60, 0), (60, 11), (0, 11)]


def test_rows_run_from_left_to_right() -> None:
    right, left, below = box(0, (50, 2, 60, 12)), box(1, (0, 0, 10, 10)), box(2, (0, 20, 10, 30))
    assert [[b.id for b in row] for row in rows(page((below, right, left)))] == [[1, 0], [2]]


def test_receipt() -> None:
    texts = (
        "tan",
        "ABC SDN BHD",
        "12 MAIN ROAD",
        "JOHOR",
        "TEL: 1",
        "5/12/2018",
        "SUBTOTAL 8.00",
        "TOTAL 9.00",
        "CASH 10.00",
    )
    found = receipt(document(page(_lines(*texts))))
    assert {f.name: f.value for f in found.fields} == {
        "seller_name": "ABC SDN BHD",
        "seller_address": "12 MAIN ROAD JOHOR",
        "issue_date": "2018-12-05",
        "payable_amount": "9.00",
    }


def test_receipt_without_a_total_takes_the_largest_amount() -> None:
    found = receipt(document(page(_lines("Shop", "5.00", "7.50", "1"))))
    assert {f.name: f.value for f in found.fields}["payable_amount"] == "7.50"
    assert receipt(document(page())).fields == []


def test_order() -> None:
    boxes = (*_lines("Advertiser:", "Flight Dates 03/08/20 - 03/15/20"), box(9, (120, 0, 160, 12), "AARP"))
    found = {f.name: f.value for f in order(document(page(), page(boxes))).fields}
    assert found == {"advertiser": "AARP", "period_start": "2020-03-08", "period_end": "2020-03-15"}


def test_form() -> None:
    boxes = (
        box(0, (0, 0, 20, 10), "Name:"), box(1, (40, 0, 60, 10), "Ann"),
        box(2, (0, 20, 20, 30), "Date:"), box(3, (2, 40, 30, 50), "May 4"), box(4, (0, 60, 9, 70), "end"),
    )  # fmt: skip
    found = form(document(page(boxes))).pages[0]
    assert [(link.source, link.target) for link in found.links] == [(0, 1), (2, 3)]
    assert [b.type for b in found.boxes] == ["key", "value", "key", "value", "other"]
