"""All modules of the graph that are ours, by the names of their models in the specification."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from docfuse_models.backbone import Backbone
from docfuse_models.fusion import Fusion
from docfuse_models.relation import Relation
from docfuse_models.text_encoder import TextEncoder


def build_modules(seed: int = 0) -> dict[str, nn.Module]:
    """Fresh modules with random weights, in evaluation mode."""
    torch.manual_seed(seed)
    modules: dict[str, nn.Module] = {
        "backbone": Backbone(), "text_encoder": TextEncoder(), "fusion": Fusion(), "relation": Relation(),
    }  # fmt: skip
    return {name: module.eval() for name, module in modules.items()}


def build_pretrained(pieces: Sequence[str], seed: int = 0) -> dict[str, nn.Module]:
    """Modules whose pretrained parts have the published weights; `pieces` are the vocabulary's, by id."""
    modules = build_modules(seed)
    backbone, text_encoder = modules["backbone"], modules["text_encoder"]
    assert isinstance(backbone, Backbone) and isinstance(text_encoder, TextEncoder)
    backbone.load_pretrained()
    text_encoder.load_pretrained(pieces)
    return modules
