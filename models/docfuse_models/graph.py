"""A published ONNX graph as a torch module, so that it can be trained on and written back.

The module's parameters are the graph's float initializers under their own names: what training changed goes
back into the same graph, and the exported model is the trained one by construction. Only the operators that
convolutional readers use are known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from onnx import ModelProto, helper, numpy_helper
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class _Step:
    operator: str
    inputs: list[str]
    output: str
    options: dict[str, Any]


class GraphModule(nn.Module):
    """Runs an ONNX graph of one input and one output.

    Batch normalisation keeps its published statistics. GELU, which the graph spells in five operators, runs
    as one, and a bias runs inside its convolution.

    Raises:
        NotImplementedError: the graph has an operator that is not known here.
    """

    def __init__(self, model: ModelProto) -> None:
        super().__init__()
        self.model = model
        self._keys: dict[str, str] = {}
        self._constants: dict[str, Tensor] = {}
        factors = {name for node in model.graph.node if node.op_type == "Resize" for name in node.input[1:]}
        for tensor in model.graph.initializer:
            self._keep(tensor.name, numpy_helper.to_array(tensor), tensor.name not in factors)
        self._steps = _fused(_steps(model), model.graph.output[0].name)
        unknown = {step.operator for step in self._steps} - set(_OPERATORS)
        if unknown:
            raise NotImplementedError(f"The graph has operators that cannot be trained here: {unknown}.")

    def _keep(self, name: str, value: np.ndarray, trained: bool) -> None:
        if trained and value.dtype in (np.float32, np.float16) and value.size > 1:
            key = f"initializer_{len(self._keys)}"
            self._keys[name] = key
            self.register_parameter(key, nn.Parameter(torch.from_numpy(value.astype(np.float32))))
        else:
            self._constants[name] = torch.from_numpy(np.array(value))

    def forward(self, x: Tensor) -> Tensor:
        """The graph's output for its input."""
        values = {self.model.graph.input[0].name: x}
        for step in self._steps:
            inputs = [self._value(name, values, x) for name in step.inputs]
            values[step.output] = _OPERATORS[step.operator](inputs, step.options)
        return values[self._steps[-1].output]

    def _value(self, name: str, values: dict[str, Tensor], x: Tensor) -> Tensor:
        if name in values:
            return values[name]
        if name in self._keys:
            parameter: Tensor = getattr(self, self._keys[name])
            return parameter
        constant = self._constants[name]
        return constant.to(x.device) if constant.is_floating_point() else constant

    def to_onnx(self) -> ModelProto:
        """A copy of the graph with the parameters as they are now, float32."""
        model = ModelProto()
        model.CopyFrom(self.model)
        for tensor in model.graph.initializer:
            if tensor.name in self._keys:
                value = getattr(self, self._keys[tensor.name]).detach().cpu().numpy()
                tensor.CopyFrom(numpy_helper.from_array(value, tensor.name))
        return model


def _steps(model: ModelProto) -> list[_Step]:
    """The graph's nodes in order, without identities."""
    same: dict[str, str] = {}
    steps = []
    for node in model.graph.node:
        inputs = [same.get(name, name) for name in node.input]
        if node.op_type == "Identity":
            same[node.output[0]] = inputs[0]
            continue
        options = {entry.name: helper.get_attribute_value(entry) for entry in node.attribute}
        steps.append(_Step(node.op_type, inputs, node.output[0], options))
    return steps


def _fused(steps: list[_Step], output: str) -> list[_Step]:
    """Steps with GELU (x / √2 → erf → + 1 → · x → · 0.5) and the bias of a convolution as one each."""
    place = {step.output: index for index, step in enumerate(steps)}
    users: dict[str, list[int]] = defaultdict(list)
    for index, step in enumerate(steps):
        for name in step.inputs:
            users[name].append(index)
    dropped: set[int] = set()
    replaced: dict[int, _Step] = {}
    for index, step in enumerate(steps):
        if step.operator == "Erf":
            divided, plus = place[step.inputs[0]], users[step.output][0]
            times = users[steps[plus].output][0]
            half = users[steps[times].output][0]
            dropped |= {divided, index, plus, times}
            replaced[half] = _Step("Gelu", steps[divided].inputs[:1], steps[half].output, {})
        elif step.operator == "Conv" and len(step.inputs) == 2 and len(users[step.output]) == 1:
            added = users[step.output][0]
            others = [name for name in steps[added].inputs if name != step.output]
            if steps[added].operator == "Add" and others[0] not in place:
                dropped.add(index)
                replaced[added] = _Step("Conv", step.inputs + others, steps[added].output, step.options)
    kept = [replaced.get(index, step) for index, step in enumerate(steps) if index not in dropped]
    end = next(i for i, step in enumerate(kept) if step.output == output or i == len(kept) - 1)
    return kept[: end + 1]


