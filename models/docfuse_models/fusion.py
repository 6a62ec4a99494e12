"""Multimodal fusion: submap, semantic and position feature of each text box → one feature per box.

The submap is RoIAlign (He et al. 2017) written as GridSample; each box's three features are weighed by a
gate (as GraphDoc does), and transformer layers follow into every one of which pair geometry enters as
attention bias (as in BROS and GeoLayoutLM). A page token, which also sees the page image as a whole, gives
the class; so a page without text has one too.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from docfuse_models.geometry import GEOMETRY_WIDTH, pair_geometry
from docfuse_pipeline import settings
from docfuse_pipeline.labels import CLASSES

WIDTH = settings.NODE_WIDTH
LAYERS, HEADS = 4, 8
ROWS, COLUMNS = settings.SUBMAP
SAMPLES = 2
"""Points per bin and axis that RoIAlign averages."""
_PAGE_CELL = 8
_FLOOR = -1e4
_DROPOUT = 0.1


def sampling_grid(boxes: Tensor, height: Tensor | int, width: Tensor | int) -> Tensor:
    """Where RoIAlign samples, in GridSample's coordinates.

    Args:
        boxes: float [B, N, 4], canvas pixels.
        height: height of the feature map, cells of `FEATURE_STRIDE` canvas pixels.
        width: its width.

    Returns:
        float [B, N·R, C, 2] with R = ROWS·SAMPLES rows and C = COLUMNS·SAMPLES columns per box; x, y from -1
        to 1 over the map (`align_corners=False`: cell centres at half-integers).
    """
    dtype, device = boxes.dtype, boxes.device
    across = (torch.arange(COLUMNS * SAMPLES, dtype=dtype, device=device) + 0.5) / (COLUMNS * SAMPLES)
    down = (torch.arange(ROWS * SAMPLES, dtype=dtype, device=device) + 0.5) / (ROWS * SAMPLES)
    x1, y1, x2, y2 = (boxes[..., i : i + 1] / settings.FEATURE_STRIDE for i in range(4))
    x, y = (x1 + (x2 - x1) * across) * 2 / width - 1, (y1 + (y2 - y1) * down) * 2 / height - 1
    x = x.unsqueeze(2).expand(-1, -1, ROWS * SAMPLES, -1)
    y = y.unsqueeze(3).expand(-1, -1, -1, COLUMNS * SAMPLES)
    return torch.stack([x, y], -1).flatten(1, 2)


def region_features(features: Tensor, boxes: Tensor) -> Tensor:
    """RoIAlign: features [B, C, h, w], boxes [B, N, 4] in canvas pixels → submaps [B, N, C, 3, 8].

    Points outside the map take its border's value.
    """
    grid = sampling_grid(boxes, features.shape[2], features.shape[3])
    sampled = functional.grid_sample(features, grid, "bilinear", "border", align_corners=False)
    pooled = functional.avg_pool2d(sampled, SAMPLES)
    return pooled.unflatten(2, (-1, ROWS)).transpose(1, 2)


def page_features(features: Tensor) -> Tensor:
    """The page as a whole: features [B, C, h, w] → [B, C·(1 + 3·8)].

    The mean, and the submap of a box as large as the canvas, cut from the map averaged over cells of 64
    canvas pixels. Both are linear, so that a projection of channels may come before or after.
    """
    height, width = features.shape[2], features.shape[3]
    corner = torch.zeros_like(features[:, :1, 0, 0])
    stride = settings.FEATURE_STRIDE
    whole = torch.stack([corner, corner, corner + width * stride, corner + height * stride], -1)
    coarse = functional.avg_pool2d(features, _PAGE_CELL)
    grid = sampling_grid(whole, height, width)
    submap = functional.avg_pool2d(
        functional.grid_sample(coarse, grid, "bilinear", "border", align_corners=False), SAMPLES
    )
    return torch.cat([features.mean((2, 3)).unsqueeze(2), submap.flatten(2)], 2).flatten(1)


def position_input(boxes: Tensor, height: Tensor | int, width: Tensor | int) -> Tensor:
    """x1, y1, x2, y2, w, h as fractions of the canvas, and their sines at two scales: [B, N, 18]."""
    stride = settings.FEATURE_STRIDE
    x1, y1, x2, y2 = boxes.unbind(-1)
    x1, x2, y1, y2 = (
        x1 / (width * stride),
        x2 / (width * stride),
        y1 / (height * stride),
        y2 / (height * stride),
    )
    places = torch.stack([x1, y1, x2, y2, x2 - x1, y2 - y1], -1)
    return torch.cat([places, (places * math.pi * 2).sin(), (places * math.pi * 8).sin()], -1)


class GeometryBias(nn.Module):
    """Pair geometry → attention bias of every head of every layer, computed once."""

    def __init__(self, outputs: int, inner: int = 48) -> None:
        super().__init__()
        self.inner, self.outer = nn.Linear(GEOMETRY_WIDTH, inner), nn.Linear(inner, outputs)

    def forward(self, geometry: Tensor) -> Tensor:
        """[B, N, N, K] → [B, N, N, outputs]."""
        bias: Tensor = self.outer(functional.gelu(self.inner(geometry)))
        return bias


class Layer(nn.Module):
    """Pre-norm transformer layer with a bias on its attention scores."""

    def __init__(self) -> None:
        super().__init__()
        self.attention_norm, self.inner_norm = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.query, self.key, self.value = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.output = nn.Linear(WIDTH, WIDTH)
        self.inner, self.outer = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(3 * WIDTH, WIDTH)
        self.dropout = nn.Dropout(_DROPOUT)

    @staticmethod
    def _split(x: Tensor) -> Tensor:
        return x.unflatten(-1, (HEADS, WIDTH // HEADS)).transpose(1, 2)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """X [B, N, 256], bias [B, heads, N, N] → [B, N, 256]."""
        y = self.attention_norm(x)
        query, key, value = (self._split(part(y)) for part in (self.query, self.key, self.value))
        scores = query @ key.transpose(2, 3) / math.sqrt(WIDTH // HEADS) + bias
        x = x + self.dropout(self.output((scores.softmax(-1) @ value).transpose(1, 2).flatten(2)))
        return x + self.dropout(self.outer(functional.gelu(self.inner(self.inner_norm(x)))))


class NodeEncoder(nn.Module):
    """Submap, semantic and position feature of a box → one feature: a gate weighs the three per channel."""

    def __init__(self) -> None:
        super().__init__()
        self.visual = nn.Sequential(
            nn.Linear(settings.FEATURE_CHANNELS * ROWS * COLUMNS, WIDTH), nn.GELU(), nn.Linear(WIDTH, WIDTH)
        )
        self.semantic = nn.Sequential(
            nn.LayerNorm(settings.SEMANTIC_WIDTH), nn.Linear(settings.SEMANTIC_WIDTH, WIDTH), nn.GELU(),
            nn.Linear(WIDTH, WIDTH),
        )  # fmt: skip
        self.position = nn.Sequential(nn.Linear(18, WIDTH), nn.GELU(), nn.Linear(WIDTH, WIDTH))
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(3))
        self.gate = nn.Linear(3 * WIDTH, 3 * WIDTH)
        self.dropout = nn.Dropout(_DROPOUT)

    def forward(self, submaps: Tensor, semantic: Tensor, position: Tensor) -> Tensor:
        """[B, N, 64, 3, 8], [B, N, 272], [B, N, 18] → [B, N, 256]."""
        parts = (self.visual(submaps.flatten(2)), self.semantic(semantic), self.position(position))
        joined = torch.cat([norm(part) for norm, part in zip(self.norms, parts, strict=True)], -1)
        weighed: Tensor = joined * self.gate(joined).sigmoid()
        return self.dropout(weighed.unflatten(-1, (3, WIDTH)).sum(-2))


class Fusion(nn.Module):
    """FEATURES, SEMANTIC, NODE_BOXES, NODE_MASK → NODES, CLASS_PROBABILITIES, SUBMAPS."""

    def __init__(self) -> None:
        super().__init__()
        self.nodes = NodeEncoder()
        self.page = nn.Sequential(
            nn.Linear(settings.FEATURE_CHANNELS * (1 + ROWS * COLUMNS), WIDTH),
            nn.GELU(),
            nn.Linear(WIDTH, WIDTH),
        )
        self.page_bias = nn.Parameter(torch.zeros(2, LAYERS * HEADS))
        self.geometry = GeometryBias(LAYERS * HEADS)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)
        self.classify = nn.Sequential(
            nn.Linear(2 * WIDTH, WIDTH), nn.GELU(), nn.Dropout(_DROPOUT), nn.Linear(WIDTH, len(CLASSES))
        )

    def _bias(self, geometry: Tensor, mask: Tensor) -> Tensor:
        """Attention bias with the page token in front: [B, layers·heads, 1 + N, 1 + N]."""
        inner = self.geometry(geometry).permute(0, 3, 1, 2)
        to_page = self.page_bias[0][None, :, None, None] + torch.zeros_like(inner[..., :1])
        from_page = self.page_bias[1][None, :, None, None] + torch.zeros_like(inner[:, :, :1, :])
        from_page = torch.cat([torch.zeros_like(from_page[..., :1]), from_page], 3)
        seen = functional.pad(mask, (1, 0), value=1.0)[:, None, None, :]
        return torch.cat([from_page, torch.cat([to_page, inner], 3)], 2) + (1.0 - seen) * _FLOOR

    def encode(
        self,
        submaps: Tensor,
        page: Tensor,
        semantic: Tensor,
        position: Tensor,
        geometry: Tensor,
        mask: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Features per box and class logits from what does not depend on the feature map's size.

        Args:
            submaps: [B, N, 64, 3, 8].
            page: [B, 1600], from `page_features`.
            semantic: [B, N, 272].
            position: [B, N, 18].
            geometry: [B, N, N, K].
            mask: [B, N].
        """
        x = torch.cat([self.page(page).unsqueeze(1), self.nodes(submaps, semantic, position)], 1)
        bias = self._bias(geometry, mask).unflatten(1, (LAYERS, HEADS))
        for index, layer in enumerate(self.layers):
            x = layer(x, bias[:, index])
        x = self.norm(x)
        nodes = x[:, 1:] * mask.unsqueeze(-1)
        mean = nodes.sum(1) / mask.sum(1, keepdim=True).clamp(min=1.0)
        return nodes, self.classify(torch.cat([x[:, 0], mean], -1))

    def forward(
        self, features: Tensor, semantic: Tensor, boxes: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """FEATURES fp16 [B, 64, h, w], SEMANTIC fp16 [B, N, 272], NODE_BOXES [B, N, 4], NODE_MASK [B, N].

        Returns:
            NODES fp16 [B, N, 256] (zero where padded), CLASS_PROBABILITIES fp32 [B, classes], SUBMAPS fp16.
        """
        features = features.float()
        height, width = features.shape[2], features.shape[3]
        submaps = region_features(features, boxes) * mask[:, :, None, None, None]
        page = page_features(features)
        nodes, logits = self.encode(
            submaps,
            page,
            semantic.float(),
            position_input(boxes, height, width),
            pair_geometry(boxes, mask),
            mask,
        )
        return nodes.half(), logits.softmax(-1), submaps.half()
