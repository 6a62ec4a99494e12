"""The figures of each data set on results put together by hand."""

import pytest
from by_hand import box, document, field, link, page, table, truth

from docfuse_training.evaluation import documents, forms, receipts
from docfuse_training.evaluation.counts import Counts
from docfuse_training.evaluation.measure import TASKS, together
from docfuse_training.truth import TruthBox, TruthDocument, TruthRelation

KEY, VALUE, TITLE, REST = (0, 0, 20, 10), (30, 0, 60, 10), (0, 30, 60, 40), (0, 60, 60, 70)


def form() -> TruthDocument:
    return truth(
        TruthBox(KEY, "DATE:", label="question"),
        TruthBox(VALUE, "May 4", label="answer"),
        TruthBox(TITLE, "REPORT", label="header"),
        TruthBox(REST, "page 1", label="other"),
        relations=(TruthRelation("key_value", 0, 1), TruthRelation("parent_child", 2, 0)),
    )


def test_funsd_by_hand() -> None:
    boxes = (box(5, KEY, "DATE:", "key"), box(6, VALUE, "May 4", "value"), box(7, REST, "page 1", "title"))
    found = page(
        boxes, (link(5, 6), link(6, 7), link(5, 6, "same_text")), (field(None, "may 4", key="Date"),)
    )
    scores = forms.scores([form()], [document(found)])
    # Entities: question and answer right, `other` called a header, the header missed: 2 of 3 and 3.
    assert scores["labelling_f1"] == pytest.approx(2 / 3)
    # Links: 1 of 2 predicted, 1 of 2 labelled.
    assert (scores["linking_precision"], scores["linking_recall"]) == (0.5, 0.5)
    assert scores["pair_f1"] == 1.0


def test_funsd_cells_under_a_header_are_pairs() -> None:
    found = page(tables=(table([("description", "Item"), (None, None)], [["Nail", "5"], [None, "6"]]),))
    assert forms.predicted_pairs(found) == [("Item", "Nail")]


def test_a_date_and_its_time_are_one_pair() -> None:
    printed = {"value": "4 May 14:32", "key": "Date", "key_boxes": (0,), "value_boxes": (1,)}
    found = page(fields=(field("issue_date", **printed), field("issue_time", **printed)))
    assert forms.field_pairs(found) == [("Date", "4 May 14:32")]


def test_a_value_with_a_key_and_a_header_is_of_two_pairs() -> None:
    found = page(fields=(field(None, "12", key="Male", header="Dose", header_boxes=[2], value_boxes=(1,)),))
    assert forms.field_pairs(found) == [("Male", "12"), ("Dose", "12")]


def test_pairs_need_both_texts_and_count_once() -> None:
    labelled = [("DATE:", "May 4"), ("NAME:", "Ann")]
    predicted = [("date", "May 4"), ("Date:", "may 4"), ("NAME", "Bob")]
    assert forms.pair_counts(labelled, predicted) == Counts(1, 3, 2)


def test_sroie_by_hand() -> None:
    labels = {"seller_name": "A & B Sdn. Bhd.", "issue_date": "05/12/2018", "payable_amount": "9.00"}
    found = page(
        fields=(
            field("seller_name", "A B SDN BHD"),
            field("issue_date", "05/12/2018 8:01", "2018-12-05"),
            field("payable_amount", "RM 9.00", 9.0, 0.9),
            field("payable_amount", "8.00", 8.0, 0.5),
            field("seller_address", "Road 1"),
        )
    )
    scores = receipts.sroie_scores([truth(values=labels)], [document(found)])
    assert scores["field_f1"] == pytest.approx(2 * 3 / (4 + 3))  # the address has no label
    assert scores["field_f1_exact"] == 0.0
    assert (scores["company_f1"], scores["address_f1"]) == (1.0, 0.0)


def test_sroie_exact_wants_the_printed_string() -> None:
    result = document(page(fields=(field("payable_amount", "9.00"), field("seller_name", "ann"))))
    labels = {"payable_amount": "9.00", "seller_name": "Ann"}
    assert receipts.sroie_scores([truth(values=labels)], [result])["field_f1_exact"] == 0.5


