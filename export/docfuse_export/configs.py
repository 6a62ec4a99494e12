"""config.pbtxt of every model and ensemble, made from the specification through protobuf."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2 as pb

from docfuse_export.profiles import KINDS, profiles_of
from docfuse_export.targets import COMMITTED, FIRST_STEPS, QUEUE, Parameters, Target
from docfuse_pipeline import specification as spec

_DTYPES = {"BYTES": "TYPE_STRING"}


def _describe(entry: pb.ModelInput | pb.ModelOutput, tensor: spec.Tensor) -> None:
    entry.name = tensor.name
    entry.data_type = pb.DataType.Value(_DTYPES.get(tensor.dtype, f"TYPE_{tensor.dtype}"))
    entry.dims.extend(tensor.config_dims)


def _skeleton(model: spec.Model | spec.Ensemble, max_batch_size: int) -> pb.ModelConfig:
    config = pb.ModelConfig(name=model.name, max_batch_size=max_batch_size)
    for tensor in model.inputs:
        _describe(config.input.add(), tensor)
    for tensor in model.outputs:
        _describe(config.output.add(), tensor)
    return config


def _unbatched(model: spec.Model) -> spec.Model:
    """The same engine for a backend without batching: its batch is the first axis of every tensor."""
    rows = spec.Axis("batch", 1, 1, model.max_batch_size)
    inputs, outputs = (tuple(t.batched(rows) for t in side) for side in (model.inputs, model.outputs))
    return replace(model, inputs=inputs, outputs=outputs, max_batch_size=0)


def model_config(
    model: spec.Model,
    target: Target = COMMITTED,
    parameters: Mapping[str, str] | None = None,
    queue: int = QUEUE,
    profiles: str = KINDS[0],
) -> pb.ModelConfig:
    """Config of one engine or Python step.

    Args:
        model: the model, from the specification.
        target: decides how engines run; Python steps are the same everywhere.
        parameters: added to the specification's and the target's, and stronger than both.
        queue: pages that may wait before the first step of an ensemble; more are refused as UNAVAILABLE.
        profiles: which optimisation profiles the engines of a GPU have.
    """
    if model.kind == "engine" and not target.batches:
        model = _unbatched(model)
    config = _skeleton(model, model.max_batch_size)
    # pages meet in an engine that a step asks only if several instances ask
    count = 2 * model.instances if model.asks and target.waits else model.instances
    group = config.instance_group.add(count=count, kind=pb.ModelInstanceGroup.KIND_CPU)
    if model.kind == "engine":
        config.backend, config.platform = target.backend, target.platform
        config.default_model_filename = target.filename
        if target.batches and (target.waits or model.asked):
            config.dynamic_batching.SetInParent()
        if target.gpu:
            group.kind = pb.ModelInstanceGroup.KIND_GPU
            # Triton uses none but the first profile unless told so
            group.profile.extend(str(index) for index in range(len(profiles_of(model, profiles))))
    else:
        config.backend, config.default_model_filename = "python", "model.py"
        if model.name in FIRST_STEPS:
            config.dynamic_batching.default_queue_policy.max_queue_size = queue
    of_target = target.parameters(model) if model.kind == "engine" else {}
    chosen = {**model.parameters, **of_target, **(parameters or {})}
    for key, value in sorted(chosen.items()):
        config.parameters[key].string_value = value
    return config


def ensemble_config(ensemble: spec.Ensemble) -> pb.ModelConfig:
    """Config of an ensemble. Outputs of a step that nobody reads are not mapped: Triton refuses them."""
    config = _skeleton(ensemble, 0)
    config.platform = "ensemble"
    read = {tensor.name for tensor in ensemble.outputs}
    read |= {step.ensemble_name(tensor) for step in ensemble.steps for tensor in step.model.inputs}
    for step in ensemble.steps:
        entry = config.ensemble_scheduling.step.add(model_name=step.model.name, model_version=-1)
        for tensor in step.model.inputs:
            entry.input_map[tensor.name] = step.ensemble_name(tensor)
        for tensor in step.model.outputs:
            if step.ensemble_name(tensor) in read:
                entry.output_map[tensor.name] = step.ensemble_name(tensor)
    return config


def to_text(config: pb.ModelConfig) -> str:
    """Text of a config.pbtxt; `max_batch_size: 0`, which protobuf leaves out, is written out."""
    text: str = text_format.MessageToString(config, use_short_repeated_primitives=True)
    if config.max_batch_size:
        return text
    name, _, rest = text.partition("\n")
    return f"{name}\nmax_batch_size: 0\n{rest}"


def all_configs(
    target: Target = COMMITTED,
    parameters: Parameters | None = None,
    queue: int = QUEUE,
    ensembles: Iterable[spec.Ensemble] = spec.ENSEMBLES,
    profiles: str = KINDS[0],
) -> dict[str, str]:
    """Text of config.pbtxt by model name, for the chosen ensembles and every model they need."""
    chosen, own = tuple(ensembles), parameters or {}
    texts = {
        model.name: to_text(model_config(model, target, own.get(model.name), queue, profiles))
        for model in models_of(chosen)
    }
    return texts | {ensemble.name: to_text(ensemble_config(ensemble)) for ensemble in chosen}


def models_of(ensembles: Iterable[spec.Ensemble]) -> tuple[spec.Model, ...]:
    """Models that the ensembles need, in the order of their steps, each before those that it asks."""
    steps = [step.model for ensemble in ensembles for step in ensemble.steps]
    return tuple({each.name: each for model in steps for each in (model, *model.asks)}.values())


def write(repository: Path) -> list[str]:
    """Write the committed configs; returns the names of those that changed."""
    changed = check(repository)
    for name in changed:
        path = repository / name / "config.pbtxt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(all_configs()[name], encoding="utf-8")
    return changed


def check(repository: Path) -> list[str]:
    """Names of the models whose committed config differs from the specification, or is missing."""
    paths = {name: repository / name / "config.pbtxt" for name in all_configs()}
    return [
        name
        for name, text in all_configs().items()
        if not paths[name].is_file() or paths[name].read_text(encoding="utf-8") != text
    ]
