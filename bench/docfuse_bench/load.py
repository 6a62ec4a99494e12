"""Runs perf_analyzer at one concurrency and reads what it found."""

from __future__ import annotations

import csv
import io
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tritonclient.grpc import InferenceServerClient
from tritonclient.utils import InferenceServerException

from docfuse.errors import NoServerError
from docfuse.wire import DOCUMENT
from docfuse_bench.errors import PerfAnalyzerError
from docfuse_bench.pages import write_input
from docfuse_bench.statistics import Work, read_statistics, work_since
from docfuse_bench.tool import Tool

STALL_LIMIT = 120.0
"""Seconds without an answer after which a run is given up."""
_POLL = 0.5


@dataclass(frozen=True)
class Latency:
    """What perf_analyzer saw: pages a second, and milliseconds from request to answer."""

    pages_per_second: float
    mean_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True)
class Step:
    """One model at one concurrency: queue and compute in milliseconds a page, and the batches reached."""

    queue_ms: float
    compute_ms: float
    executions: int
    pages_per_execution: float
    rows_per_execution: float


@dataclass(frozen=True)
class Level:
    """One concurrency; `cpu_ms`: processor time of all server processes a page, None for a foreign server."""

    concurrency: int
    requests: int
    latency: Latency
    steps: dict[str, Step]
    cpu_ms: float | None = None


@dataclass(frozen=True)
class Load:
    """A server under load from perf_analyzer."""

    tool: Tool
    url: str

    def run(
        self,
        images: Sequence[bytes],
        concurrency: int,
        requests: int,
        on_progress: Callable[[int], None] = lambda answered: None,
    ) -> Level:
        """Send `requests` pages, always `concurrency` at once, in the order of `images`, over and over.

        Args:
            images: encoded pages.
            concurrency: pages in flight.
            requests: pages to send.
            on_progress: told how many pages have been answered so far.

        Raises:
            NoServerError: the server is gone.
            PerfAnalyzerError: it failed for another reason.
        """
        with InferenceServerClient(self.url) as client, tempfile.TemporaryDirectory() as folder:
            before = self._statistics(client)
            write_input(images, Path(folder, "input.json"))
            self._analyze(Path(folder), client, concurrency, requests, on_progress)
            work = work_since(before, self._statistics(client))
            latency = parse_report(Path(folder, "report.csv").read_text(encoding="utf-8"))
        steps = {name: _step(model, requests) for name, model in work.items() if name != DOCUMENT}
        return Level(concurrency, requests, latency, steps)

    def _command(self, folder: Path, concurrency: int, requests: int) -> list[str]:
        """One asynchronous sender, so that pages leave in their order whatever the concurrency."""
        return [
            *(str(self.tool.path), "-m", DOCUMENT, "-u", self.url, "-i", "grpc"),
            *("--async", "--max-threads", "1", "--input-data", str(folder / "input.json")),
            *("--concurrency-range", str(concurrency), "--request-count", str(requests)),
            *("--verbose-csv", "-f", str(folder / "report.csv")),
        ]

    def _analyze(
        self,
        folder: Path,
        client: InferenceServerClient,
        concurrency: int,
        requests: int,
        on_progress: Callable[[int], None],
    ) -> None:
        log = folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                self._command(folder, concurrency, requests),
                env=self.tool.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            stalled = not self._wait(process, client, on_progress)
        finally:
            process.kill()
            process.wait()
        if stalled or process.returncode != 0 or not (folder / "report.csv").is_file():
            reason = f"no page was answered for {STALL_LIMIT:.0f} s" if stalled else _reason(log)
            raise self._failure(client, concurrency, reason)

    def _wait(
        self,
        process: subprocess.Popen[bytes],
        client: InferenceServerClient,
        on_progress: Callable[[int], None],
    ) -> bool:
        """Wait for the end; False if no page has been answered for too long."""
        first = answered = self._answered(client, 0)
        last = time.monotonic()
        while time.monotonic() - last < STALL_LIMIT:
            try:
                process.wait(_POLL)
                return True
            except subprocess.TimeoutExpired:
                now = self._answered(client, answered)
            if now != answered:
                answered, last = now, time.monotonic()
                on_progress(answered - first)
        return False

    def _answered(self, client: InferenceServerClient, otherwise: int) -> int:
        """Pages answered since the server started; `otherwise` if it does not say."""
        try:
            return read_statistics(client)[DOCUMENT].requests
        except (InferenceServerException, KeyError):
            return otherwise

    def _statistics(self, client: InferenceServerClient) -> dict[str, Work]:
        try:
            return read_statistics(client)
        except InferenceServerException as error:
            raise NoServerError(f"The server at {self.url} does not answer: {error.message()}.") from None

    def _failure(
        self, client: InferenceServerClient, concurrency: int, reason: str
    ) -> NoServerError | PerfAnalyzerError:
        try:
            alive = client.is_server_ready(client_timeout=5)
        except InferenceServerException:
            alive = False
        if alive:
            return PerfAnalyzerError(f"perf_analyzer failed at {concurrency} pages in flight: {reason}")
        return NoServerError(f"The server at {self.url} went away at {concurrency} pages in flight: {reason}")


def _step(work: Work, pages: int) -> Step:
    return Step(
        queue_ms=1000 * work.queue_s / pages,
        compute_ms=1000 * work.compute_s / pages,
        executions=work.executions,
        pages_per_execution=work.requests / max(work.executions, 1),
        rows_per_execution=work.rows / max(work.executions, 1),
    )


def parse_report(text: str) -> Latency:
    """Read the CSV that perf_analyzer writes with --verbose-csv (microseconds).

    Raises:
        PerfAnalyzerError: there is no measurement in it.
    """
    row = next(csv.DictReader(io.StringIO(text.lstrip())), {})
    try:
        names = ("Avg latency", "p50 latency", "p95 latency", "p99 latency")
        return Latency(float(row["Inferences/Second"]), *(float(row[name]) / 1000 for name in names))
    except (KeyError, ValueError, TypeError):
        raise PerfAnalyzerError(f"perf_analyzer's report cannot be read: {text.strip()[:200]!r}") from None


def _reason(log: Path) -> str:
    """What perf_analyzer says went wrong: its last lines that are no warnings."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    told = [line for line in lines if line and not line.startswith("WARNING")]
    return " ".join(told[-2:])[-400:] or "it gave no reason"
