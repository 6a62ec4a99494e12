"""What failed requests mean, and when they are sent again."""

import pytest
from tritonclient.utils import InferenceServerException

from docfuse import NoServerError, PageRefusedError, Retries, ServerError, ServerTimeoutError
from docfuse.retry import Address, Attempts, Failure, classify

LOST = (
    "in ensemble 'document', Failed to process the request(s) for model instance 'text_0', "
    "message: Stub process 'text_0' is not healthy."
)


@pytest.mark.parametrize(
    ("code", "message", "failure"),
    [
        ("UNAVAILABLE", "The server is full.", Failure.BUSY),
        ("UNAVAILABLE", "failed to connect to all addresses; Connection refused", Failure.UNREACHABLE),
        ("UNAVAILABLE", "DNS resolution failed for nowhere:1", Failure.UNREACHABLE),
        ("RESOURCE_EXHAUSTED", "Exceeds maximum queue size", Failure.BUSY),
        ("RESOURCE_EXHAUSTED", "Received message larger than max (9 vs. 4)", Failure.BAD_PAGE),
        ("INVALID_ARGUMENT", "This is no readable image.", Failure.BAD_PAGE),
        ("INTERNAL", LOST, Failure.BUSY),
        ("INTERNAL", "structure: KeyError: 'x'", Failure.BAD_PAGE),
        ("DEADLINE_EXCEEDED", "Deadline Exceeded", Failure.DEADLINE),
        ("NOT_FOUND", "Request for unknown model: 'document' is not found", Failure.NOT_DOCFUSE),
        ("UNAVAILABLE", "Request for unknown model: 'document' is not found", Failure.NOT_DOCFUSE),
        ("UNAUTHENTICATED", "no", Failure.FATAL),
    ],
)
def test_failures_are_told_apart(code: str, message: str, failure: Failure) -> None:
    assert classify(code, message) is failure


class Clock:
    """Time that passes only when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def error(code: str, message: str) -> InferenceServerException:
    return InferenceServerException(message, status=f"StatusCode.{code}")


def attempts(clock: Clock, known: bool = True, timeout: float = 60.0, **retries: float) -> Attempts:
    address = Address("host:1", timeout, Retries(**retries), known)  # type: ignore[arg-type]
    return Attempts(address, clock=clock, chance=lambda: 1.0)


def test_waits_double_up_to_the_longest() -> None:
    tries = attempts(Clock(), first_wait=0.5, longest_wait=3.0)
    waits = [tries.next_wait(error("UNAVAILABLE", "full")) for _ in range(5)]
    assert waits == [0.5, 1.0, 2.0, 3.0, 3.0]


def test_waits_are_spread() -> None:
    address = Address("host:1", 60.0, Retries(first_wait=1.0))
    waits = [
        Attempts(address, chance=lambda c=c: c).next_wait(error("UNAVAILABLE", "full")) for c in (0.0, 0.5)
    ]
    assert waits == [0.5, 0.75]


def test_tries_end_with_the_count() -> None:
    tries = attempts(Clock(), attempts=2)
    tries.next_wait(error("UNAVAILABLE", "full"))
    with pytest.raises(ServerError, match="still not able to answer after 2 tries: full"):
        tries.next_wait(error("UNAVAILABLE", "full"))


def test_tries_end_with_the_time() -> None:
    clock = Clock()
    tries = attempts(clock, timeout=1.0, first_wait=0.4)
    tries.next_wait(error("INTERNAL", LOST))
    clock.now += 0.9
    assert tries.remaining() == pytest.approx(0.1)
    with pytest.raises(ServerError, match=r"2 tries: Failed to process"):
        tries.next_wait(error("INTERNAL", LOST))


def test_an_address_that_never_answered_is_given_up_soon() -> None:
    refused = error("UNAVAILABLE", "failed to connect to all addresses; Connection refused")
    tries = attempts(Clock(), known=False, connect_attempts=2)
    tries.next_wait(refused)
    with pytest.raises(NoServerError, match=r"No docfuse server at host:1: nothing listens on that port"):
        tries.next_wait(refused)
    known = attempts(Clock(), known=True, connect_attempts=2)
    assert len([known.next_wait(refused) for _ in range(5)]) == 5


def test_an_address_is_known_as_soon_as_anything_answers() -> None:
    tries = attempts(Clock(), known=False)
    with pytest.raises(PageRefusedError):
        tries.next_wait(error("INVALID_ARGUMENT", "bad"))
    assert tries.address.known


@pytest.mark.parametrize(
    ("code", "message", "kind", "said"),
    [
        (
            "INVALID_ARGUMENT",
            "in ensemble 'document', This is no image.",
            PageRefusedError,
            "^This is no image.$",
        ),
        (
            "RESOURCE_EXHAUSTED",
            "message larger than max",
            PageRefusedError,
            "send it as JPEG or at a lower resolution",
        ),
        ("DEADLINE_EXCEEDED", "Deadline Exceeded", ServerTimeoutError, "No answer from host:1 within 60 s"),
        ("NOT_FOUND", "unknown model", NoServerError, "does not serve this model"),
        ("UNAVAILABLE", "Trying to connect an http1.x server", NoServerError, "give the gRPC port"),
        ("UNAUTHENTICATED", "who are you", ServerError, "who are you"),
    ],
)
def test_the_caller_sees_a_clear_error(code: str, message: str, kind: type[ServerError], said: str) -> None:
    tries = attempts(Clock(), known=False, connect_attempts=1)
    with pytest.raises(kind, match=said) as caught:
        tries.next_wait(error(code, message))
    assert caught.value.code == code


def test_a_time_out_is_a_timeout_error() -> None:
    assert issubclass(ServerTimeoutError, TimeoutError)
