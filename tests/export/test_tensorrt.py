"""Every exported graph is really parsed and built, with all its profiles, by TensorRT-RTX (no GPU needed)."""

from __future__ import annotations

import pytest
from onnx import TensorProto, helper

from docfuse_export.assembly import Plan
from docfuse_export.builder import RTX, Builder, BuildError, find_builder
from docfuse_export.engines import final_graph
from docfuse_export.profiles import profiles_of
from docfuse_pipeline import specification as spec

pytest.importorskip("tensorrt_rtx", reason="TensorRT-RTX is not installed (`make test` installs it)")
ENGINES = [model for model in spec.MODELS if model.kind == "engine"]
ONE_WIDTH = [model for model in ENGINES if not model.name.startswith("recognizer") or "288" in model.name]
"""Without the recognisers that differ in nothing but the width of a profile."""


@pytest.fixture(scope="module")
def rtx() -> Builder:
    builder = find_builder("8.9")
    if builder.flavour != RTX:
        pytest.skip("the full TensorRT is installed: it builds for the GPU that is there")
    return builder


@pytest.mark.parametrize("model", ENGINES, ids=lambda model: model.name)
def test_engine_builds_in_half_precision(rtx: Builder, model: spec.Model) -> None:
    plan = rtx.build(final_graph(Plan(target="tensorrt"), model), profiles_of(model))
    assert len(plan) > 1e6


@pytest.mark.parametrize(
    "model", [m for m in ONE_WIDTH if m not in (spec.FUSION, spec.RELATION)], ids=lambda model: model.name
)
def test_engine_builds_for_blackwell(rtx: Builder, model: spec.Model) -> None:
    """Those whose six profiles do not take long to build a second time."""
    builder = find_builder("12.0")
    assert len(builder.build(final_graph(Plan(target="tensorrt"), model), profiles_of(model))) > 1e6


@pytest.mark.parametrize("model", [spec.FUSION, spec.RELATION], ids=lambda model: model.name)
def test_one_profile_for_all_sizes_builds_in_single_precision(rtx: Builder, model: spec.Model) -> None:
    plan = Plan(target="tensorrt", precision="fp32", profiles="range")
    assert len(rtx.build(final_graph(plan, model), profiles_of(model, plan.profiles))) > 1e6


def test_an_operator_that_tensorrt_lacks_is_told(rtx: Builder) -> None:
    value = helper.make_tensor_value_info("CROPS", TensorProto.FLOAT, ["batch", 4])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 4])
    graph = helper.make_graph(
        [helper.make_node("Conjure", ["CROPS"], ["y"], domain="nowhere")], "magic", [value], [out]
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("nowhere", 1)]
    with pytest.raises(BuildError, match=r"TensorRT does not take magic: .*Conjure"):
        rtx.build(helper.make_model(graph, opset_imports=opsets, ir_version=8), ())


def test_profiles_that_do_not_fit_the_graph_are_told(rtx: Builder) -> None:
    with pytest.raises(BuildError, match="could not build orientation: "):
        rtx.build(final_graph(Plan(target="tensorrt"), spec.ORIENTATION), profiles_of(spec.TEXT_ENCODER))
