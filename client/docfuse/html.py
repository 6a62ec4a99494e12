"""A document as one web page that needs nothing else: pages under their boxes, fields and tables beside."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from html import escape
from importlib import resources
from pathlib import Path
from string import Template

from PIL import Image

from docfuse.layout import arrow, bounds, boxes_by_id
from docfuse.panels import document_panels, sureness
from docfuse.result import Box, Document, Page
from docfuse.sources import decode
from docfuse.style import RELATION_COLOURS, TYPE_COLOURS, percent, type_colour, words

_LONG_SIDE, _QUALITY = 1800, 82
"""Size and JPEG quality of the embedded pages."""
_SHOWN_AT_FIRST = frozenset({"key_value"})
"""Relations whose lines are visible before the reader asks for others."""


def to_html(document: Document, images: Sequence[bytes]) -> str:
    """One self-contained HTML page.

    Args:
        document: the result.
        images: the encoded pages, as sent; `document.pages[i].index` counts in them.

    Raises:
        InputError: an image cannot be read.
    """
    return Template(_asset("document.html")).substitute(
        title=escape(Path(document.source).name if document.source else "Document"),
        style=_asset("document.css"),
        script=_asset("document.js"),
        classification=_classification(document),
        legend="".join(_legend(document)),
        pages="\n".join(_page(page, images[page.index], len(images)) for page in document.pages),
        panels="\n".join(document_panels(document)),
    )


def _asset(name: str) -> str:
    return (resources.files("docfuse") / "assets" / name).read_text(encoding="utf-8")


def _classification(document: Document) -> str:
    if document.classification is None:
        return ""
    label = escape(words(document.classification.label).upper())
    return f'<span class="class">{label}</span>{sureness(document.classification.confidence)}'


def _legend(document: Document) -> Iterable[str]:
    """A switch per box type and relation that occurs."""
    types = {box.type for page in document.pages for box in page.boxes}
    relations = {link.relation for page in document.pages for link in page.links}
    for name in sorted(types, key=lambda name: (name not in TYPE_COLOURS, list(TYPE_COLOURS).index(name))):
        yield _switch(f"type-{name}", words(name), type_colour(name), "", True)
    for name in sorted(relations):
        colour = RELATION_COLOURS.get(name, TYPE_COLOURS["other"])
        yield _switch(
            f"link-{name}",
            words(name).replace("key value", "key → value"),
            colour,
            "line",
            name in _SHOWN_AT_FIRST,
        )


def _switch(layer: str, text: str, colour: str, mark: str, on: bool) -> str:
    return (
        f'<button type="button" data-layer="{escape(layer)}" aria-pressed="{str(on).lower()}" '
        f'style="--c:{colour}"><i class="{mark}"></i>{escape(text)}</button>'
    )


def _page(page: Page, image: bytes, count: int) -> str:
    caption = f"<figcaption>Page {page.index + 1} of {count}</figcaption>" if count > 1 else ""
    parts = [
        f'<image href="{_data_url(image)}" width="{page.width}" height="{page.height}" '
        'preserveAspectRatio="none"/>',
        *(_polygon(page, box) for box in page.boxes),
        *_links(page),
    ]
    return (
        f'<figure>{caption}<svg viewBox="0 0 {page.width} {page.height}" role="img" '
        f'aria-label="Page {page.index + 1}">{_ARROW_HEADS}{"".join(parts)}</svg></figure>'
    )


_ARROW_HEADS = (
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="5" markerHeight="5" '
    'orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="context-stroke"/></marker></defs>'
)


def _data_url(image: bytes) -> str:
    picture = decode(image)
    picture.thumbnail((_LONG_SIDE, _LONG_SIDE), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=_QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode()


def _polygon(page: Page, box: Box) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in box.polygon)
    about = [f"{words(box.type)} {percent(box.type_confidence)} · read {percent(box.text_confidence)}"]
    about += [
        f"{words(field.name)} {percent(field.confidence)}"
        for field in page.fields
        if field.name and box.id in field.value_boxes
    ]
    return (
        f'<polygon class="box type-{escape(box.type)}" id="p{page.index}b{box.id}" points="{points}" '
        f'style="--c:{type_colour(box.type)}" data-text="{escape(box.text)}" '
        f'data-about="{escape(chr(10).join(about))}"/>'
    )


def _links(page: Page) -> Iterable[str]:
    boxes = boxes_by_id(page)
    for link in page.links:
        if link.source == link.target or link.source not in boxes or link.target not in boxes:
            continue
        (x1, y1), (x2, y2) = arrow(bounds(boxes[link.source].polygon), bounds(boxes[link.target].polygon))
        colour = RELATION_COLOURS.get(link.relation, TYPE_COLOURS["other"])
        hidden = "" if link.relation in _SHOWN_AT_FIRST else " hidden"
        yield (
            f'<path class="link link-{escape(link.relation)}{hidden}" '
            f'd="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" '
            f'style="--c:{colour}" marker-end="url(#head)" '
            f'data-from="p{page.index}b{link.source}" data-to="p{page.index}b{link.target}"/>'
        )
