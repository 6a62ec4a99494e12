"""Documents of a data set through a served docfuse, as a user would send them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from docfuse.client import Client
from docfuse.result import Classification, Document, Page, PageError
from docfuse_training.evaluation.measure import Task
from docfuse_training.truth import TruthDocument

CONCURRENCY = 4


@dataclass(frozen=True)
class Run:
    """Results of a data set in its order, and how long the server took for all pages."""

    documents: list[Document]
    """Every one with at least one page: an empty one where the server failed."""
    errors: list[PageError]
    seconds: float


@contextmanager
def server(url: str | None, weights: Path | None) -> Iterator[str]:
    """The address of a server: the one given, or one of our own for the time of the block.

    Raises:
        RuntimeError: there is no server to start.
    """
    if url is not None:
        yield url
        return
    found = list(entry_points(group="docfuse.server"))
    if not found:
        raise RuntimeError("No server is installed here: give --url, or install docfuse[serve].")
    with found[0].load()(weights) as address:
        yield address


def _given_boxes(document: TruthDocument) -> list[list[dict[str, object]]]:
    return [[{"box": box.box, "text": box.text} for box in page.boxes] for page in document.pages]


def _blank_page() -> Page:
    nothing = Classification(label="other", confidence=0.0, probabilities={}, source="image")
    return Page(width=1, height=1, classification=nothing)


def predict(url: str, truth: Sequence[TruthDocument], gold: bool, task: Task, progress: Progress) -> Run:
    """Send every document, four pages at a time.

    Args:
        url: address of the server.
        truth: the data set.
        gold: whether the labelled boxes and texts are sent along, instead of detection and recognition.
        task: says whether labelled boxes may be cut, and whether the file or its page is sent.
        progress: shows how far it is.

    Raises:
        docfuse.DocfuseError: there is no server, or a file cannot be used.
    """
    bar = progress.add_task("labelled boxes" if gold else "read text", total=len(truth))

    def send(document: TruthDocument) -> Document:
        """The result of one document, with at least one page."""
        boxes = _given_boxes(document) if gold else None
        source = document.pages[0].load_image() if task.send_page else document.file
        result = client.analyze(source, boxes=boxes, cut=task.cut, ocr="always")  # type: ignore[arg-type]
        progress.advance(bar)
        return result if result.pages else result.model_copy(update={"pages": [_blank_page()]})

    with Client(url, concurrency=CONCURRENCY, timeout=300.0) as client:
        start = time.perf_counter()
        with ThreadPoolExecutor(CONCURRENCY) as pool:
            documents = list(pool.map(send, truth))
        seconds = time.perf_counter() - start
    return Run(documents, [error for document in documents for error in document.errors], seconds)


def progress_bar() -> Progress:
    """A bar that counts documents."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        transient=True,
    )
