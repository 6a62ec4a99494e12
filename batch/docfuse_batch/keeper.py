"""Rows between the workers and the disk."""

from __future__ import annotations

import time

import pyarrow as pa

from docfuse_batch.shards import Shards

_SHARD_BYTES = 128 * 2**20


class Keeper:
    """Gathers rows, and writes a shard as soon as there are enough, or the oldest is old enough."""

    def __init__(self, shards: Shards, documents: int, seconds: float) -> None:
        self._shards, self._documents, self._seconds = shards, documents, seconds
        self._tables: list[pa.Table] = []
        self._bytes = 0
        self._first = 0.0

    def add(self, table: pa.Table) -> None:
        """Keep rows.

        Raises:
            InputError: a shard cannot be written.
        """
        if not self._tables:
            self._first, self._bytes = time.monotonic(), 0
        self._tables.append(table)
        self._bytes += table.nbytes
        old = time.monotonic() - self._first >= self._seconds
        if old or self._bytes >= _SHARD_BYTES or len(self._tables) >= self._documents:
            self.flush()

    def flush(self) -> None:
        """Write what there is; the tables stay if that fails.

        Raises:
            InputError: the shard cannot be written.
        """
        if self._tables:
            self._shards.commit(pa.concat_tables(self._tables))
            self._tables = []
