"""Text layers of PDFs: how many pages are read from theirs, and whether another reader agrees.

`python -m docfuse_training.evaluation.text_layers FOLDER… [--check 64] [--pictures DIR]`
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from PIL import Image, ImageDraw
from rapidfuzz.distance import Levenshtein
from rich.console import Console
from rich.table import Table

from docfuse.sources import page_array
from docfuse.text_layer import page_runs
from docfuse.text_runs import Run
from docfuse_training.evaluation.text import glyphs

SEED = 0
COVERED = 0.3
"""Least share of a line that lies in runs if its text is in the layer."""
RUNS_A_PAGE = 20
"""Runs of a page that are compared, drawn with a fixed seed."""


@dataclass(frozen=True)
class UsedPage:
    """A page that is read from its text layer."""

    file: Path
    index: int
    runs: Sequence[Run]

    def pixels(self) -> np.ndarray:
        """The page as it is sent, uint8 [H, W, 3]."""
        return page_array(self.file, self.index)


@dataclass(frozen=True)
class Agreement:
    """What the other reader says of a page: `agrees` 0 to 1, and the lines that the layer does not have."""

    page: UsedPage
    agrees: float
    others: list[str]


def survey(folder: Path) -> tuple[Counter[str], list[UsedPage]]:
    """Pages of all PDFs below a folder by what becomes of them, and those that are read from their layer."""
    counts: Counter[str] = Counter()
    used: list[UsedPage] = []
    for file in sorted(folder.rglob("*.pdf")):
        for index, (_, layer) in enumerate(page_runs(file)):
            counts[layer.doubt or "text_layer"] += 1
            if layer.doubt is None:
                used.append(UsedPage(file, index, layer.runs))
    return counts, used


class OtherReader:
    """The RapidOCR library, which knows nothing of the PDF."""

    def __init__(self) -> None:
        from rapidocr import RapidOCR

        self._engine: Any = RapidOCR(params={"Global.log_level": "error"})

    def compare(self, page: UsedPage) -> Agreement:
        """Read the places of some runs, and the lines that it finds where there is no run.

        Characters are compared in upper case and without white space: 1 - edit distances ÷ characters.
        """
        pixels = page.pixels()
        upright = [run for run in page.runs if run.turn == 0]
        errors = characters = 0
        for run in random.Random(SEED).sample(upright, min(RUNS_A_PAGE, len(upright))):
            truth = glyphs(run.text)
            errors += min(Levenshtein.distance(truth, glyphs(self._line(pixels, run.box))), len(truth))
            characters += len(truth)
        return Agreement(page, 1 - errors / max(characters, 1), list(self._elsewhere(pixels, page.runs)))

    def _line(self, pixels: np.ndarray, box: Sequence[float]) -> str:
        x1, y1, x2, y2 = (round(side) for side in box)
        crop = np.ascontiguousarray(pixels[max(y1 - 1, 0) : y2 + 1, max(x1 - 3, 0) : x2 + 3, ::-1])
        return "".join(self._engine(crop, use_det=False, use_cls=False, use_rec=True).txts or ())

    def _elsewhere(self, pixels: np.ndarray, runs: Sequence[Run]) -> Iterator[str]:
        explained = np.zeros(pixels.shape[:2], bool)
        for run in runs:
            x1, y1, x2, y2 = (round(side) for side in run.box)
            explained[y1:y2, x1:x2] = True
        found = self._engine(
            np.ascontiguousarray(pixels[..., ::-1]), use_det=True, use_cls=False, use_rec=False
        )
        for quad in found.boxes if found.boxes is not None else ():
            (x1, y1), (x2, y2) = quad.min(0).round().astype(int).clip(0), quad.max(0).round().astype(int)
            if explained[y1:y2, x1:x2].mean() < COVERED:
                text = self._line(pixels, (x1, y1, x2, y2))
                if len(glyphs(text)) > 1:
                    yield text


def draw(page: UsedPage) -> Image.Image:
    """A page with its runs: boxes, and above each its text."""
    picture = Image.fromarray(page.pixels())
    pen = ImageDraw.Draw(picture)
    for run in page.runs:
        pen.rectangle(run.box, outline="red")
        pen.text(
            (run.box[0], run.box[1] - 9), run.text.encode("latin-1", "replace").decode("latin-1"), "blue"
        )
    return picture


def main(
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER…", help="Folders with PDFs.")],
    check: Annotated[int, typer.Option(help="So many of the pages are read by RapidOCR too.")] = 0,
    pictures: Annotated[Path | None, typer.Option(help="Draw the pages that are checked here.")] = None,
) -> None:
    """Count the pages that are read from their text layers, and let another reader check some."""
    table = Table("folder", "pages", "text_layer", "image read, because of")
    found = []
    for folder in folders:
        counts, used = survey(folder)
        doubts = ", ".join(f"{name} {n}" for name, n in counts.most_common() if name != "text_layer")
        table.add_row(str(folder), str(sum(counts.values())), str(counts["text_layer"]), doubts)
        found += [used] if used else []
    Console(highlight=False).print(table)
    share = math.ceil(check / max(len(found), 1))
    pages = [page for used in found for page in random.Random(SEED).sample(used, min(share, len(used)))]
    if pages:
        _check(pages, pictures)


def _check(pages: list[UsedPage], pictures: Path | None) -> None:
    """Print how far the other reader agrees on each page."""
    reader = OtherReader()
    checked = []
    for page in pages:
        checked.append(reader.compare(page))
        name = f"{page.file.stem}-page{page.index + 1}"
        typer.echo(f"{checked[-1].agrees:.4f}  {name}  elsewhere: {checked[-1].others}")
        if pictures is not None:
            pictures.mkdir(parents=True, exist_ok=True)
            draw(page).save(pictures / f"{checked[-1].agrees:.4f}-{name}.png")
    agrees = [each.agrees for each in checked]
    typer.echo(
        f"{len(agrees)} pages: RapidOCR agrees on {np.mean(agrees):.4f}, on {min(agrees):.4f} at least"
    )


if __name__ == "__main__":
    typer.run(main)
