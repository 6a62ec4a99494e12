"""The embedded engine: runs the `model.onnx` beside it on OpenVINO, for every engine of the repository.

Triton's batcher hands over several requests at once; their rows are joined, computed in chunks, and given
back to each request. Parameters of the config:

- `precision`: `bf16` where the CPU computes in it, else `f32`.
- `chunk`: most rows computed at once; what bounds the engine's memory.
- `threads`: threads of the engine, 0 for as many as there are cores.
- `cache_dir`: where compiled engines are kept, relative to this file; empty for nowhere.
- `shapes`: shapes of the first input for which a static engine is compiled ahead, as `1x1152x896x3;…`.
- `trim_pad`, `trim_to`: id that fills up the rows of the first input [rows, columns], and the multiple of
  columns to keep. Rows are sorted by length, computed in chunks of like length and no wider than needed, and
  the outputs filled up with zeros again.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import triton_python_backend_utils as pb_utils

Arrays = dict[str, np.ndarray]
_HERE = Path(__file__).resolve().parent


def _compile_options(core: ov.Core, parameters: Mapping[str, str]) -> dict[str, Any]:
    can_bf16 = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    options: dict[str, Any] = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "bf16" if can_bf16 and parameters.get("precision") == "bf16" else "f32",
    }
    threads = int(parameters.get("threads", "0"))
    if threads:
        options["INFERENCE_NUM_THREADS"] = threads
    return options


def _set_cache(core: ov.Core, name: str) -> None:
    """Keep compiled engines on disk, unless the repository cannot be written to."""
    folder = _HERE / name
    try:
        folder.mkdir(exist_ok=True)
    except OSError:
        return
    core.set_property({"CACHE_DIR": str(folder)})


class TritonPythonModel:
    """One engine."""

    def initialize(self, args: dict[str, str]) -> None:
        """Compile the engine; called by Triton once per instance."""
        config = json.loads(args["model_config"])
        parameters = {key: entry["string_value"] for key, entry in config.get("parameters", {}).items()}
        self.name = args["model_name"]
        self.inputs = tuple(entry["name"] for entry in config["input"])
        self.dtypes = {
            entry["name"]: pb_utils.triton_string_to_numpy(entry["data_type"]) for entry in config["output"]
        }
        self.chunk = max(1, int(parameters.get("chunk", "16")))
        self.trim_pad = int(parameters["trim_pad"]) if "trim_pad" in parameters else None
        self.trim_to = int(parameters.get("trim_to", "8"))
        core = ov.Core()
        if parameters.get("cache_dir"):
            _set_cache(core, parameters["cache_dir"])
        self.core, self.options = core, _compile_options(core, parameters)
        self.engines: dict[tuple[int, ...], Any] = {}
        for shape in filter(None, parameters.get("shapes", "").split(";")):
            self._add_static(tuple(int(size) for size in shape.split("x")))
        self.dynamic: Any = None if self.engines else self._compile()

    def _compile(self, shape: tuple[int, ...] | None = None) -> Any:
        path = str(_HERE / "model.onnx")
        if shape is None:
            return self.core.compile_model(path, "CPU", self.options).create_infer_request()
        model = self.core.read_model(path)
        model.reshape({self.inputs[0]: list(shape)})
        return self.core.compile_model(model, "CPU", self.options).create_infer_request()

    def _add_static(self, shape: tuple[int, ...]) -> None:
        self.engines[shape] = self._compile(shape)

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer every request; requests of one shape are computed together."""
        inputs = [
            {name: pb_utils.get_input_tensor_by_name(request, name).as_numpy() for name in self.inputs}
            for request in requests
        ]
        groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        for index, arrays in enumerate(inputs):
            groups[tuple(arrays[name].shape[1:] for name in self.inputs)].append(index)
        responses: list[Any] = [None] * len(requests)
        for indices in groups.values():
            for index, response in zip(indices, self._answer(indices, requests, inputs), strict=True):
                responses[index] = response
        return responses

    def _answer(self, indices: list[int], requests: list[Any], inputs: list[Arrays]) -> list[Any]:
        """Compute one group; if that fails, each request alone, so that only the bad one fails."""
        wanted = {name for index in indices for name in requests[index].requested_output_names()}
        joined = {name: _join([inputs[index][name] for index in indices]) for name in self.inputs}
        try:
            outputs = self._compute(joined, wanted)
        except Exception as error:  # one bad request must not take the others down
            if len(indices) > 1:
                return [self._answer([index], requests, inputs)[0] for index in indices]
            pb_utils.Logger.log_error(f"{self.name}: {error}")
            message = f"{self.name}: {type(error).__name__}: {error}"
            return [
                pb_utils.InferenceResponse([], pb_utils.TritonError(message, pb_utils.TritonError.INTERNAL))
            ]
        responses, start = [], 0
        for index in indices:
            end = start + len(inputs[index][self.inputs[0]])
            names = requests[index].requested_output_names()
            responses.append(
                pb_utils.InferenceResponse(
                    [pb_utils.Tensor(name, outputs[name][start:end]) for name in names]
                )
            )
            start = end
        return responses

    def _compute(self, inputs: Arrays, wanted: set[str]) -> Arrays:
        """Outputs [rows, …] of inputs [rows, …], chunk by chunk."""
        rows = len(inputs[self.inputs[0]])
        outputs: Arrays = {}
        for pick, columns in self._chunks(inputs[self.inputs[0]]):
            part = {name: np.ascontiguousarray(array[pick][:, :columns]) for name, array in inputs.items()}
            for name, array in self._infer(part, wanted).items():
                if columns is None and len(array) == rows:
                    outputs[name] = array
                    continue
                if name not in outputs:
                    tail = (
                        array.shape[1:]
                        if columns is None
                        else (inputs[self.inputs[0]].shape[1], *array.shape[2:])
                    )
                    outputs[name] = np.zeros((rows, *tail), array.dtype)
                outputs[name][pick, : array.shape[1] if array.ndim > 1 else None] = array
        return outputs

    def _chunks(self, first: np.ndarray) -> Iterator[tuple[Any, int | None]]:
        """Rows of each chunk and the columns to keep of them (None: all)."""
        if self.trim_pad is None:
            for start in range(0, len(first), self.chunk):
                yield slice(start, start + self.chunk), None
            return
        columns = first.shape[1]
        lengths = np.where(first != self.trim_pad, np.arange(1, columns + 1), 0).max(axis=1)
        order = np.argsort(lengths, kind="stable")
        widths = np.clip(-(-lengths // self.trim_to), 1, None) * self.trim_to
        for width in np.unique(widths):
            rows = order[widths[order] == width]
            for start in range(0, len(rows), self.chunk):
                yield rows[start : start + self.chunk], min(int(width), columns)

    def _infer(self, inputs: Arrays, wanted: set[str]) -> Arrays:
        engine = self.engines.get(inputs[self.inputs[0]].shape)
        if engine is None:
            self.dynamic = self.dynamic or self._compile()
            engine = self.dynamic
        results = engine.infer(inputs)
        return {
            name: np.asarray(results[name]).astype(dtype, copy=False)
            for name, dtype in self.dtypes.items()
            if name in wanted
        }


def _join(arrays: list[np.ndarray]) -> np.ndarray:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