def _padded(x: Tensor, options: dict[str, Any]) -> Tensor:
    """Pad as ONNX says: the same on both sides, or to keep the size with the odd pixel at the end."""
    mode = options.get("auto_pad", b"NOTSET")
    if mode == b"SAME_UPPER":
        high, wide = (
            max((-(-size // stride) - 1) * stride + kernel - size, 0)
            for size, stride, kernel in zip(
                x.shape[2:], options.get("strides", [1, 1]), options["kernel_shape"], strict=True
            )
        )
        return functional.pad(x, (wide // 2, wide - wide // 2, high // 2, high - high // 2))
    top, left, bottom, right = options.get("pads", [0, 0, 0, 0])
    return functional.pad(x, (left, right, top, bottom)) if any((top, left, bottom, right)) else x


def _convolution(inputs: list[Tensor], options: dict[str, Any]) -> Tensor:
    x, weight, *bias = inputs
    strides, groups = options.get("strides", [1, 1]), options.get("group", 1)
    pads = options.get("pads", [0, 0, 0, 0])
    if options.get("auto_pad", b"NOTSET") == b"SAME_UPPER" or pads[:2] != pads[2:]:
        x, pads = _padded(x, options), [0, 0, 0, 0]
    flat = bias[0].flatten() if bias else None
    return functional.conv2d(x, weight, flat, strides, pads[:2], groups=groups)


def _transposed(inputs: list[Tensor], options: dict[str, Any]) -> Tensor:
    x, weight, *bias = inputs
    flat = bias[0].flatten() if bias else None
    return functional.conv_transpose2d(x, weight, flat, options["strides"], options.get("pads", [0, 0])[:2])


def _resized(inputs: list[Tensor], options: dict[str, Any]) -> Tensor:
    """Nearest neighbour by whole factors, as feature pyramids do it."""
    scales = inputs[2] if len(inputs) > 2 else inputs[1]
    return functional.interpolate(inputs[0], scale_factor=scales[2:].tolist(), mode="nearest")


def _sliced(inputs: list[Tensor], options: dict[str, Any]) -> Tensor:
    x, starts, ends, axes = inputs[:4]
    for start, end, axis in zip(starts.tolist(), ends.tolist(), axes.tolist(), strict=True):
        x = x[(slice(None),) * axis + (slice(start, min(end, 2**31)),)]
    return x


def _reshaped(inputs: list[Tensor], options: dict[str, Any]) -> Tensor:
    shape = inputs[1].tolist()
    return inputs[0].reshape([inputs[0].shape[i] if size == 0 else size for i, size in enumerate(shape)])


def _normalised(inputs: list[Tensor], options: dict[str, Any]) -> Tensor:
    x, scale, bias, mean, variance = inputs
    return functional.batch_norm(
        x, mean.detach(), variance.detach(), scale, bias, False, 0.0, options.get("epsilon", 1e-5)
    )


def _many(name: str) -> Callable[[list[Tensor], dict[str, Any]], Tensor]:
    """An elementwise operator of torch by name."""
    return lambda inputs, options: getattr(torch, name)(*inputs)


_OPERATORS: dict[str, Callable[[list[Tensor], dict[str, Any]], Tensor]] = {
    **{onnx_name: _many(name) for onnx_name, name in {
        "Add": "add", "Sub": "sub", "Mul": "mul", "Div": "div", "Pow": "pow", "Sqrt": "sqrt",
        "Relu": "relu", "Sigmoid": "sigmoid", "MatMul": "matmul",
    }.items()},
    "Gelu": lambda inputs, _: functional.gelu(inputs[0]),
    "HardSigmoid": lambda i, o: (i[0] * o.get("alpha", 0.2) + o.get("beta", 0.5)).clamp(0, 1),
    "Softmax": lambda i, o: functional.softmax(i[0], o["axis"]),
    "Conv": _convolution,
    "ConvTranspose": _transposed,
    "BatchNormalization": _normalised,
    "Resize": _resized,
    "MaxPool": lambda i, o: functional.max_pool2d(_padded(i[0], o), o["kernel_shape"], o["strides"]),
    "AveragePool": lambda i, o: functional.avg_pool2d(i[0], o["kernel_shape"], o["strides"]),
    "GlobalAveragePool": lambda i, _: i[0].mean((2, 3), keepdim=True),
    "ReduceMean": lambda i, o: i[0].mean(o["axes"], keepdim=bool(o.get("keepdims", 1))),
    "Transpose": lambda i, o: i[0].permute(o["perm"]),
    "Squeeze": lambda i, o: i[0].squeeze(o["axes"][0]),
    "Unsqueeze": lambda i, o: i[0].unsqueeze(o["axes"][0]),
    "Shape": lambda i, _: torch.tensor(i[0].shape),
    "Slice": _sliced,
    "Reshape": _reshaped,
    "Concat": lambda i, o: torch.cat(i, o["axis"]),
}  # fmt: skip
