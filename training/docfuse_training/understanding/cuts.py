"""Training of the cut head alone, on frozen token features: the rest needs segments to begin with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from docfuse_models.text_encoder import CutHead
from docfuse_pipeline.tokens import PAD
from docfuse_training.understanding.examples import Prepared
from docfuse_training.understanding.losses import cut_loss

ROWS = 256
_PASSES = 8
_NOISE, _LEFT_OUT = 0.5, 0.1
"""Noise on token features, beside 1 for their spread, and share of their channels that is left out: without
them the head knows keys by heart, and cuts before each word that begins one."""
CutSets = Mapping[str, tuple[Sequence[Prepared], float]]
"""Pages and share of the rows by name of the set."""


@dataclass(frozen=True)
class CutRow:
    """One token row of t real tokens: `features` float16 [t, 384], `gaps`, `labels`, `known` float [t]."""

    features: np.ndarray
    gaps: np.ndarray
    labels: np.ndarray
    known: np.ndarray


def cut_rows(page: Prepared) -> list[CutRow]:
    """The token rows of a page with what is known of their cuts; views, not copies."""
    rows = page.encoded.rows
    real = rows.ids != PAD
    labels, known = np.zeros(rows.ids.shape, np.float32), np.zeros(rows.ids.shape, np.float32)
    where = page.tokens.where
    labels[where[:, 0], where[:, 1]] = page.cuts.labels
    known[where[:, 0], where[:, 1]] = page.cuts.known
    ends = np.cumsum([0, *real.sum(1)])
    parts = (page.encoded.features, rows.gaps[real], labels[real], known[real])
    return [CutRow(*(part[ends[row] : ends[row + 1]] for part in parts)) for row in range(len(real))]


def _batch(rows: Sequence[CutRow]) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Features, gaps, mask, labels and known of padded rows."""
    longest = max(1, *(len(row.gaps) for row in rows))
    features = np.zeros((len(rows), longest, rows[0].features.shape[1]), np.float32)
    others = np.zeros((4, len(rows), longest), np.float32)
    for index, row in enumerate(rows):
        count = len(row.gaps)
        features[index, :count] = row.features
        others[:, index, :count] = row.gaps, np.ones(count), row.labels, row.known
    gaps, mask, labels, known = (torch.from_numpy(other) for other in others)
    return torch.from_numpy(features), gaps, mask, labels, known


def train_cuts(
    head: CutHead, sets: CutSets, steps: int, rate: float, seed: int, missed: float = 1.0
) -> list[float]:
    """Train the head on rows whose cuts are known, under noise and with features left out; each step's loss.

    Args:
        head: is changed.
        sets: pages and the share of the rows drawn from them, by name; there may be none.
        steps: batches at most, fewer where they would hold each row more than `_PASSES` times.
        rate: highest learning rate.
        seed: of the batches.
        missed: what a missed cut costs beside 1 for a needless one.
    """
    rows = {
        name: ([row for page in pages for row in cut_rows(page) if row.known.any()], share)
        for name, (pages, share) in sets.items()
    }
    rows = {name: chosen for name, chosen in rows.items() if chosen[0]}
    steps = min(steps, -(-sum(len(chosen) for chosen, _ in rows.values()) // ROWS) * _PASSES)
    if not steps:
        return []
    shares = np.array([share for _, share in rows.values()])
    generator, names = np.random.default_rng(seed), list(rows)
    optimizer = torch.optim.AdamW(head.parameters(), rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=0.1)
    head.train()
    losses = []
    for _ in range(steps):
        drawn = [rows[name][0] for name in generator.choice(names, ROWS, p=shares / shares.sum())]
        batch = _batch([chosen[generator.integers(len(chosen))] for chosen in drawn])
        features, gaps, mask, labels, known = batch
        features = _disturbed(features, generator)
        loss = cut_loss(head(features, gaps, mask)[known > 0], labels[known > 0], missed)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    head.eval()
    return losses


def _disturbed(features: Tensor, generator: np.random.Generator) -> Tensor:
    """Token features [R, t, 384] under noise; of each row some channels are left out."""
    noise = torch.from_numpy(generator.standard_normal(features.shape, np.float32))
    kept = torch.from_numpy(generator.random((len(features), 1, features.shape[2]), np.float32) > _LEFT_OUT)
    return (features + _NOISE * features.std() * noise) * kept / (1 - _LEFT_OUT)


@torch.no_grad()
def predict_cuts(head: CutHead, page: Prepared) -> np.ndarray:
    """Cut probability of each real token of a page, float [K]."""
    features, gaps, mask, _, _ = _batch(cut_rows(page))
    probabilities = head(features, gaps, mask).sigmoid().numpy()
    where = page.tokens.where
    found: np.ndarray = probabilities[where[:, 0], where[:, 1]]
    return found
