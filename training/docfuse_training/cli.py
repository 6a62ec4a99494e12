"""Commands of this package; each is defined where its work is done."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from docfuse_training.detection.command import detector
from docfuse_training.evaluation.command import evaluate as evaluate
from docfuse_training.reading.characters_command import characters
from docfuse_training.reading.command import recognizer
from docfuse_training.synthetic.command import synthesize as synthesize
from docfuse_training.understanding.command import models as train_models
from docfuse_training.understanding.mean_command import mean
from docfuse_training.understanding.recipe_command import recipe

MODELS, RECIPE = "models", "recipe"


class _TrainGroup(TyperGroup):
    """Takes `docfuse train` without the name of a model for all models behind the reading.

    With `--recipe` it is fine-tuning.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the usual command in front of options that belong to it."""
        if args and args[0].startswith("-") and args[0] not in ctx.help_option_names:
            fine = any(arg.split("=")[0] == f"--{RECIPE}" for arg in args)
            args = [RECIPE if fine else MODELS, *args]
        return super().parse_args(ctx, args)


train = typer.Typer(
    name="train",
    cls=_TrainGroup,
    no_args_is_help=True,
    add_completion=False,
    help="Train the models: all that come after the reading, the text recogniser, the text detector, "
    "or the character model; take the mean of two runs' weights; or fine-tune the shipped weights on a "
    "data set: docfuse train --recipe NAME --data DIR --out DIR.",
)
train.command(MODELS)(train_models)
train.command(RECIPE)(recipe)
train.command("recognizer")(recognizer)
train.command("detector")(detector)
train.command("characters")(characters)
train.command("mean")(mean)
