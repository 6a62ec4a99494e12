"""What the readers share: label mappings, splits, images, and one kind of error."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from docfuse.sources import page_array
from docfuse_training.truth import TruthBox

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DEFAULT_SPLITS = ("dev", "test")


class DataError(ValueError):
    """A data set folder is not what it should be; the message says what is missing and what to do."""


@functools.cache
def labels(name: str) -> dict[str, Any]:
    """The section of `labels.toml` for one data set."""
    text = (files("docfuse_training") / "labels.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)[name]


def need(folder: Path, *parts: str) -> Path:
    """A file or folder that the data set has.

    Raises:
        DataError: it is not there.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder: give the folder of the data set.")
    path = folder.joinpath(*parts)
    if not path.exists():
        raise DataError(f"{folder} has no {'/'.join(parts)}: is it the folder of this data set?")
    return path


def split_lines(folder: Path, split: str | None) -> list[str] | None:
    """Lines of `SPLIT.txt`; without a name those of dev.txt, else of test.txt, else None for everything.

    Raises:
        DataError: the folder has no list of that name.
    """
    names = DEFAULT_SPLITS if split is None else (split,)
    path = next((folder / f"{name}.txt" for name in names if (folder / f"{name}.txt").is_file()), None)
    if path is not None:
        return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    if split is not None:
        there = ", ".join(sorted(p.stem for p in folder.glob("*.txt"))) or "none"
        raise DataError(f"{folder} has no list {split}.txt (lists there: {there}).")
    return None


def read_json(path: Path) -> Any:
    """A JSON file.

    Raises:
        DataError: it is no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{path} is not valid JSON: {error}.") from error


def read_json_lines(path: Path, lines: list[str] | None = None) -> list[dict[str, Any]]:
    """A JSON object per line of a file, or of lines already read from it.

    Raises:
        DataError: a line is no JSON.
    """
    lines = path.read_text(encoding="utf-8").splitlines() if lines is None else lines
    try:
        return [json.loads(line) for line in lines if line.strip()]
    except ValueError as error:
        raise DataError(f"{path} has a line that is not valid JSON: {error}.") from error


def page_loader(path: Path, index: int = 0) -> Callable[[], np.ndarray]:
    """A function that loads a page as RGB uint8 [H, W, 3], rendered or decoded as the client sends it."""
    return functools.partial(page_array, path, index)


def bounds(corners: list[float]) -> tuple[float, float, float, float]:
    """Axis-aligned box x1, y1, x2, y2 of a flat list of corner coordinates, x before y."""
    xs, ys = corners[0::2], corners[1::2]
    return float(min(xs)), float(min(ys)), float(max(xs)), float(max(ys))


def labelled_box(name: str, corners: list[float], text: str, label: str) -> TruthBox:
    """A box of data set `name`, its label mapped to type and field."""
    meaning = labels(name)["labels"][label]
    excluded = tuple(labels(name).get("predicted", ())) if meaning.get("none_of_them") else ()
    return TruthBox(bounds(corners), text, meaning.get("type"), meaning.get("field"), label, excluded)
