"""How well lines are read: share of lines exact, and character error rate."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from rapidfuzz.distance import Levenshtein
from torch import nn

from docfuse_pipeline.alphabet import ALPHABET
from docfuse_pipeline.ctc import decode
from docfuse_pipeline.settings import CROP_PAD
from docfuse_training.evaluation.text import glyphs
from docfuse_training.long_run import mixed_precision
from docfuse_training.reading.line_augment import plain_crop
from docfuse_training.reading.line_store import LineStore
from docfuse_training.reading.recognizer import pixels

_CHUNK = 32


def score_lines(pairs: Iterable[tuple[str, str]]) -> dict[str, float]:
    """`lines_exact` and `cer` of (label, reading) pairs; case and white space do not count.

    `spaced_exact` is the share of lines that are right with their spaces.
    """
    found = [(glyphs(label), glyphs(reading), label, reading) for label, reading in pairs]
    characters = sum(len(label) for label, *_ in found)
    return {
        "lines_exact": float(np.mean([a == b for a, b, *_ in found])),
        "cer": sum(Levenshtein.distance(a, b) for a, b, *_ in found) / max(1, characters),
        "spaced_exact": float(np.mean([_spaced(a) == _spaced(b) for *_, a, b in found])),
    }


def _spaced(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).upper().split())


def read_store(module: nn.Module, store: LineStore, picked: Sequence[int] | None = None) -> list[str]:
    """Read lines of a store as they are, in order."""
    chosen = list(range(len(store)) if picked is None else picked)
    device = next(module.parameters()).device
    readings = [""] * len(chosen)
    order = sorted(range(len(chosen)), key=lambda i: store.length(chosen[i]))
    module.eval()
    for start in range(0, len(order), _CHUNK):
        places = order[start : start + _CHUNK]
        crops = [plain_crop(store[chosen[i]]) for i in places]
        width = -(-max(max(crop.shape[1] for crop in crops), 64) // 16) * 16
        images = pixels(crops, width, [CROP_PAD] * len(crops))
        images = images.to(device, memory_format=torch.channels_last)
        with torch.inference_mode(), mixed_precision(device):
            logits = module(images)
            probabilities, best = logits.float().softmax(-1).max(-1)
        found = decode(best.int().cpu().numpy(), probabilities.cpu().numpy(), alphabet=ALPHABET)
        for i, reading in zip(places, found, strict=True):
            readings[i] = reading.text
    return readings


def evaluate_store(
    module: nn.Module, store: LineStore, picked: Sequence[int] | None = None
) -> dict[str, float]:
    """Scores of a module on lines of a store."""
    chosen = list(range(len(store)) if picked is None else picked)
    return score_lines(zip((store.text(i) for i in chosen), read_store(module, store, chosen), strict=True))
