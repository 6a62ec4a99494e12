"""Data of a run on disk: a folder per source, and those whose names end in `_dev` are held out."""

from __future__ import annotations

from collections.abc import Callable, Sized
from pathlib import Path
from typing import TypeVar

Store = TypeVar("Store", bound=Sized)
_HELD_OUT = "_dev"


def stores_of(
    folder: Path, index: str, opened: Callable[[Path], Store]
) -> tuple[dict[str, Store], dict[str, Store]]:
    """Stores to train on and stores to measure on, by name of the source; empty ones are left out.

    Args:
        folder: of the run's stores.
        index: name of the file that a whole store has.
        opened: opens the store in a folder.
    """
    every = {path.parent.name: opened(path.parent) for path in sorted(folder.glob(f"*/{index}"))}
    found = {name: store for name, store in every.items() if len(store)}
    held_out = {
        name.removesuffix(_HELD_OUT): store for name, store in found.items() if name.endswith(_HELD_OUT)
    }
    return {name: store for name, store in found.items() if not name.endswith(_HELD_OUT)}, held_out


def evenly(number: int, most: int) -> range:
    """At most `most` of so many things, evenly picked."""
    return range(0, number, max(1, -(-number // most)))
