"""Synthetic pages: reproducible, exact, consistent, and drawn where the truth says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image
from typer import Typer
from typer.testing import CliRunner

from docfuse_pipeline.labels import CLASSES, FIELDS, ITEM_FIELDS, RELATIONS, TYPES
from docfuse_training.synthetic import KINDS, degrade, fonts, generate, generate_page, pages, printed_values
from docfuse_training.synthetic.command import synthesize
from docfuse_training.synthetic.content import add_tip, make_bill
from docfuse_training.synthetic.desk import LAYOUTS
from docfuse_training.synthetic.locales import Locale, locales, words
from docfuse_training.synthetic.receipt_totals import write_blanks
from docfuse_training.synthetic.sheet import draw
from docfuse_training.truth import TruthPage


@pytest.fixture(scope="module")
def some_pages() -> list[TruthPage]:
    every = [generate_page(5, 0, kinds=[kind]) for kind in KINDS]
    return every + list(generate(120, seed=3)) + list(generate(30, seed=4, families="held_out"))


def test_a_page_depends_on_seed_and_index_alone() -> None:
    alone = generate_page(11, 2)
    *_, after_others = generate(3, 11)
    assert alone.boxes == after_others.boxes
    assert alone.relations == after_others.relations
    assert np.array_equal(alone.load_image(), after_others.load_image())
    assert alone.boxes != generate_page(12, 2).boxes


def test_texts_do_not_depend_on_the_process() -> None:
    """Python's order of sets differs from process to process; Faker keeps some towns in one."""
    code = (
        "from random import Random\nfrom docfuse_training.synthetic.locales import Locale, locales\n"
        "for row in locales(): print(row['name'], Locale(row['name'], Random(4)).party())"
    )
    commands = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        )
        for seed in ("1", "2")
    ]
    assert commands[0].stdout == commands[1].stdout and commands[0].stdout.count(b"\n") > 5


def test_boxes_lie_inside_the_image(some_pages: list[TruthPage]) -> None:
    for page in some_pages[::5]:
        height, width = page.load_image().shape[:2]
        edges = np.array([box.box for box in page.boxes])
        slack = 0.03 * width  # a page turned by 1.5 degrees may lose the outermost pixels of its corners
        assert edges[:, :2].min() >= -slack
        assert (edges[:, 2:] <= np.array([width, height]) + slack).all()
        assert (edges[:, 2:] > edges[:, :2]).all()


@pytest.mark.parametrize("kind", list(KINDS))
def test_ink_is_inside_its_box_and_nowhere_else(kind: str) -> None:
    for index in range(3):
        desk = pages.make_desk(Random(f"{kind}{index}"), kind, held_out=False)
        KINDS[kind][1](desk)
        sheet = desk.sheet
        if not sheet.flawless():
            continue
        inks = [op for op in sheet.ops if hasattr(op, "text")]
        assert len(inks) == len(sheet.boxes)
        image = draw(
            sheet.width, sheet.height, [replace(ink, colour=(0, 0, 0)) for ink in inks], (255, 255, 255)
        )
        dark = image.min(2) < 250
        for box in sheet.boxes:
            x1, y1, x2, y2 = (round(edge) for edge in box.box)
            assert dark[y1:y2, x1:x2].any(), box
            dark[y1:y2, x1:x2] = False
        assert not dark.any()


def test_types_fields_relations_and_classes_are_the_models_own(some_pages: list[TruthPage]) -> None:
    for page in some_pages:
        assert page.page_class in CLASSES
        assert page.labelled_relations == frozenset(RELATIONS)
        for box in page.boxes:
            assert box.type in TYPES
            assert box.field in FIELDS
            assert box.text.strip() == box.text != ""
            if box.type not in ("value", "cell"):
                assert box.field == "none"
            if box.field in ITEM_FIELDS:
                assert box.type == "cell"


