"""Compares the engines of a finished repository with what they were made from, on pages."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path

from docfuse_export import plans
from docfuse_export.assembly import Plan
from docfuse_export.engines import source_graph
from docfuse_export.inprocess import Engine
from docfuse_export.parity import Parity, compare
from docfuse_export.runtimes import embedded_engine, onnxruntime_engine, openvino_engine
from docfuse_pipeline import specification as spec


def judge(
    plan: Plan, repository: Path, pages: Sequence[bytes], report: Callable[[], None] = lambda: None
) -> Parity:
    """Compare every engine's final graph with its reference.

    References are the torch modules where torch is installed, and else the graphs as they were published or
    exported, in float32. The target's graphs run on its own library, those for TensorRT on ONNX Runtime:
    that shows what half precision costs.

    Args:
        plan: what the repository was made from.
        repository: its folder.
        pages: encoded images.
        report: called after each page.
    """
    references = {model.name: onnxruntime_engine(source_graph(plan, model)) for model in plan.engines}
    engines = {model.name: _engine(plan, model, repository) for model in plan.engines}
    return compare(repository, references | _modules(plan), engines, pages, report)


def _engine(plan: Plan, model: spec.Model, repository: Path) -> Engine:
    graph = repository / model.name / "1" / plans.GRAPH
    if plan.run_by.name == "embedded":
        names = [tensor.name for tensor in model.outputs]
        return embedded_engine(graph, plan.run_by.parameters(model), names)
    return openvino_engine(graph) if plan.run_by.name == "openvino" else onnxruntime_engine(graph)


def _modules(plan: Plan) -> dict[str, Engine]:
    if importlib.util.find_spec("torch") is None:
        return {}
    from docfuse_export.torch_export import load_modules, torch_engine

    models = {model.name: model for model in plan.engines}
    modules = load_modules(plan.weights)
    return {name: torch_engine(module, models[name]) for name, module in modules.items() if name in models}
