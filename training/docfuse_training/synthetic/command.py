"""The command `docfuse synthesize`."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


class Families(str, Enum):
    """Halves of the layouts and fonts."""

    train = "train"
    held_out = "held_out"


def synthesize(
    out: Annotated[Path, typer.Option("--out", help="Folder to write to; it is made if it is missing.")],
    count: Annotated[int, typer.Option(min=1, help="How many pages.")] = 20,
    seed: Annotated[int, typer.Option(help="Another seed, other pages.")] = 0,
    families: Annotated[
        Families, typer.Option(help="Layouts for training, or those kept back.")
    ] = Families.train,
    kind: Annotated[
        list[str] | None, typer.Option(help="Only this kind of page; may be given again.")
    ] = None,
    preview: Annotated[bool, typer.Option(help="Also draw boxes by type and relations as arrows.")] = False,
) -> None:
    """Make synthetic documents with exact boxes, types, fields and relations."""
    from PIL import Image

    from docfuse_training.synthetic import generate
    from docfuse_training.synthetic.preview import annotate, truth_record

    out.mkdir(parents=True, exist_ok=True)
    try:
        for page in generate(count, seed, families.value, kind):
            image = page.load_image()
            Image.fromarray(image).save(out / f"{page.id}.png")
            record = json.dumps(truth_record(page), ensure_ascii=False, indent=1)
            (out / f"{page.id}.json").write_text(record + "\n", encoding="utf-8")
            if preview:
                Image.fromarray(annotate(image, page)).save(out / f"{page.id}.preview.png")
    except ValueError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(2) from error
    typer.echo(f"{count} pages are in {out}.")
