"""Runs an ensemble of an assembled repository in this process: its own configs, its own Python steps.

What Triton does for one page at a time: every edge of the ensemble is followed by name, Python steps are
loaded from the repository, engines are whatever the caller puts there. Exports are compared this way.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from google.protobuf import json_format, text_format
from tritonclient.grpc import model_config_pb2 as pb

Arrays = dict[str, np.ndarray]
Engine = Callable[[Arrays], Arrays]
"""Inputs by name → all outputs by name."""
_INTERFACE = "triton_python_backend_utils"


class InProcess:
    """One ensemble.

    Args:
        repository: folder of an assembled repository.
        engines: by model name; an engine that is not there may not be needed.
        ensemble: which ensemble to run.
    """

    def __init__(self, repository: Path, engines: Mapping[str, Engine], ensemble: str = "document"):
        self._engines = engines
        self._config = read_config(repository, ensemble)
        names = {step.model_name for step in self._config.ensemble_scheduling.step}
        self._steps = {name: self._step(repository, name) for name in names if _is_step(repository, name)}

    def run(self, **inputs: np.ndarray) -> Arrays:
        """All tensors of the ensemble, by their names in it."""
        tensors: Arrays = dict(inputs)
        for step in self._config.ensemble_scheduling.step:
            taken = {name: tensors[edge] for name, edge in step.input_map.items()}
            if step.model_name in self._steps:
                made = self._steps[step.model_name].process(taken, frozenset(step.output_map))
            else:
                made = self._engines[step.model_name](taken)
            tensors |= {edge: made[name] for name, edge in step.output_map.items()}
        return tensors

    def _step(self, repository: Path, name: str) -> Any:
        sys.modules.setdefault(_INTERFACE, ModuleType(_INTERFACE))
        path = repository / name / "1" / "model.py"
        spec = importlib.util.spec_from_file_location(f"docfuse_step_{name}", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        step = module.TritonPythonModel()
        step.ask = lambda model, outputs, **inputs: self._engines[model](inputs)
        config = json_format.MessageToDict(read_config(repository, name), preserving_proto_field_name=True)
        step.initialize({"model_config": json.dumps(config), "model_name": name})
        return step


def _is_step(repository: Path, name: str) -> bool:
    folder = repository / name / "1"
    return (folder / "model.py").is_file() and not (folder / "model.onnx").is_file()


def read_config(repository: Path, name: str) -> pb.ModelConfig:
    """A model's config.pbtxt."""
    text = (repository / name / "config.pbtxt").read_text(encoding="utf-8")
    return text_format.Parse(text, pb.ModelConfig())
