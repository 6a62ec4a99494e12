"""The command `docfuse batch`."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Annotated, NoReturn

import typer

FORMATS = ("parquet", "jsonl")


def batch(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="SOURCE…", help="Files, folders, patterns, archives, or URLs of them."),
    ],
    out: Annotated[Path, typer.Option(help="Folder for the results; with results in it, the batch goes on.")],
    url: Annotated[
        list[str] | None,
        typer.Option(
            envvar="DOCFUSE_URL",
            help="gRPC address of a server, host:port; once for each replica. Without it one is started.",
        ),
    ] = None,
    format: Annotated[str, typer.Option(help="parquet, jsonl, or both.")] = "parquet,jsonl",
    concurrency: Annotated[
        int | None, typer.Option(min=1, help="Pages in flight at once, in all.  [default: 4 for each server]")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes that read and send.  [default: one a core]"),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after so many documents.")] = None,
    retry_errors: Annotated[bool, typer.Option(help="Do documents with errors again.")] = False,
    ray_address: Annotated[
        str | None, typer.Option(help="Ray cluster, host:port. Without it Ray is started on this machine.")
    ] = None,
    ocr: Annotated[
        str,
        typer.Option(
            help="Read images: always, never, or auto: where a PDF has no text of its own to be trusted."
        ),
    ] = "auto",
    timeout: Annotated[float, typer.Option(help="Seconds a page may take, retries included.")] = 120.0,
    patience: Annotated[float, typer.Option(help="Seconds to wait for a server that went away.")] = 300.0,
    password: Annotated[str | None, typer.Option(help="Password of encrypted PDFs.")] = None,
    weights: Annotated[Path | None, typer.Option(help="Weights of the server that is started.")] = None,
    shard_documents: Annotated[int, typer.Option(min=1, help="Most documents of a file.")] = 1000,
    shard_seconds: Annotated[
        float, typer.Option(min=0, help="Longest time a result waits to be written.")
    ] = 60.0,
    tls_roots: Annotated[Path | None, typer.Option(help="Trusted roots (PEM); switches TLS on.")] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Client certificate (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Key of the client certificate (PEM).")] = None,
) -> None:
    """Analyse any number of documents into Parquet and JSON lines; run again to go on where it stopped."""
    from rich.console import Console

    from docfuse.options import Tls, check_ocr
    from docfuse_batch.report import print_summary
    from docfuse_batch.run import Batch, run_batch
    from docfuse_batch.sending import Service

    formats = [name.strip() for name in format.split(",")]
    if not set(formats) <= set(FORMATS):
        raise typer.BadParameter(f"{format} is none of {', '.join(FORMATS)}, or both.", param_hint="--format")
    tls = Tls(tls_roots, tls_key, tls_cert) if tls_roots or tls_cert else None
    service = Service(
        tuple(url or ()),
        timeout=timeout,
        patience=patience,
        ocr=check_ocr(ocr),
        password=password,
        tls=tls,
    )
    job = Batch(
        sources,
        out,
        service,
        formats=formats,
        concurrency=concurrency,
        workers=workers,
        limit=limit,
        retry_errors=retry_errors,
        ray_address=ray_address,
        weights=weights,
        shard_documents=shard_documents,
        shard_seconds=shard_seconds,
    )
    signal.signal(signal.SIGTERM, _interrupt)
    with os.fdopen(os.dup(2), "w", encoding="utf-8") as notes:  # see docfuse_batch.cluster: not Ray's one
        console = Console(file=notes, highlight=False)
        try:
            everything, progress = run_batch(job, console)
        except KeyboardInterrupt:
            console.print("Stopped. What is done is kept: run the same command again to go on.")
            raise typer.Exit(130) from None
    print_summary(Console(highlight=False), everything, progress)


def _interrupt(*_: object) -> NoReturn:
    """A request to end is an interruption from the keyboard: what is done is kept."""
    raise KeyboardInterrupt
