"""What a failed request means, and whether and when to send it again. Pure: time and chance are passed in."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from tritonclient.utils import InferenceServerException

from docfuse.errors import NoServerError, PageRefusedError, ServerError, ServerTimeoutError
from docfuse.options import Retries

READY_POLL = 0.2
"""Seconds between two looks at a server that is not ready yet."""


class Failure(Enum):
    """Kinds of failures by what can be done about them."""

    BUSY = "busy"
    """Full, starting, or restarting a step: send it again after a while."""
    UNREACHABLE = "unreachable"
    """Nothing listens there, or not a gRPC server."""
    BAD_PAGE = "bad page"
    """The page itself: sending it again cannot help, other pages are not concerned."""
    NOT_DOCFUSE = "not docfuse"
    """A Triton server without our ensembles."""
    DEADLINE = "deadline"
    FATAL = "fatal"


_ENSEMBLE = re.compile(r"^in ensemble '\w+', ")
"""What Triton puts before the message of an ensemble's step."""
_LOST_STEP = ("stub process", "is not healthy")
_NO_CONNECTION = (
    "failed to connect",
    "connection refused",
    "dns resolution failed",
    "name resolution",
    "no route to host",
    "http1.x",
    "http/1",
    "ssl",
    "handshake",
    "settings frame",
)
_TOO_LARGE = ("message larger than max", "larger than max", "message length")


def code_of(error: InferenceServerException) -> str:
    """The gRPC status name, such as UNAVAILABLE."""
    return (error.status() or "UNKNOWN").removeprefix("StatusCode.")


def classify(code: str, message: str) -> Failure:
    """Tell what kind of failure a gRPC status and its message are."""
    text = message.lower()
    if code == "DEADLINE_EXCEEDED":
        return Failure.DEADLINE
    if code in ("INVALID_ARGUMENT", "OUT_OF_RANGE"):
        return Failure.BAD_PAGE
    if code == "NOT_FOUND" or (code == "UNAVAILABLE" and "unknown model" in text and "not found" in text):
        return Failure.NOT_DOCFUSE
    if code == "UNAVAILABLE":
        return Failure.UNREACHABLE if any(part in text for part in _NO_CONNECTION) else Failure.BUSY
    if code == "RESOURCE_EXHAUSTED":
        return Failure.BAD_PAGE if any(part in text for part in _TOO_LARGE) else Failure.BUSY
    if code == "INTERNAL":
        return Failure.BUSY if any(part in text for part in _LOST_STEP) else Failure.BAD_PAGE
    return Failure.FATAL


@dataclass
class Address:
    """A server's address, what is known of it, and how to be patient with it."""

    url: str
    timeout: float
    retries: Retries
    known: bool = False
    """Whether it has ever answered: if so, a lost connection is a restart, else a wrong address."""

    def attempts(self) -> Attempts:
        """The tries of a new request."""
        return Attempts(self)


@dataclass
class Attempts:
    """The tries of one request.

    `next_wait` is asked after each failure: it says how long to wait before the next try, or raises the
    error that the caller shall see.
    """

    address: Address
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    count: int = field(default=1, init=False)
    deadline: float = field(init=False)

    def __post_init__(self) -> None:
        self.deadline = self.clock() + self.address.timeout

    def remaining(self) -> float:
        """Seconds left for the next try."""
        return max(self.deadline - self.clock(), 0.001)

    def next_wait(self, error: InferenceServerException) -> float:
        """Seconds to wait before the next try.

        Raises:
            ServerError: there is no next try; the message says why.
        """
        code, message = code_of(error), _ENSEMBLE.sub("", str(error.message() or ""))
        failure = classify(code, message)
        retries = self.address.retries
        self.address.known |= failure not in (Failure.UNREACHABLE, Failure.DEADLINE)
        lost = failure is Failure.UNREACHABLE and not self.address.known
        limit = retries.connect_attempts if lost else retries.attempts
        if failure not in (Failure.BUSY, Failure.UNREACHABLE) or self.count >= limit:
            raise self.final_error(failure, code, message)
        longest = min(retries.first_wait * 2 ** (self.count - 1), retries.longest_wait)
        wait = longest * (0.5 + 0.5 * self.chance())
        if self.clock() + wait >= self.deadline:
            raise self.final_error(failure, code, message)
        self.count += 1
        return wait

    def final_error(self, failure: Failure, code: str, message: str) -> ServerError:
        """The error for a request that is given up."""
        if failure is Failure.UNREACHABLE:
            return NoServerError(f"No docfuse server at {self.address.url}: {_reason(message)}", code)
        if failure is Failure.NOT_DOCFUSE:
            reason = f"what answers there does not serve this model ({message})."
            return NoServerError(f"No docfuse server at {self.address.url}: {reason}", code)
        if failure is Failure.DEADLINE:
            return ServerTimeoutError(
                f"No answer from {self.address.url} within {self.address.timeout:g} s; "
                "raise the time-out or lower the concurrency."
            )
        if failure is Failure.BUSY:
            tries = "1 try" if self.count == 1 else f"{self.count} tries"
            return ServerError(
                f"The server at {self.address.url} is still not able to answer after {tries}: {message}", code
            )
        if code == "RESOURCE_EXHAUSTED":
            advice = "send it as JPEG or at a lower resolution"
            message = f"The page is larger than a message may be; {advice} ({message})."
        return PageRefusedError(message, code) if failure is Failure.BAD_PAGE else ServerError(message, code)


def not_ready(url: str, timeout: float) -> NoServerError:
    """The error of a server that has not become ready in time."""
    return NoServerError(f"No docfuse server at {url} became ready within {timeout:g} s.", "UNAVAILABLE")


def _reason(message: str) -> str:
    text = message.lower()
    if "refused" in text:
        return "nothing listens on that port; start one with `docfuse serve`, or check the address."
    if "dns" in text or "name resolution" in text:
        return "the host name is not known; check the address."
    if "http1" in text or "http/1" in text:
        return "what listens there speaks HTTP; give the gRPC port."
    if "ssl" in text or "handshake" in text:
        return "the encrypted connection failed; check the certificates, and whether the server uses TLS."
    return f"the connection failed ({message}); check the address."
