"""One batch at a time in a folder, and what it leaves outside of it cleared up by the next one."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from docfuse.errors import InputError
from docfuse_batch.shards import disk_errors

_SCRATCH = "docfuse-ray-"
"""Prefix of the scratch folders; Ray's sockets need a short path, so they cannot be in the batch's folder."""


@contextmanager
def locked(folder: Path) -> Iterator[Path]:
    """Hold a folder for this process, and yield an empty scratch folder that is removed at the end.

    The lock ends with the process, killed or not. The scratch folder of a killed one is removed by the next.

    Raises:
        InputError: another batch holds the folder, or it cannot be written.
    """
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    with os.fdopen(descriptor, "r+", encoding="utf-8") as stream:
        holder = _read(stream.read())
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            who = f" (process {holder['process']} on {holder['host']})" if holder else ""
            raise InputError(
                f"Another batch{who} is writing to {folder}; wait for it, or choose another folder."
            ) from None
        if holder.get("host") == socket.gethostname():
            _remove_scratch(Path(holder["scratch"]))
        scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH))
        stream.seek(0)
        stream.truncate()
        holder = {"process": str(os.getpid()), "host": socket.gethostname(), "scratch": str(scratch)}
        stream.write(json.dumps(holder))
        stream.flush()
        try:
            yield scratch
        finally:
            _remove_scratch(scratch)


def _read(text: str) -> dict[str, str]:
    """The last holder; nothing if it was killed while it wrote."""
    try:
        holder = json.loads(text)
        return {key: str(holder[key]) for key in ("process", "host", "scratch")}
    except (ValueError, KeyError, TypeError):
        return {}


def _remove_scratch(folder: Path) -> None:
    """Remove a folder that `locked` made, and nothing else, whatever the lock file says."""
    if folder.name.startswith(_SCRATCH) and folder.parent == Path(tempfile.gettempdir()):
        shutil.rmtree(folder, ignore_errors=True)
