"""The RapidOCR library on the same pages: the peer to beat, though it does OCR alone."""

from __future__ import annotations

import importlib.metadata
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Peer:
    """Speed of a library on the benchmark's pages, one after the other, and its processor time a page."""

    name: str
    pages_per_second: float
    pages: int
    cpu_ms: float


def measure_rapidocr(images: Sequence[bytes], on_progress: Callable[[int], None] = lambda done: None) -> Peer:
    """Whole OCR of every page by the RapidOCR library with its defaults, after one page to warm up.

    Args:
        images: encoded pages.
        on_progress: told how many pages are done.
    """
    from rapidocr import RapidOCR

    engine = RapidOCR(params={"Global.log_level": "error"})
    engine(images[0])
    begin, cpu = time.perf_counter(), time.process_time()
    for number, image in enumerate(images, 1):
        engine(image)
        on_progress(number)
    seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    name = f"RapidOCR {importlib.metadata.version('rapidocr')}"
    return Peer(name, len(images) / seconds, len(images), 1000 * cpu / len(images))
