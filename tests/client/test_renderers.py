"""Pictures, web pages, terminal tables, CSV: what they show."""

import csv
import io
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from documents_on_paper import encoded, field, page, table
from PIL import Image, ImageColor
from rich.console import Console

from docfuse import Document, PageError
from docfuse.documents import assemble
from docfuse.formats import CSV_COLUMNS, to_csv, to_json, to_jsonl
from docfuse.html import to_html
from docfuse.layout import Rect, arrow, arrow_head, bounds, field_labels, item_areas, place_label
from docfuse.render import annotate
from docfuse.style import level, percent, plain, type_colour
from docfuse.terminal import print_document

PAPER = encoded(Image.new("RGB", (200, 300), "white"), "PNG")


def document(**more: object) -> Document:
    return assemble([page(**more)], [], "folder/tea.pdf")


def test_arrows_join_the_sides_that_face_each_other() -> None:
    left, right = Rect(0, 0, 10, 10), Rect(50, 2, 60, 8)
    assert arrow(left, right) == ((10, 5), (50, 5))
    assert arrow(right, left) == ((50, 5), (10, 5))
    below = Rect(4, 40, 30, 50)
    (x1, y1), (x2, y2) = arrow(left, below)
    assert (x1, y1, y2) == (x2, 10, 40)
    assert 4 <= x1 <= 10
    assert arrow(below, left)[0][1] == 40
    assert arrow(left, Rect(50, 40, 60, 50)) == ((10, 10), (50, 40))


def test_arrow_heads_point_at_the_end() -> None:
    tip, upper, lower = arrow_head((0, 0), (10, 0), 4)
    assert tip == (10, 0)
    assert upper == pytest.approx((6, 1.8))
    assert lower == pytest.approx((6, -1.8))
    assert arrow_head((3, 3), (3, 3), 4) == []


def test_bounds_of_points() -> None:
    assert bounds([(3, 9), (-1, 2), (5, 4)]) == (-1, 2, 5, 9)


def test_labels_avoid_text_and_each_other() -> None:
    whole, anchor = Rect(0, 0, 200, 200), Rect(80, 80, 120, 90)
    first = place_label(anchor, 40, 10, whole, [anchor], [])
    assert first.overlap(anchor) == 0
    second = place_label(anchor, 40, 10, whole, [anchor], [first])
    assert second.overlap(anchor) == second.overlap(first) == 0
    text = Rect(0, 0, 200, 79)
    assert place_label(anchor, 40, 10, whole, [anchor, text], []).y1 >= 79


def test_labels_stay_on_the_page() -> None:
    whole, anchor = Rect(0, 0, 100, 50), Rect(95, 0, 100, 5)
    place = place_label(anchor, 40, 10, whole, [anchor], [])
    assert 0 <= place.x1 and place.x2 <= 100 and 0 <= place.y1 and place.y2 <= 50


def test_a_picture_marks_each_box_in_the_colour_of_its_type() -> None:
    picture = annotate(PAPER, page(tables=[]))
    assert picture.mode == "RGB"
    scale = 1600 / 300
    strip = picture.height - round(300 * scale)
    assert strip > 0
    pixels = np.asarray(picture).astype(int)
    for box in page().boxes:
        x, y = box.polygon[0]
        edge = pixels[round(strip + y * scale), round((x + 30) * scale)]
        assert np.abs(edge - ImageColor.getrgb(type_colour(box.type))).max() < 80, box.type
    assert (pixels[strip + round(290 * scale), round(190 * scale)] == 255).all()


def test_a_picture_shows_the_arrow_and_the_name() -> None:
    with_link = np.asarray(annotate(PAPER, page())).astype(int)
    without = np.asarray(annotate(PAPER, page(links=[]))).astype(int)
    top, scale = with_link.shape[0] - 1600, 1600 / 300
    arrow_area = (
        slice(top + round(20 * scale), top + round(32 * scale)),
        slice(round(80 * scale), round(110 * scale)),
    )
    assert (
        np.abs(
            with_link[arrow_area] - without[-1600:][round(20 * scale) : round(32 * scale), arrow_area[1]]
        ).max()
        > 100
    )
    nameless = np.asarray(annotate(PAPER, page(fields=[field(None, "12.50", 0.7)])))
    assert not np.array_equal(nameless, with_link)


def test_pictures_of_pages_of_any_size() -> None:
    for size in ((1, 1), (30, 4000), (5000, 100)):
        paper = encoded(Image.new("L", size, 255), "PNG")
        picture = annotate(paper, page(boxes=[], links=[], fields=[], tables=[]))
        assert max(picture.size) <= 3200 + 800


def test_areas_and_labels_of_a_page() -> None:
    assert item_areas(page()) == [(10, 60, 70, 72)]
    assert field_labels(page()) == [((120, 20, 180, 32), "payable_amount", 0.7)]
    lost = page(boxes=[], links=[])
    assert item_areas(lost) == field_labels(lost) == []


