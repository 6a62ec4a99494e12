"""The pages of a benchmark: drawn from folders with a fixed seed, in one fixed order."""

from __future__ import annotations

import base64
import itertools
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from docfuse.errors import InputError
from docfuse.paths import expand
from docfuse.sources import encode, load_pages

SEED = 0
PER_DOCUMENT = 2
"""Most pages taken of one document, so that a long one does not crowd out the others."""
_ROWS, _COLUMNS = 50, 8
_A4 = (1654, 2339)
"""Width and height of A4 at 200 dpi."""
_WORDS = ("Paper", "Toner", "Labels", "Binder", "Stapler", "Folder", "Pencil", "Marker")


@dataclass
class Pages:
    """Encoded pages in the order in which they are sent, and why some documents are not among them."""

    images: list[bytes] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def draw_pages(folders: Sequence[Path], count: int) -> Pages:
    """Draw `count` pages evenly from the folders, or all there are; shuffled. The same every time.

    Raises:
        InputError: a folder is not there or holds no documents, or no page of them can be read.
    """
    chooser = random.Random(SEED)
    drawn = Pages()
    for number, folder in enumerate(folders):
        if not folder.exists():
            raise InputError(f"There is no folder {folder}.")
        files = expand([str(folder)])
        chooser.shuffle(files)
        share = (count - len(drawn.images)) // (len(folders) - number)
        drawn.images += itertools.islice(readable_pages(files, drawn.skipped), share)
    if not drawn.images:
        raise InputError(f"None of the documents can be read: {drawn.skipped[0]}")
    chooser.shuffle(drawn.images)
    return drawn


def readable_pages(files: Sequence[Path], skipped: list[str]) -> Iterator[bytes]:
    """The first pages of each file; why a file cannot be read is noted in `skipped`."""
    for file in files:
        try:
            yield from itertools.islice(load_pages(file), PER_DOCUMENT)
        except InputError as error:
            skipped.append(str(error))


def write_input(images: Sequence[bytes], file: Path) -> None:
    """Write pages as perf_analyzer's input: one request a page, in this order, over and over."""
    rows = [
        {"IMAGE": {"content": {"b64": base64.b64encode(image).decode()}, "shape": [len(image)]}}
        for image in images
    ]
    file.write_text(json.dumps({"data": rows}), encoding="utf-8")


def table_page(boxes: int) -> bytes:
    """An A4 page with a table of so many cells, 8 a row, 400 at most; JPEG at 200 dpi.

    Two such pages differ in nothing but the number of their boxes.
    """
    page = Image.new("L", _A4, 255)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(24)
    for cell in range(min(boxes, _ROWS * _COLUMNS)):
        row, column = divmod(cell, _COLUMNS)
        text = _WORDS[(row + column) % len(_WORDS)] if column % 2 == 0 else f"{(cell * 37) % 900 + 100}.50"
        draw.text((90 + column * 190, 90 + row * 44), text, 0, font)
    return encode(page)
