"""The command `docfuse train --recipe NAME`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


class RecipeName(str, Enum):
    """Data sets that have a recipe, and documents of one's own."""

    funsd = "funsd"
    sroie = "sroie"
    wildreceipt = "wildreceipt"
    rvlcdip = "rvlcdip"
    adbuy = "adbuy"
    custom = "custom"


def recipe(
    recipe: Annotated[RecipeName, typer.Option(help="What the data folder holds.")],
    data: Annotated[Path, typer.Option(help="Folder of the data set.")],
    out: Annotated[Path, typer.Option(help="Folder of the run; its weights lie in weights/.")],
    steps: Annotated[int | None, typer.Option(min=1, help="Batches (default: the recipe's).")] = None,
    rate: Annotated[float | None, typer.Option(help="Highest learning rate (default: the recipe's).")] = None,
    rehearsed: Annotated[
        int | None, typer.Option(min=0, help="Synthetic forms seen beside the data (default: the recipe's).")
    ] = None,
    runs: Annotated[
        int | None, typer.Option(min=1, help="Runs, the mean of which comes out (default: the recipe's).")
    ] = None,
    start: Annotated[Path | None, typer.Option(help="Weights folder to start from, not the shipped.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the batches and of synthetic forms.")] = 1,
    workers: Annotated[int, typer.Option(min=1, help="Processes that read pages.")] = 2,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Fine-tune the shipped weights on a data set; what comes out goes into evaluate and export --weights."""
    from docfuse_pipeline.resources import weights
    from docfuse_training.long_run import Options
    from docfuse_training.readers import DataError
    from docfuse_training.understanding.class_command import fit_classes
    from docfuse_training.understanding.command import DECAY, run
    from docfuse_training.understanding.recipes import (
        RECIPES,
        SHARES,
        classes_alone,
        recipe_parts,
        recipe_sets,
        rehearsed_parts,
    )

    chosen, begin = RECIPES[recipe.value], start or weights()
    try:
        sets = recipe_sets(recipe.value, data)
    except DataError as error:
        raise typer.BadParameter(str(error), param_hint="--data") from error
    if classes_alone(sets):
        if steps or rate or rehearsed or runs:
            raise typer.BadParameter(
                "these pages have nothing but a class: leave out --steps, --rate, --rehearsed and --runs"
            )
        try:
            fit_classes(recipe_parts(recipe.value, sets), out, begin, workers, out / "weights")
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--data") from error
        _add_the_rest(begin, out / "weights")
        return
    options = Options(
        steps=steps or chosen.steps, rate=rate or chosen.rate, decay=DECAY, seed=seed, worker=False,
        average=0.99, runs=runs or chosen.runs,
    )  # fmt: skip
    forms = chosen.rehearsed if rehearsed is None else rehearsed
    parts = recipe_parts(recipe.value, sets) | rehearsed_parts(forms, seed)
    run(
        parts, SHARES | {recipe.value: 1.0}, options, out, begin, chosen.tune_from, workers, device,
        out / "weights", chosen.aims,
    )  # fmt: skip
    _add_the_rest(begin, out / "weights")


def _add_the_rest(begin: Path, weights: Path) -> None:
    """Copy what was not trained, tokenizer and recogniser, and say where the weights are."""
    import shutil

    for path in begin.iterdir():
        if path.is_file() and not (weights / path.name).exists():
            shutil.copy(path, weights)
    typer.echo(f"The weights are in {weights}: give them to docfuse evaluate or export --weights.")
