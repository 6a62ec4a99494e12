"""Run mixed documents through an embedded server for many pages: throughput, memory, log errors.

    python benchmarks/soak.py ../shared/data --pages 1000 --concurrency 4

The RapidOCR library reads a sample of the same pages, alone on the same machine, right before: it does OCR
only, docfuse does OCR and everything after it. Memory is the proportional set size of the server's processes.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.progress import track
from tritonclient.grpc import InferenceServerClient

from docfuse import Client
from docfuse_bench.memory import server_memory
from docfuse_bench.pages import readable_pages
from docfuse_bench.peer import measure_rapidocr
from docfuse_bench.statistics import read_statistics
from docfuse_server.embedded import EmbeddedServer

PATTERNS = (
    "sroie/img/*.jpg",
    "funsd/**/*.png",
    "vrdu_adbuy/pdfs/*.pdf",
    "my_receipts/pdfs/*.pdf",
    "wildreceipt/**/*.jpeg",
)


def collect_pages(folder: Path, per_source: int, seed: int) -> list[bytes]:
    """Encoded pages of the data sets below `folder`, as a client sends them, shuffled."""
    chooser = random.Random(seed)
    pages: list[bytes] = []
    for pattern in PATTERNS:
        files = sorted(folder.glob(pattern))
        chosen = chooser.sample(files, min(per_source, len(files)))
        pages += readable_pages(chosen, [])
    chooser.shuffle(pages)
    return pages


def send_all(
    client: Client, pages: list[bytes], count: int, concurrency: int, pid: int
) -> Iterator[tuple[int, int, dict[str, int]]]:
    """Send `count` pages; yields for each its boxes, its errors, and at every 20th the server's memory."""

    def one(page: bytes) -> tuple[int, int]:
        document = client.analyze(page)
        return sum(len(p.boxes) for p in document.pages), len(document.errors)

    with ThreadPoolExecutor(concurrency) as pool:
        answers = pool.map(one, itertools.islice(itertools.cycle(pages), count))
        for number, (boxes, errors) in enumerate(answers):
            yield boxes, errors, server_memory(pid) if number % 20 == 0 else {}


def _quarters(memory: Sequence[dict[str, int]]) -> tuple[dict[str, float], dict[str, float]]:
    """Mean bytes by process over the third and the fourth quarter of the run.

    What a server holds depends on the last large page, so that the two spans have to hold the same pages:
    a quarter of a thousand is about one round of the distinct ones.
    """
    quarter = len(memory) // 4
    third, fourth = (
        {name: float(np.mean([sizes.get(name, 0) for sizes in span])) for name in memory[-1]}
        for span in (memory[-2 * quarter : -quarter], memory[-quarter:])
    )
    return third, fourth


def main(
    folder: Annotated[Path, typer.Argument(help="Folder that holds the data sets.")],
    pages: Annotated[int, typer.Option(help="Pages to send.")] = 1000,
    concurrency: int = 4,
    per_source: Annotated[int, typer.Option(help="Files drawn from each data set.")] = 40,
    peer_pages: Annotated[int, typer.Option(help="Pages that RapidOCR reads; 0 leaves it out.")] = 48,
    seed: int = 0,
    report: Annotated[Path | None, typer.Option(help="Write the figures as JSON.")] = None,
) -> None:
    """Send PAGES pages to an embedded server and report what happened."""
    documents = collect_pages(folder, per_source, seed)
    peer = 1 / measure_rapidocr(documents[:peer_pages]).pages_per_second if peer_pages else None
    with contextlib.ExitStack() as stack:
        server = EmbeddedServer()
        stack.callback(server.stop)
        url = server.wait_ready()
        client = stack.enter_context(Client(url, concurrency=concurrency))
        own = None
        if peer_pages:  # the very same pages first, so that the ratio compares like with like
            begin = time.perf_counter()
            list(send_all(client, documents[:peer_pages], peer_pages, concurrency, server.pid))
            own = (time.perf_counter() - begin) / peer_pages
        begin = time.perf_counter()
        rows = list(
            track(send_all(client, documents, pages, concurrency, server.pid), "docfuse", total=pages)
        )
        seconds = (time.perf_counter() - begin) / pages
        with InferenceServerClient(url) as statistics:
            per_model = {name: asdict(work) for name, work in read_statistics(statistics).items()}
        log_errors, restarts = server.log_errors(), server.restarts
    memory = [row[2] for row in rows if row[2]]
    third, fourth = _quarters(memory)
    figures = {
        "pages": pages,
        "distinct_pages": len(documents),
        "boxes_per_page": float(np.mean([row[0] for row in rows])),
        "failed_pages": sum(row[1] for row in rows),
        "seconds_per_page": seconds,
        "same_pages": {"pages": peer_pages, "docfuse_s": own, "rapidocr_s": peer},
        "memory_max_bytes": max(sum(sizes.values()) for sizes in memory),
        "memory_growth_second_half": sum(fourth.values()) / sum(third.values()) - 1,
        "memory_mb": {name: [round(third[name] / 1e6), round(size / 1e6)] for name, size in fourth.items()},
        "log_errors_after_ready": log_errors,
        "restarts": restarts,
        "models": per_model,
    }
    typer.echo(json.dumps(figures, indent=2))
    if report:
        report.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
