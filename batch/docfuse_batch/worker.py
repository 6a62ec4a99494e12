"""What a worker process does with a group: read, send, and hand back rows. Ray Data calls it."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from docfuse.errors import DocfuseError, NoServerError
from docfuse_batch.groups import Group, read
from docfuse_batch.rows import failed, to_row, to_table

if TYPE_CHECKING:
    from docfuse_batch.sending import Service

COLUMN = "group"
"""Column of Ray's input: a pickled group (a file's name need not be text that Arrow can hold)."""
STOPPED = ""
"""Source of the row by which a worker says that it cannot go on; no document has it."""
REAL_HOME = "DOCFUSE_HOME"
"""Variable with the user's home, where Ray was started with another; stores find their settings there."""
_TRIES = 2
"""Passes over what is left of a group without a single result; after these the server counts as away."""


class Analyze:
    """Rows of the documents in a group. One call's rows come as they are ready, in any order.

    It may be called by several threads at once, which share the pages in flight.
    """

    def __init__(self, service: Service) -> None:
        from docfuse_batch.sending import Sender

        if os.environ.get(REAL_HOME):
            os.environ["HOME"] = os.environ[REAL_HOME]
        self._sender = Sender(service)

    def __call__(self, batch: dict[str, Any]) -> Iterator[pa.Table]:
        """Tables of `docfuse_batch.rows.SCHEMA`, a row each.

        Args:
            batch: `group`, pickled groups.
        """
        for pickled in batch[COLUMN]:
            try:
                for row in self._rows(pickle.loads(pickled)):
                    yield to_table([row])
            except DocfuseError as error:
                yield to_table([to_row(STOPPED, failed(STOPPED, error))])

    def _rows(self, group: Group) -> Iterator[dict[str, Any]]:
        wanted, fruitless = dict.fromkeys(group.paths), 0
        while wanted:
            if fruitless == _TRIES:
                raise NoServerError("The server is ready, but fails whenever it gets pages; see its log.")
            before = len(wanted)
            documents = read(group, frozenset(wanted))
            for source, document in self._sender.send(documents, last_try=fruitless == _TRIES - 1):
                del wanted[source]
                yield to_row(source, document)
            fruitless = 0 if len(wanted) < before else fruitless + 1
