"""Synthetic documents with exact boxes, types, fields and relations.

The generator is imported when it is first asked for, so that the command line starts fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docfuse_training.synthetic.pages import KINDS, generate, generate_page, printed_values

__all__ = ["KINDS", "generate", "generate_page", "printed_values"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.pages"), name)
    globals()[name] = value
    return value
