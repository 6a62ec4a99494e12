"""Whether values are found on pages that are turned, slanted or photographed, and boxes on their places.

`python -m docfuse_training.evaluation.sweep SROIE_DIR` prints a table: a row per view of the same pages.
"""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from PIL import Image

from docfuse.client import Client
from docfuse.result import Document
from docfuse_pipeline.page import map_points
from docfuse_pipeline.printed_names import squeezed
from docfuse_training.evaluation.predict import CONCURRENCY, server
from docfuse_training.evaluation.reading import is_found
from docfuse_training.evaluation.views import VIEWS, View
from docfuse_training.readers import READERS
from docfuse_training.synthetic import generate, printed_values
from docfuse_training.truth import TruthPage

LEAST_LETTERS = 4
"""Shorter texts do not say which box of another view they are."""


@dataclass
class Tally:
    """What one view gave."""

    found: list[bool] = field(default_factory=list)
    """One per labelled value."""
    distances: list[float] = field(default_factory=list)
    """Pixels between where boxes are and where the view put them."""
    warped: int = 0


def places(document: Document) -> dict[str, np.ndarray]:
    """Corners float [4, 2] of each box whose text is long enough and stands on the page once."""
    boxes = [(squeezed(box.text), np.array(box.polygon)) for page in document.pages for box in page.boxes]
    texts = [text for text, _ in boxes]
    return {text: polygon for text, polygon in boxes if len(text) >= LEAST_LETTERS and texts.count(text) == 1}


def distances(upright: Document, seen: Document, view: View) -> list[float]:
    """Mean distance of the corners of each text found in both from where the view put them, pixels."""
    here, there = places(upright), places(seen)
    return [
        float(np.linalg.norm(map_points(view.transform, here[text]) - there[text], axis=1).mean())
        for text in here.keys() & there.keys()
    ]


def read_text(document: Document) -> str:
    """The lines of a document in reading order."""
    lines: dict[tuple[int, int], list[str]] = {}
    for page in document.pages:
        for box in page.boxes:
            lines.setdefault((page.index, box.line), []).append(box.text)
    return "\n".join(" ".join(texts) for texts in lines.values())


def _png(image: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG", compress_level=1)
    return file.getvalue()


def sweep(client: Client, pages: list[TruthPage], names: list[str]) -> Iterator[tuple[str, Tally]]:
    """Read every page in the upright view and in each named one.

    Raises:
        docfuse.DocfuseError: there is no server.
    """

    def read(page: TruthPage, name: str) -> tuple[View, Document]:
        rng = np.random.default_rng(zlib.crc32(f"{page.id}/{name}".encode()))
        view = VIEWS[name](page.load_image(), rng)
        return view, client.analyze(_png(view.image))

    with ThreadPoolExecutor(CONCURRENCY) as pool:
        base = [result for _, result in pool.map(lambda page: read(page, "upright"), pages)]
        for name in names:
            tally = Tally()
            results = pool.map(lambda page, name=name: read(page, name), pages)  # type: ignore[misc]
            for page, upright, (view, seen) in zip(pages, base, results, strict=True):
                text = read_text(seen)
                tally.found += [
                    any(is_found(value, label, text) for label in labels)
                    for value, labels in page.values.items()
                ]
                tally.distances += distances(upright, seen, view)
                tally.warped += any(warning.code == "perspective" for warning in seen.warnings)
            yield name, tally


def _pages(folder: Path, receipts: int, drawn: int) -> list[TruthPage]:
    """The first receipts of SROIE's dev list, and synthetic invoices."""
    pages = [document.pages[0] for document in READERS["sroie"](folder, None)[:receipts]]
    for page in generate(drawn, 5, "held_out", ["invoice"]):
        page.values = printed_values(page)
        pages.append(page)
    return pages


def main(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of SROIE.")],
    url: Annotated[str | None, typer.Option(help="Use this server instead of starting one.")] = None,
    receipts: Annotated[int, typer.Option(min=0, help="How many receipts of the dev list.")] = 20,
    drawn: Annotated[int, typer.Option(min=0, help="How many synthetic invoices.")] = 4,
    only: Annotated[list[str] | None, typer.Option(help="Only this view; may be given again.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")] = None,
) -> None:
    """Share of labelled values found, by view, and how far boxes are from their places."""
    figures: dict[str, dict[str, float]] = {}
    with server(url, None) as address, Client(address, concurrency=CONCURRENCY, timeout=300.0) as client:
        for name, tally in sweep(client, _pages(folder, receipts, drawn), only or list(VIEWS)):
            middle, most = np.percentile(tally.distances or [np.nan], [50, 95])
            figures[name] = {
                "values": len(tally.found),
                "found": sum(tally.found) / max(1, len(tally.found)),
                "distance_median": round(float(middle), 2),
                "distance_95": round(float(most), 2),
                "boxes": len(tally.distances),
                "warped": tally.warped,
            }
            typer.echo(f"{name:24} {figures[name]}")
    if json_file is not None:
        json_file.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
