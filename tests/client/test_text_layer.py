"""Text layers of PDFs: exact runs where they are what the page shows, and every reason not to trust them."""

import numpy as np
import pytest
from documents_on_paper import blank_pdf, encrypted_pdf, line, stream, unicode_map, written_pdf
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from docfuse import InputError, Limits
from docfuse.demo import samples
from docfuse.text_layer import DOUBTS, TextLayer, page_runs

SENTENCES = (
    "Thank you for your order of the third of September, which we shall send",
    "within a week. Please pay the amount below on receipt of the goods, and",
    "write the number of the invoice on your transfer. We hope to hear from",
    "you again soon, and remain with kind regards yours, the bookshop.",
)
LETTER = b"".join(line(text, y=450 - 20 * row, size=10) for row, text in enumerate(SENTENCES))
PIXELS_PER_POINT = 200 / 72


def layer_of(data: bytes, **options: object) -> TextLayer:
    """The text layer of a PDF's only page."""
    ((_, layer),) = page_runs(data, **options)  # type: ignore[arg-type]
    assert layer.doubt in {None, *DOUBTS}
    assert layer.doubt is None or not layer.runs
    return layer


def texts(data: bytes) -> list[str]:
    layer = layer_of(data)
    assert layer.doubt is None
    return [run.text for run in layer.runs]


def test_a_letter_is_read_exactly() -> None:
    ((pixels, layer),) = page_runs(written_pdf(LETTER))
    assert [run.text for run in layer.runs] == list(SENTENCES)
    assert pixels.shape == (1389, 1112, 3)
    for row, run in enumerate(layer.runs):
        x1, y1, x2, y2 = run.box
        baseline = (500 - 450 + 20 * row) * PIXELS_PER_POINT
        assert x1 == pytest.approx(40 * PIXELS_PER_POINT, abs=3)
        assert y1 < baseline - 7 * PIXELS_PER_POINT < baseline < y2
        assert 10 < (y2 - y1) / PIXELS_PER_POINT < 15
        ink = np.argwhere(pixels[int(y1) : int(y2), :, 0] < 128)
        assert x1 - 2 <= ink[:, 1].min() and ink[:, 1].max() <= x2 + 2


def test_columns_are_apart_and_words_together() -> None:
    rows = [
        ("Invoice number", "4711-A"),
        ("Date of the invoice", "3 September 2026"),
        ("Total  due", "£12.50"),
    ]
    content = b"".join(
        line(k, 40, 400 - 20 * i) + line(v, 220, 400 - 20 * i) for i, (k, v) in enumerate(rows)
    )
    assert texts(written_pdf(content)) == [
        "Invoice number", "4711-A", "Date of the invoice", "3 September 2026", "Total due", "£12.50",
    ]  # fmt: skip


def test_rows_are_in_reading_order_whatever_the_file_says() -> None:
    content = (
        line("below", y=300) + line("right", x=200, y=400) + line("left", x=40, y=402) + line("on top", y=480)
    )
    assert texts(written_pdf(content)) == ["on top", "left", "right", "below"]


def test_letters_drawn_one_by_one_are_words() -> None:
    content = b"BT /F 12 Tf 40 400 Td [(In) 10 (voi) -20 (ce) -278 (num) 5 (ber)] TJ ET " + b"".join(
        line(letter, x=40 + 9 * index, y=350) for index, letter in enumerate("QUOTED")
    )
    assert texts(written_pdf(content)) == ["Invoice number", "QUOTED"]


def test_ligatures_hyphens_and_spaces_become_plain_text() -> None:
    font = b"/ToUnicode 7 0 R"
    codes = {"@": 0xFB01, "#": 0x00AD, "~": 0x00A0, "^": 0x200B}
    mapped = unicode_map(*((ord(c), codes.get(c, ord(c))) for c in "@#~^abcdefghijklmnopqrstuvwxyz "))
    assert texts(written_pdf(line("the @rst^ well#known~o@ce"), mapped, font=font)) == [
        "the first well-known ofice"
    ]


def test_a_font_may_draw_its_letters_itself() -> None:
    content = b"BT /G 12 Tf 40 300 Td (oooooooooooo) Tj ET"
    assert texts(written_pdf(content, GLYPHS, GLYPH, unicode_map((ord("o"), ord("o"))))) == ["o" * 12]


