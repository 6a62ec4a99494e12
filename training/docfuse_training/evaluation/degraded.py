"""How well German print is read after print and scan: degraded born-digital invoices and their text layers.

`python -m docfuse_training.evaluation.degraded ZUGFERD_DIR` compares our recogniser with the published one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import typer

from docfuse.options import Limits
from docfuse.text_layer import page_runs
from docfuse_models.graph import GraphModule
from docfuse_pipeline.resources import weights
from docfuse_training.reading.line_scores import read_store, score_lines
from docfuse_training.reading.line_sources import inside, layer_lines
from docfuse_training.reading.line_store import Line, LineStore, write_lines
from docfuse_training.reading.published import PublishedReader
from docfuse_training.reading.recognizer import recognizer_graph
from docfuse_training.stored import evenly
from docfuse_training.synthetic.degrade import STILL, degraded, make_recipe


def degraded_lines(files: Iterable[Path], dpi: int, seed: int) -> Iterator[Line]:
    """Lines of born-digital PDFs, each page printed and scanned in its own way, but not moved."""
    for path in files:
        for number, (page, layer) in enumerate(page_runs(path, limits=Limits(dpi=dpi))):
            height, width = page.shape[:2]
            recipe = make_recipe(Random(f"{seed}/{path.name}/{number}"), width, height, False, 0.12)
            still = replace(recipe, matrix=STILL)
            yield from layer_lines(degraded(np.ascontiguousarray(page), still), layer)


def main(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the ZUGFeRD corpus.")],
    dpi: Annotated[int, typer.Option(help="Resolution of the scan.")] = 100,
    seed: Annotated[int, typer.Option(help="Seed of the degradation.")] = 1,
    most: Annotated[int, typer.Option(min=1, help="Lines to read, evenly picked.")] = 1500,
    weights_folder: Annotated[
        Path | None, typer.Option("--weights", help="Folder of recognizer.onnx.")
    ] = None,
) -> None:
    """Lines exact and character error rate of both recognisers on the same lines."""
    with TemporaryDirectory() as name:
        count = write_lines(Path(name), degraded_lines(sorted(folder.glob("*.pdf")), dpi, seed))
        if not count:
            raise typer.BadParameter(f"{folder} has no PDF with a text layer.", param_hint="DIR")
        store = LineStore(Path(name))
        picked = evenly(count, most)
        lines = [store[index] for index in picked]
        labels = [line.text for line in lines]
        published = PublishedReader()([inside(line) for line in lines])
        module = GraphModule(recognizer_graph(weights_folder or weights()))
        ours = [reading.text for reading in read_store(module, store, picked)]
    for reader, readings in (("published", published), ("ours", ours)):
        scores = score_lines(zip(labels, readings, strict=True))
        typer.echo(
            f"{reader:10} {len(lines)} of {count} lines "
            + " ".join(f"{k} {v:.4f}" for k, v in scores.items())
        )


if __name__ == "__main__":
    typer.run(main)
