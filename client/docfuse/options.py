"""Options of the clients."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from docfuse.errors import InputError

Ocr = Literal["auto", "always", "never"]
"""Whether images are read: `auto` where a page has no text layer that can be trusted, `always`, `never`."""
MIB = 2**20
DEFAULT_URL = "localhost:8001"
MAX_MESSAGE_BYTES = 512 * MIB
"""Largest message: the raw tensors of a dense page take some 20 MiB, gRPC's own default is 4."""


@dataclass(frozen=True)
class Limits:
    """What a source may be at most, and how PDF pages are rendered."""

    max_bytes: int = 256 * MIB
    """Largest file, bytes; the server has its own limit for a page."""
    max_pages: int = 500
    """Most pages of one document."""
    max_pixels: int = 40_000_000
    """A PDF page that would come out larger is rendered at a lower resolution."""
    dpi: int = 200
    """Resolution at which PDF pages are rendered."""


@dataclass(frozen=True)
class Retries:
    """How a failed request is repeated: exponential back-off with jitter, within the client's time-out.

    The waits are drawn evenly from half to all of `first_wait` × 2^n, at most `longest_wait` (seconds), so
    that many clients do not come back at the same moment.
    """

    attempts: int = 40
    """Most times a request is sent while the server is full or a step of it restarts."""
    connect_attempts: int = 3
    """Most times a request is sent to an address that never answered."""
    first_wait: float = 0.2
    longest_wait: float = 5.0


@dataclass(frozen=True)
class Tls:
    """An encrypted connection: PEM files of trusted roots (None: gRPC's own) and of a client certificate."""

    root_certificates: Path | str | None = None
    private_key: Path | str | None = None
    certificate_chain: Path | str | None = None


def check_ocr(mode: str) -> Ocr:
    """The mode, if there is such a one.

    Raises:
        InputError: there is none.
    """
    for known in get_args(Ocr):
        if mode == known:
            return known
    raise InputError(f"The ocr mode is {mode!r}; it must be one of {', '.join(get_args(Ocr))}.")
