"""PDF pages → pixels, by PDFium."""

from __future__ import annotations

import io
import math
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
import pypdfium2
import pypdfium2.raw
from PIL import Image

from docfuse.errors import InputError
from docfuse.options import Limits
from docfuse.sources import JPEG_QUALITY, check_page_count

POINTS_PER_INCH = 72
_PDFIUM = threading.Lock()
"""PDFium may be entered by one thread at a time only."""
Result = TypeVar("Result")
PageWork = Callable[[pypdfium2.PdfDocument, int, Limits], Result]
"""Does something with the page of that index."""


def render_pages(data: bytes, name: str, password: str | None, limits: Limits) -> Iterator[bytes]:
    """Yield every page as a JPEG of `limits.dpi`, form entries included.

    Raises:
        InputError: the PDF is encrypted, damaged, or has no or too many pages.
    """
    return map(jpeg, each_page(data, name, password, limits, _render_page))


def each_page(
    data: bytes, name: str, password: str | None, limits: Limits, work: PageWork[Result]
) -> Iterator[Result]:
    """Yield what `work` makes of every page; it has PDFium for itself meanwhile.

    Raises:
        InputError: the PDF is encrypted, damaged, or has no or too many pages.
    """
    document = _open(data, name, password)
    try:
        with _PDFIUM:
            count = len(document)
            check_page_count(count, name, limits)
            document.init_forms()
        for index in range(count):
            with _PDFIUM:
                try:
                    result = work(document, index, limits)
                except pypdfium2.PdfiumError as error:
                    raise InputError(f"Page {index + 1} of {name} cannot be rendered: {error}") from None
            yield result
    finally:
        with _PDFIUM:
            document.close()


def _open(data: bytes, name: str, password: str | None) -> pypdfium2.PdfDocument:
    with _PDFIUM:
        _forget_last_error()
        try:
            return pypdfium2.PdfDocument(data, password=password)
        except pypdfium2.PdfiumError as error:
            code = error.err_code
    if code == _NO_ERROR_OF_ITS_OWN:
        raise InputError(f"{name} has no pages.")
    if code != pypdfium2.raw.FPDF_ERR_PASSWORD:
        raise InputError(f"{name} is a damaged PDF; save it again or send another.")
    if password is None:
        raise InputError(f"{name} is encrypted; give its password, or save it without one.")
    raise InputError(f"The password given does not open {name}.")


_NO_ERROR_OF_ITS_OWN = pypdfium2.raw.FPDF_ERR_FILE


def _forget_last_error() -> None:
    """Leave an error behind that no document in memory has.

    PDFium gives no document for a PDF without pages, but sets no error either: an earlier one would be told.
    """
    pypdfium2.raw.FPDF_LoadDocument(b"", None)


def _render_page(document: pypdfium2.PdfDocument, index: int, limits: Limits) -> np.ndarray:
    page = document[index]
    try:
        return render(page, limits)
    finally:
        page.close()


def render(page: pypdfium2.PdfPage, limits: Limits) -> np.ndarray:
    """A page as pixels, uint8 [H, W, 3] RGB, form entries included. The caller holds PDFium's lock.

    Raises:
        pypdfium2.PdfiumError: the page cannot be rendered.
    """
    scale = limits.dpi / POINTS_PER_INCH
    width, height = page.get_size()
    scale = min(scale, math.sqrt(limits.max_pixels / max(width * height, 1.0)))
    bitmap = page.render(scale=scale, rev_byteorder=True)
    try:
        return np.array(bitmap.to_numpy()[..., :3])
    finally:
        bitmap.close()


def jpeg(pixels: np.ndarray) -> bytes:
    """Pixels, uint8 [H, W, 3] RGB, as a JPEG file."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=JPEG_QUALITY)
    return stream.getvalue()
