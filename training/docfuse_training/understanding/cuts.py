"""Training of the cut head alone, on frozen token features: the rest needs segments to begin with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from docfuse_models.text_encoder import CutHead
from docfuse_pipeline.tokens import PAD
from docfuse_training.understanding.examples import Prepared
from docfuse_training.understanding.losses import cut_loss

ROWS = 256


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


def train_cuts(head: CutHead, pages: Sequence[Prepared], epochs: int, seed: int) -> list[float]:
    """Train the head; the mean loss of each epoch."""
    rows = [row for page in pages for row in cut_rows(page) if row.known.any()]
    generator = np.random.default_rng(seed)
    optimizer = torch.optim.AdamW(head.parameters(), 1e-3, weight_decay=0.01)
    steps = max(1, -(-len(rows) // ROWS)) * epochs
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps, pct_start=0.1)
    head.train()
    losses = []
    for _ in range(epochs):
        order = generator.permutation(len(rows))
        total = []
        for start in range(0, len(order), ROWS):
            features, gaps, mask, labels, known = _batch([rows[i] for i in order[start : start + ROWS]])
            loss = cut_loss(head(features, gaps, mask)[known > 0], labels[known > 0])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total.append(loss.item())
        losses.append(float(np.mean(total)))
    head.eval()
    return losses


@torch.no_grad()
def predict_cuts(head: CutHead, page: Prepared) -> np.ndarray:
    """Cut probability of each real token of a page, float [K]."""
    features, gaps, mask, _, _ = _batch(cut_rows(page))
    probabilities = head(features, gaps, mask).sigmoid().numpy()
    where = page.tokens.where
    found: np.ndarray = probabilities[where[:, 0], where[:, 1]]
    return found
