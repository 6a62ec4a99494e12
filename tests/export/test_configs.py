"""Committed configs against the specification, and every edge of every ensemble between its two ends."""

from functools import cache
from pathlib import Path

import pytest
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2 as pb

from docfuse_export import configs
from docfuse_export.profiles import profiles_of
from docfuse_export.targets import COMMITTED, EMBEDDED, FIRST_STEPS, TARGETS, target_named
from docfuse_pipeline import resources
from docfuse_pipeline import specification as spec

NAMES = [model.name for model in spec.MODELS] + [ensemble.name for ensemble in spec.ENSEMBLES]


def _read(name: str) -> pb.ModelConfig:
    path = resources.model_repository() / name / "config.pbtxt"
    return text_format.Parse(path.read_text(encoding="utf-8"), pb.ModelConfig())


@cache
def _configs(target: str) -> dict[str, pb.ModelConfig]:
    texts = configs.all_configs(target_named(target))
    return {name: text_format.Parse(text, pb.ModelConfig()) for name, text in texts.items()}


def _tensors(config: pb.ModelConfig, side: str) -> dict[str, tuple[int, tuple[int, ...]]]:
    """Data type and full shape by name; a model that batches has -1 in front."""
    front = (-1,) if config.max_batch_size else ()
    return {entry.name: (entry.data_type, (*front, *entry.dims)) for entry in getattr(config, side)}


def _fit(first: tuple[int, ...], second: tuple[int, ...]) -> bool:
    return len(first) == len(second) and all(
        a == b or -1 in (a, b) for a, b in zip(first, second, strict=True)
    )


def test_committed_configs_are_those_of_the_specification() -> None:
    assert configs.check(resources.model_repository()) == []


def test_a_stale_config_is_found_and_rewritten(tmp_path: Path) -> None:
    assert set(configs.write(tmp_path)) == set(NAMES)
    path = tmp_path / "text" / "config.pbtxt"
    path.write_text(path.read_text(encoding="utf-8").replace("TYPE_FP32", "TYPE_FP16"), encoding="utf-8")
    assert configs.check(tmp_path) == ["text"]
    assert configs.write(tmp_path) == ["text"]
    assert configs.check(tmp_path) == []


