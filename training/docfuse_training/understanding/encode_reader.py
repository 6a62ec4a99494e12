"""Reads a page in this process the way the served graph does: the same functions, the same engines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import openvino as ov
import torch
from onnx import ModelProto

from docfuse_export import surgery
from docfuse_models.backbone import Backbone
from docfuse_models.text_encoder import TextEncoder
from docfuse_pipeline.correction import set_right
from docfuse_pipeline.crops import cut_crops
from docfuse_pipeline.detection import find_quads, reading_order
from docfuse_pipeline.lines import Lines, given_lines, read_both_ways, read_lines
from docfuse_pipeline.page import UPRIGHT, letterbox
from docfuse_pipeline.resources import weights
from docfuse_pipeline.settings import MAX_NODES
from docfuse_pipeline.tokens import PAD, Tokenizer, TokenRows, token_rows

CHUNK = 16


@dataclass(frozen=True)
class Sheet:
    """A page on its canvas: uint8 canvas [H, W, 3], canvas pixels per page pixel, page → source pixels."""

    canvas: np.ndarray
    scale: float
    transform: np.ndarray


class _Raw(torch.nn.Module):
    """The frozen part of the text encoder alone."""

    def __init__(self, encoder: TextEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.encoder.raw(ids)


class _RawMap(torch.nn.Module):
    """The frozen part of the backbone alone."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, canvas: torch.Tensor) -> torch.Tensor:
        return self.backbone.raw(canvas)


def _options(core: ov.Core, threads: int) -> dict[str, object]:
    bf16 = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "bf16" if bf16 else "f32",
        "INFERENCE_NUM_THREADS": threads,
        "ENABLE_CPU_PINNING": False,  # else the processes that read side by side share the first core
    }


class RawBackbone:
    """The backbone's frozen part on OpenVINO, which takes a fifth of torch's time."""

    def __init__(self, backbone: Backbone, threads: int = 1) -> None:
        core = ov.Core()
        example = torch.zeros(1, 64, 64, 3, dtype=torch.uint8)
        graph = ov.convert_model(_RawMap(backbone).eval(), example_input=example)
        self._graph = core.compile_model(graph, "CPU", _options(core, threads))

    def __call__(self, canvas: np.ndarray) -> torch.Tensor:
        """Canvas uint8 [H, W, 3] → frozen features float32 [1, C, H/8, W/8]."""
        return torch.from_numpy(np.asarray(self._graph(canvas[None])[0]))


class Reader:
    """Detector, recogniser and the frozen text encoder on OpenVINO.

    Args:
        encoder: the text encoder whose frozen features are wanted.
        threads: threads of each engine.
    """

    def __init__(self, encoder: TextEncoder, threads: int = 1) -> None:
        self._core = ov.Core()
        self._options = _options(self._core, threads)
        self._detector = self._compile(surgery.detector())
        self._recognizer = self._core.compile_model(str(weights() / "recognizer.onnx"), "CPU", self._options)
        example = torch.full((2, 8), 5, dtype=torch.int32)
        graph = ov.convert_model(_Raw(encoder).eval(), example_input=example)
        self._encoder = self._core.compile_model(graph, "CPU", self._options)
        self._tokenizer = Tokenizer()

    def _compile(self, model: ModelProto) -> ov.CompiledModel:
        return self._core.compile_model(
            self._core.read_model(model.SerializeToString()), "CPU", self._options
        )

    def sheet(self, image: np.ndarray) -> tuple[Sheet, np.ndarray]:
        """Set an RGB image right, but for quarter turns; the page on its canvas, and the page itself."""
        rectified = set_right(image, lambda _: UPRIGHT).page
        canvas, scale = letterbox(rectified.page)
        return Sheet(canvas, scale, rectified.transform), rectified.page

    def read(self, sheet: Sheet, page: np.ndarray) -> Lines:
        """Detect and read the text lines of a page."""
        text_map = self._detector(sheet.canvas[None])[0][0]
        quads, _ = find_quads(text_map, sheet.scale, (page.shape[0], page.shape[1]))
        return read_both_ways(partial(self._lines, page), quads[reading_order(quads)][:MAX_NODES])

    def _lines(self, page: np.ndarray, quads: np.ndarray) -> Lines:
        crops = cut_crops(page, quads).by_width
        read = {w: self._recognize(pixels) for w, (pixels, _) in crops.items()}
        rows = {w: indices for w, (_, indices) in crops.items()}
        return read_lines(quads, rows, {w: r[0] for w, r in read.items()}, {w: r[1] for w, r in read.items()})

    def _recognize(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = [self._recognizer(crops[i : i + CHUNK]) for i in range(0, len(crops), CHUNK)]
        return np.concatenate([f["CHARACTERS"] for f in found]), np.concatenate(
            [f["PROBABILITIES"] for f in found]
        )

    def given(self, sheet: Sheet, boxes: np.ndarray, texts: Sequence[str]) -> Lines:
        """Lines of a caller's own boxes [N, 4], source pixels, and texts; they may be cut."""
        return given_lines(boxes, texts, True, sheet.transform)

    def tokens(self, lines: Lines) -> tuple[TokenRows, np.ndarray]:
        """Token rows of the lines, and the frozen feature of each real token, float16 [K, 384]."""
        rows = token_rows(lines, self._tokenizer)
        features = np.zeros((*rows.ids.shape, 384), np.float16)
        lengths = (rows.ids != PAD).sum(1)
        order = np.argsort(lengths, kind="stable")
        for start in range(0, len(order), CHUNK):
            pick = order[start : start + CHUNK]
            longest = max(1, int(lengths[pick].max()))
            features[pick, :longest] = self._encoder(rows.ids[pick, :longest])[0]
        return rows, features[rows.ids != PAD]
