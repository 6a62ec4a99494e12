"""How well lines are read: share of lines exact, character error rate, and what confidence is worth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch
from rapidfuzz.distance import Levenshtein
from torch import Tensor, nn

from docfuse_pipeline.ctc import EMPTY, Reading
from docfuse_pipeline.rescoring import decode_choices
from docfuse_pipeline.settings import CROP_PAD, STEP_CHOICES
from docfuse_training.evaluation.text import glyphs, spaced
from docfuse_training.long_run import mixed_precision
from docfuse_training.reading.line_augment import plain_crop
from docfuse_training.reading.line_store import Line, LineStore
from docfuse_training.reading.recognizer import pixels

_CHUNK = 32
_BINS = 10
_NARROWEST = 64


def score_lines(pairs: Iterable[tuple[str, str]]) -> dict[str, float]:
    """`lines_exact` and `cer` of (label, reading) pairs; case and white space do not count.

    `spaced_exact` is the share of lines that are right with their spaces.
    """
    found = [(glyphs(label), glyphs(reading), label, reading) for label, reading in pairs]
    characters = sum(len(label) for label, *_ in found)
    return {
        "lines_exact": float(np.mean([a == b for a, b, *_ in found])),
        "cer": sum(Levenshtein.distance(a, b) for a, b, *_ in found) / max(1, characters),
        "spaced_exact": float(np.mean([spaced(a) == spaced(b) for *_, a, b in found])),
    }


def confidence_error(lines: Iterable[tuple[str, Reading]]) -> float:
    """Expected calibration error of characters (Guo et al. 2017), for pairs of a label and its reading.

    Lines are sorted by their score into ten bins with equally many characters; the error of a bin is how far
    its mean score is from the share of its characters that are right.
    """
    found = [(glyphs(label), glyphs(reading.text), reading.score) for label, reading in lines]
    rows = np.array([
        (score, len(label), max(0, len(label) - Levenshtein.distance(label, text)))
        for label, text, score in found
        if label
    ])  # fmt: skip
    if not len(rows):
        return 0.0
    rows = rows[np.argsort(rows[:, 0])]
    middles = np.cumsum(rows[:, 1]) - rows[:, 1] / 2
    bins = (middles / rows[:, 1].sum() * _BINS).astype(int)
    errors = [abs((part[:, 0] * part[:, 1]).sum() - part[:, 2].sum()) for part in _parts(rows, bins)]
    return float(sum(errors) / rows[:, 1].sum())


def _parts(rows: np.ndarray, bins: np.ndarray) -> list[np.ndarray]:
    return [rows[bins == number] for number in range(_BINS)]


def plain_logits(module: nn.Module, lines: Sequence[Line]) -> Tensor:
    """What a module says of lines as they are: float32 [N, T, alphabet], on the CPU."""
    device = next(module.parameters()).device
    crops = [plain_crop(line) for line in lines]
    width = -(-max(max(crop.shape[1] for crop in crops), _NARROWEST) // 16) * 16
    images = pixels(crops, width, [CROP_PAD] * len(crops))
    module.eval()
    with torch.inference_mode(), mixed_precision(device):
        logits: Tensor = module(images.to(device, memory_format=torch.channels_last))
    return logits.float().cpu()


def read_store(module: nn.Module, store: LineStore, picked: Sequence[int] | None = None) -> list[Reading]:
    """Read lines of a store as they are, in order."""
    chosen = list(range(len(store)) if picked is None else picked)
    return _read(module, [store.length(i) for i in chosen], lambda place: store[chosen[place]])


def read_lines(module: nn.Module, lines: Sequence[Line]) -> list[Reading]:
    """Read lines as they are, in order."""
    return _read(module, [line.length for line in lines], lambda place: lines[place])


def _read(module: nn.Module, lengths: Sequence[float], line: Callable[[int], Line]) -> list[Reading]:
    """Read the lines at places 0 … n − 1, those of like length together."""
    readings = [EMPTY] * len(lengths)
    order = sorted(range(len(lengths)), key=lambda place: lengths[place])
    for start in range(0, len(order), _CHUNK):
        places = order[start : start + _CHUNK]
        logits = plain_logits(module, [line(place) for place in places])
        probabilities, best = logits.softmax(-1).topk(STEP_CHOICES, -1)
        found = decode_choices(best.int().numpy(), probabilities.numpy())
        for i, reading in zip(places, found, strict=True):
            readings[i] = reading
    return readings


def evaluate_store(
    module: nn.Module, store: LineStore, picked: Sequence[int] | None = None
) -> dict[str, float]:
    """Scores of a module on lines of a store."""
    chosen = list(range(len(store)) if picked is None else picked)
    lines = list(zip((store.text(i) for i in chosen), read_store(module, store, chosen), strict=True))
    scores = score_lines((label, reading.text) for label, reading in lines)
    return scores | {"confidence_error": confidence_error(lines)}
