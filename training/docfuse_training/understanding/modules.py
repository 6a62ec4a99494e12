"""The four modules behind the reading, as one."""

from __future__ import annotations

from pathlib import Path

import tokenizers
from torch import nn

from docfuse_export.torch_export import load_modules
from docfuse_models.backbone import Backbone
from docfuse_models.build import build_pretrained
from docfuse_models.fusion import Fusion
from docfuse_models.relation import Relation
from docfuse_models.text_encoder import TextEncoder
from docfuse_pipeline.resources import weights


class Modules(nn.Module):
    """Backbone, text encoder, fusion and relation, trained together and exported one by one."""

    def __init__(
        self, backbone: Backbone, text_encoder: TextEncoder, fusion: Fusion, relation: Relation
    ) -> None:
        super().__init__()
        self.backbone, self.text_encoder = backbone, text_encoder
        self.fusion, self.relation = fusion, relation

    def named(self) -> dict[str, nn.Module]:
        """Modules by the names of their models."""
        return dict(self.named_children())


def vocabulary(path: Path | None = None) -> list[str]:
    """Pieces of the committed tokenizer, by id."""
    tokenizer = tokenizers.Tokenizer.from_file(str(path or weights() / "tokenizer.json"))
    return [piece for piece, _ in sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])]


def fresh_modules(seed: int = 0) -> Modules:
    """Modules whose pretrained parts have the published weights, the others random ones."""
    return Modules(**build_pretrained(vocabulary(), seed))  # type: ignore[arg-type]


def shipped_modules(folder: Path | None = None) -> Modules:
    """Modules with the weights of a folder's ONNX files, the committed ones by default.

    Raises:
        FileNotFoundError: the folder lacks a file.
        RuntimeError: a file is of other modules than these.
    """
    return Modules(**load_modules(folder or weights()))  # type: ignore[arg-type]


def started_modules(start: Path | None, seed: int) -> Modules:
    """Modules to train: those of a weights folder, or fresh ones."""
    return fresh_modules(seed) if start is None else shipped_modules(start)