def test_wildreceipt_by_hand() -> None:
    boxes = (box(0, KEY), box(1, VALUE), box(2, TITLE), box(3, REST))
    labelled = truth(
        TruthBox(KEY, "Total", label="Total_key"),
        TruthBox(VALUE, "5.00", label="Total_value"),
        TruthBox(TITLE, "1.00", label="Tips_value"),
        TruthBox(REST, "thanks", label="Others"),
        TruthBox((80, 80, 90, 90), "%", label="Ignore"),
    )
    fields = (
        field("payable_amount", "5.00", key="Total", key_boxes=(0,), value_boxes=(1,)),
        field(None, "1.00", key="Your tip:", value_boxes=(2,)),
        field("tax_amount", "thanks", value_boxes=(3,)),
    )
    scores = receipts.wildreceipt_scores([labelled], [document(page(boxes, fields=fields))])
    assert scores["macro_f1"] == 1.0  # Total and Tips; no box is labelled Tax
    assert scores["macro_f1_all"] == pytest.approx(3 / 4)
    assert scores["Others_f1"] == 0.0


def test_wildreceipt_cells_and_headers() -> None:
    items = table([("line_amount", "Price")], [["5.00"]])
    items.items[0].cells[0].boxes.append(1)
    found = page((box(0, KEY), box(1, VALUE)), (link(0, 1, "header_cell"),), tables=(items,))
    assert receipts.box_classes(found) == {0: "Prod_price_key", 1: "Prod_price_value"}


def test_adbuy_by_hand() -> None:
    labels = {"contract_number": "950658-1", "period_start": "12/30/19", "gross_amount": "$5,625.00"}
    first = page(fields=(field("contract_number", "950658"), field("period_start", "12/30/19 - 03/29/20")))
    second = page(
        fields=(
            field("contract_number", "9506581"),
            field("gross_amount", "5625"),
            field("advertiser", "AARP"),
        )
    )
    scores = documents.adbuy_scores([truth(values=labels)], [document(first, second)])
    assert scores["value_recall"] == 1.0
    assert scores["value_precision"] == pytest.approx(3 / 4)  # two contract numbers; advertiser has no label


def test_header_takes_either_name_of_the_total_and_leaves_out_what_is_not_labelled() -> None:
    labels = {
        "gross_amount": "1163.40",
        "issue_date": "2014-04-18",
        "currency": "EUR",
        "seller_name": "MVM a.G.",
    }
    fields = (
        field("payable_amount", "1.163,40 €", 1163.4),
        field("issue_date", "18. April 2014", "2014-04-18"),
        field("due_date", "21.05.2014"),
        field("seller_name", "MVM e.V."),
    )
    counts = documents.header_counts(truth(values=labels), document(page(fields=fields)))
    assert counts == Counts(2, 3, 4)


def test_line_items_by_hand() -> None:
    items = [
        {"description": "Zitronensäure 100ml", "quantity": "100.0000", "line_amount": "100.00"},
        {"description": "Pfand", "quantity": "20.0000"},
    ]
    columns = [("description", None), ("quantity", None), ("line_amount", None), ("unit", None)]
    rows = [
        ["Pfand", "20,0", "9,00", "Stk."],
        ["Zitronensaure 100ml", "100,0000", "99,00", None],
        ["Summe", None, "1", None],
    ]
    result = document(page(tables=(table(columns, rows),)))
    # Pfand: 2 right, its amount has no label. Zitronensäure: 2 of 3. The third row: 2 cells for nothing.
    assert documents.item_counts(truth(items=items), result) == Counts(4, 7, 5)


def test_cells_of_one_column_are_one_text() -> None:
    doubled = table([("description", None), ("description", None)], [["Mineralwasser", "12 x 1,0l PET"]])
    assert documents.item_rows([doubled]) == [{"description": ("Mineralwasser 12 x 1,0l PET", None)}]


def test_classes_of_easy_and_hard_pages() -> None:
    pages = [
        truth(page_class="memo", extra={"group": "easy"}),
        truth(page_class="budget", extra={"group": "hard"}),
        truth(page_class="letter", extra={"group": "hard"}),
    ]
    results = [
        document(page(), label="memo"),
        document(page(), label="other"),
        document(page(), label="letter"),
    ]
    scores = documents.class_scores(pages, results)
    assert scores["accuracy"] == pytest.approx(2 / 3)
    assert (scores["accuracy_easy"], scores["accuracy_hard"]) == (1.0, 0.5)


def test_names_of_figures_on_both_kinds_of_boxes() -> None:
    figures = {"linking_f1": 0.5, "pair_f1": 0.25, "rules_pair_f1": 0.1}
    both = together(TASKS["funsd"], {"gold": figures, "detected": figures})
    assert set(both) == {
        "linking_f1", "linking_f1_detected", "pair_f1", "pair_f1_gold", "rules_pair_f1", "rules_pair_f1_gold",
    }  # fmt: skip
    assert together(TASKS["funsd"], {"gold": figures}) == figures
