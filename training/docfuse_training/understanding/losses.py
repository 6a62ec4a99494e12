"""Losses of all tasks; what a data set does not say costs nothing, what it leaves open is summed over."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from docfuse_training.understanding.align import IGNORE

_TINY = 1e-6
_HELD_CLASSES = 0.3
"""Weight of the classes' divergence, beside 1 for types and fields."""


@dataclass(frozen=True)
class Outputs:
    """What the modules say of a batch: logits.

    `types` [B, N, T], `fields` [B, N, F], `first` and `second` [B, R, N, 1 + N], `classes` [B, C]; where
    the text encoder ran, `cuts` [K] of the tokens where they are known.
    """

    types: Tensor
    fields: Tensor
    first: Tensor
    second: Tensor
    classes: Tensor
    cuts: Tensor | None = None

    def to_cpu(self) -> Outputs:
        """The same where numpy can read it."""
        return replace(self, **{k: v.cpu() for k, v in vars(self).items() if v is not None})


def allowed_loss(logits: Tensor, allowed: Tensor, weight: Tensor) -> Tensor:
    """-log of the probability of all allowed classes together (cross entropy if one alone is allowed).

    Args:
        logits: [..., C].
        allowed: bool [..., C], one class at least where the weight is not 0.
        weight: float [...].
    """
    normal = logits.logsumexp(-1)
    kept = logits.masked_fill(~allowed, -1e4).logsumexp(-1)
    return ((normal - kept) * weight).sum() / weight.sum().clamp(min=1.0)


def type_loss(logits: Tensor, types: Tensor, smoothing: float = 0.0) -> Tensor:
    """Cross entropy of the box types [B, N], IGNORE left out; see `Aims.smoothing`."""
    known = (types != IGNORE).sum().clamp(min=1)
    loss = functional.cross_entropy(
        logits.flatten(0, 1), types.flatten(), ignore_index=IGNORE, reduction="sum", label_smoothing=smoothing
    )
    return loss / known


def field_loss(logits: Tensor, allowed: Tensor, mask: Tensor) -> Tensor:
    """Fields of segments, marginalised over what each may be; all-allowed segments say nothing."""
    informative = mask * (~allowed).any(-1).float()
    return allowed_loss(logits, allowed, informative)


def group_loss(logits: Tensor, groups: tuple[tuple[int, int, tuple[int, ...]], ...]) -> Tensor:
    """-log of the probability that one segment at least of each group carries the group's field."""
    if not groups:
        return logits.new_zeros(())
    probabilities = logits.softmax(-1)
    found = []
    for page, column, members in groups:
        missing = torch.log1p(-probabilities[page, list(members), column].clamp(max=1 - _TINY)).sum()
        found.append(-torch.log(-torch.expm1(missing.clamp(max=-_TINY))))
    return torch.stack(found).mean()


def relation_loss(logits: Tensor, sources: Tensor, targets: Tensor, none: float) -> Tensor:
    """Sources of targets, marginalised over the pieces of one text.

    Args:
        logits: [B, R, N, 1 + N].
        sources: bool of the same shape, which sources a target may have; 0 is "none".
        targets: bool [B, R, N], targets of which something is known.
        none: weight of one that has none (`Aims.none`).
    """
    weight = targets.float() * torch.where(sources[..., 0], none, 1.0)
    return allowed_loss(logits, sources, weight * sources.any(-1).float())


def class_loss(logits: Tensor, classes: Tensor) -> Tensor:
    """Cross entropy of the page classes [B], IGNORE left out."""
    known = (classes != IGNORE).sum().clamp(min=1)
    return functional.cross_entropy(logits, classes, ignore_index=IGNORE, reduction="sum") / known


def cut_loss(logits: Tensor, labels: Tensor, missed: float = 1.0) -> Tensor:
    """Binary cross entropy of cuts [K]; there may be none. `missed`: weight of a cut, beside 1 for none."""
    weight = labels.new_tensor(missed)
    loss = functional.binary_cross_entropy_with_logits(logits, labels, reduction="sum", pos_weight=weight)
    return loss / max(1, len(labels))


def held_loss(outputs: Outputs, before: Outputs, mask: Tensor, settled: Tensor) -> Tensor:
    """Divergence of types, fields and classes from what other modules say (distillation, Hinton et al. 2015).

    Args:
        outputs: of the modules that are trained.
        before: of the others.
        mask: [B, N].
        settled: [B], pages whose links are held to the others' too.
    """
    whole = torch.ones_like(mask[:, 0])
    links = (mask * settled[:, None])[:, None].expand_as(outputs.second[..., 0])
    return (
        _divergence(outputs.types, before.types, mask)
        + _divergence(outputs.fields, before.fields, mask)
        + _HELD_CLASSES * _divergence(outputs.classes, before.classes, whole)
        + _divergence(outputs.second, before.second, links)
    )


def disagreement(outputs: Outputs, other: Outputs, mask: Tensor, targets: Tensor) -> Tensor:
    """How far types and links are from those of another pass with other dropout (R-Drop, Liang et al. 2021).

    Half the sum of the divergences in both directions.

    Args:
        outputs: of the one pass.
        other: of the other.
        mask: [B, N].
        targets: bool [B, R, N], boxes of whose sources something is known.
    """
    known = targets.float()
    both = [
        _divergence(one.types, two.types, mask) + _divergence(one.second, two.second, known)
        for one, two in ((outputs, other), (other, outputs))
    ]
    return torch.stack(both).mean()


def _divergence(logits: Tensor, before: Tensor, weight: Tensor) -> Tensor:
    """Kullback-Leibler divergence over the last axis, weighted mean over the others."""
    each = functional.kl_div(
        logits.log_softmax(-1), before.log_softmax(-1), reduction="none", log_target=True
    )
    return (each.sum(-1) * weight).sum() / weight.sum().clamp(min=1.0)
