"""How far a target's engines lie from the models that they were made from, on real pages.

Every engine gets what the float reference's pipeline really feeds it; its outputs are compared one by one.
Then the pages go through the target's engines from end to end, and their answers are compared.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from docfuse_export.inprocess import Arrays, Engine, InProcess
from docfuse_pipeline import specification as spec


@dataclass(frozen=True)
class Difference:
    """One output of an engine against the reference.

    Attributes:
        model: name of the engine.
        tensor: name of the output.
        largest: largest absolute difference.
        mean: mean absolute difference; of indices the share of entries that differ.
        scale: largest absolute value of the reference.
        whole: whether entries are indices, of which only the share that differs means something.
    """

    model: str
    tensor: str
    largest: float
    mean: float
    scale: float
    whole: bool


@dataclass(frozen=True)
class Changes:
    """Final answers that differ: of each kind how many, and of how many."""

    pages: int
    classes: int
    boxes: tuple[int, int]
    links: tuple[int, int]
    fields: tuple[int, int]
    cells: tuple[int, int]


@dataclass(frozen=True)
class Parity:
    """The comparison of a repository's engines with their references."""

    differences: tuple[Difference, ...]
    changes: Changes

    def as_dict(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self)


def compare(
    repository: Path,
    references: Mapping[str, Engine],
    engines: Mapping[str, Engine],
    pages: Sequence[bytes],
    report: Callable[[], None] = lambda: None,
) -> Parity:
    """Compare engines with references on pages.

    Args:
        repository: an assembled repository with the `document` ensemble.
        references: by model name, all engines.
        engines: by model name, all engines.
        pages: encoded images.
        report: called after each page.
    """
    wanted = {name: _Recorded(engine) for name, engine in references.items()}
    found = {name: _Recorded(engine) for name, engine in engines.items()}
    expecting, answering = InProcess(repository, wanted), InProcess(repository, found)
    distances: dict[tuple[str, str], list[Difference]] = {}
    answers = []
    for page in pages:
        image = np.frombuffer(page, np.uint8)
        expected = _result(expecting.run(IMAGE=image))
        for name, recorded in wanted.items():
            for inputs, outputs in recorded.calls:
                got = found[name](inputs)
                for tensor, array in outputs.items():
                    whole = array.dtype == np.int32
                    apart = distance(_first(tensor, array), _first(tensor, got[tensor]))
                    difference = Difference(name, tensor, *apart, whole)
                    distances.setdefault((name, tensor), []).append(difference)
        answers.append((expected, _result(answering.run(IMAGE=image))))
        for recorded in (*wanted.values(), *found.values()):
            recorded.calls.clear()
        report()
    return Parity(tuple(_joined(each) for each in distances.values()), changes(answers))


def _first(tensor: str, array: np.ndarray) -> np.ndarray:
    """Of the characters that a step holds possible the best: next to impossible ones change places freely."""
    return array[..., 0] if tensor == spec.CHARACTERS.name and array.ndim > 2 else array


class _Recorded:
    """An engine that remembers what it was given and gave, and does nothing twice."""

    def __init__(self, engine: Engine):
        self._engine = engine
        self.calls: list[tuple[Arrays, Arrays]] = []

    def __call__(self, inputs: Arrays) -> Arrays:
        for known, outputs in self.calls:
            if all(np.array_equal(known[name], array) for name, array in inputs.items()):
                return outputs
        outputs = self._engine(inputs)
        self.calls.append((inputs, outputs))
        return outputs


def _result(tensors: Arrays) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(tensors["RESULT"][0])
    return found


def distance(expected: np.ndarray, actual: np.ndarray) -> tuple[float, float, float]:
    """Largest and mean absolute difference (of integers: the share that differs), and the largest value.

    Raises:
        ValueError: shapes or types differ.
    """
    if expected.shape != actual.shape or expected.dtype != actual.dtype:
        raise ValueError(
            f"Shapes or types differ: {expected.dtype} {expected.shape} and {actual.dtype} {actual.shape}."
        )
    difference = np.abs(expected.astype(np.float64) - actual)
    whole = expected.dtype == np.int32
    mean = (difference > 0).mean() if whole else difference.mean()
    return float(difference.max()), float(mean), float(np.abs(expected.astype(np.float64)).max())


def _joined(found: Sequence[Difference]) -> Difference:
    """The same output over all pages."""
    first = found[0]
    return Difference(
        first.model,
        first.tensor,
        max(each.largest for each in found),
        float(np.mean([each.mean for each in found])),
        max(each.scale for each in found),
        first.whole,
    )


def changes(answers: Iterable[tuple[dict[str, Any], dict[str, Any]]]) -> Changes:
    """Compare pages' results, the expected one first, as `RESULT` has them."""
    pairs = list(answers)
    counts = {
        kind: _counted([(of(expected), of(got)) for expected, got in pairs])
        for kind, of in (("boxes", _boxes), ("links", _links), ("fields", _fields), ("cells", _cells))
    }
    classes = sum(
        expected["classification"]["label"] != got["classification"]["label"] for expected, got in pairs
    )
    return Changes(len(pairs), classes, **counts)


def _counted(pairs: Iterable[tuple[Counter[Any], Counter[Any]]]) -> tuple[int, int]:
    """How many of the expected ones are missing or were added, and how many there are."""
    changed = total = 0
    for expected, got in pairs:
        changed += max((expected - got).total(), (got - expected).total())
        total += expected.total()
    return changed, total


def _boxes(page: dict[str, Any]) -> Counter[Any]:
    return Counter((box["text"], box["type"]) for box in page["boxes"])


def _links(page: dict[str, Any]) -> Counter[Any]:
    texts = {box["id"]: box["text"] for box in page["boxes"]}
    return Counter((texts[k["source"]], texts[k["target"]], k["relation"]) for k in page["links"])


def _fields(page: dict[str, Any]) -> Counter[Any]:
    return Counter((field["name"], field["key"], field["value"]) for field in page["fields"])


def _cells(page: dict[str, Any]) -> Counter[Any]:
    return Counter(
        (table["columns"][cell["column"]]["name"], cell["text"])
        for table in page["tables"]
        for item in table["items"]
        for cell in item["cells"]
    )
