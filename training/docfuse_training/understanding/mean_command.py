"""The command `docfuse train mean`: two runs' weights → one folder, often better than either of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from docfuse_training.understanding.modules import Modules


def mean(
    first: Annotated[Path, typer.Argument(metavar="FIRST", help="Weights folder.")],
    second: Annotated[Path, typer.Argument(metavar="SECOND", help="Weights of a run that began there.")],
    out: Annotated[Path, typer.Option(help="Folder for the ONNX weights of the mean.")],
    share: Annotated[float, typer.Option(min=0, max=1, help="Weight of SECOND in the mean.")] = 0.5,
) -> None:
    """Take the mean of two weights folders, number by number; one run must have started from the other."""
    from docfuse_export.torch_export import export_modules
    from docfuse_training.understanding.modules import shipped_modules

    try:
        modules, other = shipped_modules(first), shipped_modules(second)
    except FileNotFoundError as error:
        raise typer.BadParameter(f"{error.filename} is missing: give folders of weights.") from error
    blend(modules, other, share)
    export_modules(modules.named(), out)
    typer.echo(f"The weights are in {out}: give them to docfuse evaluate or export --weights.")


def blend(modules: Modules, other: Modules, share: float) -> None:
    """Move every parameter of the modules by a share of the way to the others'."""
    import torch

    theirs = dict(other.named_parameters())
    with torch.no_grad():
        for name, value in modules.named_parameters():
            value.lerp_(theirs[name], share)
