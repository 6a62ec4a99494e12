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
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import psutil
import typer
from rich.progress import track
from tritonclient.grpc import InferenceServerClient

from docfuse import Client
from docfuse.sources import load_pages
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
        pages += [page for file in chosen for page in itertools.islice(load_pages(file), 2)]
    chooser.shuffle(pages)
    return pages


def server_memory() -> dict[str, int]:
    """Proportional set size of tritonserver and each of its Python models, bytes by name."""
    sizes: dict[str, int] = {}
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):  # it ended between listing and asking
            sizes[_model_of(child)] = sizes.get(_model_of(child), 0) + int(child.memory_full_info().pss)
    return sizes


def _model_of(process: psutil.Process) -> str:
    """The model that a stub serves: the folder above its version folder; for others, the program's name."""
    models = [Path(word).parents[1].name for word in process.cmdline() if word.endswith("/model.py")]
    return models[0] if models else process.name()


def rapidocr_seconds(pages: list[bytes]) -> float:
    """Seconds a page of the RapidOCR library with its defaults, after one page to warm up."""
    from rapidocr import RapidOCR

    engine = RapidOCR()
    engine(pages[0])
    begin = time.perf_counter()
    for page in track(pages, description="RapidOCR"):
        engine(page)
    return (time.perf_counter() - begin) / len(pages)


def send_all(
    client: Client, pages: list[bytes], count: int, concurrency: int
) -> Iterator[tuple[int, int, dict[str, int]]]:
    """Send `count` pages; yields for each its boxes, its errors, and at every 20th the server's memory."""

    def one(page: bytes) -> tuple[int, int]:
        document = client.analyze(page)
        return sum(len(p.boxes) for p in document.pages), len(document.errors)

    with ThreadPoolExecutor(concurrency) as pool:
        answers = pool.map(one, itertools.islice(itertools.cycle(pages), count))
        for number, (boxes, errors) in enumerate(answers):
            yield boxes, errors, server_memory() if number % 20 == 0 else {}


def _halfway_and_end(memory: Sequence[dict[str, int]], readings: int = 5) -> tuple[dict[str, float], ...]:
    """Mean bytes by process of `readings` readings from the middle on, and of the last ones."""
    half = len(memory) // 2
    spans = (memory[half : half + readings], memory[-readings:])
    return tuple(
        {name: float(np.mean([sizes.get(name, 0) for sizes in span])) for name in memory[-1]}
        for span in spans
    )


def executions(url: str) -> dict[str, dict[str, float]]:
    """Pages, executions and seconds of compute and queue per model, by the server's own count."""
    statistics: Any = InferenceServerClient(url).get_inference_statistics(as_json=True)
    rows = {}
    for model in statistics["model_stats"]:
        stats = model.get("inference_stats", {})
        rows[model["name"]] = {
            "inferences": int(model.get("inference_count", 0)),
            "executions": int(model.get("execution_count", 0)),
            "compute_s": int(stats.get("compute_infer", {}).get("ns", 0)) / 1e9,
            "queue_s": int(stats.get("queue", {}).get("ns", 0)) / 1e9,
        }
    return rows


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
    peer = rapidocr_seconds(documents[:peer_pages]) if peer_pages else None
    with contextlib.ExitStack() as stack:
        server = EmbeddedServer()
        stack.callback(server.stop)
        url = server.wait_ready()
        client = stack.enter_context(Client(url, concurrency=concurrency))
        own = None
        if peer_pages:  # the very same pages first, so that the ratio compares like with like
            begin = time.perf_counter()
            list(send_all(client, documents[:peer_pages], peer_pages, concurrency))
            own = (time.perf_counter() - begin) / peer_pages
        begin = time.perf_counter()
        rows = list(track(send_all(client, documents, pages, concurrency), "docfuse", total=pages))
        seconds = (time.perf_counter() - begin) / pages
        per_model = executions(url)
        log_errors, restarts = server.log_errors(), server.restarts
    memory = [row[2] for row in rows if row[2]]
    middle, end = _halfway_and_end(memory)
    figures = {
        "pages": pages,
        "distinct_pages": len(documents),
        "boxes_per_page": float(np.mean([row[0] for row in rows])),
        "failed_pages": sum(row[1] for row in rows),
        "seconds_per_page": seconds,
        "same_pages": {"pages": peer_pages, "docfuse_s": own, "rapidocr_s": peer},
        "memory_max_bytes": max(sum(sizes.values()) for sizes in memory),
        "memory_growth_second_half": sum(end.values()) / sum(middle.values()) - 1,
        "memory_mb": {name: [round(middle[name] / 1e6), round(size / 1e6)] for name, size in end.items()},
        "log_errors_after_ready": log_errors,
        "restarts": restarts,
        "models": per_model,
    }
    typer.echo(json.dumps(figures, indent=2))
    if report:
        report.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
