"""`docfuse export`: assemble a Triton model repository; `configs`: check or write the committed configs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from docfuse_export.options import (
    Capability,
    Check,
    Detector,
    DetectorWeights,
    EnsembleNames,
    Json,
    Out,
    Pages,
    Parameter,
    Parity,
    Precision,
    Profiles,
    Queue,
    Recognizer,
    RecognizerWeights,
    TargetName,
    Weights,
    Workspace,
)


def export(
    target: TargetName = "embedded",
    out: Out = Path("docfuse-repository"),
    precision: Precision = None,
    profile: Profiles = "exact",
    workspace: Workspace = None,
    compute_capability: Capability = None,
    detector: Detector = "ppocrv6",
    recognizer: Recognizer = "docfuse",
    detector_weights: DetectorWeights = None,
    recognizer_weights: RecognizerWeights = None,
    weights: Weights = None,
    ensemble: EnsembleNames = None,
    queue: Queue = None,
    parameter: Parameter = None,
    parity: Parity = None,
    pages: Pages = None,
    check: Check = False,
    as_json: Json = False,
) -> None:
    """Assemble a complete Triton model repository from the weights.

    Run it again to bring a repository up to date: what is there and fits is kept, what is missing, stale or
    damaged is made. The repository appears, or changes, all at once.
    """
    from docfuse_export import run
    from docfuse_export.assemble import ensembles_named
    from docfuse_export.assembly import Plan
    from docfuse_export.builder import BuildError
    from docfuse_export.reading import Reading
    from docfuse_export.targets import QUEUE
    from docfuse_pipeline import resources

    errors = Console(stderr=True)
    try:
        plan = Plan(
            target=target,
            weights=weights or resources.weights(),
            ensembles=ensembles_named(ensemble or ()),
            queue=queue or QUEUE,
            parameters=_parse_parameters(parameter or ()),
            reading=Reading(detector, recognizer, detector_weights, recognizer_weights),
            precision=precision,
            profiles=profile,
            capability=compute_capability,
            workspace_mib=workspace,
        )
        if check:
            run.check(plan, out, as_json)
        else:
            run.export(plan, out, run.wants_parity(plan, parity), pages, as_json)
    except (ValueError, OSError, ImportError, BuildError) as error:
        errors.print(f"[red]Error:[/] {_told(error)}", highlight=False)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        errors.print("[yellow]Interrupted.[/] The repository is as it was; run the same command to go on.")
        raise typer.Exit(130) from None


def _told(error: Exception) -> str:
    """An error's text; one that the system raised has its file in it."""
    from rich.markup import escape

    if isinstance(error, OSError) and error.strerror:
        return escape(f"{error.strerror}: {error.filename or 'while writing the repository'}")
    return escape(str(error))


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
