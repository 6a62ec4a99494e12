"""Text encoder: token rows → a feature per token, and where a line is to be cut into segments.

The first layers of multilingual-e5-small (Wang et al. 2024), fine-tuned, over a vocabulary cut to the
Latin-script languages of Europe; a projection makes the feature, a small convolution over tokens and the
white space between them finds the cuts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from docfuse_models.pretrained import E5, read_e5
from docfuse_models.vocabulary import PAD, SIZE
from docfuse_pipeline import settings

WIDTH = 384
LAYERS = 4
FRAME = 2
"""Tokens that the encoder adds to a row: its begin and its end."""
_HEADS, _INNER, _POSITIONS, _EPSILON = 12, 1536, 64, 1e-12
_BEGIN, _END = 0, 2
_FLOOR = -1e4  # an attention score that no softmax lets through and half precision can hold
_CUT_WIDTH = 96


class _Layer(nn.Module):
    """A post-norm transformer layer as in BERT."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.output, self.attention_norm = nn.Linear(WIDTH, WIDTH), nn.LayerNorm(WIDTH, eps=_EPSILON)
        self.inner, self.outer = nn.Linear(WIDTH, _INNER), nn.Linear(_INNER, WIDTH)
        self.output_norm = nn.LayerNorm(WIDTH, eps=_EPSILON)

    @staticmethod
    def _split(x: Tensor) -> Tensor:
        return x.unflatten(-1, (_HEADS, WIDTH // _HEADS)).transpose(1, 2)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """X [M, T, 384], bias [M, 1, 1, T] added to the scores → [M, T, 384]."""
        query, key, value = (self._split(part(x)) for part in (self.query, self.key, self.value))
        scores = query @ key.transpose(2, 3) / math.sqrt(WIDTH // _HEADS) + bias
        attended = (scores.softmax(-1) @ value).transpose(1, 2).flatten(2)
        x = self.attention_norm(x + self.output(attended))
        return self.output_norm(x + self.outer(functional.gelu(self.inner(x))))


class TextEncoder(nn.Module):
    """TOKEN_IDS int32 [M, T], TOKEN_GAPS fp32 [M, T] → TOKEN_FEATURES fp16 [M, T, 256], CUTS fp32 [M, T]."""

    words: Tensor
    word_scales: Tensor
    positions: Tensor

    def __init__(self, vocabulary: int = SIZE) -> None:
        super().__init__()
        self.register_buffer("words", torch.zeros(vocabulary, WIDTH, dtype=torch.int8))
        self.register_buffer("word_scales", torch.zeros(vocabulary, 1, dtype=torch.float16))
        self.register_buffer("positions", torch.zeros(_POSITIONS, WIDTH))
        self.embedding_norm = nn.LayerNorm(WIDTH, eps=_EPSILON).requires_grad_(False)
        self.layers = nn.ModuleList(_Layer() for _ in range(LAYERS)).requires_grad_(False)
        self.projection = nn.Linear(WIDTH, settings.TOKEN_WIDTH)
        self.cut = CutHead()

    def load_pretrained(self, pieces: Sequence[str], e5: E5 | None = None) -> None:
        """Take the published weights; of the embedding the given pieces, in 8 bits per row."""
        e5 = e5 or read_e5()
        index = {piece: i for i, piece in enumerate(e5.pieces)}
        rows = torch.from_numpy(e5.tensors["emb.word"][[index[piece] for piece in pieces]])
        scales = (rows.abs().amax(1, keepdim=True) / 127).clamp_min(1e-6).half()
        self.word_scales.copy_(scales)
        self.words.copy_((rows / scales.float()).round().clamp(-127, 127).to(torch.int8))
        tensors = {name: torch.from_numpy(array.copy()) for name, array in e5.tensors.items()}
        types = tensors["emb.type"].reshape(-1, WIDTH)[0]  # every token is of type 0
        self.positions.copy_(tensors["emb.pos"].reshape(-1, WIDTH)[:_POSITIONS] + types)
        state = {"embedding_norm.weight": tensors["emb.ln.w"], "embedding_norm.bias": tensors["emb.ln.b"]}
        parts = {"q": "query", "k": "key", "v": "value", "ao": "output", "aln": "attention_norm"}
        parts |= {"fi": "inner", "fo": "outer", "oln": "output_norm"}
        for layer in range(LAYERS):
            for old, new in parts.items():
                state[f"layers.{layer}.{new}.weight"] = tensors[f"l{layer}.{old}.w"]
                state[f"layers.{layer}.{new}.bias"] = tensors[f"l{layer}.{old}.b"]
        self.load_state_dict(state, strict=False)

    def raw(self, ids: Tensor) -> Tensor:
        """Features before the projection: int [M, T] → float32 [M, T, 384].

        The row is framed by the begin and end tokens that the encoder was trained with.
        """
        ids = ids.long()
        lengths = (ids != PAD).sum(1, keepdim=True)
        framed = functional.pad(functional.pad(ids, (0, 1), value=PAD), (1, 0), value=_BEGIN)
        at = torch.arange(framed.shape[1], device=ids.device).unsqueeze(0)
        framed = torch.where(at == lengths + 1, _END, framed)
        bias = torch.where(framed == PAD, _FLOOR, 0.0)[:, None, None, :]
        x = self.words[framed].float() * self.word_scales[framed].float()
        x = self.embedding_norm(x + self.positions[: framed.shape[1]])
        for layer in self.layers:
            x = layer(x, bias)
        return x[:, 1:-1]

    def forward(self, ids: Tensor, gaps: Tensor) -> tuple[Tensor, Tensor]:
        """Feature per token, and the probability that a new segment begins there."""
        raw = self.raw(ids)
        cuts = self.cut(raw, gaps, (ids != PAD).float())
        return self.projection(raw).half(), cuts.sigmoid()


class CutHead(nn.Module):
    """Where a line is cut: convolutions over the tokens, the white space between them, and the mask."""

    def __init__(self) -> None:
        super().__init__()
        self.reduce = nn.Linear(WIDTH, _CUT_WIDTH)
        self.mix = nn.Conv1d(_CUT_WIDTH + 4, _CUT_WIDTH, 3, padding=1)
        self.widen = nn.Conv1d(_CUT_WIDTH, _CUT_WIDTH, 3, padding=1)
        self.score = nn.Conv1d(_CUT_WIDTH, 1, 1)

    def forward(self, raw: Tensor, gaps: Tensor, mask: Tensor) -> Tensor:
        """Raw [M, T, 384], gaps [M, T] in line heights, mask [M, T] → logits [M, T]."""
        spaces = torch.stack([gaps, (gaps / 0.5).tanh(), (gaps / 2.0).tanh(), torch.ones_like(gaps)], 2)
        x = torch.cat([self.reduce(raw), spaces], 2) * mask.unsqueeze(2)
        x = functional.gelu(self.mix(x.transpose(1, 2)))
        x = x + functional.gelu(self.widen(x * mask.unsqueeze(1)))
        logits: Tensor = self.score(x).squeeze(1)
        return logits
