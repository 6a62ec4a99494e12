"""Files to analyse: what the caller named, folders and patterns spread out."""

from __future__ import annotations

import glob
from collections.abc import Iterable
from pathlib import Path

from docfuse.errors import InputError

SUFFIXES = frozenset({".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".gif"})
"""What is taken from a folder; a file that is named is taken whatever its name."""


def expand(paths: Iterable[str]) -> list[Path]:
    """Files in the order named, each once; those of a folder (and of folders in it) by name.

    Raises:
        InputError: a pattern matches nothing, or a folder holds no documents.
    """
    found: dict[Path, None] = {}
    for path in paths:
        found.update(dict.fromkeys(_expand_one(path)))
    return list(found)


def _expand_one(path: str) -> list[Path]:
    place = Path(path)
    if place.is_dir():
        files = sorted(p for p in place.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        if not files:
            raise InputError(f"The folder {path} holds no PDF or image files.")
        return files
    if not place.exists() and any(mark in path for mark in "*?["):
        matches = sorted(glob.glob(path, recursive=True))  # noqa: PTH207  # Path.glob takes no absolute pattern
        if not matches:
            raise InputError(f"No file matches {path}.")
        return expand(matches)
    return [place]
