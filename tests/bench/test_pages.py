"""Which pages are sent, in which order, and how perf_analyzer is given them."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import pytest
from PIL import Image

from docfuse import InputError
from docfuse.demo import samples
from docfuse_bench.pages import PER_DOCUMENT, draw_pages, readable_pages, table_page, write_input


def picture(shade: int) -> bytes:
    stream = io.BytesIO()
    Image.new("L", (8, 8), shade).save(stream, "PNG")
    return stream.getvalue()


def folder_of(path: Path, count: int, first: int = 0) -> Path:
    path.mkdir()
    for number in range(first, first + count):
        (path / f"{number:03}.png").write_bytes(picture(number))
    return path


def test_pages_are_the_same_every_time_and_not_in_the_order_of_names(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "scans", 20)
    first, again = draw_pages([folder], 12), draw_pages([folder], 12)
    assert first.images == again.images
    assert len(first.images) == 12
    assert first.images != sorted(
        first.images, key=lambda image: [picture(n) for n in range(20)].index(image)
    )


def test_folders_give_evenly_and_one_that_has_less_is_made_up_for(tmp_path: Path) -> None:
    few, many = folder_of(tmp_path / "few", 3), folder_of(tmp_path / "many", 20, first=100)
    of_few = {picture(n) for n in range(3)}
    assert sum(image in of_few for image in draw_pages([few, many], 4).images) == 2
    assert len(draw_pages([few, many], 12).images) == 12


def test_a_long_document_does_not_crowd_out_others() -> None:
    pages = list(readable_pages(samples(), []))
    assert len(samples()) <= len(pages) <= PER_DOCUMENT * len(samples())


def test_an_unreadable_document_is_noted_and_left_out(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "scans", 2)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and then nothing")
    (folder / "empty.png").touch()
    drawn = draw_pages([folder], 24)
    assert len(drawn.images) == 2
    assert sorted(Path(note.split()[0]).name for note in drawn.skipped) == ["broken.pdf", "empty.png"]


def test_a_folder_without_documents_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no PDF or image files"):
        draw_pages([tmp_path], 24)


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder"):
        draw_pages([tmp_path / "nowhere"], 24)


def test_a_folder_of_nothing_but_damage_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    with pytest.raises(InputError, match=r"None of the documents.*empty\.png is empty"):
        draw_pages([tmp_path], 24)


def test_input_holds_the_very_bytes_in_order(tmp_path: Path) -> None:
    images = [picture(n) for n in range(3)]
    write_input(images, tmp_path / "input.json")
    rows = json.loads((tmp_path / "input.json").read_text(encoding="utf-8"))["data"]
    assert [base64.b64decode(row["IMAGE"]["content"]["b64"]) for row in rows] == images
    assert [row["IMAGE"]["shape"] for row in rows] == [[len(image)] for image in images]


def test_table_pages_differ_in_their_cells_alone() -> None:
    many, few = (Image.open(io.BytesIO(table_page(boxes))) for boxes in (400, 48))
    assert many.size == few.size
    above = (0, 0, many.width, 340)
    assert many.crop(above).tobytes() == few.crop(above).tobytes()
    below = (0, 400, many.width, many.height)
    assert few.crop(below).getextrema() == (255, 255)
    assert many.crop(below).getextrema()[0] < 100  # type: ignore[operator]
