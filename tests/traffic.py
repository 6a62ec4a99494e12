"""Pages sent to a real server from many threads, without retries, so that a test sees every answer."""

from __future__ import annotations

import io
import threading
import time
from dataclasses import dataclass, field

import numpy as np
import tritonclient.grpc as grpc
from PIL import Image, ImageDraw, ImageFont
from tritonclient.utils import InferenceServerException

from docfuse.retry import Failure, classify, code_of

RECOGNIZER = "recognizer_288"
"""The engine that reads the lines of drawn pages, by their width."""


def draw_page(width: int = 600, height: int = 800, lines: int = 4) -> bytes:
    """A page with lines of print, an amount apart at the end of each, as PNG."""
    image = Image.new("L", (width, height), 255)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(24)
    for line in range(lines):
        top = 40 + line * (height - 60) // lines
        draw.text((30, top), f"Item {line + 1} of this page", 0, font)
        draw.text((width - 120, top), f"{line * 3 + 1}.50", 0, font)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def image_input(image: bytes) -> grpc.InferInput:
    """The encoded page as the input IMAGE."""
    tensor = grpc.InferInput("IMAGE", [len(image)], "UINT8")
    tensor.set_data_from_numpy(np.frombuffer(image, np.uint8))
    return tensor


def send(client: grpc.InferenceServerClient, image: bytes, timeout: float = 120) -> str:
    """Send a page to `document` once; the result's JSON."""
    answer = client.infer("document", [image_input(image)], client_timeout=timeout)
    return str(answer.as_numpy("RESULT")[0].decode())


@dataclass(frozen=True)
class Answer:
    """How one page ended: `failure` is None for a result; times are those of `time.monotonic`."""

    begin: float
    end: float
    failure: Failure | None = None
    message: str = ""

    @property
    def retryable(self) -> bool:
        """Whether the client would send the page again."""
        return self.failure in (Failure.BUSY, Failure.UNREACHABLE)


@dataclass
class Traffic:
    """Threads that send pages one after the other for as long as the `with` block lasts."""

    url: str
    images: list[bytes]
    threads: int = 4
    answers: list[Answer] = field(default_factory=list)

    def __enter__(self) -> Traffic:
        self._ending = threading.Event()
        self._pool = [threading.Thread(target=self._run, args=(n,)) for n in range(self.threads)]
        for thread in self._pool:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for thread in self._pool:
            thread.join()

    def wait_for_answers(self, count: int, since: float = 0.0, limit: float = 120) -> list[Answer]:
        """The first pages that were sent after `since` and came back with a result."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            good = [a for a in list(self.answers) if a.failure is None and a.begin > since]
            if len(good) >= count:
                return sorted(good, key=lambda answer: answer.end)[:count]
            time.sleep(0.05)
        raise AssertionError(f"fewer than {count} pages came back within {limit} s: {self.answers[-5:]}")

    def _run(self, number: int) -> None:
        options = [("grpc.max_reconnect_backoff_ms", 500)]
        with grpc.InferenceServerClient(self.url, channel_args=options) as client:
            while not self._ending.is_set():
                answer = attempt(client, self.images[number % len(self.images)])
                self.answers.append(answer)
                number += 1
                if answer.failure is not None:
                    self._ending.wait(0.2)


def attempt(client: grpc.InferenceServerClient, image: bytes, timeout: float = 120) -> Answer:
    """Send one page once and say how it ended."""
    begin = time.monotonic()
    try:
        send(client, image, timeout)
    except InferenceServerException as error:
        message = str(error.message())
        return Answer(begin, time.monotonic(), classify(code_of(error), message), message)
    return Answer(begin, time.monotonic())
