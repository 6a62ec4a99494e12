"""Confidence that can be believed: one temperature for all characters (Guo et al. 2017)."""

from __future__ import annotations

import numpy as np
import torch
from onnx import ModelProto, numpy_helper
from torch import nn

from docfuse_export import surgery
from docfuse_training.reading.line_loss import LineLoss
from docfuse_training.reading.line_scores import plain_logits
from docfuse_training.reading.line_store import LineStore
from docfuse_training.stored import evenly

TEMPERATURES = np.geomspace(0.5, 4, 43)
_CHUNK = 16


def find_temperature(module: nn.Module, store: LineStore, most: int = 400) -> float:
    """The temperature with the least loss on lines that the module was not trained on.

    Args:
        module: crops float32 [N, 3, 32, W] → logits [N, T, alphabet].
        store: of the lines.
        most: lines that are looked at, evenly picked.
    """
    loss = LineLoss()
    chosen = sorted(evenly(len(store), most), key=store.length)
    sums = np.zeros(len(TEMPERATURES))
    for start in range(0, len(chosen), _CHUNK):
        lines = [store[index] for index in chosen[start : start + _CHUNK]]
        logits = plain_logits(module, lines)
        targets = [loss.targets(line.text, line.exact) for line in lines]
        exact = torch.tensor([line.exact for line in lines])
        sums += [len(lines) * loss(logits / t, targets, exact).item() for t in TEMPERATURES.tolist()]
    return float(TEMPERATURES[sums.argmin()])


def cooled(graph: ModelProto, temperature: float) -> ModelProto:
    """A copy of a recogniser's graph whose logits are divided by a temperature, in its last layer."""
    model = ModelProto()
    model.CopyFrom(graph)
    for tensor in model.graph.initializer:
        if tensor.name in surgery.LAST_LINEAR:
            values = (numpy_helper.to_array(tensor) / temperature).astype(np.float32)
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    return model