def test_relations_join_what_they_should(some_pages: list[TruthPage]) -> None:
    ends = {
        "key_value": ({"key", "total_key"}, {"value"}),
        "cell_item": ({"cell"}, {"cell"}),
        "header_cell": ({"table_header"}, {"cell", "value"}),  # values whose rows have keys
        "parent_child": ({"section_header"}, {"key", "value", "table_header"}),
    }
    for page in some_pages:
        for relation in page.relations:
            source, target = page.boxes[relation.source], page.boxes[relation.target]
            if relation.name == "same_text":
                assert relation.source != relation.target
                assert (source.type, source.field) == (target.type, target.field)
                depth = (source.box[3] - source.box[1]) / 4  # brackets reach so far below capitals
                assert target.box[3] > source.box[3] - max(2, depth), "the next line is not above"
            else:
                assert source.type in ends[relation.name][0]
                assert target.type in ends[relation.name][1]
        pairs = Counter((relation.name, relation.target) for relation in page.relations)
        assert all(count == 1 for count in pairs.values()), "every target has one source of a relation"


def test_every_cell_of_an_item_has_its_anchor(some_pages: list[TruthPage]) -> None:
    for page in some_pages:
        anchors = {r.target: r.source for r in page.relations if r.name == "cell_item"}
        for target, source in anchors.items():
            assert anchors[source] == source
            assert page.boxes[target].type == "cell"


@pytest.mark.parametrize("name", [row["name"] for row in locales()])
def test_arithmetic_is_right(name: str) -> None:
    for seed in range(20):
        rng = Random(seed)
        bill = make_bill(Locale(name, rng), rng, 5, "goods", inclusive=seed % 2 == 0)
        for item in bill.items:
            assert item.amount == round(item.quantity * item.unit_price) - item.discount
        items = sum(item.amount for item in bill.items) - bill.discount
        assert items == (bill.gross if bill.inclusive else bill.net)
        assert bill.net + bill.tax == bill.gross
        assert bill.gross + bill.rounding == bill.payable == bill.paid - bill.change
        for rate, (net, tax) in bill.taxes.items():
            assert tax == pytest.approx(net * rate / 100, abs=1)


def test_printed_numbers_follow_the_country() -> None:
    german, american = Locale("de_DE", Random(1)), Locale("en_US", Random(1))
    german.grouped = american.grouped = True
    assert german.number(-1234.5) == "-1.234,50"
    assert american.number(1234567.891, 3) == "1,234,567.891"
    american.symbol = "$"
    assert american.money(-123456) == "-$1,234.56"


def test_all_kinds_and_many_fields_appear(some_pages: list[TruthPage]) -> None:
    assert {page.page_class for page in some_pages} == set(CLASSES)
    fields = {box.field for page in some_pages for box in page.boxes}
    assert len(fields) > 0.85 * len(FIELDS)
    assert {box.type for page in some_pages for box in page.boxes} == set(TYPES)


def test_values_of_several_lines_are_joined() -> None:
    for index in range(30):
        page = generate_page(8, index, kinds=["letter"])
        first = next(i for i, box in enumerate(page.boxes) if box.field == "seller_address")
        lines = [box.text for box in page.boxes[first:] if box.field == "seller_address"]
        assert " ".join(lines) in printed_values(page)["seller_address"]


def test_letters_that_are_invoices_hold_values_inside_sentences() -> None:
    for index in range(12):
        page = generate_page(9, index, kinds=["billing_letter"])
        assert page.page_class == "invoice"
        assert all("{" not in box.text for box in page.boxes)
        assert {"invoice_number", "payable_amount"} <= printed_values(page).keys()


@pytest.mark.parametrize("kind", ["invoice", "receipt"])
def test_the_document_s_amounts_of_a_tax_table_are_those_of_its_totals(kind: str) -> None:
    several = 0
    for index in range(60):
        found = printed_values(generate_page(10, index, kinds=[kind]))
        nets = {re.sub(r"[^\d]", "", text) for text in found.get("tax_exclusive_amount", [])}
        assert len(nets) <= 1, found
        several += len(found.get("tax_exclusive_amount", [])) > 1 or "tax_rate" in found
    assert several, "no page had a tax table"


def test_a_tip_is_part_of_what_is_paid() -> None:
    rng = Random(6)
    bill = make_bill(Locale("en_US", rng), rng, 3, "foods", inclusive=False)
    add_tip(bill, rng)
    assert bill.tip > 0
    assert bill.payable == bill.gross + bill.rounding + bill.tip == bill.paid - bill.change


