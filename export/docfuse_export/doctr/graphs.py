"""docTR's models as ONNX graphs of the specification."""

from __future__ import annotations

import io
import warnings
from functools import lru_cache
from pathlib import Path

import onnx
import torch
from onnx import ModelProto
from torch import nn

from docfuse_export.doctr import loading
from docfuse_export.doctr.modules import Detector, Recognizer
from docfuse_export.torch_export import OPSET, declare_shapes, dynamic_axes
from docfuse_pipeline import specification as spec

VERSIONS = f"docTR {loading.VERSION}, torch {torch.__version__}"
"""What graphs are made with."""
_EXAMPLE = (192, 160)
"""Canvas of the trace; its sides vary in the graph."""


@lru_cache(maxsize=1)
def detector_module(name: str, weights: Path | None) -> Detector:
    """A docTR detector; see `loading.load` for arguments and errors."""
    return Detector(loading.load("detection", name, weights)).eval()


@lru_cache(maxsize=1)
def recognizer_module(name: str, weights: Path | None) -> Recognizer:
    """A docTR recogniser; see `loading.load` for arguments and errors."""
    return Recognizer(loading.load("recognition", name, weights)).eval()


def detector(module: Detector) -> ModelProto:
    """CANVAS UINT8 [N,H,W,3] RGB → TEXT_MAP UINT8 [N,H,W], probability × 255."""
    return _export(spec.DETECTOR, module, _EXAMPLE)


def recognizer(module: Recognizer) -> ModelProto:
    """CROPS UINT8 [N,H,W,3] RGB → CHARACTERS INT32 [N,T], PROBABILITIES FP32 [N,T]."""
    ((width, model),) = spec.recognizers(module.traits).items()
    return _export(model, module, (module.traits.height, width))


def _export(model: spec.Model, module: nn.Module, size: tuple[int, int]) -> ModelProto:
    example = torch.randint(0, 256, (2, *size, 3), dtype=torch.uint8)
    buffer = io.BytesIO()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the exporter warns of its successor, and of every traced shape
        torch.onnx.export(
            module,
            (example,),
            buffer,  # type: ignore[arg-type]  # a file that is open will do
            input_names=[tensor.name for tensor in model.inputs],
            output_names=[tensor.name for tensor in model.outputs],
            dynamic_axes={t.name: dynamic_axes(model, t) for t in (*model.inputs, *model.outputs)},
            opset_version=OPSET,
            dynamo=False,
        )
    graph = onnx.load_from_string(buffer.getvalue())
    declare_shapes(graph, model)
    graph.producer_name = "docfuse"
    onnx.checker.check_model(graph)
    return graph