class Checker(HTMLParser):
    """Collects tags and attributes, and checks that tags are closed in order."""

    void = frozenset({"meta", "br", "image", "polygon", "path", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def checked(text: str) -> Checker:
    checker = Checker()
    checker.feed(text)
    assert checker.open == []
    return checker


def test_a_web_page_needs_nothing_else() -> None:
    text = to_html(document(), [PAPER])
    checker = checked(text)
    for tag, attributes in checker.seen:
        for name in ("src", "href"):
            if attributes.get(name):
                assert str(attributes[name]).startswith("data:"), tag
    assert not re.search(r"https?://|@import|url\((?!#)", text)


def test_a_web_page_shows_boxes_links_fields_items() -> None:
    checker = checked(to_html(document(), [PAPER]))
    boxes = {a["id"]: a for tag, a in checker.seen if tag == "polygon"}
    assert list(boxes) == ["p0b0", "p0b1", "p0b2"]
    assert boxes["p0b1"]["points"] == "120.0,20.0 180.0,20.0 180.0,32.0 120.0,32.0"
    assert "payable amount 70 %" in str(boxes["p0b1"]["data-about"])
    (link,) = (a for tag, a in checker.seen if a.get("data-from"))
    assert (link["data-from"], link["data-to"]) == ("p0b0", "p0b1")
    lit = [a["data-boxes"] for tag, a in checker.seen if tag in ("tr", "td") and a.get("data-boxes")]
    assert lit[:2] == ["p0b1 p0b0", "p0b2"]


def test_text_of_a_document_is_never_markup() -> None:
    nasty = "<script>alert(1)</script>"
    text = to_html(
        assemble([page(fields=[field(nasty, nasty, 0.5, key=nasty)])], [], f"{nasty}.pdf"), [PAPER]
    )
    assert "<script>alert" not in text
    assert "<b>Tea" not in text
    assert text.count("&lt;b&gt;Tea &amp; milk&lt;/b&gt;") >= 2
    checked(text)


def test_a_web_page_of_a_failed_document() -> None:
    error = PageError(index=0, code="INVALID_ARGUMENT", message="No image.")
    text = to_html(assemble([], [error], None), [])
    checked(text)
    assert "Page 1: No image." in text


def printed(shown: Document) -> str:
    console = Console(file=io.StringIO(), width=100, color_system=None)
    print_document(shown, console)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_the_terminal_shows_class_fields_items_warnings_errors() -> None:
    error = PageError(index=1, code="INVALID_ARGUMENT", message="No image.")
    text = printed(assemble([page()], [error], "tea.pdf"))
    assert "tea.pdf   INVOICE  90 %" in text
    row = next(line for line in text.splitlines() if "Total:" in line).split()
    assert row == ["Total:", "12.50", "payable", "amount", "70", "%"]
    assert "1 line item\n" in re.sub(" +\n", "\n", text)
    assert "<b>Tea & milk</b>" in text
    assert "! The sums do not agree." in text
    assert "✗ page 2: No image." in text


def test_the_terminal_says_where_the_text_is_from() -> None:
    own = page(text_source="text_layer")
    assert "3 boxes\n" in re.sub(" +\n", "\n", printed(assemble([page()], [], "tea.pdf")))
    assert "3 boxes, the PDF's own text\n" in re.sub(" +\n", "\n", printed(assemble([own], [], "tea.pdf")))
    assert "the PDF's own text on 1 of them" in printed(assemble([own, page(1)], [], "tea.pdf"))


def test_the_terminal_takes_markup_for_text() -> None:
    assert "[red]5[/red]" in printed(document(fields=[field("[bold]", "[red]5[/red]", 0.5)]))


def test_words_for_numbers() -> None:
    assert [percent(value) for value in (0.0, 0.004, 0.5, 0.999, 1.0)] == [
        "0 %",
        "0 %",
        "50 %",
        "99 %",
        "100 %",
    ]
    assert [level(value) for value in (0.8, 0.79, 0.5, 0.49)] == ["good", "fair", "fair", "poor"]
    assert [plain(value) for value in (None, "x", 12.0, 0.1 + 0.2)] == ["", "x", "12", "0.3"]
    amounts = [plain(value, "tax_amount") for value in (12.0, 1.5, 1.125, 5.8e9)]
    assert amounts == ["12.00", "1.50", "1.125", "5800000000.00"]


def test_csv_has_a_line_per_class_field_cell_and_error() -> None:
    items = table(["description", None], [["Tea, green", "2"]], [None, "Qty"])
    error = PageError(index=1, code="INVALID_ARGUMENT", message="No image.")
    rows = list(csv.DictReader(io.StringIO(to_csv([assemble([page(tables=[items])], [error], "tea.pdf")]))))
    assert tuple(rows[0]) == CSV_COLUMNS
    assert [row["kind"] for row in rows] == ["class", "field", "item", "item", "error"]
    assert {row["source"] for row in rows} == {"tea.pdf"}
    assert (rows[1]["key"], rows[1]["value"], rows[1]["normalized"]) == ("Total:", "12.50", "12.5")
    assert [(row["row"], row["name"], row["key"], row["value"]) for row in rows[2:4]] == [
        ("1", "description", "", "Tea, green"),
        ("1", "", "Qty", "2"),
    ]
    assert (rows[4]["page"], rows[4]["name"]) == ("2", "INVALID_ARGUMENT")
    assert to_csv([document()], header=False).splitlines()[0].startswith("folder/tea.pdf,,class")


def test_json_of_one_and_of_several() -> None:
    one, two = document(), document(fields=[])
    assert Document.from_json(to_json([one])) == one
    assert [Document.model_validate(value) for value in json.loads(to_json([one, two]))] == [one, two]
    assert [Document.from_json(line) for line in to_jsonl([one, two]).splitlines()] == [one, two]
