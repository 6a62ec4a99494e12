"""Shows what a long script is doing, and checks what it finds."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from collections.abc import Callable, Iterator

import typer


@contextlib.contextmanager
def step(text: str) -> Iterator[Callable[[str], None]]:
    """Show what is being done, how long it took, and what it found."""
    typer.echo(f"{text} … ", nl=False)
    begin, notes = time.monotonic(), list[str]()
    yield notes.append
    typer.echo("; ".join([f"{time.monotonic() - begin:.1f} s", *notes]))


def end_on_signals() -> None:
    """Clear up when asked to end, also in the background of a shell."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit("Stopped."))


class UnexpectedError(RuntimeError):
    """Something is not as it should be."""


def expect(condition: object, message: str) -> None:
    """Check a condition.

    Raises:
        UnexpectedError: it does not hold.
    """
    if not condition:
        raise UnexpectedError(message)


def wait_for(condition: Callable[[], bool], limit: float, message: str) -> None:
    """Wait for a condition.

    Raises:
        UnexpectedError: it does not hold within `limit` seconds.
    """
    deadline = time.monotonic() + limit
    while not condition():
        expect(time.monotonic() < deadline, f"{message}: not within {limit:.0f} s")
        time.sleep(0.2)
