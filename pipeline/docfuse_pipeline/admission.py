"""Bounds the pages in flight, so that memory is bounded.

The first step of a page takes a slot, the last one gives it back; the steps are processes of their own, so
the slots lie in a small file that they share: one float64 per slot, the time at which it was taken, 0 if
it is free; and one more, how long pages take at most of late.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from docfuse_pipeline.errors import OverloadedError

VARIABLE = "DOCFUSE_ADMISSION"
"""Environment variable `PATH:SLOTS`; without it admission is off."""
LEASE_SECONDS = 60.0
"""A slot that was taken longer ago than this belongs to a page that was lost: a step failed, or the client
went away and Triton dropped the page from a queue."""
SHORTEST_LEASE, PATIENCE = 8.0, 4.0
"""So does one that was taken PATIENCE times longer ago than pages take, and at least SHORTEST_LEASE ago."""
FADING = 0.9
"""How much of the time of the longest page counts when the next one is done."""
POLL_SECONDS = 0.005
WAIT_SECONDS = 10.0
"""A page waits this long for a slot before it is refused: less than a client's usual deadline."""
OFF = -1


class Admission:
    """A fixed number of slots in a file that several processes share.

    Args:
        path: the file; it is created, or filled up with free slots, if need be.
        slots: number of slots.
    """

    def __init__(self, path: Path, slots: int):
        if slots < 1:
            raise ValueError(f"Admission needs at least one slot, not {slots}.")
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        size = (slots + 1) * 8
        with self._locked():
            new = os.fstat(self._file).st_size < size
            if new:
                os.ftruncate(self._file, size)
            shared = np.frombuffer(mmap.mmap(self._file, size), np.float64)
            self._taken, self._longest = shared[:slots], shared[slots:]
            if new:
                self._longest[:] = LEASE_SECONDS / PATIENCE

    @classmethod
    def from_environment(cls) -> Admission | None:
        """The admission that the server has set up, or None if pages are not bounded.

        Raises:
            ValueError: the variable is not `PATH:SLOTS`.
        """
        value = os.environ.get(VARIABLE, "")
        if not value:
            return None
        path, _, slots = value.rpartition(":")
        if not path or not slots.isdigit():
            raise ValueError(f"{VARIABLE} must be PATH:SLOTS, not {value!r}.")
        return cls(Path(path), int(slots))

    def acquire(self, timeout_s: float = WAIT_SECONDS) -> int:
        """Wait for a free slot and take it.

        Raises:
            OverloadedError: no slot became free within `timeout_s` seconds.
        """
        deadline = time.monotonic() + timeout_s
        while (slot := self._take()) is None:
            if time.monotonic() >= deadline:
                raise OverloadedError(
                    f"The server is full: all {len(self._taken)} page slots are taken. Try again later."
                )
            time.sleep(POLL_SECONDS)
        return slot

    def release(self, slot: int) -> None:
        """Give a slot back; OFF is accepted and does nothing."""
        if slot != OFF:
            with self._locked():
                took = min(time.time() - self._taken[slot], LEASE_SECONDS)  # a slot may have been taken away
                self._longest[:] = max(took, FADING * self._longest[0])
                self._taken[slot] = 0.0

    def release_older(self, seconds: float) -> None:
        """Give back the slots that were taken longer ago: for whoever knows that no page is worked on."""
        with self._locked():
            self._taken[time.time() - self._taken > seconds] = 0.0

    def _take(self) -> int | None:
        now = time.time()
        with self._locked():
            lease = np.clip(PATIENCE * self._longest[0], SHORTEST_LEASE, LEASE_SECONDS)
            free = np.flatnonzero(np.abs(now - self._taken) > lease)
            if not len(free):
                return None
            self._taken[free[0]] = now
            return int(free[0])

    @contextmanager
    def _locked(self) -> Iterator[None]:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)
