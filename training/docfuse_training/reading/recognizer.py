"""The text recogniser as a torch module: PP-OCRv6 small, for lines 32 pixels high and the Latin alphabet.

Published for lines 48 pixels high, it costs less than half as much at 32; the last pooling keeps its columns
apart, so that a character's place is known to four pixels and narrow print has enough of them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import ModelProto, helper, numpy_helper
from torch import Tensor

from docfuse_export import surgery
from docfuse_export.initializers import restore_initializers, write_half
from docfuse_pipeline.alphabet import ALPHABET
from docfuse_pipeline.settings import CROP_HEIGHT

FILE = "recognizer.onnx"
_NEAR = {
    "„": '"', "‚": "'", "‹": "<", "›": ">", "►": ">", "Ə": "E", "ə": "e", "Ʒ": "Z", "ʒ": "z", "Ǥ": "G",
    "ǥ": "g", "ẞ": "B", "№": "N", "☒": "□",
}  # fmt: skip
"""What characters that the published model does not know look like."""
_WIDE = str.maketrans("（），．：；！？％＋－＝／＃＆＠～", "(),.:;!?%+-=/#&@~")
_LEVELS = 0.5, 0.5


def published_graph(alphabet: Sequence[str] = ALPHABET) -> ModelProto:
    """The published recogniser, made ours: x FP32 [N,3,32,W] RGB, -1 to 1 → logits FP32 [N,W/4,alphabet].

    What the published model reads as a full-width form becomes the plain character; characters that it does
    not know begin as their likes.
    """
    model = onnx.load(surgery.recognizer_source())
    classes, wide = _classes(model, alphabet)
    for tensor in model.graph.initializer:
        if tensor.name in surgery.LAST_LINEAR:
            values = numpy_helper.to_array(tensor)
            sliced = (values[..., classes] + values[..., wide]) / 2
            tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(sliced), tensor.name))
    surgery.reverse_channels(model, model.graph.input[0].name)
    _pool_rows_only(model)
    softmax = model.graph.node[-1]
    model.graph.output[0].name = softmax.input[0]
    model.graph.node.remove(softmax)
    shape = model.graph.input[0].type.tensor_type.shape
    shape.dim[2].dim_value = CROP_HEIGHT
    del model.metadata_props[:]
    return model


def _classes(model: ModelProto, alphabet: Sequence[str]) -> tuple[list[int], list[int]]:
    """Two published classes for each character: its own, and its full-width form where it has one."""
    known = surgery.published_classes(model)
    full = {chr(plain): chr(form) for form, plain in _WIDE.items()}
    own = []
    for character in alphabet:
        base = unicodedata.normalize("NFD", character)[:1]
        likes = [c for c in (character, _NEAR.get(character), base) if c in known]
        own.append(known[likes[0]] if character else 0)
    wide = [known.get(full.get(c, c), index) for c, index in zip(alphabet, own, strict=True)]
    return own, wide


def _pool_rows_only(model: ModelProto) -> None:
    """Let the last pooling take all rows that are left, and each column for itself."""
    for node in model.graph.node:
        if node.op_type == "AveragePool":
            del node.attribute[:]
            size = [CROP_HEIGHT // 16, 1]
            node.attribute.extend(helper.make_attribute(key, size) for key in ("kernel_shape", "strides"))


def recognizer_graph(weights: Path | None = None) -> ModelProto:
    """The graph to train: the published model's, or that of a weights folder's recogniser.

    Raises:
        FileNotFoundError: the folder has no recogniser.
        ValueError: its recogniser is another one.
    """
    graph = published_graph()
    if weights is not None:
        restore_initializers(graph, weights / FILE)
    return graph


def write_weights(body: ModelProto, folder: Path) -> Path:
    """Write a trained graph as it is served, in half precision; the file's path."""
    served = surgery.served_recognizer(body)
    return write_half(served, folder / FILE)


def pixels(crops: Sequence[np.ndarray], width: int, pads: Sequence[int]) -> Tensor:
    """Gray crops uint8 [32, w] on the left of a batch: float32 [N, 3, 32, width], -1 to 1."""
    batch = np.empty((len(crops), CROP_HEIGHT, width), np.uint8)
    for row, crop, pad in zip(batch, crops, pads, strict=True):
        row[:, : crop.shape[1]] = crop
        row[:, crop.shape[1] :] = pad
    mean, deviation = _LEVELS
    scaled = (torch.from_numpy(batch).float() / 255 - mean) / deviation
    return scaled[:, None].expand(-1, 3, -1, -1)
