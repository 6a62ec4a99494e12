"""Tells a busy server from a hung one, in a thread of its own."""

from __future__ import annotations

import threading
import time

from docfuse_pipeline.admission import Admission
from docfuse_server.probe import Counters, Probe, ProbeError

_CYCLE = 2.0
_CANARY_EVERY = 10.0
_CANARY_LIMIT = 5.0
_FAILURES = 3
_SILENCE = 4
"""A server whose models still run, but that has answered nothing for so many hang limits, hangs as well: the
canary's own first steps advance the counters of one whose later steps stand still."""
_BUSY = {429, 503}
_LOST_AFTER = 8.0
"""Seconds in which no model has run, after which the pages that hold a slot are lost: their client is gone,
and tritonserver has dropped them between two steps."""


class Health:
    """Watches the counters of a server; sends the canary page when no page has been answered of late."""

    def __init__(self, probe: Probe, hang_limit: float, admission: Admission) -> None:
        self._probe = probe
        self._admission = admission
        self._hang_limit = hang_limit
        self._closing = threading.Event()
        self._counters = Counters(0, 0)
        self._progress = self._answered = time.monotonic()
        self._failures = 0
        self._failure = ""
        self._thread = threading.Thread(target=self._run, name="docfuse-health", daemon=True)
        self._thread.start()

    def trouble(self) -> str | None:
        """Why the server has to be restarted, or None."""
        if self._failures >= _FAILURES:
            return f"the canary page fails: {self._failure}"
        still = time.monotonic() - self._progress
        if still > self._hang_limit:
            return f"it hangs: no model has run for {still:.0f} s and the canary page is not answered"
        silent = time.monotonic() - self._answered
        if silent > _SILENCE * self._hang_limit:
            return f"it hangs: neither a page nor the canary page was answered for {silent:.0f} s"
        return None

    def answering(self) -> bool:
        """Whether the last page or canary that the server was to answer was answered."""
        return not self._failures

    def close(self) -> None:
        """Stop watching."""
        self._closing.set()

    def _run(self) -> None:
        while not self._closing.wait(_CYCLE):
            self._count()
            if time.monotonic() - self._progress > _LOST_AFTER:
                self._admission.release_older(_LOST_AFTER)
            if time.monotonic() - self._answered > (_CANARY_EVERY if not self._failures else 0):
                self._send_canary()

    def _count(self) -> None:
        try:
            counters = self._probe.counters()
        except ProbeError:
            return
        now = time.monotonic()
        if counters.executions != self._counters.executions:
            self._progress = now
        if counters.answers != self._counters.answers:
            self._answered = now
            self._failures = 0
        self._counters = counters

    def _send_canary(self) -> None:
        try:
            self._probe.canary(_CANARY_LIMIT)
        except ProbeError as error:
            if error.status and error.status not in _BUSY:
                self._failures += 1
                self._failure = str(error)
        else:
            self._progress = self._answered = time.monotonic()
            self._failures = 0
