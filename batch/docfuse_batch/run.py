"""A batch from beginning to end: what is left to do, doing it, and keeping it."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import pyarrow as pa
from rich.console import Console

from docfuse.client import Client
from docfuse.errors import DocfuseError, InputError, NoServerError, ServerError
from docfuse.serving import server_url
from docfuse_batch.cluster import Pool, analyze, available_workers, ray_session
from docfuse_batch.groups import Group, make_groups
from docfuse_batch.keeper import Keeper
from docfuse_batch.listing import Entry, Found, Unreadable, find
from docfuse_batch.lock import locked
from docfuse_batch.report import Progress, Tally, shown
from docfuse_batch.rows import failed, to_row, to_table
from docfuse_batch.sending import Service
from docfuse_batch.shards import Shards, known
from docfuse_batch.worker import STOPPED

_WINDOW = 512
"""Groups that Ray is given at once."""
_READY = 60.0
"""Seconds that a server may take to be ready at the beginning: it may just be starting."""
_PAGES_IN_FLIGHT = 4
"""At each server, if the caller does not say."""
_TAR_OPENINGS = 32
"""Groups that a tar is cut into where its documents are done again."""
WORKER_DIED = "WORKER_DIED"
"""Code of a document that ended every process that read it."""


@dataclass(frozen=True)
class Batch:
    """What to do; the options of the command."""

    sources: Sequence[str]
    out: Path
    service: Service
    formats: Sequence[str] = ("parquet", "jsonl")
    concurrency: int | None = None
    workers: int | None = None
    limit: int | None = None
    retry_errors: bool = False
    ray_address: str | None = None
    weights: Path | None = None
    shard_documents: int = 1000
    shard_seconds: float = 60.0


def run_batch(batch: Batch, console: Console) -> tuple[Tally, Progress]:
    """Analyse every document that has no row yet; returns all that is done, and this run's part.

    Raises:
        InputError: a source, the folder or Ray cannot be used.
        NoServerError: no server is there, or it went away for too long.
    """
    if batch.ray_address and not batch.service.urls:
        raise InputError("On a cluster the workers need a server that they can reach: give --url.")
    with locked(batch.out) as scratch:
        shards = Shards(batch.out, batch.formats)
        shards.recover()
        if batch.retry_errors:
            shards.drop_errors()
        everything, done = Tally(), set()
        for document in shards.scan():
            everything.add(document)
            done.add(document.source)
        with console.status("Looking for documents …"):
            new = (found for found in find(batch.sources) if found.source not in done)
            left = list(islice(new, batch.limit))
        if done:
            console.print(f"{len(done):,} documents are done already, {len(left):,} are left.")
        progress = Progress(len(left))
        if left:
            keeper = Keeper(shards, batch.shard_documents, batch.shard_seconds)
            Run(batch, keeper, progress, everything).all(left, console, scratch)
    return everything, progress


class Run:
    """One run over documents that are not done."""

    def __init__(self, batch: Batch, keeper: Keeper, progress: Progress, everything: Tally) -> None:
        self._batch, self._keeper = batch, keeper
        self._progress, self._everything = progress, everything
        self._waiting: dict[str, Entry] = {}

    def all(self, found: Sequence[Found], console: Console, scratch: Path) -> None:
        """Do the documents, each exactly once, whatever Ray hands back twice or loses.

        Raises:
            NoServerError: no server is there, or it went away for too long; what was done is kept.
            InputError: the folder cannot be written, or Ray failed; what was done is kept.
        """
        try:
            for each in found:
                if isinstance(each, Unreadable):
                    self._fail(each.source, InputError(each.reason))
                else:
                    self._waiting[each.source] = each
            if self._waiting:
                self._send(console, scratch)
        finally:
            self._keeper.flush()

    def _send(self, console: Console, scratch: Path) -> None:
        batch = self._batch
        with ExitStack() as stack:
            service = stack.enter_context(servers(batch, console))
            in_flight = batch.concurrency or _PAGES_IN_FLIGHT * len(service.urls)
            cores = (os.cpu_count() or 1) if batch.service.urls else 1  # our own server takes all others
            with console.status("Starting Ray …"):
                room = batch.workers or min(cores, in_flight)
                stack.enter_context(ray_session(batch.ray_address, room, scratch))
            workers = batch.workers or min(available_workers(), in_flight)
            share = math.ceil(in_flight / (workers * len(service.urls)))
            stack.enter_context(shown(self._progress, console))
            self._progress.restart()
            stack.callback(self._keeper.flush)  # before Ray and the server take their time to end
            self._rounds(replace(service, concurrency=share), workers)

    def _rounds(self, service: Service, workers: int) -> None:
        """All documents; then those whose worker died, alone; then one at a time, to find what kills it."""
        self._round(make_groups(self._left()), service, Pool(workers))
        for again in (workers, 1):
            if self._waiting:
                self._round(make_groups(self._left(), 1, _TAR_OPENINGS), service, Pool(again, calls=1))
        if len(self._waiting) == self._progress.total > 1:
            raise InputError("No worker process of Ray could do anything; is docfuse[batch] installed there?")
        for entry in self._left():
            self._fail(entry.source, ServerError("The process that read it died, each time.", WORKER_DIED))

    def _left(self) -> list[Entry]:
        return list(self._waiting.values())

    def _round(self, groups: Iterator[Group], service: Service, pool: Pool) -> None:
        while window := list(islice(groups, _WINDOW)):
            with closing(analyze(window, service, pool)) as tables:
                for table in tables:
                    self._take(table)

    def _take(self, table: pa.Table) -> None:
        """Keep the rows that are waited for; a group that Ray did twice gives some a second time."""
        for index, source in enumerate(table["source"].to_pylist()):
            row = table.slice(index, 1)
            if source == STOPPED:
                raise NoServerError(row["error"][0].as_py())
            if self._waiting.pop(source, None) is not None:
                self._keep(row)

    def _fail(self, source: str, error: DocfuseError) -> None:
        self._waiting.pop(source, None)
        self._keep(to_table([to_row(source, failed(source, error))]))

    def _keep(self, row: pa.Table) -> None:
        self._keeper.add(row)
        for done in known(row):
            self._everything.add(done)
            self._progress.tally.add(done)


@contextmanager
def servers(batch: Batch, console: Console) -> Iterator[Service]:
    """The servers to send to; one is started if the batch names none.

    Raises:
        NoServerError: none of them is ready.
    """
    service = batch.service
    if not service.urls:
        with server_url(None, console, batch.weights) as url:
            yield replace(service, urls=(url,))
        return
    problems = []
    for url in service.urls:
        try:
            with console.status(f"Waiting for the server at {url} …"), Client(url, tls=service.tls) as client:
                client.wait_ready(min(_READY, service.patience))
        except NoServerError as error:
            problems.append(error)
    if len(problems) == len(service.urls):
        raise problems[0]
    for problem in problems:
        console.print(f"{problem} The others go on.", markup=False, soft_wrap=True)
    yield service