def test_a_turned_page_is_read_as_it_is_shown() -> None:
    turned = b"".join(
        b"BT /F 10 Tf 0 1 -1 0 %d 40 Tm (%s) Tj ET\n" % (60 + 20 * row, text.encode())
        for row, text in enumerate(SENTENCES)
    )
    ((pixels, layer),) = page_runs(written_pdf(turned, page=b"/Rotate 90"))
    assert pixels.shape == (1112, 1389, 3)
    assert [run.text for run in layer.runs] == list(SENTENCES)
    x1, y1, x2, y2 = layer.runs[0].box
    assert x2 - x1 > 10 * (y2 - y1)
    assert layer_of(written_pdf(turned)).doubt == "turned_text"


def test_a_turned_run_keeps_its_box() -> None:
    margin = b"BT /F 8 Tf 0 1 -1 0 20 100 Tm (Printed in Leeds) Tj ET\n"
    runs = {run.text: run for run in layer_of(written_pdf(LETTER + margin)).runs}
    run = runs["Printed in Leeds"]
    x1, y1, x2, y2 = run.box
    assert run.turn == 3
    assert y2 - y1 > 4 * (x2 - x1)
    assert y2 == pytest.approx((500 - 100) * PIXELS_PER_POINT, abs=3)


def test_slanted_text_is_left_out() -> None:
    watermark = b"0.9 g BT /F 40 Tf 0.7 0.7 -0.7 0.7 150 50 Tm (COPY) Tj ET 0 g\n"
    assert texts(written_pdf(watermark + LETTER)) == list(SENTENCES)


def test_what_the_crop_box_cuts_off_is_no_part_of_the_page() -> None:
    content = LETTER + line("never shown", y=30) + line("cut through by the edge", x=300, y=200)
    page = b"/MediaBox [0 0 400 500] /CropBox [20 100 380 500]"
    ((pixels, layer),) = page_runs(written_pdf(content, page=page))
    assert [run.text for run in layer.runs[:4]] == list(SENTENCES)
    assert len(layer.runs) == 5
    assert layer.runs[4].text == "cut through by"
    assert layer.runs[4].box[2] <= pixels.shape[1]


WIDGET = (
    b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (Ann Miller) /F 4 /Rect [40 300 200 320] "
    b"/P 3 0 R /DA (/F 12 Tf 0 g) %s >>"
)
APPEARANCE = stream(
    b"/Tx BMC BT /F 12 Tf 2 6 Td (Ann Miller) Tj ET EMC",
    b"/Type /XObject /Subtype /Form /BBox [0 0 160 20] /Resources << /Font << /F 5 0 R >> >>",
)


def test_a_filled_in_field_is_text() -> None:
    data = written_pdf(LETTER, APPEARANCE, WIDGET % b"/AP << /N 7 0 R >>", page=b"/Annots [8 0 R]")
    assert texts(data) == [*SENTENCES, "Ann Miller"]


def test_an_annotation_is_text() -> None:
    note = (
        b"<< /Type /Annot /Subtype /FreeText /F 4 /Rect [40 300 200 320] /Contents (x) /AP << /N 7 0 R >> >>"
    )
    assert texts(written_pdf(LETTER, APPEARANCE, note, page=b"/Annots [8 0 R]")) == [*SENTENCES, "Ann Miller"]


def image(width: float, height: float, x: float, y: float) -> bytes:
    """An inline image of 2 × 2 pixels, in points from the lower left."""
    return b"q %f 0 0 %f %f %f cm BI /W 2 /H 2 /CS /G /BPC 8 ID \xf0\xf8\xf0\xf8 EI Q\n" % (
        width,
        height,
        x,
        y,
    )


def outlines(text: str, x: float, y: float, size: float) -> bytes:
    """The outlines of a text's letters, filled."""
    path = TextPath((x, y), text, size=size, prop=FontProperties(family="DejaVu Sans"))
    operators = []
    last = np.zeros(2)
    for points, code in path.iter_segments():
        if code == 79:
            operators.append(b"h")
            continue
        p = points.reshape(-1, 2)
        if code == 3:  # quadratic
            p = np.array([last + 2 / 3 * (p[0] - last), p[1] + 2 / 3 * (p[0] - p[1]), p[1]])
        operators.append(
            " ".join(f"{v:.2f}" for v in p.ravel()).encode() + {1: b" m", 2: b" l"}.get(code, b" c")
        )
        last = p[-1]
    return b"\n".join(operators) + b" f\n"


