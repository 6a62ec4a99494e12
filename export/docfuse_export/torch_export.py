"""torch → ONNX for the modules that are ours, with the specification's names, types and axes.

Of the package, only this module and those of docTR import torch: what is served are ONNX files.
The TorchScript exporter is used because it keeps every parameter under its torch name, from which training
starts again.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx

from docfuse_export.initializers import load_initializers, note_aliases, store_eighth, store_half
from docfuse_export.inprocess import Arrays, Engine
from docfuse_export.parity import distance
from docfuse_pipeline import settings as s
from docfuse_pipeline import specification as spec

if TYPE_CHECKING:
    import torch

OPSET = 18
"""GridSample is in it, and every runtime of the targets knows it."""
MODELS = {model.name: model for model in (spec.TEXT_ENCODER, spec.BACKBONE, spec.FUSION, spec.RELATION)}
_IN_EIGHT_BITS = "layers."
"""Names of the weights of the text encoder that are stored in 8 bits begin so: half of all bytes."""
_TOKENS = "tokens"
"""Second axis of the text encoder: fixed in the specification, dynamic in its graph for short rows."""


def export_modules(modules: Mapping[str, torch.nn.Module], out: Path) -> dict[str, Path]:
    """Write NAME.onnx of each module into a folder, weights in half precision.

    Args:
        modules: by model name; `forward` takes and returns the specification's tensors in their order.
        out: folder, made if need be.

    Returns:
        Path of each file.

    Raises:
        KeyError: a module's name is not a model of the specification.
    """
    out.mkdir(parents=True, exist_ok=True)
    return {name: _export(MODELS[name], module, out / f"{name}.onnx") for name, module in modules.items()}


def _export(model: spec.Model, module: torch.nn.Module, path: Path) -> Path:
    import torch

    examples = example_inputs(model.name, batch=2, size=1)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the exporter warns of its successor, and of every traced shape
        torch.onnx.export(
            module.eval(),
            tuple(torch.from_numpy(examples[tensor.name]) for tensor in model.inputs),
            path,
            input_names=[tensor.name for tensor in model.inputs],
            output_names=[tensor.name for tensor in model.outputs],
            dynamic_axes={t.name: dynamic_axes(model, t) for t in (*model.inputs, *model.outputs)},
            opset_version=OPSET,
            dynamo=False,
            do_constant_folding=False,  # folding renames transposed weights
            training=torch.onnx.TrainingMode.PRESERVE,  # else batch norms melt into convolutions
        )
    graph = onnx.load(path)
    note_aliases(graph, {name: value.numpy() for name, value in module.state_dict().items()})
    if model is spec.TEXT_ENCODER:
        store_eighth(graph, _IN_EIGHT_BITS)
    store_half(graph)
    declare_shapes(graph, model)
    onnx.checker.check_model(graph)
    path.write_bytes(graph.SerializeToString())
    return path


def declare_shapes(graph: onnx.ModelProto, model: spec.Model) -> None:
    """Write the specification's shapes into the graph's outputs, where tracing left sizes open."""
    for entry, tensor in zip(graph.graph.output, model.outputs, strict=True):
        names = dynamic_axes(model, tensor)
        dims = [names.get(at, size) for at, size in enumerate((0, *tensor.config_dims))]
        element = entry.type.tensor_type.elem_type
        entry.CopyFrom(onnx.helper.make_tensor_value_info(tensor.name, element, dims))


def dynamic_axes(model: spec.Model, tensor: spec.Tensor) -> dict[int, str]:
    """Axes of an engine's tensor that vary, by name; axis 0 is the batch."""
    axes = {0: "batch"}
    axes |= {at: dim.name for at, dim in enumerate(tensor.dims, start=1) if isinstance(dim, spec.Axis)}
    if model is spec.TEXT_ENCODER:
        axes[1] = _TOKENS
    return axes


