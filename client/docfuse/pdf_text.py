"""What PDFium tells about a page: its characters, its images, its annotations. The caller holds its lock."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from docfuse.text_runs import Characters
from docfuse.text_trust import unmapped_codes

_DEEPEST = 12
"""Forms within forms that are looked into."""
_SLANT = 5.0
"""Degrees by which text may be off a quarter turn."""
_FINE = 64
"""PDFium tells places on the page in whole pixels, so it is asked about a page so many times larger."""
_CORNERS = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])


@dataclass(frozen=True)
class PageObject:
    """A text, image, path or shading; `matrix` float64 [3, 3] takes its places to the page's."""

    raw: Any
    kind: int
    matrix: np.ndarray


def page_objects(page: pypdfium2.PdfPage) -> Iterator[PageObject]:
    """The objects of a page, those inside of forms included."""
    count = pdfium.FPDFPage_CountObjects(page.raw)
    yield from _objects(page.raw, count, pdfium.FPDFPage_GetObject, np.eye(3), 0)


def _objects(
    owner: Any, count: int, get: Callable[[Any, int], Any], matrix: np.ndarray, depth: int
) -> Iterator[PageObject]:
    for index in range(count):
        raw = get(owner, index)
        kind = pdfium.FPDFPageObj_GetType(raw)
        if kind != pdfium.FPDF_PAGEOBJ_FORM:
            yield PageObject(raw, kind, matrix)
        elif depth < _DEEPEST:
            inner = pdfium.FPDFFormObj_CountObjects(raw)
            yield from _objects(raw, inner, pdfium.FPDFFormObj_GetObject, matrix @ _matrix(raw), depth + 1)


def _matrix(raw: Any) -> np.ndarray:
    """The matrix of a form object, float64 [3, 3]."""
    m = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(raw, m)
    return np.array([[m.a, m.c, m.e], [m.b, m.d, m.f], [0, 0, 1]])


def image_share(page: pypdfium2.PdfPage, objects: list[PageObject]) -> float:
    """Sum of the areas that images take ÷ area of the page."""
    left, bottom, right, top = page.get_bbox()
    share = 0.0
    for each in objects:
        if each.kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            x1, y1, x2, y2 = _bounds(each)
            across, up = min(x2, right) - max(x1, left), min(y2, top) - max(y1, bottom)
            share += max(across, 0) * max(up, 0) / max((right - left) * (top - bottom), 1e-6)
    return share


def _bounds(each: PageObject) -> tuple[float, float, float, float]:
    sides = [ctypes.c_float() for _ in range(4)]
    pdfium.FPDFPageObj_GetBounds(each.raw, *sides)
    low, high = np.array([side.value for side in sides]).reshape(2, 2)
    corners = (low + _CORNERS * (high - low)) @ each.matrix[:2, :2].T + each.matrix[:2, 2]
    return (*corners.min(0).tolist(), *corners.max(0).tolist())


def hide(texts: list[PageObject]) -> None:
    """Let text objects leave no ink from now on."""
    for each in texts:
        pdfium.FPDFTextObj_SetTextRenderMode(each.raw, pdfium.FPDF_TEXTRENDERMODE_INVISIBLE)


def is_hidden(text: PageObject) -> bool:
    """Whether a text object leaves no ink, as the text under a scan does."""
    return pdfium.FPDFTextObj_GetTextRenderMode(text.raw) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE


def read_characters(page: pypdfium2.PdfPage, width: int, height: int, most: int) -> Characters | None:
    """The characters that stand on a page; None if there are more than `most`.

    Args:
        page: the page.
        width: of the page as rendered, pixels.
        height: of the page as rendered, pixels.
        most: limit.

    Raises:
        pypdfium2.PdfiumError: the text cannot be loaded.
    """
    textpage = page.get_textpage()
    try:
        count = textpage.count_chars()
        if count > most:
            return None
        raw, places = textpage.raw, range(count)
        rectangles = (pdfium.FS_RECTF * count)()
        for index in places:
            pdfium.FPDFText_GetLooseCharBox(raw, index, rectangles[index])
        codes = np.array([pdfium.FPDFText_GetUnicode(raw, index) for index in places], np.int64)
        lost = np.array([pdfium.FPDFText_HasUnicodeMapError(raw, index) == 1 for index in places], bool)
        written = np.array([pdfium.FPDFText_IsGenerated(raw, index) != 1 for index in places], bool)
        angles = np.array([pdfium.FPDFText_GetCharAngle(raw, index) for index in places], np.float64)
    finally:
        textpage.close()
    boxes = _on_page(page, np.frombuffer(rectangles, np.float32).reshape(-1, 4), width, height)
    turns = _turns(np.degrees(angles) + page.get_rotation())
    characters = Characters(codes, boxes, turns, written, (lost & written) | unmapped_codes(codes))
    return characters.where(_inside(boxes, width, height) | ~characters.inked)


def _on_page(page: pypdfium2.PdfPage, rectangles: np.ndarray, width: int, height: int) -> np.ndarray:
    """Rectangles of the page (left, top, right, bottom) in pixels of the page as rendered; float64 [n, 4]."""

    def device(x: float, y: float) -> np.ndarray:
        place = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDF_PageToDevice(page.raw, 0, 0, width * _FINE, height * _FINE, 0, x, y, *place)
        return np.array([place[0].value, place[1].value]) / _FINE

    origin, span = device(0, 0), 1000.0
    across, up = (device(span, 0) - origin) / span, (device(0, span) - origin) / span
    corners = rectangles.astype(np.float64).reshape(-1, 2, 2)
    corners = corners[..., :1] * across + corners[..., 1:] * up + origin
    return np.concatenate([corners.min(1), corners.max(1)], 1)


def _turns(degrees: np.ndarray) -> np.ndarray:
    """Quarter turns next to angles, -1 where none is near; int64 [n]."""
    quarters = np.round(degrees / 90)
    near = np.abs(degrees - 90 * quarters) <= _SLANT
    return np.where(near, quarters % 4, -1).astype(np.int64)


def _inside(boxes: np.ndarray, width: int, height: int) -> np.ndarray:
    """Whether the middle of each box is on the page, bool [n]."""
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    return ((middles >= 0) & (middles <= (width, height))).all(1)


def flatten(page: pypdfium2.PdfPage) -> int:
    """Make form fields and annotations part of the page, in memory.

    Returns:
        One of PDFium's FLATTEN_SUCCESS (the page has to be loaded again), FLATTEN_NOTHINGTODO, FLATTEN_FAIL.
    """
    if all(kind == pdfium.FPDF_ANNOT_LINK for kind in _annotations(page)):
        return pdfium.FLATTEN_NOTHINGTODO  # without a look: PDFium calls it a success, and loading takes time
    return pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_NORMALDISPLAY)


def _annotations(page: pypdfium2.PdfPage) -> Iterator[int]:
    """Kinds of a page's annotations, form fields among them."""
    for index in range(pdfium.FPDFPage_GetAnnotCount(page.raw)):
        annotation = pdfium.FPDFPage_GetAnnot(page.raw, index)
        yield pdfium.FPDFAnnot_GetSubtype(annotation)
        pdfium.FPDFPage_CloseAnnot(annotation)