def test_repository_holds_nothing_unknown() -> None:
    assert {path.parent.name for path in resources.model_repository().glob("*/config.pbtxt")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_max_batch_size_is_written_out(name: str) -> None:
    text = (resources.model_repository() / name / "config.pbtxt").read_text(encoding="utf-8")
    assert text.count("max_batch_size:") == 1


@pytest.mark.parametrize("model", spec.MODELS, ids=lambda model: model.name)
def test_only_first_steps_refuse_pages(model: spec.Model) -> None:
    bound = _read(model.name).dynamic_batching.default_queue_policy.max_queue_size
    assert (bound > 0) == (model.name in FIRST_STEPS)


def test_first_steps_are_those_of_the_ensembles() -> None:
    assert {ensemble.steps[0].model.name for ensemble in spec.ENSEMBLES} == FIRST_STEPS


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("ensemble", spec.ENSEMBLES, ids=lambda ensemble: ensemble.name)
def test_every_edge_joins_equal_tensors(ensemble: spec.Ensemble, target: str) -> None:
    own = _configs(target)
    config = own[ensemble.name]
    made = _tensors(config, "input")
    for step in config.ensemble_scheduling.step:
        model = own[step.model_name]
        inputs, outputs = _tensors(model, "input"), _tensors(model, "output")
        assert set(step.input_map) == set(inputs), f"{step.model_name}: an input is not fed"
        for name, edge in step.input_map.items():
            assert edge in made, f"{step.model_name}.{name}: {edge} is not made by an earlier step"
            assert inputs[name][0] == made[edge][0], f"{step.model_name}.{name}: data type"
            assert _fit(inputs[name][1], made[edge][1]), f"{step.model_name}.{name}: shape"
        for name, edge in step.output_map.items():
            assert edge not in made, f"{edge} is made twice"
            made[edge] = outputs[name]
    for name, (dtype, shape) in _tensors(config, "output").items():
        assert made[name][0] == dtype and _fit(made[name][1], shape), name


@pytest.mark.parametrize("ensemble", spec.ENSEMBLES, ids=lambda ensemble: ensemble.name)
def test_a_page_is_in_one_step_at_a_time(ensemble: spec.Ensemble) -> None:
    """tritonserver may end or stand still where steps that began together fail, or their client goes away."""
    config = _read(ensemble.name)
    waiting, made = list(config.ensemble_scheduling.step), {entry.name for entry in config.input}
    while waiting:
        ready = [step for step in waiting if set(step.input_map.values()) <= made]
        assert [step.model_name for step in ready] == [waiting[0].model_name]
        made |= set(ready[0].output_map.values())
        waiting.remove(ready[0])


@pytest.mark.parametrize("ensemble", spec.ENSEMBLES, ids=lambda ensemble: ensemble.name)
def test_every_tensor_is_read(ensemble: spec.Ensemble) -> None:
    """Triton refuses an ensemble with an input or a mapped output that nobody reads."""
    config = _read(ensemble.name)
    steps = config.ensemble_scheduling.step
    read = {edge for step in steps for edge in step.input_map.values()} | {o.name for o in config.output}
    made = {edge for step in steps for edge in step.output_map.values()} | {i.name for i in config.input}
    assert made <= read


def test_a_batching_model_takes_at_least_what_one_page_may_hold() -> None:
    """A request with more rows than `max_batch_size` fails as a whole."""
    producers = {
        step.ensemble_name(tensor): tensor
        for ensemble in spec.ENSEMBLES
        for step in ensemble.steps
        if not step.model.max_batch_size
        for tensor in step.model.outputs
    }
    for ensemble in spec.ENSEMBLES:
        for step in ensemble.steps:
            for tensor in step.model.inputs if step.model.max_batch_size else ():
                producer = producers.get(step.ensemble_name(tensor))
                if producer is not None:
                    rows = producer.dims[0]
                    most = rows.maximum if isinstance(rows, spec.Axis) else rows
                    assert most <= step.model.max_batch_size, f"{step.model.name}.{tensor.name}"


def _but_for_instances(config: pb.ModelConfig) -> pb.ModelConfig:
    copy = pb.ModelConfig()
    copy.CopyFrom(config)
    copy.ClearField("instance_group")
    return copy


@pytest.mark.parametrize("name", TARGETS)
def test_targets_change_the_engines_alone(name: str) -> None:
    target = target_named(name)
    for model in spec.MODELS:
        config = _configs(name)[model.name]
        engine = model.kind == "engine"
        assert config.backend == (target.backend if engine else "python")
        batches = engine and target.batches
        waits = batches and (target.gpu or model.asked)
        assert config.HasField("dynamic_batching") == (waits or model.name in FIRST_STEPS)
        assert (config.max_batch_size > 0) == batches
        if not engine:
            twice = target.gpu and model.asks
            assert config.instance_group[0].count == model.instances * (2 if twice else 1)
            assert _but_for_instances(config) == _but_for_instances(_configs(COMMITTED.name)[model.name])


def test_every_profile_of_a_plan_is_named_in_its_config() -> None:
    """Triton makes use of the first profile alone unless the instance group names the others."""
    for model in spec.MODELS:
        (group,) = _configs("tensorrt")[model.name].instance_group
        count = len(profiles_of(model)) if model.kind == "engine" else 0
        assert list(group.profile) == [str(index) for index in range(count)]
        assert group.kind == (pb.ModelInstanceGroup.KIND_GPU if count else pb.ModelInstanceGroup.KIND_CPU)


def test_parameters_of_the_caller_win() -> None:
    config = configs.model_config(spec.DETECTOR, EMBEDDED, {"threads": "1"}, queue=5)
    assert config.parameters["threads"].string_value == "1"
    assert (
        configs.model_config(
            spec.PAGE_STEP, EMBEDDED, queue=5
        ).dynamic_batching.default_queue_policy.max_queue_size
        == 5
    )
