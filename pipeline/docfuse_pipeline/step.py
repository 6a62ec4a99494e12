"""The shell that every Python step of the model repository shares.

A `model.py` subclasses `StepModel` and says how one page's arrays become the next ones. A request that
fails ends in one error for that request alone: `BadPageError` → INVALID_ARGUMENT, `OverloadedError` →
UNAVAILABLE, anything else → INTERNAL with the step's name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import triton_python_backend_utils as pb_utils

from docfuse_pipeline.errors import BadPageError, OverloadedError

Arrays = dict[str, np.ndarray]


class StepModel:
    """A Triton Python-backend model over one pure function."""

    def initialize(self, args: dict[str, str]) -> None:
        """Read the model's config; called by Triton once per instance."""
        config = json.loads(args["model_config"])
        self.name: str = args["model_name"]
        self.output_names = tuple(output["name"] for output in config["output"])
        self.parameters = {key: entry["string_value"] for key, entry in config.get("parameters", {}).items()}
        self.setup(self.parameters)

    def setup(self, parameters: Mapping[str, str]) -> None:
        """Load what the step needs; `parameters` are the config's."""

    def process(self, inputs: Arrays, wanted: frozenset[str]) -> Arrays:
        """Turn one page's input arrays into output arrays; `wanted` names the outputs that are asked for."""
        raise NotImplementedError

    def ask(self, model: str, outputs: Sequence[str], **inputs: np.ndarray) -> Arrays:
        """Run another model of the repository (Triton's business logic scripting); any thread may.

        Raises:
            RuntimeError: the model failed; its message.
        """
        tensors = [pb_utils.Tensor(name, array) for name, array in inputs.items()]
        request = pb_utils.InferenceRequest(
            model_name=model, requested_output_names=list(outputs), inputs=tensors
        )
        response = request.exec()
        if response.has_error():
            raise RuntimeError(response.error().message())
        # copied, since the arrays lie in shared memory that goes with the response
        return {
            name: pb_utils.get_output_tensor_by_name(response, name).as_numpy().copy() for name in outputs
        }

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer every request, each on its own."""
        return [self._respond(request) for request in requests]

    def _respond(self, request: Any) -> Any:
        wanted = frozenset(request.requested_output_names())
        try:
            inputs = {tensor.name(): tensor.as_numpy() for tensor in request.inputs()}
            outputs = self.process(inputs, wanted)
            tensors = [pb_utils.Tensor(name, outputs[name]) for name in self.output_names if name in wanted]
            return pb_utils.InferenceResponse(tensors)
        except BadPageError as error:
            return self._error(str(error), pb_utils.TritonError.INVALID_ARG)
        except OverloadedError as error:
            return self._error(str(error), pb_utils.TritonError.UNAVAILABLE)
        except Exception as error:  # a bug in one page must not take the server down
            pb_utils.Logger.log_error(f"{self.name}: {type(error).__name__}: {error}")
            return self._error(f"{self.name}: {type(error).__name__}: {error}", pb_utils.TritonError.INTERNAL)

    @staticmethod
    def _error(message: str, code: int) -> Any:
        return pb_utils.InferenceResponse([], pb_utils.TritonError(message, code))
