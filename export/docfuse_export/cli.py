"""`docfuse export`: assemble a Triton model repository; `configs`: check or write the committed configs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

TargetOption = Annotated[str, typer.Option(help="Where the repository is to be served: embedded.")]
OutOption = Annotated[Path, typer.Option(help="Folder of the repository; replaced if it holds an older one.")]
WeightsOption = Annotated[
    Path | None, typer.Option(help="Folder with the weights; the committed ones if left out.")
]
EnsembleOption = Annotated[list[str] | None, typer.Option(help="Offer only this ensemble; may be repeated.")]
QueueOption = Annotated[int | None, typer.Option(min=1, help="Pages that may wait before more are refused.")]
ParameterOption = Annotated[
    list[str] | None,
    typer.Option("--parameter", help="MODEL.KEY=VALUE of a model's config; may be repeated."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON, without progress.")]


def export(
    target: TargetOption = "embedded",
    out: OutOption = Path("docfuse-repository"),
    weights: WeightsOption = None,
    ensemble: EnsembleOption = None,
    queue: QueueOption = None,
    parameter: ParameterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Assemble a complete Triton model repository from the weights."""
    from docfuse_export.assemble import Plan, assemble, ensembles_named
    from docfuse_export.targets import QUEUE
    from docfuse_pipeline import resources

    console = Console(stderr=True, quiet=as_json)
    try:
        plan = Plan(
            target=target,
            weights=weights or resources.weights(),
            ensembles=ensembles_named(ensemble or ()),
            queue=queue or QUEUE,
            parameters=_parse_parameters(parameter or ()),
        )
        with console.status("Preparing engines …") as status:
            changed = assemble(
                plan, out, lambda name, size: status.update(f"{name} ready ({size / 1e6:.1f} MB)")
            )
    except (ValueError, OSError, ImportError) as error:
        Console(stderr=True).print(f"[red]Error:[/] {error}", highlight=False)
        raise typer.Exit(1) from error
    _show(out, changed, as_json)


def _parse_parameters(texts: list[str] | tuple[str, ...]) -> dict[str, dict[str, str]]:
    """`MODEL.KEY=VALUE` texts as a mapping by model.

    Raises:
        ValueError: a text has another form.
    """
    parameters: dict[str, dict[str, str]] = {}
    for text in texts:
        place, equals, value = text.partition("=")
        model, dot, key = place.partition(".")
        if not (equals and dot and model and key):
            raise ValueError(f"Parameter {text!r} is not of the form MODEL.KEY=VALUE.")
        parameters.setdefault(model, {})[key] = value
    return parameters


def _show(out: Path, changed: bool, as_json: bool) -> None:
    from rich.table import Table

    from docfuse_export.assemble import MANIFEST

    manifest = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    if as_json:
        typer.echo(json.dumps(manifest | {"path": str(out.resolve()), "changed": changed}))
        return
    table = Table(
        "engine", "MB", title=f"{out} ({'written' if changed else 'up to date'})", title_justify="left"
    )
    for name, size in manifest["models"].items():
        table.add_row(name, f"{size / 1e6:.1f}")
    Console().print(table)


def configs(
    check: Annotated[
        bool, typer.Option("--check", help="Only say what differs; exit 1 if anything does.")
    ] = False,
    write: Annotated[bool, typer.Option("--write", help="Write what differs.")] = False,
    repository: Annotated[
        Path | None, typer.Option(help="The repository; the committed one if left out.")
    ] = None,
) -> None:
    """Compare the committed config.pbtxt files with the specification, or write them anew."""
    from docfuse_export import configs as generated
    from docfuse_pipeline import resources

    if check == write:
        raise typer.BadParameter("choose one of --check and --write")
    folder = repository or resources.model_repository()
    changed = generated.write(folder) if write else generated.check(folder)
    for name in changed:
        typer.echo(
            f"{folder / name / 'config.pbtxt'} {'written' if write else 'differs from the specification'}"
        )
    if check and changed:
        raise typer.Exit(1)
