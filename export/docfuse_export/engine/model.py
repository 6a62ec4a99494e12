"""The embedded engine: runs the `model.onnx` beside it on OpenVINO, for every engine of the repository.

Triton's batcher hands over several requests at once; their rows are joined, computed in chunks, and given
back to each request. Parameters of the config: `runner.Options`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import triton_python_backend_utils as pb_utils
from runner import Arrays, Options, Runner


class TritonPythonModel:
    """One engine."""

    def initialize(self, args: dict[str, str]) -> None:
        """Compile the engine; called by Triton once per instance."""
        config = json.loads(args["model_config"])
        parameters = {key: entry["string_value"] for key, entry in config.get("parameters", {}).items()}
        self.name = args["model_name"]
        self.inputs = tuple(entry["name"] for entry in config["input"])
        self.runner = Runner(Path(__file__).with_name("model.onnx"), Options.read(parameters))

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer every request; requests of one shape are computed together."""
        inputs = [
            {name: pb_utils.get_input_tensor_by_name(request, name).as_numpy() for name in self.inputs}
            for request in requests
        ]
        groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        for index, arrays in enumerate(inputs):
            groups[tuple(array.shape[1:] for array in arrays.values())].append(index)
        responses: list[Any] = [None] * len(requests)
        for indices in groups.values():
            answers = self._answer([requests[i] for i in indices], [inputs[i] for i in indices])
            for index, response in zip(indices, answers, strict=True):
                responses[index] = response
        return responses

    def _answer(self, requests: list[Any], inputs: list[Arrays]) -> list[Any]:
        """Compute requests of one shape; if that fails, each alone, so that only the bad one fails."""
        wanted = {name for request in requests for name in request.requested_output_names()}
        try:
            outputs = self.runner.compute(_join(inputs), wanted)
        except Exception as error:  # one bad request must not take the others down
            if len(requests) > 1:
                return [self._answer([r], [i])[0] for r, i in zip(requests, inputs, strict=True)]
            return [self._failed(error)]
        ends = np.cumsum([len(arrays[self.inputs[0]]) for arrays in inputs])
        parts = {name: np.split(array, ends[:-1]) for name, array in outputs.items()}
        return [
            pb_utils.InferenceResponse(
                [pb_utils.Tensor(name, parts[name][index]) for name in request.requested_output_names()]
            )
            for index, request in enumerate(requests)
        ]

    def _failed(self, error: Exception) -> Any:
        message = f"{self.name}: {type(error).__name__}: {error}"
        pb_utils.Logger.log_error(message)
        return pb_utils.InferenceResponse([], pb_utils.TritonError(message, pb_utils.TritonError.INTERNAL))


def _join(inputs: list[Arrays]) -> Arrays:
    if len(inputs) == 1:
        return inputs[0]
    return {name: np.concatenate([arrays[name] for arrays in inputs]) for name in inputs[0]}
