"""The lines of a run on disk: drawn, labelled and printed ones, made once and found again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from rich.progress import Progress

from docfuse_pipeline.alphabet import ALPHABET
from docfuse_training.readers import READERS
from docfuse_training.reading.line_drawing import draw_lines
from docfuse_training.reading.line_sources import (
    agreed_lines,
    checked_lines,
    labelled_lines,
    page_lines,
    printed_lines,
    scanned_lines,
)
from docfuse_training.reading.line_store import Line, has_lines, write_lines
from docfuse_training.reading.published import PublishedReader

_HELD_OUT_SEED = 1_000
HELD_OUT_LINES = 1_000


def make_stores(
    folder: Path,
    data: Path | None,
    drawn: int,
    pages: int,
    seed: int,
    workers: int,
    progress: Progress,
    own: Callable[[Sequence[Line]], list[str]] | None = None,
) -> None:
    """Make the stores of a run that are missing; `drawn` and `sroie` have a `_dev` each.

    Args:
        folder: of the stores.
        data: folder with `sroie/`, `vrdu_adbuy/`, `unlabelled/`, if there is one.
        drawn: number of drawn lines.
        pages: number of synthetic pages, some 60 lines each.
        seed: of drawn lines and pages; lines held out have a seed of their own.
        workers: processes that draw.
        progress: shows how far it is.
        own: reads lines as the model does that training starts from, if it starts from one of ours.
    """
    with ProcessPoolExecutor(workers) as pool:
        for name, maker, number, own_seed in (
            ("drawn", _LINES, drawn, seed),
            ("drawn_dev", _LINES, HELD_OUT_LINES, seed + _HELD_OUT_SEED),
            ("pages", _PAGES, pages, seed),
        ):
            if number and not has_lines(folder / name):
                made = _made(pool, maker, own_seed, number)
                total = -(-number // maker.part)
                parts = progress.track(made, total, description=f"Drawing {name}")
                write_lines(folder / name, chain.from_iterable(parts))
    if data is None:
        return
    if (data / "vrdu_adbuy").is_dir() and not has_lines(folder / "printed"):
        _make_printed(folder / "printed", data, seed, progress)
    if (data / "unlabelled").is_dir() and not has_lines(folder / "scanned"):
        rows = agreed_lines(scanned_lines(data / "unlabelled"), PublishedReader(ALPHABET), own)
        write_lines(folder / "scanned", progress.track(rows, description="Checking scans"))
    if not (data / "sroie").is_dir():
        return
    if not has_lines(folder / "sroie_dev"):
        write_lines(folder / "sroie_dev", labelled_lines(data / "sroie", "sroie", "dev"))
    if not has_lines(folder / "sroie"):
        rows = labelled_lines(data / "sroie", "sroie", "train")
        checked = checked_lines(rows, PublishedReader(ALPHABET))
        write_lines(folder / "sroie", progress.track(checked, description="Checking labels of sroie"))


def born_digital_files(data: Path) -> list[Path]:
    """PDFs with text layers that training may see: those of ad-buy's training advertisers."""
    return [Path(document.file) for document in READERS["adbuy"](data / "vrdu_adbuy", "train")]


def _make_printed(folder: Path, data: Path, seed: int, progress: Progress) -> None:
    files = born_digital_files(data)
    write_lines(folder, printed_lines(progress.track(files, description="Reading PDFs"), seed))


@dataclass(frozen=True)
class _Maker:
    """Makes lines of the things numbered first … last − 1 of a seed, `part` of them in one go."""

    lines: Callable[[int, int, int], Iterator[Line]]
    part: int

    def __call__(self, seed: int, first: int, last: int) -> list[Line]:
        return list(self.lines(seed, first, last))


_LINES = _Maker(draw_lines, 500)
_PAGES = _Maker(page_lines, 10)


def _made(pool: ProcessPoolExecutor, maker: _Maker, seed: int, number: int) -> Iterator[list[Line]]:
    firsts = range(0, number, maker.part)
    lasts = [min(first + maker.part, number) for first in firsts]
    return pool.map(maker, [seed] * len(firsts), firsts, lasts)
