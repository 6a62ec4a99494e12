"""The text layer of a PDF page: its text as exact runs, where that is what the page shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from docfuse.options import Limits
from docfuse.pdf import POINTS_PER_INCH, each_page, jpeg, render
from docfuse.pdf_text import PageObject, flatten, hide, image_share, is_hidden, page_objects, read_characters
from docfuse.sources import read_file, source_name
from docfuse.text_runs import Run, make_runs
from docfuse.text_trust import MOST_HIDDEN, MOST_IMAGE, MOST_OTHER_INK, character_doubt, other_ink, seen

_MOST_CHARACTERS = 30_000
_MOST_OBJECTS = 100_000
DOUBTS = {
    "image": "images cover much of it, as in a scan",
    "hidden_text": "some of its text does not show, as under a scan",
    "other_ink": "it shows text that is drawn, not written",
    "no_text": "it has no text",
    "unmapped_characters": "its fonts do not say which characters they print",
    "implausible_text": "its fonts print other characters than they say",
    "turned_text": "its text is not upright",
    "unreadable": "its text or its form fields cannot be loaded",
    "too_large": "it has too many objects",
}
"""Why the text of a page is not used."""


@dataclass(frozen=True)
class TextLayer:
    """What a PDF says that its page says.

    `runs` in pixels of the page as rendered, row by row; `doubt` is None if they are what a reader sees. Else
    there are none, and it is the key in `DOUBTS` that says why.
    """

    runs: Sequence[Run] = ()
    doubt: str | None = None

    @property
    def reason(self) -> str:
        """Why it is not to be used, in words; empty if it is."""
        return DOUBTS[self.doubt] if self.doubt is not None else ""


def page_runs(
    source: str | Path | bytes, *, password: str | None = None, limits: Limits | None = None
) -> Iterator[tuple[np.ndarray, TextLayer]]:
    """Yield every page of a PDF as pixels, uint8 [H, W, 3] RGB, with its text layer.

    Args:
        source: path of a PDF, or its bytes.
        password: for an encrypted one.
        limits: sizes that are refused, and the resolution.

    Raises:
        InputError: there is no such file, or it is too large, damaged, encrypted, or has no or too many
            pages.
    """
    limits = limits or Limits()
    name = source_name(source) or "The document"
    data = read_file(source, limits.max_bytes)
    yield from each_page(data, name, password, limits, render_and_read)


def read_pages(
    data: bytes, name: str, password: str | None, limits: Limits
) -> Iterator[tuple[bytes, TextLayer]]:
    """Yield every page of a PDF as a JPEG with its text layer.

    Raises:
        InputError: the PDF is encrypted, damaged, or has no or too many pages.
    """
    for pixels, layer in each_page(data, name, password, limits, render_and_read):
        yield jpeg(pixels), layer


def render_and_read(
    document: pypdfium2.PdfDocument, index: int, limits: Limits
) -> tuple[np.ndarray, TextLayer]:
    """A page as pixels, uint8 [H, W, 3] RGB, and its text layer. The caller holds PDFium's lock.

    Raises:
        pypdfium2.PdfiumError: the page cannot be rendered.
    """
    page = document[index]
    try:
        pixels = render(page, limits)
        flattened = flatten(page)
        if flattened == pdfium.FLATTEN_SUCCESS:
            page.close()
            page = document[index]
        if flattened == pdfium.FLATTEN_FAIL:
            return pixels, TextLayer(doubt="unreadable")
        try:
            return pixels, _read(page, pixels, limits)
        except pypdfium2.PdfiumError:
            return pixels, TextLayer(doubt="unreadable")
    finally:
        page.close()


def _read(page: pypdfium2.PdfPage, pixels: np.ndarray, limits: Limits) -> TextLayer:
    """The layer of a flattened page, whose text is hidden in the end. The cheap rules come first."""
    height, width = pixels.shape[:2]
    objects = list(page_objects(page))
    texts = [each for each in objects if each.kind == pdfium.FPDF_PAGEOBJ_TEXT]
    doubt = _object_doubt(page, objects, texts)
    if doubt is not None:
        return TextLayer(doubt=doubt)
    characters = read_characters(page, width, height, _MOST_CHARACTERS)
    doubt = character_doubt(characters) if characters is not None else "too_large"
    if characters is None or doubt is not None:
        return TextLayer(doubt=doubt)
    hide(texts)
    without = render(page, limits)
    inked, shown = characters.inked, seen(characters, pixels, without)
    if (inked & ~shown).sum() > MOST_HIDDEN * inked.sum():
        return TextLayer(doubt="hidden_text")
    runs = make_runs(characters.where(shown | ~inked))
    dpi = width / page.get_width() * POINTS_PER_INCH
    if other_ink(runs, pixels, without, dpi) > MOST_OTHER_INK:
        return TextLayer(doubt="other_ink")
    return TextLayer([replace(run, box=_clipped(run.box, width, height)) for run in runs])


def _object_doubt(page: pypdfium2.PdfPage, objects: list[PageObject], texts: list[PageObject]) -> str | None:
    if len(objects) > _MOST_OBJECTS:
        return "too_large"
    if image_share(page, objects) > MOST_IMAGE:
        return "image"
    return "hidden_text" if any(map(is_hidden, texts)) else None


def _clipped(box: Sequence[float], width: int, height: int) -> tuple[float, float, float, float]:
    """The part of a box that is on the page; characters whose middle is not are no part of a run."""
    x1, y1, x2, y2 = box
    return max(x1, 0.0), max(y1, 0.0), min(x2, float(width)), min(y2, float(height))
