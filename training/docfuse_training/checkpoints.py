"""Modules of a run: fresh, frozen, saved and loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tokenizers
import torch
from torch import nn

from docfuse_export.torch_export import load_modules
from docfuse_models.backbone import Backbone
from docfuse_models.build import build_pretrained
from docfuse_models.fusion import Fusion
from docfuse_models.relation import Relation
from docfuse_models.text_encoder import TextEncoder
from docfuse_pipeline.resources import weights


@dataclass(frozen=True)
class Modules:
    """The four modules that are trained."""

    backbone: Backbone
    text_encoder: TextEncoder
    fusion: Fusion
    relation: Relation

    def named(self) -> dict[str, nn.Module]:
        """Modules by the names of their models."""
        return {
            "backbone": self.backbone, "text_encoder": self.text_encoder, "fusion": self.fusion,
            "relation": self.relation,
        }  # fmt: skip

    def trainable(self) -> list[nn.Parameter]:
        """Parameters that are not frozen."""
        return [p for module in self.named().values() for p in module.parameters() if p.requires_grad]

    def train(self, mode: bool = True) -> None:
        """Switch dropout on or off."""
        for module in self.named().values():
            module.train(mode)


def vocabulary(path: Path | None = None) -> list[str]:
    """Pieces of the committed tokenizer, by id."""
    tokenizer = tokenizers.Tokenizer.from_file(str(path or weights() / "tokenizer.json"))
    return [piece for piece, _ in sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])]


def frozen_modules(seed: int = 0) -> Modules:
    """Modules whose frozen parts have the published weights, the others random ones."""
    modules: dict[str, Any] = build_pretrained(vocabulary(), seed)
    return Modules(**modules)


def shipped_modules(folder: Path | None = None) -> Modules:
    """Modules with the weights of a folder's ONNX files, the committed ones by default.

    Raises:
        FileNotFoundError: the folder lacks a file.
        RuntimeError: a file is of other modules than these.
    """
    return Modules(**load_modules(folder or weights()))  # type: ignore[arg-type]


def save_run(path: Path, modules: Modules, optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Write everything that a run needs to go on; whole or not at all."""
    content = {
        "modules": {name: module.state_dict() for name, module in modules.named().items()},
        "optimizer": optimizer.state_dict(), "state": state,
    }  # fmt: skip
    part = path.with_suffix(".part")
    torch.save(content, part)
    part.replace(path)


def load_run(path: Path, modules: Modules, optimizer: torch.optim.Optimizer | None = None) -> dict[str, Any]:
    """Restore modules, and the optimiser if given, from a run; its state."""
    content = torch.load(path, map_location="cpu", weights_only=True)
    for name, module in modules.named().items():
        module.load_state_dict(content["modules"][name])
    if optimizer is not None:
        optimizer.load_state_dict(content["optimizer"])
    state: dict[str, Any] = content["state"]
    return state
