"""Three servers behind HAProxy, each replaced in turn, and one killed, while pages flow: no page is lost.

    python tests/docker/rolling.py [--pages 300] [--concurrency 4]

The pages are the upper quarters of the bundled samples, and three of four come with boxes and texts of their
own: this is about losing pages, not about reading much.
Needs HAProxy and some 9 GB of memory. The servers listen on 127.0.0.2 to 127.0.0.4, HAProxy on 127.0.0.1.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import typer
from machine import ROOT, MissingToolError, need
from PIL import Image
from progress import UnexpectedError, end_on_signals, expect, step, wait_for

import docfuse
from docfuse.demo import samples
from docfuse.pages import BoxesOfPages
from docfuse.wire import GivenBox
from docfuse_server import status
from docfuse_server.errors import ServerError

HOSTS = ("127.0.0.2", "127.0.0.3", "127.0.0.4")
LISTEN = "127.0.0.1:8101"
HEALTH = 8003
_SERVE = ("serve", "--health-port", str(HEALTH), "--drain-delay", "3", "--max-in-flight", "2")
_START_LIMIT = 180.0
_BOXES: list[GivenBox] = [
    {"box": [40, 40 + 30 * line, 300, 64 + 30 * line], "text": f"Item {line}  {line},50"} for line in range(8)
]


class Server:
    """One `docfuse serve`."""

    def __init__(self, host: str) -> None:
        """Start it."""
        self.host = host
        docfuse_command = str(Path(sys.executable).with_name("docfuse"))
        command = [docfuse_command, *_SERVE, "--host", host]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def wait_ready(self) -> None:
        """Wait until it says that it answers pages."""
        wait_for(self._ready, _START_LIMIT, f"{self.host} is not ready")

    def stop(self) -> None:
        """Stop it gracefully."""
        self._process.send_signal(signal.SIGTERM)
        expect(self._process.wait(60) == 0, f"{self.host} ended with status {self._process.returncode}")

    def kill(self) -> None:
        """Kill it: tritonserver and its steps end with it."""
        self._process.kill()
        self._process.wait()

    def _ready(self) -> bool:
        expect(self._process.poll() is None, f"{self.host} ended with status {self._process.returncode}")
        with contextlib.suppress(ServerError):
            return status.ask(self.host, HEALTH, "/ready") is None
        return False


class Flow:
    """Pages that are sent one after the other, a few at once, until it is told to end."""

    def __init__(self, concurrency: int) -> None:
        """Begin."""
        self.pages = 0
        self.failures: list[str] = []
        self.slowest = 0.0
        self._pages = [(sample.name, _upper_quarter(sample)) for sample in samples()]
        self._first: dict[str, object] = {}
        self._end = threading.Event()
        self._client = docfuse.Client(LISTEN, concurrency=concurrency, timeout=120)
        self._threads = [threading.Thread(target=self._run) for _ in range(concurrency)]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Wait for the pages in flight."""
        self._end.set()
        for thread in self._threads:
            thread.join()
        self._client.close()

    def summary(self) -> str:
        """What became of the pages."""
        lost = len(self.failures)
        return f"{self.pages} pages answered, {lost} lost; the slowest took {self.slowest:.1f} s."

    def _run(self) -> None:
        boxes = itertools.cycle([None, *[[_BOXES]] * 3])
        for (name, page), given in zip(itertools.cycle(self._pages), boxes, strict=False):
            if self._end.is_set():
                return
            begin = time.monotonic()
            self._look_at(self._analysed(page, given), f"{name}{' with its text' if given else ''}")
            self.slowest = max(self.slowest, time.monotonic() - begin)

    def _analysed(self, page: Image.Image, boxes: BoxesOfPages | None) -> docfuse.Document | str:
        try:
            return self._client.analyze(page, boxes=boxes)
        except docfuse.DocfuseError as error:
            return str(error)

    def _look_at(self, document: docfuse.Document | str, name: str) -> None:
        if isinstance(document, str):
            self.failures.append(f"{name}: {document}")
            return
        self.pages += len(document.pages)
        self.failures += [f"{name}: {error.message}" for error in document.errors]
        answer = [box.text for page in document.pages for box in page.boxes]
        if self._first.setdefault(name, answer) != answer:
            self.failures.append(f"{name}: another answer than before")


def _upper_quarter(sample: Path) -> Image.Image:
    page = Image.open(io.BytesIO(next(docfuse.load_pages(sample)))).convert("RGB")
    return page.crop((0, 0, page.width, page.height // 4))


@contextlib.contextmanager
def haproxy() -> Iterator[None]:
    """HAProxy in front of the servers, as docker/haproxy.cfg has it."""
    addresses = dict(zip(("DOCFUSE_A", "DOCFUSE_B", "DOCFUSE_C"), HOSTS, strict=True))
    environment = {**os.environ, **addresses, "DOCFUSE_LISTEN": LISTEN}
    command = ["haproxy", "-q", "-f", str(ROOT / "docker/haproxy.cfg")]
    with subprocess.Popen(command, env=environment) as process:
        try:
            yield
        finally:
            process.terminate()


def replace_all(servers: list[Server], flow: Flow) -> None:
    """Replace each server in turn, then kill one and start another in its place."""
    for place, old in enumerate(servers):
        with step(f"Replacing {old.host}") as note:
            before = flow.pages
            old.stop()
            servers[place] = Server(old.host)
            servers[place].wait_ready()
            note(f"{flow.pages - before} pages meanwhile")
    with step(f"Killing {servers[0].host} and starting another") as note:
        before = flow.pages
        servers[0].kill()
        servers[0] = Server(servers[0].host)
        servers[0].wait_ready()
        note(f"{flow.pages - before} pages meanwhile")


def run(pages: int, concurrency: int) -> None:
    """Start everything, replace the servers under load, and count.

    Raises:
        UnexpectedError: a page was lost, or a server did not do as told.
    """
    servers: list[Server] = []
    try:
        with haproxy():
            with step("Starting three servers"):
                for host in HOSTS:
                    servers.append(Server(host))
                    servers[-1].wait_ready()
            flow = Flow(concurrency)
            try:
                wait_for(lambda: flow.pages > 0, 60, "no page is answered through HAProxy")
                replace_all(servers, flow)
                with step(f"Waiting for {pages} pages"):
                    wait_for(lambda: flow.pages >= pages, 600, f"{pages} pages were not answered")
            finally:
                flow.end()
                typer.echo(flow.summary())
    finally:
        for server in servers:
            server.kill()
    expect(not flow.failures, "\n".join(flow.failures[:10]))


def main() -> int:
    """Run; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pages", type=int, default=300, help="fewest pages to send")
    parser.add_argument("--concurrency", type=int, default=4, help="documents in flight at once")
    options = parser.parse_args()
    end_on_signals()
    try:
        need("haproxy")
        run(options.pages, options.concurrency)
    except (MissingToolError, UnexpectedError) as error:
        typer.echo(f"\nError: {error}", err=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
