"""Weights inside an ONNX file: stored in 16 or 8 bits, found again by their torch names."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from pathlib import Path

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

ALIASES = "docfuse.aliases"
"""Metadata key: JSON, names of parameters that equal another one and were stored once under its name."""
_SMALLEST = 1024
"""Elements from which on a tensor is stored in half precision; below it nothing would be gained."""
_SUFFIX = ".fp32"
_SCALE = ".scale"
"""What follows the name of an 8-bit matrix in the name of its rows' scales."""


def store_eighth(model: ModelProto, prefix: str) -> None:
    """Store the large float32 matrices whose names begin so as int8, each row by its own scale.

    The nodes that follow (Cast, Mul) are constant: any runtime folds them. Meant for weights whose
    published originals have fewer bits than that.
    """
    front, scales = [], []
    for tensor in model.graph.initializer:
        if not tensor.name.startswith(prefix) or len(tensor.dims) != 2 or np.prod(tensor.dims) < _SMALLEST:
            continue
        name, value = tensor.name, numpy_helper.to_array(tensor)
        scale = np.maximum(np.abs(value).max(1, keepdims=True) / 127, 1e-8).astype(np.float32)
        tensor.CopyFrom(numpy_helper.from_array(np.round(value / scale).astype(np.int8), name))
        scales.append(numpy_helper.from_array(scale, name + _SCALE))
        front += [
            helper.make_node("Cast", [name], [name + ".levels"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [name + ".levels", name + _SCALE], [name + _SUFFIX]),
        ]
    model.graph.initializer.extend(scales)
    _read_instead(model, front, {scale.name.removesuffix(_SCALE) for scale in scales})


def store_half(model: ModelProto) -> None:
    """Store large float32 initializers as float16, each followed by a Cast that any runtime folds.

    Raises:
        OverflowError: a weight is too large for float16.
    """
    casts = []
    for tensor in model.graph.initializer:
        small = np.prod(tensor.dims) < _SMALLEST or tensor.name.endswith(_SCALE)  # scales are tiny numbers
        if tensor.data_type != TensorProto.FLOAT or small:
            continue
        with np.errstate(over="ignore"):
            half = numpy_helper.to_array(tensor).astype(np.float16)
        if not np.isfinite(half).all():
            raise OverflowError(f"{tensor.name} does not fit into half precision.")
        tensor.CopyFrom(numpy_helper.from_array(half, tensor.name))
        casts.append(helper.make_node("Cast", [tensor.name], [tensor.name + _SUFFIX], to=TensorProto.FLOAT))
    _read_instead(model, casts, {cast.input[0] for cast in casts})


def _read_instead(model: ModelProto, front: Sequence[NodeProto], stored: Set[str]) -> None:
    """Put nodes in front that restore initializers, and let the graph read what they make."""
    for node in model.graph.node:
        for index, name in enumerate(node.input):
            if name in stored:
                node.input[index] = name + _SUFFIX
    nodes = [*front, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def note_aliases(model: ModelProto, state: Mapping[str, np.ndarray]) -> None:
    """Remember which entries of a module's state were stored under another entry's name."""
    kept = {tensor.name for tensor in model.graph.initializer} & state.keys()
    by_value = {_key(state[name]): name for name in kept}
    aliases = {
        name: by_value[_key(array)]
        for name, array in state.items()
        if name not in kept and array.ndim and _key(array) in by_value
    }
    if aliases:
        model.metadata_props.add(key=ALIASES, value=json.dumps(aliases))


def _key(array: np.ndarray) -> tuple[tuple[int, ...], str, bytes]:
    return array.shape, array.dtype.str, array.tobytes()


def write_half(model: ModelProto, path: Path) -> Path:
    """Write a model whose large weights are stored in half precision, and its folder; the path.

    Raises:
        OverflowError: a weight is too large for float16.
        onnx.checker.ValidationError: the model is none.
    """
    store_half(model)
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())
    return path


def restore_initializers(model: ModelProto, path: Path) -> None:
    """Give a graph the weights of an exported model of the same architecture.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is of another architecture.
    """
    trained = load_initializers(path)
    for tensor in model.graph.initializer:
        if tensor.name not in trained or trained[tensor.name].shape != tuple(tensor.dims):
            raise ValueError(f"{path} is another model: {tensor.name} does not fit.")
        tensor.CopyFrom(numpy_helper.from_array(trained[tensor.name], tensor.name))


def load_initializers(path: Path) -> dict[str, np.ndarray]:
    """Weights of an exported module by the names of its torch state: float32, integers as they are stored.

    Constants that torch does not know by name are left out.
    """
    model = onnx.load(path)
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    arrays = {
        name: value * stored[name + _SCALE] if name + _SCALE in stored else value
        for name, value in stored.items()
        if not name.endswith(_SCALE)
    }
    for entry in model.metadata_props:
        if entry.key == ALIASES:
            arrays |= {name: arrays[kept] for name, kept in json.loads(entry.value).items()}
    return {
        name: array.astype(np.float32) if np.issubdtype(array.dtype, np.floating) else array
        for name, array in arrays.items()
        if not name.startswith(("onnx::", "/"))
    }
