"""Reads tritonserver's log: why it did not start, and what went wrong after it was ready."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

_FAILED = re.compile(r"failed to load '([^']+)' version \d+: (.*)")
_ENTRY = re.compile(r"^([IWEF]\d{4} |error: )")
_FOLLOW_POLL = 0.2
_HARMLESS = ("CudaDriverHelper", "unable to create stream", "DCGM", "NVML", "GPU metrics")
"""What every start on a machine without a GPU logs."""


def read(path: Path, begin: int = 0) -> str:
    """The log from byte `begin` on, whatever its bytes."""
    return path.read_bytes()[begin:].decode("utf-8", "replace") if path.exists() else ""


def follow(path: Path, begin: int, write: Callable[[str], object]) -> None:
    """Hand on what is appended to the log from byte `begin` on, in a thread that ends with the process."""

    def run() -> None:
        """Read on, and wait where nothing is new."""
        with path.open("r", encoding="utf-8", errors="replace") as file:
            file.seek(begin)
            while True:
                if text := file.read():
                    write(text)
                else:
                    time.sleep(_FOLLOW_POLL)

    threading.Thread(target=run, name="docfuse-log", daemon=True).start()


def load_failure(text: str) -> str:
    """Why the server did not start: each model that failed with the last line of its reason."""
    reasons: dict[str, str] = {}
    entries = _entries(text)
    for entry in entries:
        match = _FAILED.search(entry)
        if match:
            lines = [line.strip() for line in entry[match.start(2) :].splitlines() if line.strip()]
            reasons[match.group(1)] = _reason(lines)
    if reasons:
        return "; ".join(f"model {name}: {reason}" for name, reason in reasons.items())
    found = [entry.split("] ", 1)[-1].strip() for entry in entries if entry[0] in "EFe"]
    real = [error for error in found if not _harmless(error)]
    return real[-1] if real else text.strip()[-300:] or "its log is empty"


def errors(text: str) -> list[str]:
    """Log entries of level error or fatal, without those that every start without a GPU writes."""
    return [entry for entry in _entries(text) if entry[0] in "EFe" and not _harmless(entry)]


def _entries(text: str) -> list[str]:
    entries: list[str] = []
    for line in text.splitlines():
        if _ENTRY.match(line) or not entries:
            entries.append(line or " ")
        else:
            entries[-1] += "\n" + line
    return entries


def _harmless(entry: str) -> bool:
    return any(word in entry for word in _HARMLESS)


def _reason(lines: list[str]) -> str:
    """The first line, and the exception itself where a Python traceback follows."""
    if not lines:
        return "no reason given"
    exceptions = [line for line in lines if re.match(r"^[\w.]+(Error|Exception)\b", line)]
    return exceptions[-1] if exceptions else lines[0]
