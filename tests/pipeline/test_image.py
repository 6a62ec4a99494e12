"""Image files: every kind of bad input ends in one clear error or a defined page."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from docfuse_pipeline import image
from docfuse_pipeline.errors import BadPageError
from docfuse_pipeline.image import read_image


def decode_image(data: bytes) -> np.ndarray:
    """The pixels of an image file at full size."""
    return read_image(data, reduce=False).pixels


def encoded(picture: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def gradient(height: int = 60, width: int = 80) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    return np.stack([x * 3, y * 4, (x + y) * 1.5], -1).astype(np.uint8)


def test_png_is_exact():
    assert np.array_equal(decode_image(encoded(Image.fromarray(gradient()), "PNG")), gradient())


def test_jpeg_is_rgb():
    red = Image.new("RGB", (40, 30), (200, 10, 20))
    pixels = decode_image(encoded(red, "JPEG", quality=95))
    assert pixels.shape == (30, 40, 3)
    assert np.abs(pixels.astype(int) - (200, 10, 20)).max() <= 4


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("tag", range(1, 9))
def test_exif_orientation_is_applied(kind, tag):
    corner = np.full((64, 96, 3), 255, np.uint8)
    corner[:16, :32] = 0  # top left as stored
    exif = Image.Exif()
    exif[0x0112] = tag
    source = read_image(encoded(Image.fromarray(corner), kind, exif=exif))
    # where the stored top left corner is shown, by the EXIF standard: (bottom, right)
    bottom, right = {1: (0, 0), 2: (0, 1), 3: (1, 1), 4: (1, 0), 5: (0, 0), 6: (0, 1), 7: (1, 1), 8: (1, 0)}[
        tag
    ]
    height, width = (64, 96) if tag < 5 else (96, 64)
    assert (source.height, source.width) == source.pixels.shape[:2] == (height, width)
    dark = source.pixels[..., 1] < 128
    seen_y, seen_x = np.nonzero(dark)
    assert (seen_y.mean() > height / 2, seen_x.mean() > width / 2) == (bool(bottom), bool(right))


def test_large_jpeg_is_decoded_reduced():
    data = encoded(Image.new("L", (6600, 900), 255), "JPEG")
    source = read_image(data)
    assert source.pixels.shape == (450, 3300, 3)
    assert (source.width, source.height, source.reduction) == (6600, 900, 2.0)
    assert decode_image(data).shape == (900, 6600, 3)


def test_cmyk_jpeg():
    cyan = Image.new("CMYK", (20, 20), (255, 0, 0, 0))
    assert np.abs(decode_image(encoded(cyan, "JPEG")).mean((0, 1)) - (0, 255, 255)).max() < 40


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_gray(kind):
    values = np.array([[0, 257 * 100], [65535, 257 * 200]], np.uint16)
    pixels = decode_image(encoded(Image.fromarray(values), kind))
    assert np.array_equal(pixels[..., 0], [[0, 100], [255, 200]])


def test_palette_with_alpha_is_laid_on_white():
    palette = Image.new("P", (2, 1))
    palette.putpalette([10, 20, 30, 40, 50, 60])
    palette.putpixel((1, 0), 1)
    pixels = decode_image(encoded(palette, "PNG", transparency=0))
    assert pixels.tolist() == [[[255, 255, 255], [40, 50, 60]]]


def test_half_transparent_black_is_gray_on_white():
    half = Image.new("RGBA", (3, 3), (0, 0, 0, 128))
    assert np.all(np.abs(decode_image(encoded(half, "PNG")).astype(int) - 127) <= 1)


def test_one_bit():
    assert decode_image(encoded(Image.new("1", (5, 4), 1), "TIFF")).min() == 255


def test_animated_gif_gives_its_first_frame_and_a_warning():
    frames = [Image.new("P", (8, 8), color) for color in (0, 1)]
    for frame in frames:
        frame.putpalette([0, 0, 0, 255, 0, 0])
    source = read_image(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert source.pixels.max() == 0
    assert [code for code, _ in source.warnings] == ["first_frame_only"]
    assert "2 frames" in source.warnings[0][1]


def test_one_pixel_is_a_page():
    assert decode_image(encoded(Image.new("RGB", (1, 1), "white"), "PNG")).tolist() == [[[255, 255, 255]]]


def bomb() -> bytes:
    """The header of a 20,000 × 20,000 PNG, with next to nothing behind it."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


JPEG = encoded(Image.fromarray(gradient(300, 300)), "JPEG")
PNG = encoded(Image.fromarray(gradient(300, 300)), "PNG")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"Dear Sir or Madam, this is no picture.\n" * 50, "no readable image"),
        (b"\x89PNG\r\n\x1a\n", "no readable image"),
        (b"%PDF-1.7\n%...", "PDF"),
        (JPEG[: len(JPEG) // 2], "cut off"),
        (JPEG[:-2], "cut off"),
        (PNG[: len(PNG) // 2], "cut off"),
        (JPEG[:100], "no readable image"),
        (bomb(), "pixels"),
    ],
)
def test_bad_files_end_in_one_clear_error(data, message):
    with pytest.raises(BadPageError, match=message):
        read_image(data)


def test_limits_hold_before_decoding(monkeypatch):
    monkeypatch.setattr(image, "MAX_BYTES", len(PNG) - 1)
    with pytest.raises(BadPageError, match="bytes"):
        read_image(PNG)
    monkeypatch.setattr(image, "MAX_BYTES", len(PNG))
    monkeypatch.setattr(image, "MAX_PIXELS", 300 * 300 - 1)
    # the pixels are refused though the file could not even be decoded
    with pytest.raises(BadPageError, match="300 × 300 pixels"):
        read_image(PNG[:200])


def test_a_cut_file_is_a_bad_page_unless_all_its_pixels_are_there():
    for data in (JPEG, PNG):
        whole = decode_image(data)
        refused = 0
        for length in range(1, len(data), len(data) // 40):
            try:
                assert np.array_equal(decode_image(data[:length]), whole)
            except BadPageError:
                refused += 1
        assert refused >= 39