def test_blanks_to_fill_in_are_keys_without_values() -> None:
    desk = pages.make_desk(Random(7), "receipt", held_out=False)
    bottom = write_blanks(desk, 100, make_bill(desk.locale, desk.rng, 2, "foods", inclusive=True))
    assert bottom > 100
    assert [box.type for box in desk.sheet.boxes].count("total_key") == 2
    assert all(box.type != "value" for box in desk.sheet.boxes)
    assert not desk.sheet.relations


def test_an_amount_of_a_coin_that_is_not_divided_has_no_decimals() -> None:
    forint = Locale("hu_HU", Random(8))
    assert re.sub(r"\s", "", forint.money(1250, symbol=False)) == "1250"


def test_an_item_number_over_a_description_has_a_header_of_its_own() -> None:
    seen = 0
    for index in range(60):
        page = generate_page(12, index, kinds=["invoice"])
        headers = {r.target: r.source for r in page.relations if r.name == "header_cell"}
        fields = {target: page.boxes[target].field for target in headers}
        for target, source in headers.items():
            others = {fields[t] for t, s in headers.items() if s == source}
            assert others == {fields[target]}, "a header stands over one column"
        seen += any(
            b.field == "item_number" and a.field == "description" and abs(a.box[0] - b.box[0]) < 5
            for a in page.boxes
            for b in page.boxes
        )
    assert seen, "no page had stacked columns"


def test_held_out_pages_share_no_layout_with_training_pages() -> None:
    for train, reserved in LAYOUTS.values():
        assert not set(train) & set(reserved)
    train_fonts = {f.name for kind in ("sans", "serif", "mono") for f in fonts.of_kind(kind, False)}
    held_fonts = {f.name for kind in ("sans", "serif", "mono") for f in fonts.of_kind(kind, True)}
    if any(family.held_out for family in fonts.families()):
        assert held_fonts - train_fonts


def test_a_machine_with_few_fonts_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "FOLDERS", ())
    with pytest.warns(UserWarning, match=r"training/fonts\.txt"):
        assert fonts.families.__wrapped__()
    assert (Path(__file__).parents[2] / "training" / "fonts.txt").is_file()


@pytest.mark.parametrize("language", sorted({row["language"] for row in locales()}))
def test_vocabulary_names_known_fields(language: str) -> None:
    extra = {"period", "registration", "bank", "agency_commission", "net_due"}
    assert set(words(language)["keys"]) <= set(FIELDS) | extra
    assert set(words(language)["columns"]) <= set(FIELDS)
    printed = [text for section in words(language).values() for texts in section.values() for text in texts]
    assert all(text == text.strip() != "" for text in printed)


def test_a_turned_page_takes_its_boxes_along() -> None:
    quarter = degrade.Recipe(0, matrix=(0, -1, 100, 1, 0, 0))
    assert degrade.move(quarter, (10, 20, 30, 40)) == (60, 10, 80, 30)


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="families"):
        generate_page(1, 1, families="test")
    with pytest.raises(ValueError, match="Unknown kinds"):
        generate_page(1, 1, kinds=["menu"])


def test_the_command_writes_pages_truth_and_previews(tmp_path: Path) -> None:
    app = Typer()
    app.command()(synthesize)
    done = CliRunner().invoke(app, ["--count", "2", "--seed", "5", "--out", str(tmp_path), "--preview"])
    assert done.exit_code == 0, done.output
    for index in range(2):
        page = generate_page(5, index)
        truth = json.loads((tmp_path / f"{page.id}.json").read_text(encoding="utf-8"))
        assert [box["text"] for box in truth["boxes"]] == [box.text for box in page.boxes]
        plain, drawn = (np.asarray(Image.open(tmp_path / f"{page.id}{end}.png")) for end in ("", ".preview"))
        assert np.array_equal(plain, page.load_image())
        assert plain.shape == drawn.shape and (plain != drawn).any()
    wrong = CliRunner().invoke(app, ["--kind", "menu", "--out", str(tmp_path)])
    assert wrong.exit_code == 2 and "Unknown kinds" in wrong.output
