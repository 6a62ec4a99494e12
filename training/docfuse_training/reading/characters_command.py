"""The command `docfuse train characters`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def characters(
    out: Annotated[Path, typer.Option(help="File to write: characters.npz.")],
    data: Annotated[Path | None, typer.Option(help="Folder with sroie/.")] = None,
    lines: Annotated[int, typer.Option(min=1, help="Number of lines to draw.")] = 200_000,
    seed: Annotated[int, typer.Option(help="Seed of the drawn lines.")] = 2,
) -> None:
    """Count which characters follow each other: in lines that are drawn, and in SROIE's training receipts."""
    from random import Random

    from docfuse_training.readers import READERS
    from docfuse_training.readers.common import DataError
    from docfuse_training.reading.line_text import line_text
    from docfuse_training.reading.train_characters import count, smoothed

    try:
        documents = READERS["sroie"](data / "sroie", "train") if data is not None else []
    except DataError as error:
        raise typer.BadParameter(str(error), param_hint="--data") from error
    known = [box.text for document in documents for page in document.pages for box in page.boxes]
    rng = Random(seed)
    model = smoothed(count([*known, *(line_text(rng) for _ in range(lines))]))
    model.save(out)
    size = out.stat().st_size / 1e6
    typer.echo(f"{len(model.probabilities)} n-grams, {size:.2f} MB, in {out}.", err=True)
