"""The client: documents in, results out, over gRPC."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

import numpy as np
from tritonclient.grpc import InferenceServerClient, InferResult
from tritonclient.utils import InferenceServerException

from docfuse import wire
from docfuse.errors import ServerError
from docfuse.options import DEFAULT_URL, MAX_MESSAGE_BYTES, Limits, Ocr, Retries, Tls
from docfuse.pages import BoxesOfPages, Collector, Job, Outcome, Task, tasks
from docfuse.result import Document
from docfuse.retry import READY_POLL, Address, not_ready
from docfuse.sources import Source, nth_page, page_array


class Client:
    """Talks to a docfuse server; may be used by many threads.

    Args:
        url: `host:port` of the server's gRPC endpoint.
        concurrency: most pages in flight at once.
        timeout: seconds that a page may take, retries included.
        retries: how failed requests are repeated.
        tls: encrypt the connection (also meant by `grpcs://` in front of the URL).
        limits: what a source may be at most, and how PDFs are rendered.
        max_message_bytes: largest request and largest answer.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        concurrency: int = 4,
        timeout: float = 60.0,
        retries: Retries | None = None,
        tls: Tls | None = None,
        limits: Limits | None = None,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
    ) -> None:
        wire.check_options(concurrency, timeout)
        self._address = Address(wire.address(url), timeout, retries or Retries())
        self._limits = limits or Limits()
        self._ahead = concurrency
        self._triton = InferenceServerClient(**wire.connection_options(url, tls, max_message_bytes))
        self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix="docfuse")

    @property
    def url(self) -> str:
        """`host:port` of the server."""
        return self._address.url

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; pages that wait are given up."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._triton.close()

    def analyze(
        self,
        source: Source,
        *,
        boxes: BoxesOfPages | None = None,
        cut: bool = True,
        ocr: Ocr = "auto",
        password: str | None = None,
    ) -> Document:
        """Analyse one document; its pages are sent concurrently.

        Args:
            source: path, bytes, uint8 array or PIL image; see `docfuse.load_pages`.
            boxes: per page the caller's own text boxes, `{"box": [x1, y1, x2, y2], "text": "…"}` in pixels
                of the page as sent (PDF: as rendered), instead of detection and recognition. A box whose
                text is empty, such as a signature's, gets a type and links by its look and place.
            cut: whether given boxes may be cut where they hold more than one thing.
            ocr: `auto` takes the text of a PDF's page from its text layer where that can be trusted and reads
                the image elsewhere; `always` reads the image; `never` takes text layers alone, so that pages
                without one are `errors`. Each page says which it was (`text_source`).
            password: for an encrypted PDF.

        Returns:
            The document; pages that the server refused, and with `never` those without a text layer, are in
            its `errors`.

        Raises:
            InputError: the source or the boxes cannot be used.
            ServerError: the server is not there, failed, or took too long.
        """
        collector = Collector()
        job = Job(source, boxes, cut, password, self._limits, ocr)
        for task, outcome in self._in_order(tasks([job])):
            if task.work is None:
                collector.raise_failure()
            document = collector.add(task, outcome)
        assert document is not None  # a job's last task has no work and completes its document
        return document

    def analyze_many(
        self, sources: Iterable[Source], *, ocr: Ocr = "auto", password: str | None = None
    ) -> Iterator[Document]:
        """Analyse many documents, in order; pages of several documents are in flight together.

        A document that cannot be used, or that the server fails on, comes back with `errors` and does not
        end the run. `ocr` is that of `analyze`.

        Raises:
            NoServerError: there is no docfuse server at the address.
        """
        collector = Collector()
        jobs = (Job(source, password=password, limits=self._limits, ocr=ocr) for source in sources)
        for task, outcome in self._in_order(tasks(jobs)):
            document = collector.add(task, outcome)
            if document is not None:
                yield document

    def ocr(self, source: Source, *, page: int = 0, language: str = "") -> wire.OcrResult:
        """Read the text lines of one page as it is, without correcting its orientation.

        Args:
            source: uint8 array ([H, W] gray or [H, W, 3] RGB), or whatever `analyze` takes.
            page: index of the page.
            language: a hint that servers may ignore.

        Raises:
            InputError: the source cannot be used.
            ServerError: the server is not there, refused the page, failed, or took too long.
        """
        return wire.read_ocr(self._send(wire.ocr_call(page_array(source, page, self._limits), language)))

    def tensors(self, source: Source, *, page: int = 0) -> dict[str, np.ndarray]:
        """Every tensor that the models make of one page, by its name in the specification.

        Raises:
            InputError: the source cannot be used.
            ServerError: the server is not there, refused the page, failed, or took too long.
        """
        return wire.read_tensors(self._send(wire.tensors_call(nth_page(source, page, self._limits))))

    def wait_ready(self, timeout: float = 60.0) -> None:
        """Return as soon as the server has loaded its models.

        Raises:
            NoServerError: it has not within `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            with suppress(InferenceServerException):
                if self._triton.is_model_ready(wire.DOCUMENT, client_timeout=max(left, 0.1)):
                    return
            if left <= READY_POLL:
                raise not_ready(self.url, timeout)
            time.sleep(READY_POLL)

    def _in_order(self, work: Iterator[Task]) -> Iterator[tuple[Task, Outcome | None]]:
        """Do the tasks in the pool, a bounded number ahead of the caller, and yield them in their order."""
        window: deque[tuple[Task, Future[Outcome | None]]] = deque()
        try:
            for task in work:
                window.append((task, self._pool.submit(self._outcome, task)))
                if len(window) > self._ahead:
                    yield _finished(window.popleft())
            while window:
                yield _finished(window.popleft())
        finally:
            for _, future in window:
                future.cancel()

    def _outcome(self, task: Task) -> Outcome | None:
        if not isinstance(task.work, wire.Call):
            return task.work
        try:
            return wire.read_page(self._send(task.work), task.index, task.work.text_source)
        except ServerError as error:
            return error

    def _send(self, call: wire.Call) -> InferResult:
        attempts = self._address.attempts()
        while True:
            try:
                result = self._triton.infer(
                    call.model,
                    call.inputs(),
                    outputs=call.requested(),
                    client_timeout=attempts.remaining(),
                )
            except InferenceServerException as error:
                time.sleep(attempts.next_wait(error))
            else:
                self._address.known = True
                return result


def _finished(entry: tuple[Task, Future[Outcome | None]]) -> tuple[Task, Outcome | None]:
    return entry[0], entry[1].result()
