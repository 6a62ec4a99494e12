"""What callers have → encoded pages."""

from pathlib import Path

import numpy as np
import pytest
from documents_on_paper import blank_pdf, encoded, encrypted_pdf, pixels, tiff
from PIL import Image

from docfuse import InputError, Limits, load_pages
from docfuse.sources import decode, nth_page, page_array


def test_an_image_file_is_passed_on_as_it_is(tmp_path: Path) -> None:
    data = encoded(Image.new("RGB", (30, 20), "red"), "PNG")
    path = tmp_path / "misnamed.pdf"
    path.write_bytes(data)
    assert list(load_pages(path)) == [data]
    assert list(load_pages(str(path))) == [data]
    assert list(load_pages(data)) == [data]


def test_a_pdf_is_rendered_at_the_resolution_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "misnamed.png"
    path.write_bytes(blank_pdf(2, (72, 144)))
    pages = list(load_pages(path))
    assert [pixels(page).shape for page in pages] == [(400, 200, 3)] * 2
    assert all(page.startswith(b"\xff\xd8") for page in pages)
    assert pixels(next(load_pages(path, limits=Limits(dpi=100)))).shape == (200, 100, 3)


def test_a_pdf_header_may_follow_other_bytes() -> None:
    assert len(list(load_pages(b"\n\n" + blank_pdf(1)))) == 1


def test_a_huge_pdf_page_is_rendered_smaller() -> None:
    (page,) = load_pages(blank_pdf(1, (14400, 14400)), limits=Limits(max_pixels=1_000_000))
    assert pixels(page).shape == (1000, 1000, 3)


def test_an_encrypted_pdf_asks_for_its_password() -> None:
    data = encrypted_pdf(b"open sesame")
    with pytest.raises(InputError, match="encrypted; give its password"):
        list(load_pages(data))
    with pytest.raises(InputError, match="password given does not open"):
        list(load_pages(data, password="close"))
    assert len(list(load_pages(data, password="open sesame"))) == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (blank_pdf(0), "has no pages"),
        (b"%PDF-1.4\nnothing here", "damaged PDF"),
        (tiff([0, 255])[:200], "damaged TIFF"),
    ],
)
def test_what_is_no_document_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        list(load_pages(data))


def test_limits_are_held(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(bytes(2_000_000))
    with pytest.raises(InputError, match=r"1\.9 MiB, more than the limit of 1 MiB"):
        list(load_pages(path, limits=Limits(max_bytes=2**20)))
    with pytest.raises(InputError, match="3 pages, more than the limit of 2"):
        list(load_pages(blank_pdf(3), limits=Limits(max_pages=2)))
    with pytest.raises(InputError, match="3 pages, more than the limit of 2"):
        list(load_pages(tiff([1, 2, 3]), limits=Limits(max_pages=2)))


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        list(load_pages(tmp_path / "none.pdf"))
    with pytest.raises(InputError, match="is a folder"):
        list(load_pages(tmp_path))


def test_a_tiff_of_several_pages_is_split_in_order() -> None:
    pages = list(load_pages(tiff([0, 100, 255])))
    assert [round(float(pixels(page).mean())) for page in pages] == [0, 100, 255]
    single = tiff([7])
    assert list(load_pages(single)) == [single]


def test_arrays_and_pictures_are_encoded() -> None:
    gray = np.full((20, 30), 90, np.uint8)
    colour = np.zeros((20, 30, 3), np.uint8)
    colour[...] = (200, 30, 60)
    for array in (gray, gray[..., None], colour, colour[::-1, ::-1]):
        (page,) = load_pages(array)
        assert np.abs(pixels(page).astype(int) - np.squeeze(array)).max() <= 4
    (page,) = load_pages(Image.fromarray(colour))
    assert pixels(page).shape == (20, 30, 3)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4), np.float32),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros(4, np.uint8),
        np.zeros((0, 4), np.uint8),
    ],
)
def test_other_arrays_are_refused(array: np.ndarray) -> None:
    with pytest.raises(InputError, match="array"):
        list(load_pages(array))


def test_other_objects_are_refused() -> None:
    with pytest.raises(InputError, match="A dict is no document"):
        list(load_pages({}))  # type: ignore[arg-type]


def test_what_is_transparent_becomes_white_paper() -> None:
    palette = Image.new("P", (8, 8), 0)
    palette.putpalette([10, 10, 10] + [200, 0, 0] * 255)
    data = encoded(palette, "PNG", transparency=0)
    assert np.asarray(decode(data)).min() == 255
    (page,) = load_pages(Image.new("RGBA", (8, 8), (0, 0, 0, 0)))
    assert pixels(page).min() == 255


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    levels = Image.fromarray(np.array([[0, 32768, 65535]], np.uint16))
    assert np.asarray(decode(encoded(levels, "PNG")))[0, :, 0].tolist() == [0, 127, 255]


def test_two_levels_stay_exact() -> None:
    checks = Image.fromarray(np.indices((16, 16)).sum(0) % 2 == 1)
    (page,) = load_pages(checks)
    assert page.startswith(b"\x89PNG")
    assert np.array_equal(pixels(page), np.asarray(checks))


def test_one_page_of_many() -> None:
    data = tiff([0, 255])
    assert page_array(data, 1).shape == (60, 40, 3)
    assert page_array(data, 1).min() == 255
    with pytest.raises(InputError, match="There is no page 3"):
        nth_page(data, 2)
