"""A server for the command line: the one at a URL, or an embedded one for as long as it is needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from rich.console import Console

from docfuse.errors import DocfuseError, NoServerError

GROUP, NAME = "docfuse.server", "embedded"
"""Entry point of a context manager that runs a server and yields its address."""


@contextmanager
def server_url(url: str | None, console: Console, weights: Path | None = None) -> Iterator[str]:
    """Yield the address of a server; without `url` one is started, and stopped at the end.

    Args:
        url: address of a running server.
        console: where a spinner is shown while the embedded server starts.
        weights: weights for the embedded server, default the ones that come with docfuse.

    Raises:
        NoServerError: the embedded server is not installed or cannot be started.
    """
    if url is not None:
        yield url
        return
    manager = _embedded()(weights)
    with console.status("Starting the embedded server …"):
        try:
            address = manager.__enter__()
        except DocfuseError:
            raise
        except Exception as error:  # of another package, and meant for the reader
            raise NoServerError(f"The embedded server cannot be started: {error}") from error
    try:
        yield address
    finally:
        manager.__exit__(None, None, None)


def _embedded() -> Any:
    for entry in entry_points(group=GROUP, name=NAME):
        try:
            return entry.load()
        except ImportError as error:
            raise NoServerError(
                f"The embedded server needs {error.name}; run `pip install docfuse[serve]`, or give --url."
            ) from error
    raise NoServerError("There is no embedded server; run `pip install docfuse[serve]`, or give --url.")
