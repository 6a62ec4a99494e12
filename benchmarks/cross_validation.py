"""Cross-validation of a recipe: every document is measured once, by weights that were not trained on it.

    python benchmarks/cross_validation.py funsd DIR --out CV
    python benchmarks/cross_validation.py adbuy DIR --by layout --out CV

Each fold runs `docfuse train --recipe` on a folder of links to the data set with a `train.txt` of its own,
then `docfuse evaluate --weights` with a `dev.txt`; figures are means over the folds, weighted by documents.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console

from docfuse_training.readers import READERS
from docfuse_training.truth import TruthDocument

COUNTS = ("documents", "pages", "failed_pages")


def list_name(name: str, document: TruthDocument) -> str:
    """How a list of this data set calls a document."""
    return document.id if name in ("funsd", "sroie", "rvlcdip", "adbuy") else Path(document.file).stem


def groups(name: str, documents: list[TruthDocument], folds: int, seed: int) -> list[list[str]]:
    """Names of the documents of each fold; every class of a data set with classes is spread over all."""
    shuffled = list(documents)
    random.Random(seed).shuffle(shuffled)
    shuffled.sort(key=lambda document: document.page_class or "")
    return [[list_name(name, document) for document in shuffled[fold::folds]] for fold in range(folds)]


def groups_by(name: str, documents: list[TruthDocument], what: str) -> list[list[str]]:
    """A fold for each value of what a data set says of its documents, such as their layout."""
    found: dict[str, list[str]] = {}
    for document in documents:
        found.setdefault(str(document.extra[what]), []).append(list_name(name, document))
    return [found[value] for value in sorted(found)]


def make_fold(data: Path, folder: Path) -> None:
    """A folder of links to the data set's parts, without its lists."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in data.iterdir():
        link = folder / part.name
        if part.suffix != ".txt" and not link.exists():
            link.symlink_to(part.resolve())


def write_list(folder: Path, split: str, names: list[str]) -> None:
    """The documents of a split."""
    (folder / f"{split}.txt").write_text("\n".join(names) + "\n", encoding="utf-8")


def run_fold(
    name: str, folder: Path, train: list[str], dev: list[str], steps: int | None, start: Path | None
) -> dict[str, float]:
    """Train and measure one fold; what was measured before is kept.

    Training finds no `dev.txt`: it would fit its temperatures on the documents that are measured.
    """
    figures = folder / "figures.json"
    if not figures.exists():
        (folder / "data" / "dev.txt").unlink(missing_ok=True)
        write_list(folder / "data", "train", train)
        docfuse = [str(Path(sys.executable).parent / "docfuse")]
        how = ["train", "--recipe", name, "--data", str(folder / "data"), "--out", str(folder / "run")]
        how += ["--steps", str(steps)] if steps else []
        how += ["--start", str(start)] if start else []
        subprocess.run([*docfuse, *how], check=True)
        write_list(folder / "data", "dev", dev)
        weights = ["--weights", str(folder / "run" / "weights"), "--split", "dev", "--json", str(figures)]
        subprocess.run([*docfuse, "evaluate", name, str(folder / "data"), *weights], check=True)
    found: dict[str, float] = json.loads(figures.read_text(encoding="utf-8"))
    return found


def mean_figures(runs: list[dict[str, float]]) -> dict[str, float]:
    """Sums of counts, means of all others by documents."""
    documents = [run["documents"] for run in runs]
    names = [name for name in runs[0] if all(isinstance(run.get(name), (int, float)) for run in runs)]
    return {
        name: sum(run[name] for run in runs)
        if name in COUNTS
        else float(np.average([run[name] for run in runs], weights=documents))
        for name in names
    }


def main(
    name: Annotated[str, typer.Argument(help="A recipe's data set.")],
    data: Annotated[Path, typer.Argument(help="Folder of the data set.")],
    out: Annotated[Path, typer.Option(help="Folder of all folds; a run that was cut off goes on.")],
    folds: Annotated[int, typer.Option(min=2, help="Number of folds.")] = 5,
    by: Annotated[str | None, typer.Option(help="A fold for each value of this, such as layout.")] = None,
    seed: Annotated[int, typer.Option(help="Of the folds.")] = 1,
    steps: Annotated[int | None, typer.Option(help="Batches of each fold (default: the recipe's).")] = None,
    start: Annotated[Path | None, typer.Option(help="Weights folder to start from, not the shipped.")] = None,
) -> None:
    """Cross-validate a recipe and print the mean figures."""
    documents = READERS[name](data, None)
    parts = groups_by(name, documents, by) if by else groups(name, documents, folds, seed)
    runs = []
    for number, dev in enumerate(parts):
        train = [entry for part in parts if part is not dev for entry in part]
        folder = out / f"fold{number}"
        make_fold(data, folder / "data")
        runs.append(run_fold(name, folder, train, dev, steps, start))
    figures = mean_figures(runs)
    (out / "figures.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    for key, value in figures.items():
        Console().print(f"{key:32} {value:.4f}")


if __name__ == "__main__":
    typer.run(main)
