"""Prints documents in one of the output formats as they come."""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType
from typing import IO

from rich.console import Console

from docfuse.errors import InputError
from docfuse.formats import to_csv, to_json, to_jsonl
from docfuse.result import Document
from docfuse.terminal import print_document

_NARROW = 100
"""Columns assumed where the output is no terminal."""


class Printer:
    """Writes to standard output or to a file; JSON is written at the end, as it is one value."""

    def __init__(self, format: str, out: Path | None) -> None:
        self._format, self._out = format, out
        self._stream: IO[str] = sys.stdout
        self._documents: list[Document] = []
        self._count = 0

    def __enter__(self) -> Printer:
        if self._out is not None:
            try:
                self._stream = self._out.open("w", encoding="utf-8", newline="")
            except OSError as error:
                raise InputError(f"{self._out} cannot be written: {error.strerror}.") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._format == "json" and error is None:
            self._stream.write(to_json(self._documents))
        self._stream.flush()
        if self._out is not None:
            self._stream.close()

    def add(self, document: Document) -> None:
        """Print a document, or keep it until all are there."""
        if self._format == "json":
            self._documents.append(document)
        elif self._format == "jsonl":
            self._stream.write(to_jsonl([document]))
        elif self._format == "csv":
            self._stream.write(to_csv([document], header=self._count == 0))
        else:
            width = None if self._stream.isatty() else _NARROW
            print_document(document, Console(file=self._stream, width=width, highlight=False))
        self._stream.flush()
        self._count += 1
