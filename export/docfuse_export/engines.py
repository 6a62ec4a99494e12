"""The engines of a repository: each graph as its target takes it; TensorRT plans built, or taken over."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from onnx import ModelProto

from docfuse_export import half, plans, rewrites
from docfuse_export.assembly import Plan
from docfuse_export.builder import Builder
from docfuse_export.graphs import declare_axes, load_graph, simplify
from docfuse_export.profiles import profiles_of
from docfuse_pipeline import specification as spec

GENERIC = ("model.py", "runner.py")
"""Files of the embedded engine, beside its graph."""
ENGINE_FOLDER = Path(__file__).resolve().with_name("engine")
TIMINGS = "timing.cache"


@dataclass(frozen=True)
class Made:
    """An engine that is ready: bytes of the served file, seconds it took, whether it was there before."""

    size: int
    seconds: float
    reused: bool = False


def source_graph(plan: Plan, model: spec.Model) -> ModelProto:
    """The graph that an engine is made from: float32 arithmetic, axes as they were published or exported.

    Raises:
        ValueError: the weights file is no ONNX, or of another model.
        OSError: it cannot be read.
    """
    if plan.makes(model.name):
        return plan.reading.engine(model.name)
    return load_graph(plan.weights_file(model), model)


def final_graph(plan: Plan, model: spec.Model) -> ModelProto:
    """The graph of an engine as the plan's target runs it.

    Raises:
        ValueError: see `source_graph`, or an operator is unknown.
        ImportError: ONNX Runtime is missing.
    """
    graph = source_graph(plan, model)
    if not plan.run_by.pinned:
        return graph
    declare_axes(graph, model)
    graph = simplify(graph)
    if plan.run_by.gpu:
        rewrites.for_tensorrt(graph)
        graph = half.to_half(graph) if plan.run_by.precision == "fp16" else graph
    return graph


def recipe(plan: Plan, model: spec.Model, builder: Builder, graph_hash: str) -> plans.Recipe:
    """What the plan of an engine has to be made from."""
    return plans.Recipe(
        flavour=builder.flavour,
        version=builder.version,
        capability=builder.capability,
        precision=plan.run_by.precision,
        profiles=plans.as_json(profiles_of(model, plan.profiles)),
        workspace_mib=builder.workspace_mib,
        graph=graph_hash,
    )


@dataclass(frozen=True)
class Workshop:
    """Makes the engines of one repository.

    Attributes:
        plan: what is assembled.
        builder: TensorRT, for targets on a GPU.
        old: folder of the repository that is there so far, whose plans may be taken over.
        parts: folder in which finished plans are kept in case that the rest is interrupted.
    """

    plan: Plan
    builder: Builder | None
    old: Path
    parts: Path

    def make(self, model: spec.Model, version: Path) -> Made:
        """Put an engine into its version folder.

        Raises:
            ValueError: a graph cannot be read or used.
            BuildError: TensorRT cannot build a plan.
            OSError: a file cannot be read or written.
        """
        start = time.monotonic()
        target = version / plans.GRAPH
        if self.plan.run_by.pinned or self.plan.makes(model.name):
            target.write_bytes(final_graph(self.plan, model).SerializeToString())
        else:
            source_graph(self.plan, model)  # says so if it cannot be read
            shutil.copyfile(self.plan.weights_file(model), target)
        if not self.plan.run_by.pinned:
            for name in GENERIC:
                shutil.copyfile(ENGINE_FOLDER / name, version / name)
        reused = self.builder is not None and self._plan(model, version, self.builder)
        served = version / plans.PLAN if self.builder else target
        return Made(served.stat().st_size, round(time.monotonic() - start, 2), reused)

    def _plan(self, model: spec.Model, version: Path, builder: Builder) -> bool:
        """Put the plan beside its graph; whether there was one already."""
        wanted = recipe(self.plan, model, builder, plans.file_hash(version / plans.GRAPH))
        part = self.parts / f"{model.name}-{wanted.key}"
        usable = [f for f in (part, self.old / model.name / "1") if plans.trouble(f, wanted) is None]
        if not usable:
            self._build(model, version, builder, wanted, part)
        for name in (plans.PLAN, plans.MANIFEST):
            _take((usable or [part])[0] / name, version / name)
        return bool(usable)

    def _build(
        self, model: spec.Model, version: Path, builder: Builder, wanted: plans.Recipe, part: Path
    ) -> None:
        import onnx

        start = time.monotonic()
        plan = builder.build(onnx.load(version / plans.GRAPH), profiles_of(model, self.plan.profiles))
        unfinished = part.with_name(f"{part.name}.unfinished")
        for folder in (unfinished, part):
            shutil.rmtree(folder, ignore_errors=True)
        unfinished.mkdir(parents=True)
        plans.write_plan(unfinished, plan, wanted, time.monotonic() - start)
        unfinished.rename(part)


def _take(source: Path, target: Path) -> None:
    """The file under another name; copied where the file system has no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def code_hash() -> str:
    """Hash of the modules that graphs pass through."""
    digest = hashlib.sha256()
    for name in ("engines.py", "graphs.py", "half.py", "plans.py", "profiles.py", "rewrites.py"):
        digest.update(Path(__file__).with_name(name).read_bytes())
    return digest.hexdigest()
