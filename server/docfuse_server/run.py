"""Runs a supervisor in this process until a signal, or the end of whoever asked for it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from docfuse_server.errors import InterruptedStartError
from docfuse_server.supervisor import Event, Settings, Supervisor


def supervise(
    prepare: Callable[[], Settings],
    on_event: Callable[[Event], None],
    alive: Callable[[], bool] = lambda: True,
    once: bool = False,
) -> None:
    """Prepare, start and look after a server until SIGTERM, SIGINT, or `alive` turns false.

    With `once` it is stopped as soon as it has answered its first page.

    Raises:
        ServerError: it cannot be prepared or started.
    """
    supervisor: Supervisor | None = None

    def end(*_: object) -> None:
        if supervisor is None:
            raise SystemExit(0)
        supervisor.request_stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    supervisor = Supervisor(prepare(), on_event, alive)
    try:
        supervisor.start()
        if not once:
            supervisor.watch()
    except InterruptedStartError:
        return
    finally:
        supervisor.stop()


def parent_lives() -> Callable[[], bool]:
    """A check that the process which started this one still lives."""
    parent = os.getppid()
    return lambda: os.getppid() == parent
