"""docTR's models with their weights: from a file, or from docTR's own download."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import sys
from functools import lru_cache
from pathlib import Path
from pickle import PickleError
from types import ModuleType
from typing import Any, Literal

import torch
from torch import nn

from docfuse_export.reading import CONFIG

VERSION = importlib.metadata.version("python-doctr")
Task = Literal["detection", "recognition"]
_WHOLE = ("input_shape", "vocab")
"""Settings of a recogniser that its modules are built from."""
_UNFIT = (OSError, RuntimeError, ValueError, TypeError, LookupError, AttributeError, EOFError, PickleError)
"""What torch and docTR raise about a file that holds something else."""


def import_models(task: Task) -> ModuleType:
    """The package `doctr.models.detection` or `doctr.models.recognition`."""
    _import_torchvision()
    return importlib.import_module(f"doctr.models.{task}")


def _import_torchvision() -> None:
    """Import torchvision, also where it was built for another torch and lacks its own operators.

    docTR needs its pure-Python parts only; declaring the missing operators is enough for them.
    """
    try:
        importlib.import_module("torchvision")
    except RuntimeError:
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "FRAGMENT")
        for operator in ("nms", "qnms"):
            library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _DECLARED.append(library)
        importlib.import_module("torchvision")


_DECLARED: list[torch.library.Library] = []
"""Keeps the declarations alive."""


@lru_cache(maxsize=2)
def load(task: Task, name: str, weights: Path | None = None) -> nn.Module:
    """One of docTR's models, ready for inference.

    Args:
        task: what it is for.
        name: docTR's name of the architecture.
        weights: file with its state dict as docTR's training writes it; docTR's pretrained weights if left
            out. A `config.json` beside the file, as docTR writes it for a hub, may give another vocabulary,
            input shape or normalisation.

    Raises:
        ConnectionError: docTR's pretrained weights cannot be had.
        ValueError: this docTR has no such architecture, or the weights do not fit.
    """
    models = import_models(task)
    build = getattr(models, name, None)
    if build is None:
        raise ValueError(f"docTR {VERSION} has no {name}: pip install --upgrade python-doctr.")
    model: nn.Module = (
        _pretrained(build, task, name) if weights is None else _from_file(build, task, name, weights)
    )
    return model.eval()


def _pretrained(build: Any, task: Task, name: str) -> Any:
    try:
        return build(pretrained=True)
    except OSError as error:
        option = "--detector-weights" if task == "detection" else "--recognizer-weights"
        raise ConnectionError(
            f"docTR's pretrained weights of {name} cannot be fetched ({error}): "
            f"fetch them elsewhere and give the file with {option} FILE."
        ) from error


def _from_file(build: Any, task: Task, name: str, weights: Path) -> Any:
    config = _config(weights, task, name)
    settings = {key: config[key] for key in _WHOLE if key in config and task == "recognition"}
    model = build(pretrained=False, pretrained_backbone=False, **settings)
    model.cfg |= config
    try:
        model.from_pretrained(str(weights))
    except _UNFIT as error:
        reason = " ".join(str(error).split())[:300]
        hint = ""
        if task == "recognition" and "size mismatch" in reason:
            hint = f" If it has another vocabulary than docTR's default, put docTR's {CONFIG} beside it."
        raise ValueError(f"{weights} does not hold weights of docTR's {name}: {reason}.{hint}") from error
    return model


def _config(weights: Path, task: Task, name: str) -> dict[str, Any]:
    """The settings that docTR wrote beside the weights; none if there is no such file.

    Raises:
        ValueError: they are those of another model.
    """
    path = weights.with_name(CONFIG)
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is no JSON: {error}.") from error
    if not isinstance(found, dict) or not {"arch", "task"} <= found.keys():
        return {}  # a file of something else that lies in the same folder
    if (found["task"], found["arch"]) != (task, name):
        raise ValueError(f"{path} says that {weights.name} is docTR's {found['arch']}, not {name}.")
    if "input_shape" in found:
        found["input_shape"] = tuple(found["input_shape"])
    return found
