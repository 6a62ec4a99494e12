"""Documents to one or several servers, and what to do when a server goes away. No Ray here."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Full, Queue

import numpy as np

from docfuse.client import Client
from docfuse.errors import DocfuseError, InputError, NoServerError, NoTextLayerError
from docfuse.options import Ocr, Tls
from docfuse.result import Document
from docfuse_batch.groups import Content
from docfuse_batch.rows import failed

OWN_FAULT = frozenset(
    {
        "INVALID_INPUT", NoTextLayerError.code,
        "INVALID_ARGUMENT", "OUT_OF_RANGE", "INTERNAL", "RESOURCE_EXHAUSTED",
    }
)  # fmt: skip
"""Codes of errors that are the document's own; those with others are tried again."""
_POLL = 1.0
_RESULTS_AHEAD = 16
_BLANK = np.full((240, 320), 255, np.uint8)


@dataclass(frozen=True)
class Service:
    """Where and how to send: `concurrency` is pages in flight at each address."""

    urls: Sequence[str]
    concurrency: int = 4
    timeout: float = 120.0
    patience: float = 300.0
    """Seconds to wait for a server that went away."""
    ocr: Ocr = "auto"
    password: str | None = None
    tls: Tls | None = None


@dataclass
class Replica:
    """One server; `away` says why it cannot be used for now."""

    client: Client
    away: DocfuseError | None = None

    def works(self) -> bool:
        """Whether the server answers a blank page."""
        try:
            self.client.analyze(_BLANK)
        except DocfuseError as error:
            self.away = error
            return False
        self.away = None
        return True

    def is_back(self) -> bool:
        """Whether a server that was away works again; waits a moment for it."""
        try:
            self.client.wait_ready(_POLL)
        except NoServerError:
            return False
        return self.works()


class Sender:
    """Sends documents to all replicas; each takes the next one when it has room. For many threads."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._replicas = [
            Replica(Client(url, concurrency=service.concurrency, timeout=service.timeout, tls=service.tls))
            for url in service.urls
        ]

    def send(
        self, documents: Iterator[tuple[str, Content]], last_try: bool = False
    ) -> Iterator[tuple[str, Document]]:
        """Results in the order in which they come; documents that the server may have failed are left out.

        Args:
            documents: names and contents; taken one at a time, as there is room.
            last_try: give these out too, with their errors, if the server answers a blank page at the moment.

        Raises:
            NoServerError: no server came back within the patience.
        """
        feed = _Feed(documents)
        arguments = [(replica, feed, last_try) for replica in self._replicas]
        threads = [threading.Thread(target=self._serve, args=each, daemon=True) for each in arguments]
        for thread in threads:
            thread.start()
        try:
            yield from feed.results(len(threads))
        finally:
            feed.stopped = True
        away = [replica.away for replica in self._replicas if replica.away is not None]
        if len(away) == len(self._replicas) and not feed.exhausted:
            raise NoServerError(
                f"The server is away, after {self._service.patience:g} s of waiting. {away[0]} "
                "What is done is kept: run the same command again to go on."
            )

    def _serve(self, replica: Replica, feed: _Feed, last_try: bool) -> None:
        """Send to one replica until there are no more documents, or it is away for too long."""
        try:
            while not feed.over and self._wait(replica, feed):
                self._send(replica, feed, last_try)
        except Exception as error:  # of the feed, or of ours: the reader of the results shall see it
            feed.put(error)
        finally:
            feed.put(None)

    def _wait(self, replica: Replica, feed: _Feed) -> bool:
        """Whether the replica can be used, now or within the patience."""
        deadline = time.monotonic() + self._service.patience
        while replica.away is not None and not replica.is_back():
            if feed.over or time.monotonic() >= deadline:
                return False
        return True

    def _send(self, replica: Replica, feed: _Feed, last_try: bool) -> None:
        sent: deque[str] = deque()
        try:
            service = self._service
            answers = replica.client.analyze_many(feed.take(sent), ocr=service.ocr, password=service.password)
            for document in answers:
                source = sent.popleft()
                if self._is_final(replica, document, last_try):
                    feed.put((source, document))
                if replica.away is not None:
                    return
        except NoServerError as error:
            replica.away = error
        except Exception as error:  # reading a document failed in a way that the client does not know
            feed.put((sent[-1], failed(sent[-1], error)) if sent else error)

    @staticmethod
    def _is_final(replica: Replica, document: Document, last_try: bool) -> bool:
        """Whether the result stands; if the server may be to blame, only at the last try and if it works."""
        if all(error.code in OWN_FAULT for error in document.errors):
            return True
        return replica.works() and last_try


class _Feed:
    """Documents that several threads take from, and the results that they give back."""

    def __init__(self, documents: Iterator[tuple[str, Content]]) -> None:
        self._documents = documents
        self._lock = threading.Lock()
        self._results: Queue[tuple[str, Document] | Exception | None] = Queue(_RESULTS_AHEAD)
        self.exhausted = False
        """All documents were taken."""
        self.stopped = False
        """Nobody wants results any more."""

    @property
    def over(self) -> bool:
        """Whether there is nothing left to do."""
        return self.exhausted or self.stopped

    def take(self, sent: deque[str]) -> Iterator[Path | bytes]:
        """Documents to send, whose names are added to `sent`; those that cannot be read become results."""
        while (document := self._next()) is not None:
            source, content = document
            if isinstance(content, InputError):
                self.put((source, failed(source, content)))
            else:
                sent.append(source)
                yield content

    def _next(self) -> tuple[str, Content] | None:
        with self._lock:
            try:
                if not self.over:
                    return next(self._documents)
            except StopIteration:
                self.exhausted = True
            except Exception as error:  # of the reader: raised to the one who reads the results
                self.stopped = True
                self._results.put(error)
        return None

    def put(self, result: tuple[str, Document] | Exception | None) -> None:
        """Give a result, an error, or None for the end of a thread; waits while there is no room."""
        while not self.stopped:
            with suppress(Full):
                self._results.put(result, timeout=_POLL)
                return

    def results(self, threads: int) -> Iterator[tuple[str, Document]]:
        """Results until all threads have ended.

        Raises:
            Exception: what a thread gave instead of a result.
        """
        while threads:
            result = self._results.get()
            if isinstance(result, Exception):
                raise result
            if result is None:
                threads -= 1
            else:
                yield result
