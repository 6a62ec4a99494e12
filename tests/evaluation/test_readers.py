"""Readers on small folders in the data sets' formats."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_sets import LINES, write_kaggle

from docfuse_training.readers import (
    READERS,
    DataError,
    read_adbuy,
    read_funsd,
    read_kaggle,
    read_rvlcdip,
    read_sroie,
    read_wildreceipt,
)
from docfuse_training.readers.adbuy import split_of
from docfuse_training.truth import TruthRelation


def _image(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (40, 30), 200).save(path)


def _pdf(path: Path, pages: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    sheets = [Image.new("RGB", (85, 110), "white") for _ in range(pages)]
    sheets[0].save(path, save_all=True, append_images=sheets[1:], resolution=10)


@pytest.fixture
def sroie(tmp_path: Path) -> Path:
    for name in ("000", "001"):
        _image(tmp_path / "img" / f"{name}.jpg")
        for folder in ("box", "key"):
            (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / "box" / f"{name}.csv").write_text("9,4,30,5,30,10,8,10,NO.2, ROAD\n\n", encoding="utf-8")
        key = {"company": "ABC", "date": "1/2/2018", "total": "9.00"}
        (tmp_path / "key" / f"{name}.json").write_text(json.dumps(key), encoding="utf-8")
    (tmp_path / "train.txt").write_text("001\n", encoding="utf-8")
    return tmp_path


def test_sroie(sroie: Path) -> None:
    everything, train = read_sroie(sroie), read_sroie(sroie, "train")
    assert [d.id for d in everything] == ["000", "001"]
    assert [d.id for d in train] == ["001"]
    page = train[0].pages[0]
    assert [(b.box, b.text) for b in page.boxes] == [((8.0, 4.0, 30.0, 10.0), "NO.2, ROAD")]
    assert page.values == {"seller_name": ["ABC"], "issue_date": ["1/2/2018"], "payable_amount": ["9.00"]}
    assert page.load_image().shape == (30, 40, 3)
    assert page.load_image().dtype == np.uint8


def test_default_split_is_dev_then_test(sroie: Path) -> None:
    (sroie / "test.txt").write_text("001\n", encoding="utf-8")
    assert [d.id for d in read_sroie(sroie)] == ["001"]
    (sroie / "dev.txt").write_text("000\n", encoding="utf-8")
    assert [d.id for d in read_sroie(sroie)] == ["000"]


@pytest.mark.parametrize(("line", "number"), [("1,2,3", 1), ("a,2,3,4,5,6,7,8,text", 1)])
def test_a_broken_box_file_is_named(sroie: Path, line: str, number: int) -> None:
    (sroie / "box" / "000.csv").write_text(line, encoding="utf-8")
    with pytest.raises(DataError, match=rf"000.csv, line {number}"):
        read_sroie(sroie)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("make", [True, False])
def test_a_wrong_folder_is_one_clear_error(tmp_path: Path, name: str, make: bool) -> None:
    folder = tmp_path / "data"
    if make:
        folder.mkdir()
    with pytest.raises(DataError, match="data"):
        READERS[name](folder, None)


def test_a_missing_list_is_named(sroie: Path) -> None:
    with pytest.raises(DataError, match=r"no list dev.txt \(lists there: train\)"):
        read_sroie(sroie, "dev")


def test_funsd(tmp_path: Path) -> None:
    root = tmp_path / "testing_data"
    _image(root / "images" / "0.png")
    (root / "annotations").mkdir()
    form = [
        {"id": 7, "box": [1, 2, 3, 4], "text": "A:", "label": "question", "linking": [[7, 3], [9, 7]]},
        {"id": 3, "box": [5, 2, 8, 4], "text": "b", "label": "answer", "linking": [[7, 3], [3, 3]]},
        {"id": 9, "box": [1, 0, 3, 1], "text": "T", "label": "header", "linking": [[9, 7], [9, 44]]},
    ]
    (root / "annotations" / "0.json").write_text(json.dumps({"form": form}), encoding="utf-8")
    for folder in (tmp_path, root):
        page = read_funsd(folder)[0].pages[0]
        assert [b.type for b in page.boxes] == ["key", "value", "section_header"]
        assert set(page.relations) == {TruthRelation("key_value", 0, 1), TruthRelation("parent_child", 2, 0)}
        assert page.labelled_relations == {"key_value", "header_cell", "parent_child", "same_text"}
    with pytest.raises(DataError, match="training_data"):
        read_funsd(tmp_path, "train")


def test_wildreceipt(tmp_path: Path) -> None:
    _image(tmp_path / "image_files" / "a.jpeg")
    (tmp_path / "class_list.txt").write_text("Ignore\nStore_name_value\nOthers", encoding="utf-8")
    boxes = [
        {"box": [1, 9, 5, 9, 5, 3, 1, 3], "text": "CVS", "label": 1},
        {"box": [0] * 8, "text": "?", "label": 2},
        {"box": [6, 9, 9, 9, 9, 3, 6, 3], "text": "", "label": 0},
    ]
    row = {"file_name": "image_files/a.jpeg", "height": 30, "width": 40, "annotations": boxes}
    (tmp_path / "train.txt").write_text(json.dumps(row) + "\n", encoding="utf-8")
    first, second = read_wildreceipt(tmp_path)[0].pages[0].boxes
    assert (first.box, first.label) == ((1.0, 3.0, 5.0, 9.0), "Store_name_value")
    assert (first.type, first.field, second.type) == ("value", "seller_name", None)
    (tmp_path / "class_list.txt").write_text("Ignore\nCompany", encoding="utf-8")
    with pytest.raises(DataError, match="Company"):
        read_wildreceipt(tmp_path)


def test_adbuy(tmp_path: Path) -> None:
    fields = {"contract_num": "1", "advertiser": None, "gross_amount": "$5", "flight_from": "03/08/20"}
    row = {"file": "pdfs/a.pdf", "layout": "wideorbit_order", "pages": 2, "fields": fields}
    (tmp_path / "labels.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"a\.pdf"):
        read_adbuy(tmp_path)
    _pdf(tmp_path / "pdfs" / "a.pdf", 2)
    document = read_adbuy(tmp_path)[0]
    assert document.values == {"contract_number": "1", "gross_amount": "$5", "period_start": "03/08/20"}
    assert (document.page_class, len(document.pages)) == ("order", 2)
    assert document.pages[1].load_image().shape == (2200, 1700, 3)
    halves = [len(read_adbuy(tmp_path, split)) for split in ("train", "dev")]
    assert sorted(halves) == [0, 1]


def test_advertisers_are_on_one_side_however_they_are_spelt() -> None:
    assert split_of("Bloomberg 2020, Inc") == split_of("BLOOMBERG 2020 INC")
    sides = Counter(split_of(f"Committee {i}") for i in range(1000))
    assert 150 < sides["dev"] < 250


CII_1 = """<r:CrossIndustryDocument xmlns:r="urn:r" xmlns:a="urn:a">
<r:HeaderExchangedDocument><a:ID>47</a:ID>
 <a:IssueDateTime><a:DateTimeString format="102">20139999</a:DateTimeString></a:IssueDateTime>