DRAWN = outlines("A total of 1,250.00 is due", 40, 200, 14) + outlines("on 3 October 2026", 40, 160, 14)
PLAIN = b"/BBox [0 0 400 500] /Resources << >>"


def shifted() -> bytes:
    """A map that says of every letter that it is the one three places on."""
    letters = [(c, (c - 97 + 3) % 26 + 97) for c in range(97, 123)]
    return unicode_map(*letters, *((c, c) for c in b" .,TPW"))


SCAN_FORM = stream(
    image(1, 1, 0, 0), b"/Type /XObject /Subtype /Form /BBox [0 0 1 1] /Matrix [2 0 0 2 0 0] /Resources << >>"
)
GLYPHS = (
    b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 1000 1000] /FontMatrix [0.001 0 0 0.001 0 0] "
    b"/CharProcs << /o 8 0 R >> /Encoding << /Differences [111 /o] >> /ToUnicode 9 0 R "
    b"/FirstChar 111 /LastChar 111 /Widths [600] >>"
)
GLYPH = stream(b"600 0 0 0 500 500 d1 0 0 500 500 re f")
LOST = unicode_map(*((c, c) for c in range(32, 127) if c not in b"e"), (ord("e"), 0xE001))


@pytest.mark.parametrize(
    ("doubt", "data"),
    [
        ("no_text", blank_pdf(1)),
        ("no_text", written_pdf(line("Page 2"))),
        ("image", written_pdf(image(400, 500, 0, 0) + LETTER)),
        ("image", written_pdf(LETTER + image(150, 150, 40, 40))),
        ("image", written_pdf(b"q 100 0 0 100 50 50 cm /X Do Q\n" + LETTER, SCAN_FORM)),
        ("hidden_text", written_pdf(b"3 Tr\n" + LETTER)),
        ("hidden_text", written_pdf(LETTER + line("under a stamp", y=200, before="3 Tr"))),
        ("hidden_text", written_pdf(b"1 g\n" + LETTER)),
        ("hidden_text", written_pdf(LETTER + b"1 g 0 380 400 120 re f\n" + line("Another text is shown."))),
        ("other_ink", written_pdf(LETTER + DRAWN)),
        ("other_ink", written_pdf(LETTER + b"/X Do", stream(DRAWN, b"/Subtype /Form %s" % PLAIN))),
        ("unmapped_characters", written_pdf(LETTER, LOST, font=b"/ToUnicode 7 0 R")),
        ("implausible_text", written_pdf(LETTER, shifted(), font=b"/ToUnicode 7 0 R")),
    ],
)  # fmt: skip
def test_a_layer_that_is_not_what_is_shown_is_not_used(doubt: str, data: bytes) -> None:
    assert layer_of(data).doubt == doubt


def test_blacked_out_words_are_not_told() -> None:
    bar = b"76.5 297 66 14 re f\n"
    assert texts(written_pdf(LETTER + line("Account 0815-4711-00 is closed", y=300, size=10) + bar)) == [
        *SENTENCES, "Account", "is closed",
    ]  # fmt: skip


def test_a_logo_a_grid_and_a_white_tag_do_no_harm() -> None:
    grid = b"".join(
        b"40 %d 300 0.5 re f %d 100 0.5 180 re f\n" % (100 + 20 * i, 40 + 30 * i) for i in range(10)
    )
    content = grid + LETTER + image(60, 40, 300, 20) + line("<id:77>", y=20, before="1 g")
    assert texts(written_pdf(content)) == list(SENTENCES)


def test_low_resolutions_are_no_other() -> None:
    data = written_pdf(LETTER)
    for dpi in (72, 300):
        layer = layer_of(data, limits=Limits(dpi=dpi))
        assert [run.text for run in layer.runs] == list(SENTENCES)
        assert layer.runs[0].box[0] == pytest.approx(40 * dpi / 72, abs=3)


@pytest.mark.parametrize("path", samples(), ids=lambda path: path.name)
def test_samples(path) -> None:  # type: ignore[no-untyped-def]
    if path.suffix == ".pdf":
        ((_, layer),) = page_runs(path)
        assert layer.doubt == ("image" if path.name.startswith("receipt") else None)


def test_other_files_are_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match="encrypted"):
        list(page_runs(encrypted_pdf(b"secret")))
    assert layer_of(encrypted_pdf(b"secret"), password="secret").doubt == "no_text"
    with pytest.raises(InputError, match="There is no file"):
        list(page_runs(tmp_path / "none.pdf"))