def example_inputs(name: str, batch: int, size: int, seed: int = 0) -> Arrays:
    """Inputs of a model that look like those it gets: padded rows, boxes inside the canvas.

    Args:
        name: model.
        batch: rows or pages.
        size: scale of what varies: 64·size nodes, or 8·size tokens, on a canvas of 192·size × 160·size.
        seed: of the random numbers.
    """
    random = np.random.default_rng(seed)
    height, width, nodes, tokens = 192 * size, 160 * size, 64 * size, min(8 * size, s.ROW_TOKENS)
    lengths = random.integers(1, tokens + 1, batch)
    ids = random.integers(3, 1000, (batch, tokens), dtype=np.int32)
    corners = random.uniform(0, (width * 0.8, height * 0.8), (batch, nodes, 2))
    boxes = np.concatenate([corners, corners + random.uniform(4, (60, 20), (batch, nodes, 2))], 2)
    mask = (np.arange(nodes) < random.integers(nodes // 2, nodes + 1, (batch, 1))).astype(np.float32)
    rows, columns = height // s.FEATURE_STRIDE, width // s.FEATURE_STRIDE
    arrays = {
        "CANVAS": random.integers(0, 256, (batch, height, width, 3), dtype=np.uint8),
        "TOKEN_IDS": np.where(np.arange(tokens) < lengths[:, None], ids, 1).astype(np.int32),
        "TOKEN_GAPS": random.uniform(0, 8, (batch, tokens)).astype(np.float32),
        "FEATURES": random.normal(size=(batch, s.FEATURE_CHANNELS, rows, columns)).astype(np.float16),
        "SEMANTIC": random.normal(size=(batch, nodes, s.SEMANTIC_WIDTH)).astype(np.float16),
        "NODES": random.normal(size=(batch, nodes, s.NODE_WIDTH)).astype(np.float16),
        "NODE_BOXES": (boxes * mask[..., None]).astype(np.float32),
        "NODE_MASK": mask,
    }
    return {tensor.name: arrays[tensor.name] for tensor in MODELS[name].inputs}


@dataclass(frozen=True)
class Difference:
    """How far ONNX Runtime's output lies from torch's."""

    model: str
    tensor: str
    batch: int
    size: int
    largest: float
    mean: float


def parity(
    modules: Mapping[str, torch.nn.Module],
    paths: Mapping[str, Path],
    shapes: Iterable[tuple[int, int]] = ((1, 1), (3, 2)),
) -> list[Difference]:
    """Compare torch with ONNX Runtime on random inputs.

    Args:
        modules: by model name.
        paths: ONNX file of each.
        shapes: batch and size (see `example_inputs`) of each comparison.

    Returns:
        One row per model, output and shape. Differences are absolute; of integer outputs (the best partners)
        `mean` is the share of entries that differ.
    """
    import onnxruntime

    rows = []
    for name, module in modules.items():
        session = onnxruntime.InferenceSession(str(paths[name]), providers=["CPUExecutionProvider"])
        for batch, size in shapes:
            inputs = example_inputs(name, batch, size, seed=batch)
            got = session.run([tensor.name for tensor in MODELS[name].outputs], inputs)
            for tensor, expected, actual in zip(MODELS[name].outputs, _run(module, inputs), got, strict=True):
                largest, mean, _ = distance(expected, actual)
                rows.append(Difference(name, tensor.name, batch, size, largest, mean))
    return rows


def _run(module: torch.nn.Module, inputs: Arrays) -> list[np.ndarray]:
    import torch

    with torch.no_grad():
        outputs = module.eval()(*(torch.from_numpy(np.array(array)) for array in inputs.values()))
    return [value.numpy() for value in (outputs if isinstance(outputs, tuple) else (outputs,))]


def torch_engine(module: torch.nn.Module, model: spec.Model) -> Engine:
    """A module whose `forward` takes and returns the model's tensors in their order."""

    def compute(inputs: Arrays) -> Arrays:
        outputs = _run(module, {tensor.name: inputs[tensor.name] for tensor in model.inputs})
        return {tensor.name: value for tensor, value in zip(model.outputs, outputs, strict=True)}

    return compute


def load_modules(folder: Path) -> dict[str, torch.nn.Module]:
    """Modules with the weights of a folder's ONNX files, by model name, in evaluation mode.

    Raises:
        FileNotFoundError: the folder lacks a file.
        RuntimeError: a file is of other modules than these.
    """
    import torch

    from docfuse_models.build import build_modules

    modules = build_modules()
    for name, module in modules.items():
        arrays = load_initializers(folder / f"{name}.onnx")
        own = module.state_dict()
        # counters of batches seen have no part in a graph
        state = {key: torch.from_numpy(array.copy()).to(own[key].dtype) for key, array in arrays.items()}
        missing, unexpected = module.load_state_dict(state, strict=False)
        missing = [key for key in missing if not key.endswith("num_batches_tracked")]
        if missing or unexpected:
            raise RuntimeError(f"{name}.onnx is of other modules: lacks {missing[:3]}, has {unexpected[:3]}")
    return modules
