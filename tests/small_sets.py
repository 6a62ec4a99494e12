"""One drawn document in the format of each data set."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

LINES = ("ABC TRADING SDN BHD", "12 MAIN ROAD, JOHOR", "DATE: 25/12/2018", "TOTAL: 31.50")
CII = """<r:CrossIndustryDocument xmlns:r="urn:r" xmlns:a="urn:a">
<r:HeaderExchangedDocument><a:ID>ABC</a:ID></r:HeaderExchangedDocument>
<r:SpecifiedSupplyChainTradeTransaction><a:ApplicableSupplyChainTradeSettlement>
<a:SpecifiedTradeSettlementMonetarySummation><a:GrandTotalAmount>31.50</a:GrandTotalAmount>
</a:SpecifiedTradeSettlementMonetarySummation></a:ApplicableSupplyChainTradeSettlement>
</r:SpecifiedSupplyChainTradeTransaction></r:CrossIndustryDocument>"""
PDF = """%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 240 120]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 60>>stream
BT /F 14 Tf 20 80 Td (ABC INVOICE) Tj 0 -30 Td (TOTAL 31.50) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
"""


def draw(path: Path) -> list[tuple[int, int, int, int]]:
    """Draw the lines; returns their boxes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("RGB", (420, 260), "white")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(24)
    places = [(20, 20 + 50 * i) for i in range(len(LINES))]
    for place, line in zip(places, LINES, strict=True):
        pen.text(place, line, "black", font)
    image.save(path)
    return [
        tuple(map(int, pen.textbbox(place, line, font))) for place, line in zip(places, LINES, strict=True)
    ]  # type: ignore[misc]


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def _corners(box: tuple[int, int, int, int]) -> list[int]:
    x1, y1, x2, y2 = box
    return [x1, y1, x2, y1, x2, y2, x1, y2]


def write_sroie(folder: Path) -> None:
    """One receipt."""
    boxes = draw(folder / "img" / "000.jpg")
    rows = [",".join(map(str, [*_corners(box), line])) for box, line in zip(boxes, LINES, strict=True)]
    _write(folder / "box" / "000.csv", "\n".join(rows))
    key = {"company": LINES[0], "address": LINES[1], "date": "25/12/2018", "total": "31.50"}
    _write(folder / "key" / "000.json", key)


def write_funsd(folder: Path) -> None:
    """One form."""
    kinds = ("header", "other", "question", "answer")
    rows = enumerate(zip(draw(folder / "images" / "0.png"), LINES, kinds, strict=True))
    form = [{"id": i, "box": b, "text": t, "label": k, "linking": [[2, 3]]} for i, (b, t, k) in rows]
    _write(folder / "annotations" / "0.json", {"form": form})


def write_wildreceipt(folder: Path) -> None:
    """One receipt."""
    boxes = draw(folder / "image_files" / "a.jpeg")
    rows = enumerate(zip(boxes, LINES, strict=True))
    notes = [{"box": _corners(box), "text": line, "label": i} for i, (box, line) in rows]
    _write(folder / "dev.txt", {"file_name": "image_files/a.jpeg", "annotations": notes})
    _write(folder / "class_list.txt", "Store_name_value\nStore_addr_value\nDate_value\nTotal_value")


def write_adbuy(folder: Path) -> None:
    """One document of one page."""
    _write(folder / "pdfs" / "a.pdf", PDF)
    row = {
        "file": "pdfs/a.pdf",
        "layout": "wideorbit_order",
        "pages": 1,
        "fields": {"gross_amount": "$31.50"},
    }
    _write(folder / "labels.jsonl", row)


def write_zugferd(folder: Path) -> None:
    """One invoice."""
    _write(folder / "a.pdf", PDF)
    _write(folder / "a.xml", CII)
    _write(folder / "index.csv", "file,xml,style,pages\na.pdf,a.xml,ferd_1p0_visual,1\n")


def write_kaggle(folder: Path) -> None:
    """One invoice."""
    draw(folder / "a.jpg")
    invoice = {"invoice_number": "11580833", "invoice_date": "11/24/2019", "seller_name": LINES[0]}
    item = {"description": "Dell Desktop\nComputer", "quantity": "3,00", "total_price": "98.99"}
    known = {"invoice": {**invoice, "client_name": ""}, "items": [item]}
    _write(folder / "a.json", {"data": {**known, "subtotal": {"tax": "1 179.44", "total": "12 973,88"}}})


def write_rvlcdip(folder: Path) -> None:
    """One page."""
    draw(folder / "memo" / "a.png")
    _write(folder / "labels.csv", "file,label,source\nmemo/a.png,memo,jawad\n")


def write_pages(folder: Path) -> None:
    """One receipt with labels of its own."""
    draw(folder / "a.png")
    fields = {"seller_name": LINES[0], "seller_address": LINES[1], "payable_amount": "31.50"}
    row = {"id": "a", "source": "a.png", "page": 0, "split": "dev", "class": "receipt", "fields": fields}
    _write(folder / "pages.jsonl", {**row, "pairs": [["TOTAL", "31.50"]], "items": []})


def write_custom(folder: Path) -> None:
    """One receipt of one's own: boxes, relations and what has none."""
    boxes = draw(folder / "a.png")
    kinds = ({"type": "value", "field": "seller_name"}, {}, {}, {"type": "key"})
    rows = zip(boxes, LINES, kinds, strict=True)
    labelled = [{"box": box, "text": text, **kind} for box, text, kind in rows]
    known = {"class": "receipt", "boxes": labelled, "pairs": [["TOTAL", "31.50"]]}
    _write(folder / "a.json", {**known, "values": {"payable_amount": ["31.50"], "due_date": []}})


WRITERS = {
    "funsd": write_funsd,
    "sroie": write_sroie,
    "wildreceipt": write_wildreceipt,
    "adbuy": write_adbuy,
    "zugferd": write_zugferd,
    "kaggle": write_kaggle,
    "rvlcdip": write_rvlcdip,
    "pages": write_pages,
    "custom": write_custom,
}
