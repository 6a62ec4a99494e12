"""Where lines to train on come from: labelled receipts, text layers of PDFs, scans, synthetic pages."""

from __future__ import annotations

import gzip
import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from random import Random

import cv2
import numpy as np
from rapidfuzz.distance import Levenshtein

from docfuse.options import Limits
from docfuse.text_layer import TextLayer, page_runs
from docfuse_pipeline.alphabet import ALPHABET
from docfuse_training.evaluation.text import glyphs, spaced
from docfuse_training.readers import READERS
from docfuse_training.readers.pages import measuring_pages
from docfuse_training.reading.line_store import Line, cut_line
from docfuse_training.synthetic import generate_page

RESOLUTIONS = (75, 100, 120, 150, 200)
"""At which pages of PDFs are rendered, dots per inch."""
_ALPHABET = frozenset(ALPHABET)
WRONG = 0.5
"""Least edit similarity of a label with what the published model reads; below it the label is wrong."""
_CHUNK = 256
_REPEATS, _TIMES = 2, 4
"""How often the same text is taken, and a line that our own model misreads."""
Read = Callable[[Sequence[np.ndarray]], list[str]]
"""Reads gray lines, uint8 [h, w] each."""


def labelled_lines(folder: Path, data_set: str, split: str | None) -> Iterator[Line]:
    """Labelled boxes of a data set as lines; case and spaces of the labels are not relied on."""
    for document in READERS[data_set](folder, split):
        for page in document.pages:
            gray = cv2.cvtColor(page.load_image(), cv2.COLOR_RGB2GRAY)
            for box in page.boxes:
                line = cut_line(gray, box.box, box.text.strip(), exact=False) if box.text.strip() else None
                if line is not None:
                    yield line


def scanned_lines(folder: Path) -> Iterator[Line]:
    """Lines of scanned pages as the text layers of their PDFs have them: often an OCR's, to be checked.

    Pages that measure (`training/labels`) are left out.
    """
    measured = measuring_pages()
    with gzip.open(folder / "pages.jsonl.gz", "rt", encoding="utf-8") as file:
        for page in map(json.loads, file):
            if f"{folder.name}/{page['id']}" in measured:
                continue
            gray = cv2.imread(str(folder / page["image"]), cv2.IMREAD_GRAYSCALE)
            if gray is None:
                raise FileNotFoundError(f"{folder / page['image']} is no image.")
            for row in page["lines"]:
                text = _tidy(row["text"])
                line = cut_line(gray, tuple(row["box"]), text, exact=False) if text else None
                if line is not None:
                    yield line


def checked_lines(lines: Iterable[Line], read: Read) -> Iterator[Line]:
    """Lines whose labels a reader of its own finds credible, with case and spaces where it agrees.

    Labels in capitals whatever the print say nothing about case. Where the published model reads the same
    characters and the same spaces, its case is taken and the line is exact. What is less alike than `WRONG`
    is left out.
    """
    rows = iter(lines)
    while chunk := list(islice(rows, _CHUNK)):
        for line, reading in zip(chunk, read([inside(line) for line in chunk]), strict=True):
            if Levenshtein.normalized_similarity(glyphs(reading), glyphs(line.text)) < WRONG:
                continue
            same = spaced(reading) == spaced(line.text)
            yield Line(line.image, line.box, reading if same else line.text, exact=same)


def agreed_lines(
    lines: Iterable[Line], published: Read, own: Callable[[Sequence[Line]], list[str]] | None = None
) -> Iterator[Line]:
    """Lines whose labels another reader reads too, each text twice at most.

    Labels of scans are another OCR's, so that a label alone is not relied on. What our own model misreads and
    the published one reads as the label says is what it can learn most from: such lines come several times.

    Args:
        lines: with their labels.
        published: asked where our own does not agree.
        own: the model that is to be trained on, with its character model; None if there is none yet.
    """
    seen: Counter[str] = Counter()
    rows = (line for line in lines if _is_new(glyphs(line.text), seen))
    while chunk := list(islice(rows, _CHUNK)):
        ours = own(chunk) if own else [""] * len(chunk)
        left = [line for line, reading in zip(chunk, ours, strict=True) if not _reads(reading, line)]
        theirs = dict(zip(map(id, left), published([inside(line) for line in left]), strict=True))
        for line, reading in zip(chunk, ours, strict=True):
            other = theirs.get(id(line), reading)
            if _reads(other, line):
                times = _TIMES if own and id(line) in theirs else 1
                yield from [Line(line.image, line.box, other, spaced(other) == spaced(line.text))] * times


def _is_new(text: str, seen: Counter[str]) -> bool:
    """Whether a text of more than one character was seen less than twice."""
    seen[text] += 1
    return len(text) > 1 and seen[text] <= _REPEATS


def _reads(reading: str, line: Line) -> bool:
    return glyphs(reading) == glyphs(line.text)


def printed_lines(files: Iterable[Path], seed: int) -> Iterator[Line]:
    """Lines of born-digital PDF pages whose text layer can be trusted, at the resolution of some scan.

    Of a document, lines that say the same are taken once.
    """
    rng = Random(seed)
    for path in files:
        seen: set[str] = set()
        for page, layer in page_runs(path, limits=Limits(dpi=rng.choice(RESOLUTIONS))):
            for line in layer_lines(page, layer):
                if line.text not in seen:
                    seen.add(line.text)
                    yield line


def page_lines(seed: int, first: int, last: int) -> Iterator[Line]:
    """Texts of synthetic pages, printed and scanned as a whole: with neighbours, rulings and shades."""
    for index in range(first, last):
        page = generate_page(seed, index, slanted=False)
        gray = cv2.cvtColor(page.load_image(), cv2.COLOR_RGB2GRAY)
        for box in page.boxes:
            text = _tidy(box.text)
            line = cut_line(gray, box.box, text, exact=True) if text else None
            if line is not None:
                yield line


def layer_lines(page: np.ndarray, layer: TextLayer) -> Iterator[Line]:
    """The upright runs of a text layer as lines of its page, uint8 [H, W, 3] RGB."""
    gray = cv2.cvtColor(page, cv2.COLOR_RGB2GRAY)
    for run in (run for run in layer.runs if not run.turn):
        text = _tidy(run.text)
        line = cut_line(gray, run.box, text, exact=True) if text else None
        if line is not None:
            yield line


def _tidy(text: str) -> str:
    """The text as the recogniser should spell it; empty where the alphabet cannot."""
    tidy = " ".join(unicodedata.normalize("NFKC", text).split())
    return tidy if set(tidy) <= _ALPHABET else ""


def inside(line: Line) -> np.ndarray:
    """The line in its box at its own size, uint8 [h, w] gray."""
    x1, y1, x2, y2 = (round(value) for value in line.box)
    return line.image[max(y1, 0) : y2, max(x1, 0) : x2]
