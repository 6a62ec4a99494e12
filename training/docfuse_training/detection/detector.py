"""The text detector as a torch module: PP-OCRv6 small, which finds lines on a canvas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import ModelProto, helper
from torch import Tensor, nn

from docfuse_export import surgery
from docfuse_export.initializers import restore_initializers, write_half
from docfuse_pipeline.detection import find_quads
from docfuse_training.detection.page_store import PageStore
from docfuse_training.evaluation.counts import total
from docfuse_training.evaluation.reading import detection_counts
from docfuse_training.long_run import mixed_precision
from docfuse_training.stored import evenly

FILE = "detector.onnx"


def detector_graph(weights: Path | None = None) -> ModelProto:
    """The graph to train, published or a folder's: x FP32 [N,3,H,W] BGR, -1 to 1 → logits FP32 [N,1,H,W].

    Raises:
        FileNotFoundError: the folder has no detector.
        ValueError: its detector is another one.
    """
    graph = onnx.load(surgery.detector_source())
    if weights is not None:
        restore_initializers(graph, weights / FILE)
    sigmoid = graph.graph.node[-1]
    graph.graph.output[0].name = sigmoid.input[0]
    graph.graph.node.remove(sigmoid)
    return graph


def write_weights(body: ModelProto, folder: Path) -> Path:
    """Write a trained graph as it is served, in half precision; the file's path."""
    model = ModelProto()
    model.CopyFrom(body)
    logits = model.graph.output[0].name
    model.graph.node.append(helper.make_node("Sigmoid", [logits], ["text_probability"]))
    model.graph.output[0].name = "text_probability"
    return write_half(surgery.served_detector(model), folder / FILE)


def planes(images: Tensor) -> Tensor:
    """Images uint8 [N, H, W, 3] RGB as the published graph takes them: float32 [N, 3, H, W] BGR, -1 to 1."""
    return images.flip(-1).permute(0, 3, 1, 2).float() / 127.5 - 1


def evaluate_pages(module: nn.Module, store: PageStore, most: int) -> dict[str, float]:
    """Recall, precision and H-mean of lines (IoU 0.5) on some pages of a store, evenly picked."""
    device = next(module.parameters()).device
    module.eval()
    counts = []
    for index in evenly(len(store), most):
        page = store[index]
        images = planes(torch.from_numpy(page.image[None])).to(device)
        with torch.inference_mode(), mixed_precision(device):
            probability = module(images)[0, 0].float().sigmoid().cpu().numpy()
        levels = np.round(probability * 255).astype(np.uint8)
        quads, _ = find_quads(levels, 1.0, (levels.shape[0], levels.shape[1]))
        found = np.concatenate([quads.min(1), quads.max(1)], 1)
        counts.append(detection_counts(page.boxes, found))
    every = total(counts)
    return {"recall": every.recall, "precision": every.precision, "hmean": every.f1}
