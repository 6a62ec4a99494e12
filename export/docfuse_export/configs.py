"""config.pbtxt of every model and ensemble, made from the specification through protobuf."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2 as pb

from docfuse_export.targets import COMMITTED, FIRST_STEPS, QUEUE, Target
from docfuse_pipeline import specification as spec

_DTYPES = {"BYTES": "TYPE_STRING"}
Parameters = Mapping[str, Mapping[str, str]]


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


def model_config(
    model: spec.Model,
    target: Target = COMMITTED,
    parameters: Mapping[str, str] | None = None,
    queue: int = QUEUE,
) -> pb.ModelConfig:
    """Config of one engine or Python step.

    Args:
        model: the model, from the specification.
        target: decides how engines run; Python steps are the same everywhere.
        parameters: added to the specification's and the target's, and stronger than both.
        queue: pages that may wait before the first step of an ensemble; more are refused as UNAVAILABLE.
    """
    config = _skeleton(model, model.max_batch_size)
    group = config.instance_group.add(count=model.instances, kind=pb.ModelInstanceGroup.KIND_CPU)
    if model.kind == "engine":
        config.backend, config.platform = target.backend, target.platform
        config.default_model_filename = target.filename
        config.dynamic_batching.SetInParent()
        if target.gpu:
            group.kind = pb.ModelInstanceGroup.KIND_GPU
    else:
        config.backend, config.default_model_filename = "python", "model.py"
        if model.name in FIRST_STEPS:
            config.dynamic_batching.default_queue_policy.max_queue_size = queue
    chosen = {**model.parameters, **target.parameters.get(model.name, {}), **(parameters or {})}
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
) -> dict[str, str]:
    """Text of config.pbtxt by model name, for the chosen ensembles and every model they need."""
    chosen = tuple(ensembles)
    models = models_of(chosen)
    texts = {
        model.name: to_text(model_config(model, target, (parameters or {}).get(model.name), queue))
        for model in models
    }
    return texts | {ensemble.name: to_text(ensemble_config(ensemble)) for ensemble in chosen}


def models_of(ensembles: Iterable[spec.Ensemble]) -> tuple[spec.Model, ...]:
    """Models that the ensembles need, in the order of their steps; `page` calls `orientation` by itself."""
    models = {step.model.name: step.model for ensemble in ensembles for step in ensemble.steps}
    if spec.PAGE_STEP.name in models:
        models[spec.ORIENTATION.name] = spec.ORIENTATION
    return tuple(models.values())


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
