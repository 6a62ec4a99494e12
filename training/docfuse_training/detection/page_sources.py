"""Where pages with labelled lines come from: receipts, born-digital PDFs, synthetic documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from random import Random

import numpy as np
from rich.progress import Progress

from docfuse.options import Limits
from docfuse.text_layer import page_runs
from docfuse_training.detection.page_store import LinePage, has_pages, write_pages
from docfuse_training.evaluation.matching import labelled_boxes
from docfuse_training.evaluation.reading import word_lines
from docfuse_training.readers import READERS
from docfuse_training.reading.line_sources import RESOLUTIONS
from docfuse_training.reading.line_stores import born_digital_files
from docfuse_training.synthetic import generate
from docfuse_training.truth import TruthBox, TruthPage


def labelled_pages(folder: Path, split: str) -> Iterator[LinePage]:
    """SROIE's receipts with their labelled lines."""
    for document in READERS["sroie"](folder, split):
        yield from (_lines_of(page, labelled_boxes(page.boxes)) for page in document.pages)


def synthetic_pages(number: int, seed: int, family: str = "train") -> Iterator[LinePage]:
    """Our own documents; boxes that stand close together in a row are one line, as a detector sees it."""
    for page in generate(number, seed, family):
        yield _lines_of(page, word_lines(page.boxes))


def printed_pages(files: Iterable[Path], seed: int) -> Iterator[LinePage]:
    """Born-digital PDF pages whose text layer can be trusted, at the resolution of some scan."""
    rng = Random(seed)
    for path in files:
        for image, layer in page_runs(path, limits=Limits(dpi=rng.choice(RESOLUTIONS))):
            if layer.runs:
                level = [TruthBox(run.box, run.text) for run in layer.runs if not run.turn]
                turned = np.array([run.box for run in layer.runs if run.turn], np.float64).reshape(-1, 4)
                yield LinePage(image, np.concatenate([word_lines(level), turned]))


def _lines_of(page: TruthPage, boxes: np.ndarray) -> LinePage:
    return LinePage(page.load_image(), boxes)


def make_stores(folder: Path, data: Path | None, pages: int, seed: int, progress: Progress) -> None:
    """Make the stores of a run that are missing: `synthetic`, `sroie`, `printed`, and two `_dev`.

    Args:
        folder: of the stores.
        data: folder with `sroie/` and `vrdu_adbuy/`, if there is one.
        pages: number of synthetic pages.
        seed: of the synthetic pages, and of resolutions.
        progress: shows how far it is.
    """
    makers: dict[str, Callable[[], Iterator[LinePage]]] = {
        "synthetic": lambda: synthetic_pages(pages, seed),
        "synthetic_dev": lambda: synthetic_pages(max(1, min(20, pages // 10)), seed, "held_out"),
    }
    if data is not None and (data / "sroie").is_dir():
        makers["sroie"] = lambda: labelled_pages(data / "sroie", "train")
        makers["sroie_dev"] = lambda: labelled_pages(data / "sroie", "dev")
    if data is not None and (data / "vrdu_adbuy").is_dir():
        makers["printed"] = lambda: printed_pages(born_digital_files(data), seed)
    for name, maker in makers.items():
        if not has_pages(folder / name):
            write_pages(folder / name, progress.track(maker(), description=f"Storing pages: {name}"))
