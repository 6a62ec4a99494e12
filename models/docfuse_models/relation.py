"""Types, fields and typed relations of the boxes, from their multimodal features and pair geometry.

For each relation and target the source is chosen by a softmax over all boxes and "none" (as in parsing);
scores join a bilinear form with a network over pair geometry.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from docfuse_models.fusion import Layer
from docfuse_models.geometry import GEOMETRY_WIDTH, pair_geometry
from docfuse_pipeline import settings
from docfuse_pipeline.labels import FIELDS, RELATIONS, TYPES

WIDTH = settings.NODE_WIDTH
PAIR_WIDTH = 96
"""Width of the bilinear form of each relation."""
_INNER = 64
_FLOOR = -1e4


class PairScores(nn.Module):
    """Scores of every (source, target) pair and of "no source", for each relation."""

    def __init__(self) -> None:
        super().__init__()
        count = len(RELATIONS)
        self.source, self.target = nn.Linear(WIDTH, count * PAIR_WIDTH), nn.Linear(WIDTH, count * PAIR_WIDTH)
        self.near_source, self.near_target = nn.Linear(WIDTH, _INNER), nn.Linear(WIDTH, _INNER)
        self.geometry, self.outer = nn.Linear(GEOMETRY_WIDTH, _INNER), nn.Linear(_INNER, count)
        self.none, self.itself = nn.Linear(WIDTH, count), nn.Linear(WIDTH, count)

    @staticmethod
    def _split(x: Tensor) -> Tensor:
        return x.unflatten(-1, (len(RELATIONS), PAIR_WIDTH)).transpose(1, 2)

    def forward(self, nodes: Tensor, geometry: Tensor, mask: Tensor) -> Tensor:
        """Logits of each target's source.

        Args:
            nodes: [B, N, 256].
            geometry: [B, N, N, K], source × target.
            mask: [B, N].

        Returns:
            [B, relations, N targets, 1 + N sources]; index 0 is "none".
        """
        bilinear = self._split(self.target(nodes)) @ self._split(self.source(nodes)).transpose(2, 3)
        near = (
            self.geometry(geometry)
            + self.near_source(nodes).unsqueeze(2)
            + self.near_target(nodes).unsqueeze(1)
        )
        local = self.outer(functional.gelu(near)).permute(0, 3, 2, 1)
        own = torch.eye(nodes.shape[1], device=nodes.device, dtype=nodes.dtype)
        own = own * self.itself(nodes).transpose(1, 2).unsqueeze(3)
        scores = bilinear / math.sqrt(PAIR_WIDTH) + local + own + (1.0 - mask[:, None, None, :]) * _FLOOR
        return torch.cat([self.none(nodes).transpose(1, 2).unsqueeze(3), scores], 3)


class Relation(nn.Module):
    """NODES, NODE_BOXES, NODE_MASK → type, field and partner probabilities."""

    def __init__(self) -> None:
        super().__init__()
        self.refine_bias = nn.Linear(len(RELATIONS) * 2, 8)
        self.refine = Layer()
        self.norm = nn.LayerNorm(WIDTH)
        self.first, self.second = PairScores(), PairScores()
        self.types = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.GELU(), nn.Linear(WIDTH, len(TYPES)))
        self.fields = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.GELU(), nn.Linear(WIDTH, len(FIELDS)))

    def scores(self, nodes: Tensor, geometry: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Type logits, field logits, and source logits before and after refinement.

        The second pass lets each box attend to its likely partners before the pairs are scored again
        (GeoLayoutLM's pair refinement, in short).
        """
        first = self.first(nodes, geometry, mask)
        likely = first.softmax(-1)[..., 1:]
        partners = torch.cat([likely, likely.transpose(2, 3)], 1).permute(0, 2, 3, 1)
        bias = self.refine_bias(partners).permute(0, 3, 1, 2) + (1.0 - mask[:, None, None, :]) * _FLOOR
        refined = self.norm(self.refine(nodes, bias)) * mask.unsqueeze(-1)
        return self.types(refined), self.fields(refined), first, self.second(refined, geometry, mask)

    def forward(self, nodes: Tensor, boxes: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """NODES fp16 [B, N, 256], NODE_BOXES fp32 [B, N, 4], NODE_MASK fp32 [B, N], N ≥ 3.

        Returns:
            TYPE_PROBABILITIES [B, N, types], FIELD_PROBABILITIES [B, N, fields], PARTNERS int32
            [B, relations, N, 3] and PARTNER_PROBABILITIES of the same shape; fp32.
        """
        types, fields, _, sources = self.scores(nodes.float(), pair_geometry(boxes, mask), mask)
        probabilities, partners = sources.softmax(-1)[..., 1:].topk(settings.PARTNERS, -1)
        probabilities = probabilities * mask[:, None, :, None]
        return types.softmax(-1), fields.softmax(-1), partners.int(), probabilities