</r:HeaderExchangedDocument>
<r:SpecifiedSupplyChainTradeTransaction>
 <a:ApplicableSupplyChainTradeSettlement><a:SpecifiedTradeSettlementMonetarySummation>
  <a:GrandTotalAmount>9.5</a:GrandTotalAmount></a:SpecifiedTradeSettlementMonetarySummation>
 </a:ApplicableSupplyChainTradeSettlement>
 <a:IncludedSupplyChainTradeLineItem><a:AssociatedDocumentLineDocument/></a:IncludedSupplyChainTradeLineItem>
 <a:IncludedSupplyChainTradeLineItem>
  <a:GrossPriceProductTradePrice><a:ChargeAmount>4.0</a:ChargeAmount></a:GrossPriceProductTradePrice>
  <a:NetPriceProductTradePrice><a:ChargeAmount>3.3</a:ChargeAmount></a:NetPriceProductTradePrice>
  <a:ApplicableTradeTax><a:ApplicablePercent>19.00</a:ApplicablePercent></a:ApplicableTradeTax>
  <a:SpecifiedTradeProduct><a:Name>Nails
   long</a:Name></a:SpecifiedTradeProduct>
 </a:IncludedSupplyChainTradeLineItem>
</r:SpecifiedSupplyChainTradeTransaction></r:CrossIndustryDocument>"""
CII_2 = (
    CII_1.replace("CrossIndustryDocument", "CrossIndustryInvoice")
    .replace("HeaderExchangedDocument", "ExchangedDocument")
    .replace("SpecifiedSupplyChainTradeTransaction", "SupplyChainTradeTransaction")
    .replace("ApplicableSupplyChainTradeSettlement", "ApplicableHeaderTradeSettlement")
    .replace("SpecifiedTradeSettlementMonetarySummation", "SpecifiedTradeSettlementHeaderMonetarySummation")
    .replace("ApplicablePercent", "RateApplicablePercent")
)


@pytest.mark.parametrize("xml", [CII_1, CII_2])
def test_both_versions_of_cii_say_the_same(tmp_path: Path, xml: str) -> None:
    from docfuse_training.readers.cii import read_cii

    path = tmp_path / "a.xml"
    path.write_text(xml, encoding="utf-8")
    header, items = read_cii(path)
    assert header == {"invoice_number": "47", "gross_amount": "9.5"}  # there is no such day
    assert len(items) == 1
    assert items[0]["description"] == ["Nails long"]
    assert items[0]["unit_price"] == ["3.3", "4.0"]
    assert items[0]["vat_rate"] == ["19.00"]


@pytest.mark.parametrize(
    ("text", "message"), [("<a", "not valid XML"), ("<a/>", "no Cross Industry Invoice")]
)
def test_other_xml_is_refused(tmp_path: Path, text: str, message: str) -> None:
    from docfuse_training.readers.cii import read_cii

    path = tmp_path / "a.xml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_cii(path)


def test_kaggle(tmp_path: Path) -> None:
    write_kaggle(tmp_path)
    (document,) = read_kaggle(tmp_path)
    assert document.values == {
        "invoice_number": "11580833", "issue_date": "2019-11-24", "seller_name": LINES[0],
        "tax_amount": "1179.44", "gross_amount": "12973.88",
    }  # fmt: skip
    assert document.items == [{"description": "Dell Desktop Computer", "quantity": "3.00"}]
    (tmp_path / "a.json").write_text('{"data": {"items": []}}', encoding="utf-8")
    with pytest.raises(DataError, match="lacks"):
        read_kaggle(tmp_path)


def test_rvlcdip(tmp_path: Path) -> None:
    for name in ("memo/a.png", "budget/b.png"):
        _image(tmp_path / name)
    rows = "file,label,source\nmemo/a.png,memo,alimsaleh\nbudget/b.png,budget,jawad\n"
    (tmp_path / "labels.csv").write_text(rows, encoding="utf-8")
    memo, budget = read_rvlcdip(tmp_path)
    assert (memo.page_class, memo.extra["group"]) == ("memo", "hard")
    assert (budget.page_class, budget.extra["group"]) == ("budget", "easy")
