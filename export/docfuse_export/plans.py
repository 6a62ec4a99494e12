"""TensorRT plans and the manifest beside each: what a plan was built from, with what, and for what.

A plan runs only with the version of TensorRT and on the compute capability that it was built for. Whoever
wants to use one asks `trouble` first, and builds it anew or refuses it with the reason.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from docfuse_export.profiles import Profile

PLAN, GRAPH, MANIFEST = "model.plan", "model.onnx", "plan.json"
FORMAT = 1
"""Version of the manifest."""
_WORDS = {
    "flavour": "the TensorRT flavour", "version": "the TensorRT version", "capability": "compute capability",
    "precision": "precision", "profiles": "optimisation profiles", "workspace_mib": "workspace (MiB)",
    "graph": "the graph's hash",
}  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """What a plan is made from; equal recipes make plans that can stand in for each other.

    Attributes:
        flavour: `tensorrt`, or `tensorrt_rtx`, whose plans Triton does not serve.
        version: of TensorRT.
        capability: compute capability of the GPU, such as `8.9`.
        precision: fp16 or fp32.
        profiles: shapes of each profile, as JSON has them.
        workspace_mib: most scratch memory of a layer; None leaves it to TensorRT.
        graph: SHA-256 of the ONNX file.
    """

    flavour: str
    version: str
    capability: str
    precision: str
    profiles: list[dict[str, Any]]
    workspace_mib: int | None
    graph: str

    @property
    def key(self) -> str:
        """A short name for the recipe."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


def as_json(profiles: Sequence[Profile]) -> list[dict[str, Any]]:
    """Profiles as a manifest has them."""
    shapes = [{name: [list(s) for s in ranges] for name, ranges in p.shapes.items()} for p in profiles]
    return [{"name": p.name, "shapes": own} for p, own in zip(profiles, shapes, strict=True)]


def write_plan(folder: Path, plan: bytes, recipe: Recipe, seconds: float) -> None:
    """Write a plan and its manifest into a folder that has the graph already."""
    (folder / PLAN).write_bytes(plan)
    manifest = {
        "format": FORMAT, **asdict(recipe), "plan": hashlib.sha256(plan).hexdigest(), "bytes": len(plan),
        "seconds": round(seconds, 2), "served_by_triton": recipe.flavour == "tensorrt",
    }  # fmt: skip
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a plan.

    Raises:
        ValueError: it is no manifest, or one of another version.
        OSError: it cannot be read.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"its manifest is no JSON ({error})") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        found = manifest.get("format") if isinstance(manifest, dict) else None
        raise ValueError(f"its manifest has format {found}, not {FORMAT}")
    return manifest


def trouble(folder: Path, recipe: Recipe) -> str | None:
    """Why the plan in a folder cannot be used for a recipe, or None if it can."""
    if not (folder / PLAN).is_file():
        return "there is no plan yet"
    try:
        manifest = read_manifest(folder)
    except FileNotFoundError:
        return "it has no manifest"
    except (OSError, ValueError) as error:
        return str(error)
    for name, wanted in asdict(recipe).items():
        if manifest.get(name) != wanted:
            if name in ("profiles", "graph"):
                return f"{_WORDS[name]} changed"
            return f"{_WORDS[name]} was {manifest.get(name)} and now is {wanted}"
    if file_hash(folder / PLAN) != manifest.get("plan"):
        return "the file is damaged: its hash is not the manifest's"
    return None


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
