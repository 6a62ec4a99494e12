"""What `docfuse export` does and shows: progress, the final table, JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from docfuse_export.assemble import MANIFEST, assemble, stale
from docfuse_export.assembly import Plan
from docfuse_pipeline import specification as spec

_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


def wants_parity(plan: Plan, told: bool | None) -> bool:
    """Whether engines are compared: as told, or unless the embedded target is to start within seconds.

    Raises:
        ValueError: it is told for a repository without the ensemble that the comparison needs.
    """
    possible = any(ensemble.name == spec.DOCUMENT.name for ensemble in plan.ensembles)
    if told and not possible:
        raise ValueError(f"--parity needs the ensemble {spec.DOCUMENT.name!r}, which is left out here.")
    return possible and (plan.run_by.name != "embedded" if told is None else told)


def export(plan: Plan, out: Path, parity: bool, documents: Sequence[Path] | None, as_json: bool) -> None:
    """Assemble the repository and show what came out."""
    console = Console(stderr=True, quiet=as_json)
    with Progress(*_COLUMNS, console=console, transient=True) as progress:
        engines = progress.add_task("Making engines", total=len(plan.engines))

        def report(name: str, size: int) -> None:
            progress.update(engines, advance=1, description=f"{name} ready")

        def judge(folder: Path) -> dict[str, Any] | None:
            return _judge(plan, folder, documents, progress) if parity else None

        waiting = f"Another export works on {out}; waiting for it."
        changed = assemble(plan, out, report, judge, lambda: console.print(waiting))
    _show(out, changed, as_json)


def _judge(plan: Plan, folder: Path, documents: Sequence[Path] | None, progress: Progress) -> dict[str, Any]:
    from docfuse.demo import samples
    from docfuse.sources import load_pages
    from docfuse_export.judge import judge

    pages = [page for document in documents or samples() for page in load_pages(document)]
    task = progress.add_task("Comparing on pages", total=len(pages))
    return judge(plan, folder, pages, lambda: progress.advance(task)).as_dict()


def check(plan: Plan, out: Path, as_json: bool) -> None:
    """Say what is wrong with a repository; exit status 1 if anything is."""
    reasons = stale(plan, out)
    if as_json:
        typer.echo(json.dumps({"path": str(out.resolve()), "stale": reasons}))
    else:
        for reason in reasons or [f"{out} is up to date."]:
            typer.echo(reason)
    if reasons:
        raise typer.Exit(1)


def _show(out: Path, changed: bool, as_json: bool) -> None:
    manifest = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    if as_json:
        typer.echo(json.dumps(manifest | {"path": str(out.resolve()), "changed": changed}))
        return
    console = Console()
    console.print(_table(out, manifest, changed))
    parity = manifest.get("parity")
    if parity:
        console.print(_changes(parity["changes"]))
    if manifest.get("tensorrt", {}).get("flavour") == "tensorrt_rtx":
        console.print("Plans of TensorRT-RTX prove that the graphs build; Triton does not serve them.")


def _table(out: Path, manifest: dict[str, Any], changed: bool) -> Table:
    title = f"{out}: {manifest['target']}, {manifest['precision']}"
    if "tensorrt" in manifest:
        built = manifest["tensorrt"]
        title += f", {built['flavour']} {built['version']} for compute capability {built['capability']}"
    title += " (written)" if changed else " (up to date)"
    table = Table("engine", "MB", "seconds", "largest difference", title=title, title_justify="left")
    for name, engine in manifest["engines"].items():
        own = [d for d in manifest.get("parity", {}).get("differences", ()) if d["model"] == name]
        seconds = "kept" if engine["reused"] else f"{engine['seconds']:.1f}"
        table.add_row(name, f"{engine['size'] / 1e6:.1f}", seconds, "\n".join(map(_difference, own)))
    return table


def _difference(found: dict[str, Any]) -> str:
    if found["whole"]:
        return f"{found['tensor']} {found['mean']:.2%} of entries"
    return f"{found['tensor']} {found['largest']:.2g} of {found['scale']:.3g}, mean {found['mean']:.1g}"


def _changes(changes: dict[str, Any]) -> str:
    """One sentence about the final answers."""
    kinds = ("boxes", "links", "fields", "cells")
    parts = ", ".join(f"{changes[kind][0]} of {changes[kind][1]} {kind}" for kind in kinds)
    return f"Changed answers on {changes['pages']} pages: {changes['classes']} classes, {parts}."
