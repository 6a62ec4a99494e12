"""docTR's models between uint8 pixels and small integers, as modules that can be traced.

What docTR does on the host goes into the graph: normalisation before, pooling and sigmoid of a detector, or
argmax and softmax of a recogniser, after.
"""

from __future__ import annotations

import importlib
from typing import Any

import torch
from torch import Tensor, nn

from docfuse_export.doctr import unrolled
from docfuse_pipeline.traits import DetectorTraits, RecognizerTraits

_UNROLLED = {"MASTER": unrolled.master, "PARSeq": unrolled.parseq}
CAP = 1024
"""Most crops of one page: what a page of many long lines, cut into pieces, takes."""


class _Pixels(nn.Module):
    """uint8 [N, H, W, 3] RGB → float32 [N, 3, H, W], normalised as docTR's pre-processor does."""

    mean: Tensor
    std: Tensor

    def __init__(self, cfg: dict[str, Any]):
        super().__init__()
        for key in ("mean", "std"):
            self.register_buffer(key, torch.tensor(cfg[key], dtype=torch.float32).reshape(1, 3, 1, 1))

    def forward(self, pixels: Tensor) -> Tensor:
        return (pixels.permute(0, 3, 1, 2).to(torch.float32) / 255 - self.mean) / self.std


class Detector(nn.Module):
    """CANVAS uint8 [N, H, W, 3] RGB → TEXT_MAP uint8 [N, H, W], probability × 255.

    docTR's detectors are fully convolutional, so the canvas goes in at its own size. FAST's branches are
    folded into one, in place, as docTR's predictor does; its erosion reversal, which docTR leaves out of its
    own ONNX files, is part of the map.
    """

    def __init__(self, model: Any):
        super().__init__()
        if type(model).__name__ == "FAST":
            importlib.import_module("doctr.models.detection.fast").reparameterize(model)
        self.model, self.pixels = model, _Pixels(model.cfg)
        self.pooling = getattr(model, "pooling", nn.Identity())
        self.traits = DetectorTraits(
            ink=model.postprocessor.bin_thresh,
            box=model.postprocessor.box_thresh,
            unclip=model.postprocessor.unclip_ratio,
            opened=True,
            words=True,
        )

    def forward(self, canvas: Tensor) -> Tensor:
        """See the class."""
        logits = _logits(self.model, self.pixels(canvas))
        probability = torch.sigmoid(self.pooling(logits))
        return torch.round(probability[:, 0] * 255).to(torch.uint8)


class Recognizer(nn.Module):
    """CROPS uint8 [N, H, W, 3] RGB → CHARACTERS int32 [N, T], PROBABILITIES float32 [N, T].

    docTR's blank or end, the class after the vocabulary, comes first. Classes after it (start and padding of
    models that spell) stand for no character.
    """

    def __init__(self, model: Any):
        super().__init__()
        self.model, self.pixels = model, _Pixels(model.cfg)
        self.size = len(model.vocab)
        _, height, width = model.cfg["input_shape"]
        with torch.no_grad():
            _, steps, classes = self._scores(torch.zeros((1, height, width, 3), dtype=torch.uint8)).shape
        self.traits = RecognizerTraits(
            alphabet=("", *model.vocab, *[""] * (classes - self.size - 1)),
            decoding="ctc" if hasattr(model.postprocessor, "ctc_best_path") else "attention",
            height=height,
            caps={width: CAP},
            steps={width: steps},
            pieces=True,
            choices=1,
        )

    def _scores(self, crops: Tensor) -> Tensor:
        return _UNROLLED.get(type(self.model).__name__, _logits)(self.model, self.pixels(crops))

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        scores, size = self._scores(crops), self.size
        scores = torch.cat([scores[..., size : size + 1], scores[..., :size], scores[..., size + 1 :]], -1)
        best = scores.argmax(-1).to(torch.int32)
        return best, torch.softmax(scores, -1).max(-1).values


def _logits(model: Any, pixels: Tensor) -> Tensor:
    """Logits as docTR's model gives them for an ONNX file."""
    before, model.exportable = model.exportable, True
    try:
        logits: Tensor = model(pixels)["logits"]
    finally:
        model.exportable = before
    return logits
