"""The command `docfuse train mean`: two runs' weights → one folder, often better than either of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def mean(
    first: Annotated[Path, typer.Argument(metavar="FIRST", help="Weights folder.")],
    second: Annotated[Path, typer.Argument(metavar="SECOND", help="Weights of a run that began there.")],
    out: Annotated[Path, typer.Option(help="Folder for the ONNX weights of the mean.")],
    share: Annotated[float, typer.Option(min=0, max=1, help="Weight of SECOND in the mean.")] = 0.5,
) -> None:
    """Take the mean of two weights folders, number by number; one run must have started from the other.

    The recogniser and the models behind it are each taken where both folders have them.
    """
    made = [name for name, take in _MEANS.items() if take(first, second, share, out)]
    if not made:
        raise typer.BadParameter(f"{first} and {second} do not both have weights: give folders of weights.")
    typer.echo(
        f"The mean of {' and '.join(made)} is in {out}: give it to docfuse evaluate or export --weights."
    )


def _models(first: Path, second: Path, share: float, out: Path) -> bool:
    from docfuse_export.torch_export import export_modules
    from docfuse_training.soup import blend
    from docfuse_training.understanding.modules import shipped_modules

    try:
        modules, other = shipped_modules(first), shipped_modules(second)
    except FileNotFoundError:
        return False
    blend(modules, other, share)
    export_modules(modules.named(), out)
    return True


def _recognizer(first: Path, second: Path, share: float, out: Path) -> bool:
    from docfuse_models.graph import GraphModule
    from docfuse_training.reading.recognizer import recognizer_graph, write_weights
    from docfuse_training.soup import blend

    try:
        module, other = (GraphModule(recognizer_graph(folder)) for folder in (first, second))
    except FileNotFoundError:
        return False
    blend(module, other, share)
    write_weights(module.to_onnx(), out)
    return True


_MEANS = {"the recogniser": _recognizer, "the models behind it": _models}
