"""All tasks at once on examples: types, fields, relations, page class, and where lines are cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from docfuse_models.fusion import position_input
from docfuse_models.geometry import pair_geometry
from docfuse_pipeline.settings import FEATURE_STRIDE, SUBMAP
from docfuse_training.long_run import Options, ParameterGroup, Task, mixed_precision
from docfuse_training.understanding import losses
from docfuse_training.understanding.aims import PLAIN, Aims
from docfuse_training.understanding.batches import (
    MODALITIES,
    Batch,
    Sets,
    measuring_batches,
    training_batches,
)
from docfuse_training.understanding.examples import Example
from docfuse_training.understanding.metrics import Metrics, measure
from docfuse_training.understanding.modules import Modules
from docfuse_training.understanding.text_blocks import known_cuts, run_blocks

WEIGHTS = {
    "types": 1.0, "fields": 1.0, "groups": 0.5, "first": 0.5, "second": 1.0, "classes": 0.3, "cuts": 1.0,
}  # fmt: skip
"""Weight of each task's loss."""
TEXT_RATE = 0.1
"""Learning rate of the pretrained text encoder, beside 1 for all others."""


def understanding_task(
    sets: Sets,
    held_out: Mapping[str, Sequence[Example]],
    tune_from: int,
    held: Modules | None = None,
    aims: Aims = PLAIN,
) -> Task[Batch]:
    """Understanding pages.

    Args:
        sets: examples to train on with the share of each set, by name.
        held_out: examples to measure on, by name.
        tune_from: step from which the text encoder's layers and its cut head are trained too: a step then
            takes several times as long as behind their stored features.
        held: modules whose types, fields and classes are held to, if any: what they know is not to be lost.
        aims: what is weighed, beside the losses of what is labelled.
    """
    return Task(
        partial(training_batches, sets, tune_from=tune_from),
        partial(_loss, held=held, aims=aims),
        lambda module: {name: evaluate(module, chosen).summary() for name, chosen in held_out.items()},
        _groups,
    )


def run_modules(modules: Modules, batch: Batch) -> losses.Outputs:
    """The graph from the frozen features on; the same numbers as the exported modules give.

    The backbone's projection is linear over channels and RoIAlign linear over places, so projecting the
    submaps of the frozen channels equals cutting submaps from the projected map.
    """
    visual, semantic_kept, position_kept = (batch.kept[:, i, None, None] for i in range(3))
    weight, bias = modules.backbone.projection.weight.flatten(1), modules.backbone.projection.bias
    assert bias is not None
    regions = batch.regions.flatten(3).float().transpose(2, 3) @ weight.T + bias
    regions = regions.transpose(2, 3).unflatten(3, SUBMAP) * batch.mask[:, :, None, None, None]
    regions = regions * visual[..., None, None]
    page = batch.page.unflatten(1, (weight.shape[1], -1)).transpose(1, 2) @ weight.T + bias
    page = page.transpose(1, 2).flatten(1)
    pooled, cuts = batch.pooled, None
    if batch.text:
        pooled, cuts = run_blocks(modules.text_encoder, batch.text, pooled)
    semantic = torch.cat([modules.text_encoder.projection(pooled).float(), batch.surface], -1)
    semantic = semantic * batch.mask.unsqueeze(-1) * semantic_kept
    cells = batch.canvas / FEATURE_STRIDE
    position = position_input(batch.boxes, cells[:, :1], cells[:, 1:]) * position_kept
    geometry = pair_geometry(batch.boxes, batch.mask)
    nodes, classes = modules.fusion.encode(regions, page, semantic, position, geometry, batch.mask)
    types, fields, first, second = modules.relation.scores(nodes, geometry, batch.mask)
    return losses.Outputs(types.float(), fields.float(), first.float(), second.float(), classes.float(), cuts)


def all_losses(outputs: losses.Outputs, batch: Batch, aims: Aims) -> dict[str, Tensor]:
    """The loss of each task."""
    found = {
        "types": losses.type_loss(outputs.types, batch.types, aims.smoothing),
        "fields": losses.field_loss(outputs.fields, batch.fields, batch.mask),
        "groups": losses.group_loss(outputs.fields, batch.groups),
        "first": losses.relation_loss(outputs.first, batch.sources, batch.targets, aims.none),
        "second": losses.relation_loss(outputs.second, batch.sources, batch.targets, aims.none),
        "classes": losses.class_loss(outputs.classes, batch.classes),
    }
    if outputs.cuts is not None:
        found["cuts"] = losses.cut_loss(outputs.cuts, known_cuts(batch.text).to(outputs.cuts.device))
    return found


def _loss(modules: nn.Module, batch: Batch, held: Modules | None, aims: Aims) -> Tensor:
    assert isinstance(modules, Modules)
    device = next(modules.parameters()).device
    batch = batch.to(device)
    with mixed_precision(device):
        outputs = run_modules(modules, batch)
        other = run_modules(modules, batch) if aims.agreement else None
    loss = _summed(outputs, batch, aims)
    if other is not None:
        apart = losses.disagreement(outputs, other, batch.mask, batch.targets)
        loss = (loss + _summed(other, batch, aims)) / 2 + aims.agreement * apart
    if held is None:
        return loss
    with mixed_precision(device), torch.no_grad():
        before = run_modules(held.to(device), batch)
    return loss + aims.hold * losses.held_loss(outputs, before, batch.mask, batch.settled)


def _summed(outputs: losses.Outputs, batch: Batch, aims: Aims) -> Tensor:
    """The losses of all tasks, each with its weight."""
    found = all_losses(outputs, batch, aims)
    return torch.stack([WEIGHTS[name] * value for name, value in found.items()]).sum()


def _groups(module: nn.Module, options: Options) -> list[ParameterGroup]:
    """Norms and biases do not decay; the text encoder's layers learn slowly."""
    assert isinstance(module, Modules)
    layers = module.text_encoder.layers.requires_grad_()
    slow = {id(parameter) for parameter in layers.parameters()}
    groups = []
    for share, own in ((1.0, False), (TEXT_RATE, True)):
        learned = [p for p in module.parameters() if p.requires_grad and (id(p) in slow) == own]
        groups += [
            ParameterGroup(
                params=[p for p in learned if p.ndim > 1], share=share, weight_decay=options.decay
            ),
            ParameterGroup(params=[p for p in learned if p.ndim <= 1], share=share, weight_decay=0.0),
        ]
    return [group for group in groups if group["params"]]


def evaluate(
    module: nn.Module, examples: Sequence[Example], kept: Sequence[bool] = (True,) * MODALITIES
) -> Metrics:
    """Metrics on held-out examples that have the kept modalities."""
    assert isinstance(module, Modules)
    device = next(module.parameters()).device
    was_training = module.training
    module.eval()
    metrics = Metrics()
    with torch.no_grad(), mixed_precision(device):
        for chunk, batch in measuring_batches(examples, kept):
            measure(metrics, chunk, batch, run_modules(module, batch.to(device)).to_cpu())
    module.train(was_training)
    return metrics
