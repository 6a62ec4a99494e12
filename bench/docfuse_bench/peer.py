"""The RapidOCR library on the same pages: the peer to beat, though it does OCR alone."""

from __future__ import annotations

import importlib.metadata
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Peer:
    """Speed of a library on the benchmark's pages, one after the other."""

    name: str
    pages_per_second: float
    pages: int


def measure_rapidocr(images: Sequence[bytes], on_progress: Callable[[int], None] = lambda done: None) -> Peer:
    """Whole OCR of every page by the RapidOCR library with its defaults, after one page to warm up.

    Args:
        images: encoded pages.
        on_progress: told how many pages are done.
    """
    from rapidocr import RapidOCR

    engine = RapidOCR(params={"Global.log_level": "error"})
    engine(images[0])
    begin = time.perf_counter()
    for number, image in enumerate(images, 1):
        engine(image)
        on_progress(number)
    seconds = time.perf_counter() - begin
    return Peer(f"RapidOCR {importlib.metadata.version('rapidocr')}", len(images) / seconds, len(images))
