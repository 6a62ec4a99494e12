"""Image files to pixels: limits are checked on the header, before anything is decoded."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageOps

from docfuse_pipeline.errors import BadPageError
from docfuse_pipeline.settings import MAX_BYTES, MAX_PIXELS, PAGE_LONG_SIDE

FORMATS = ("JPEG", "PNG", "TIFF", "GIF", "BMP", "WEBP", "PPM")
"""Formats that are read; Pillow's others are not, some of them run interpreters."""
ORIENTATION_TAG = 0x0112
_REDUCED = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


@dataclass(frozen=True)
class SourceImage:
    """A decoded image, EXIF orientation applied.

    `pixels` uint8 [h, w, 3] RGB, possibly reduced; `width` and `height` of the file, as a viewer shows it;
    `warnings` pairs of code and message.
    """

    pixels: np.ndarray
    width: int
    height: int
    warnings: tuple[tuple[str, str], ...] = ()

    @property
    def reduction(self) -> float:
        """Source pixels per pixel of `pixels`."""
        return self.width / self.pixels.shape[1]


def read_image(data: bytes, reduce: bool = True) -> SourceImage:
    """Decode the first frame of an image file; transparency is laid on white.

    A page of a single pixel is a page: it has no text. With `reduce`, a JPEG at least twice as long as
    PAGE_LONG_SIDE is decoded at a half, a quarter or an eighth, which costs far less.

    Raises:
        BadPageError: empty, too large, not an image, broken or cut off.
    """
    header = _header(data)
    try:
        if header.format == "JPEG" and header.mode in ("L", "RGB"):
            return _read_jpeg(data, header, reduce)
        return _read_any(header)
    except (OSError, SyntaxError, ValueError, EOFError, cv2.error) as error:
        if isinstance(error, BadPageError):
            raise
        raise BadPageError(
            f"The {header.format} image is broken or cut off ({error}). Send it again whole."
        ) from error


def _header(data: bytes) -> Image.Image:
    """Open an image without decoding it, within the limits."""
    if not data:
        raise BadPageError("The image is empty (0 bytes). Send the bytes of an image file.")
    if len(data) > MAX_BYTES:
        raise BadPageError(f"The image has {len(data)} bytes, the limit is {MAX_BYTES}. Send it smaller.")
    if data[:1024].lstrip().startswith(b"%PDF-"):
        raise BadPageError("This is a PDF, not an image. Send its pages as images, as docfuse.Client does.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            header = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise BadPageError(
            f"The image has more pixels than the limit of {MAX_PIXELS}. Send it smaller."
        ) from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise BadPageError(f"This is no readable image. Send one of {', '.join(FORMATS)}.") from error
    check_pixels(*header.size)
    return header


def check_pixels(width: int, height: int) -> None:
    """Refuse an image with too many pixels.

    Raises:
        BadPageError: more than MAX_PIXELS, or none at all.
    """
    if not 0 < width * height <= MAX_PIXELS:
        raise BadPageError(
            f"The image has {width} × {height} pixels; there must be some, and at most {MAX_PIXELS} in all."
        )


def _read_jpeg(data: bytes, header: Image.Image, reduce: bool) -> SourceImage:
    """The fast path: most pages are JPEG."""
    _check_complete(data)
    width, height = header.size
    if header.getexif().get(ORIENTATION_TAG, 1) in (5, 6, 7, 8):
        width, height = height, width
    times = max(width, height) // PAGE_LONG_SIDE if reduce else 1
    flag = _REDUCED[max(step for step in _REDUCED if step <= max(times, 1))]
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
    if pixels is None:
        raise BadPageError("The JPEG image is broken. Send it again whole.")
    return SourceImage(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB, dst=pixels), width, height)


def _check_complete(data: bytes) -> None:
    """Find the end marker after the start of the scan; decoders fill a missing rest with gray, silently."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] != 0xDA:
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    if data.rfind(b"\xff\xd9", place) < 0:
        raise BadPageError("The JPEG image is cut off: its end is missing. Send it again whole.")


def _read_any(header: Image.Image) -> SourceImage:
    """Every other format and colour model, through Pillow."""
    notes: tuple[tuple[str, str], ...] = ()
    frames = getattr(header, "n_frames", 1)
    if frames > 1:
        notes = (("first_frame_only", f"The image has {frames} frames; only the first was read."),)
    header.load()
    pixels = np.ascontiguousarray(_rgb(ImageOps.exif_transpose(header)))
    return SourceImage(pixels, pixels.shape[1], pixels.shape[0], notes)


def _rgb(image: Image.Image) -> np.ndarray:
    if image.mode.startswith("I") or image.mode == "F":
        return np.repeat(_gray8(np.asarray(image, np.float32))[..., None], 3, axis=2)
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return np.asarray(image.convert("RGB"))


def _gray8(values: np.ndarray) -> np.ndarray:
    """Gray values of more than 8 bits → uint8; values that fit into 8 bits already are kept."""
    top = float(np.nanmax(values, initial=0))
    if top > 255:
        values = values / 257
    elif 0 < top <= 1:
        values = values * 255
    return np.clip(np.nan_to_num(values), 0, 255).astype(np.uint8)
