"""Probabilities that can be believed: one temperature for each head (Guo et al. 2017)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from docfuse_models.relation import PairScores
from docfuse_training.long_run import mixed_precision
from docfuse_training.understanding import losses
from docfuse_training.understanding.align import IGNORE
from docfuse_training.understanding.batches import Batch, measuring_batches
from docfuse_training.understanding.examples import Example
from docfuse_training.understanding.modules import Modules
from docfuse_training.understanding.train_understanding import run_modules

TEMPERATURES = np.geomspace(0.4, 4, 47)
HEADS = ("types", "fields", "relations", "classes")
_BINS = 10

Answers = dict[str, tuple[Tensor, Tensor]]
"""Logits [K, C] and allowed classes bool [K, C] of what is known, by head; classes are padded with -inf."""


@torch.no_grad()
def known_answers(modules: Modules, examples: Sequence[Example]) -> Answers:
    """What each head says on examples where the truth is known."""
    device = next(modules.parameters()).device
    modules.eval()
    rows: dict[str, list[tuple[Tensor, Tensor]]] = {name: [] for name in HEADS}
    for _, batch in measuring_batches(examples):
        with mixed_precision(device):
            outputs = run_modules(modules, batch.to(device)).to_cpu()
        for name, logits, allowed in _known(outputs, batch):
            rows[name].append((logits, allowed))
    return {name: _joined(parts) for name, parts in rows.items() if sum(len(logits) for logits, _ in parts)}


def _known(outputs: losses.Outputs, batch: Batch) -> Iterator[tuple[str, Tensor, Tensor]]:
    typed = batch.types != IGNORE
    yield "types", outputs.types[typed], _single(batch.types[typed], outputs.types.shape[-1])
    single = (batch.fields.sum(-1) == 1) & (batch.mask > 0)
    yield "fields", outputs.fields[single], batch.fields[single]
    linked = batch.targets & batch.sources.any(-1)
    yield "relations", outputs.second[linked], batch.sources[linked]
    classed = batch.classes != IGNORE
    yield "classes", outputs.classes[classed], _single(batch.classes[classed], outputs.classes.shape[-1])


def _single(labels: Tensor, count: int) -> Tensor:
    return nn.functional.one_hot(labels, count).bool()


def _joined(parts: Sequence[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    widest = max(logits.shape[1] for logits, _ in parts)

    def padded(tensor: Tensor, fill: float) -> Tensor:
        return nn.functional.pad(tensor, (0, widest - tensor.shape[1]), value=fill)

    return (
        torch.cat([padded(logits, -torch.inf) for logits, _ in parts]),
        torch.cat([padded(allowed, False) for _, allowed in parts]),
    )


def find_temperature(logits: Tensor, allowed: Tensor, beside: Tensor | float = 0.0) -> float:
    """The temperature with the least loss; `beside`: logits that are added after the division."""
    weight = torch.ones(len(logits))
    found = [losses.allowed_loss(logits / t + beside, allowed, weight).item() for t in TEMPERATURES.tolist()]
    return float(TEMPERATURES[int(np.argmin(found))])


def calibration_error(logits: Tensor, allowed: Tensor) -> float:
    """Expected calibration error of the most likely answer, over ten bins with equally many of them."""
    confidence, best = logits.softmax(-1).max(-1)
    right = allowed.gather(1, best.unsqueeze(1)).squeeze(1).float()
    order = confidence.argsort()
    bins = zip(confidence[order].chunk(_BINS), right[order].chunk(_BINS), strict=True)
    return float(sum((c.sum() - r.sum()).abs() for c, r in bins)) / max(len(right), 1)


def calibrate(modules: Modules, examples: Sequence[Example]) -> dict[str, dict[str, float]]:
    """Divide the logits of each head by a temperature, inside its last layers.

    Args:
        modules: changed in place.
        examples: that the modules were not trained on.

    Returns:
        By head its temperature, and its calibration error before and after, on these same examples.
    """
    relation = modules.relation
    last: dict[str, Callable[[], list[nn.Module]]] = {
        "types": lambda: [relation.types[-1]],
        "fields": lambda: [relation.fields[-1]],
        "relations": lambda: _last_of_pairs(relation.second),
        "classes": lambda: [modules.fusion.classify[-1]],
    }
    report = {}
    for name, (logits, allowed) in known_answers(modules, examples).items():
        temperature = find_temperature(logits, allowed)
        _divide(last[name](), temperature)
        report[name] = {
            "temperature": temperature,
            "error_before": calibration_error(logits, allowed),
            "error": calibration_error(logits / temperature, allowed),
        }
    return report


def _last_of_pairs(scores: PairScores) -> list[nn.Module]:
    """The layers in which the scores of pairs and of "no source" are linear, each once."""
    return [scores.target, scores.outer, scores.none, scores.itself]


@torch.no_grad()
def _divide(layers: Sequence[nn.Module], temperature: float) -> None:
    for layer in layers:
        for parameter in layer.parameters():
            parameter.div_(temperature)
