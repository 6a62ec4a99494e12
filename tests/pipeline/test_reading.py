"""Pages through the real detector, recogniser and orientation model, from pixels to lines."""

import cv2
import numpy as np
import pytest
from real_reader import orientation, read_page

from docfuse_pipeline.deskew import estimate_skew
from docfuse_pipeline.page import map_points, orientation_thumbnail, quarter_turns, rectify

ROWS = (
    ("INVOICE 2024-0815",),
    ("Date: 17.03.2024", "Due: 31.03.2024"),
    ("Garden chair, folding", "49.90"),
    ("Parasol with stand", "129.00"),
    ("Total amount payable", "178.90"),
    ("Thank you for your business and come again",),
)
TEXTS = ["".join(text.split()) for row in ROWS for text in row]


@pytest.fixture(scope="module")
def page() -> np.ndarray:
    image = np.full((900, 1000, 3), 255, np.uint8)
    for number, row in enumerate(ROWS):
        for column, text in enumerate(row):
            place = (80 + 520 * column, 120 + 110 * number)
            cv2.putText(image, text, place, cv2.FONT_HERSHEY_SIMPLEX, 1.1, (20, 20, 20), 2, cv2.LINE_AA)
    return image


def squeezed(texts: list[str]) -> list[str]:
    """Texts without white space: this font's spaces are so narrow that the recogniser misses some."""
    return ["".join(text.split()) for text in texts]


def test_a_page_is_read_in_order(page):
    lines = read_page(page)
    assert squeezed(lines.texts) == TEXTS
    assert lines.scores.min() > 0.8
    assert lines.quads[0, 0] == pytest.approx([80, 90], abs=25)


def test_vertical_text_is_read_whichever_way_it_runs(page):
    sheet = page.copy()
    strip = np.full((60, 330, 3), 255, np.uint8)
    cv2.putText(strip, "London/4711-08", (10, 42), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (20, 20, 20), 2)
    sheet[200:530, 5:65] = np.rot90(strip)
    sheet[200:530, 930:990] = np.rot90(strip, -1)
    lines = read_page(sheet)
    assert squeezed(lines.texts).count("London/4711-08") == 2, lines.texts
    left, right = sorted(
        (q for t, q in zip(squeezed(lines.texts), lines.quads, strict=True) if "London" in t),
        key=lambda quad: quad[:, 0].mean(),
    )
    assert left[1, 1] < left[0, 1] - 200  # upwards
    assert right[1, 1] > right[0, 1] + 200  # downwards
    assert set(TEXTS) <= set(squeezed(lines.texts))


def test_places_show_where_a_word_stands(page):
    lines = read_page(page)
    (row,) = [i for i, text in enumerate(lines.texts) if text.startswith("Total")]
    left, right = lines.quads[row, :2, 0]
    place = lines.places[row][lines.texts[row].index("amount"), 0]
    (indent, _), _ = cv2.getTextSize("Total ", cv2.FONT_HERSHEY_SIMPLEX, 1.1, 2)
    assert left + place * (right - left) == pytest.approx(80 + indent, abs=15)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("slant", [0, 5])
def test_turned_and_slanted_pages_are_read_alike(page, turns, slant):
    source = np.ascontiguousarray(np.rot90(rectify(page, 0, -slant).page, -turns))
    seen = quarter_turns(orientation(orientation_thumbnail(source)))
    assert seen == turns
    skew = estimate_skew(source, seen)
    assert skew == pytest.approx(slant, abs=0.4)
    upright = rectify(source, seen, skew)
    lines = read_page(upright.page)
    assert squeezed(lines.texts) == TEXTS
    corners = map_points(upright.transform, lines.quads)
    height, width = source.shape[:2]
    assert corners.min() > 0
    assert corners[..., 0].max() < width
    assert corners[..., 1].max() < height


def test_a_blank_page_has_no_lines_and_stays_as_it_is():
    blank = np.full((1000, 800, 3), 255, np.uint8)
    assert read_page(blank).texts == []
    assert quarter_turns(orientation(orientation_thumbnail(blank))) == 0


def test_one_pixel_has_no_lines():
    assert read_page(np.zeros((1, 1, 3), np.uint8)).texts == []
