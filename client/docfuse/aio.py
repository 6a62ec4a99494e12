"""The client for asyncio: the same methods as `docfuse.Client`, awaited."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress

import numpy as np
from tritonclient.grpc import InferResult
from tritonclient.grpc.aio import InferenceServerClient
from tritonclient.utils import InferenceServerException

from docfuse import wire
from docfuse.errors import ServerError
from docfuse.options import DEFAULT_URL, MAX_MESSAGE_BYTES, Limits, Ocr, Retries, Tls
from docfuse.pages import BoxesOfPages, Collector, Job, Outcome, Task, tasks
from docfuse.result import Document
from docfuse.retry import READY_POLL, Address, not_ready
from docfuse.sources import Source, nth_page, page_array


class AsyncClient:
    """Talks to a docfuse server from one event loop. Arguments, results and errors are those of `Client`.

    Sources are read and PDFs rendered in a thread, so that the loop stays free.
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
        self._slots = asyncio.Semaphore(concurrency)
        self._options = wire.connection_options(url, tls, max_message_bytes)
        self._connection: InferenceServerClient | None = None

    @property
    def url(self) -> str:
        """`host:port` of the server."""
        return self._address.url

    @property
    def _triton(self) -> InferenceServerClient:
        """The connection, made when it is first used: it belongs to the loop that runs then."""
        if self._connection is None:
            self._connection = InferenceServerClient(**self._options)
        return self._connection

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close()

    async def analyze(
        self,
        source: Source,
        *,
        boxes: BoxesOfPages | None = None,
        cut: bool = True,
        ocr: Ocr = "auto",
        password: str | None = None,
    ) -> Document:
        """Analyse one document; see `Client.analyze`."""
        collector = Collector()
        job = Job(source, boxes, cut, password, self._limits, ocr)
        async for task, outcome in self._in_order(tasks([job])):
            if task.work is None:
                collector.raise_failure()
            document = collector.add(task, outcome)
        assert document is not None  # a job's last task has no work and completes its document
        return document

    async def analyze_many(
        self, sources: Iterable[Source], *, ocr: Ocr = "auto", password: str | None = None
    ) -> AsyncIterator[Document]:
        """Analyse many documents, in order; see `Client.analyze_many`."""
        collector = Collector()
        jobs = (Job(source, password=password, limits=self._limits, ocr=ocr) for source in sources)
        async for task, outcome in self._in_order(tasks(jobs)):
            document = collector.add(task, outcome)
            if document is not None:
                yield document

    async def ocr(self, source: Source, *, page: int = 0, language: str = "") -> wire.OcrResult:
        """Read the text lines of one page; see `Client.ocr`."""
        array = await asyncio.to_thread(page_array, source, page, self._limits)
        return wire.read_ocr(await self._send(wire.ocr_call(array, language)))

    async def tensors(self, source: Source, *, page: int = 0) -> dict[str, np.ndarray]:
        """Every tensor that the models make of one page; see `Client.tensors`."""
        image = await asyncio.to_thread(nth_page, source, page, self._limits)
        return wire.read_tensors(await self._send(wire.tensors_call(image)))

    async def wait_ready(self, timeout: float = 60.0) -> None:
        """Return as soon as the server has loaded its models; see `Client.wait_ready`."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while True:
            left = deadline - loop.time()
            with suppress(InferenceServerException):
                if await self._triton.is_model_ready(wire.DOCUMENT, client_timeout=max(left, 0.1)):
                    return
            if left <= READY_POLL:
                raise not_ready(self.url, timeout)
            await asyncio.sleep(READY_POLL)

    async def _in_order(self, work: Iterator[Task]) -> AsyncIterator[tuple[Task, Outcome | None]]:
        """Do the tasks, a bounded number ahead of the caller, and yield them in their order."""
        window: deque[tuple[Task, asyncio.Task[Outcome | None]]] = deque()
        try:
            while (task := await asyncio.to_thread(next, work, None)) is not None:
                window.append((task, asyncio.create_task(self._outcome(task))))
                if len(window) > self._ahead:
                    first, running = window.popleft()
                    yield first, await running
            while window:
                first, running = window.popleft()
                yield first, await running
        finally:
            for _, running in window:
                running.cancel()

    async def _outcome(self, task: Task) -> Outcome | None:
        if not isinstance(task.work, wire.Call):
            return task.work
        try:
            return wire.read_page(await self._send(task.work), task.index, task.work.text_source)
        except ServerError as error:
            return error

    async def _send(self, call: wire.Call) -> InferResult:
        async with self._slots:
            attempts = self._address.attempts()
            while True:
                try:
                    result = await self._triton.infer(
                        call.model,
                        call.inputs(),
                        outputs=call.requested(),
                        client_timeout=attempts.remaining(),
                    )
                except InferenceServerException as error:
                    await asyncio.sleep(attempts.next_wait(error))
                else:
                    self._address.known = True
                    return result
