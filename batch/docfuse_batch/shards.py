"""Results on disk: shards that are written once, whole, and say themselves what is done.

A shard is a file per format, `FORMAT/part-NUMBER-rREVISION.FORMAT`. Every file is written under a temporary
name, flushed to the disk and renamed, so what has its name is complete; the first of a shard's files to be
renamed commits the shard. What a killed run left is mended from that alone: a missing format is made from
the one that is there, a lower revision is removed. No other file says what is done.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from docfuse.errors import InputError
from docfuse_batch.rows import from_json_line, split_json_line, to_json_line, to_table

FORMATS = ("parquet", "jsonl")
_NAME = re.compile(r"part-(\d{6,})-r(\d+)\.(parquet|jsonl)")
_KEYS = ("source", "error_code", "class", "pages")


@dataclass(frozen=True)
class Done:
    """What is known of a document without its result."""

    source: str
    error_code: str | None
    label: str | None
    pages: int


def known(table: pa.Table) -> Iterator[Done]:
    """What is known of the documents in a table of results."""
    columns = [table[key].to_pylist() for key in _KEYS]
    return (Done(*values) for values in zip(*columns, strict=True))


class Shards:
    """The shards in a folder; only one process may write there, see `docfuse_batch.lock`."""

    def __init__(self, folder: Path, formats: Sequence[str]) -> None:
        """Formats that the folder has already are kept up, whether named or not."""
        self._folder = folder
        self._formats = [name for name in FORMATS if name in formats or (folder / name).is_dir()]
        self._next = 0

    def recover(self) -> None:
        """Remove what a killed run left and complete what it committed.

        Raises:
            InputError: the folder cannot be written, or a shard is damaged.
        """
        with disk_errors(self._folder):
            for name in self._formats:
                (self._folder / name).mkdir(parents=True, exist_ok=True)
                for left in (self._folder / name).glob(".part-*.tmp"):
                    left.unlink()
            for number, revisions in self._revisions().items():
                newest = max(revisions)
                for revision in sorted(revisions - {newest}):
                    self._remove(number, revision)
                self._complete(number, newest)
                self._next = max(self._next, number + 1)

    def scan(self) -> Iterator[Done]:
        """Every document that is done."""
        for path in self._committed():
            yield from _scan(path)

    def commit(self, table: pa.Table) -> None:
        """Write documents as a new shard.

        Raises:
            InputError: the disk is full, or the folder cannot be written.
        """
        with disk_errors(self._folder):
            self._write(self._next, 0, table)
        self._next += 1

    def drop_errors(self) -> int:
        """Take documents with errors out, so that they are not done any more; returns how many.

        Raises:
            InputError: the folder cannot be written, or a shard is damaged.
        """
        dropped = 0
        with disk_errors(self._folder):
            for path in self._committed():
                if any(done.error_code is not None for done in _scan(path)):
                    number, revision = _parse(path)
                    table = _read(path)
                    good = table.filter(pc.is_null(table["error_code"]))
                    dropped += table.num_rows - good.num_rows
                    if good.num_rows:
                        self._write(number, revision + 1, good)
                    self._remove(number, revision)
        return dropped

    def _committed(self) -> list[Path]:
        return sorted(
            path for path in (self._folder / self._formats[0]).iterdir() if _NAME.fullmatch(path.name)
        )

    def _revisions(self) -> dict[int, set[int]]:
        found: dict[int, set[int]] = {}
        for name in self._formats:
            for path in (self._folder / name).iterdir():
                if _NAME.fullmatch(path.name):
                    number, revision = _parse(path)
                    found.setdefault(number, set()).add(revision)
        return found

    def _path(self, number: int, revision: int, format: str) -> Path:
        return self._folder / format / f"part-{number:06d}-r{revision}.{format}"

    def _complete(self, number: int, revision: int) -> None:
        paths = [self._path(number, revision, name) for name in self._formats]
        present = [path for path in paths if path.exists()]
        if len(present) < len(paths):
            self._write(number, revision, _read(present[0]))

    def _write(self, number: int, revision: int, table: pa.Table) -> None:
        for name in self._formats:
            path = self._path(number, revision, name)
            if not path.exists():
                _write_whole(path, table)

    def _remove(self, number: int, revision: int) -> None:
        for name in self._formats:
            self._path(number, revision, name).unlink(missing_ok=True)


def _parse(path: Path) -> tuple[int, int]:
    match = _NAME.fullmatch(path.name)
    assert match is not None
    return int(match[1]), int(match[2])


def _write_whole(path: Path, table: pa.Table) -> None:
    """Write a file so that it is there complete or not at all, whatever ends the process or the machine."""
    temporary = path.with_name(f".{path.name}.tmp")
    _WRITERS[path.suffix](temporary, table)
    _flush(temporary)
    temporary.replace(path)
    _flush(path.parent)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_parquet(path: Path, table: pa.Table) -> None:
    pq.write_table(table, path, compression="zstd", row_group_size=1000)


def _write_jsonl(path: Path, table: pa.Table) -> None:
    with path.open("w", encoding="utf-8") as stream:
        for batch in table.to_batches(max_chunksize=64):
            stream.writelines(map(to_json_line, batch.to_pylist()))


_WRITERS: dict[str, Callable[[Path, pa.Table], None]] = {".parquet": _write_parquet, ".jsonl": _write_jsonl}


def _read(path: Path) -> pa.Table:
    with _damage(path):
        if path.suffix == ".parquet":
            return pq.ParquetFile(path).read()
        with path.open(encoding="utf-8", newline="\n") as stream:
            return to_table(map(from_json_line, stream))


def _scan(path: Path) -> Iterator[Done]:
    with _damage(path):
        if path.suffix == ".parquet":
            yield from known(pq.ParquetFile(path).read(columns=list(_KEYS)))
        else:
            with path.open(encoding="utf-8", newline="\n") as stream:
                for line in stream:
                    row, _ = split_json_line(line)
                    yield Done(*(row[key] for key in _KEYS))


@contextmanager
def _damage(path: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise InputError(
            f"{path} is damaged ({reason}); delete it and run again, and its documents are done again."
        ) from None


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Say in one sentence why a folder cannot be written.

    Raises:
        InputError: what the system said.
    """
    try:
        yield
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror or error}.") from None
