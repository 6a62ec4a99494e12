"""Shapes that a TensorRT engine is made for: optimisation profiles, from the specification's axes.

Where the pipeline only ever uses a few sizes (three canvases, six numbers of nodes) each of them has a
profile of its own, in which nothing but the batch varies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from docfuse_pipeline import settings as s
from docfuse_pipeline import specification as spec

Shape = tuple[int, ...]
Range = tuple[int, int, int]
"""Smallest, usual and largest size."""
KINDS = ("exact", "range")
"""`exact`: a profile for each canvas and number of nodes; `range`: one profile for all of them."""
_LARGE_PAGE = 512
"""Nodes from which on a page is rare enough that its engines are tuned for one page at a time."""
_USUAL_PAGES, _USUAL_CROPS = 4, 32


@dataclass(frozen=True)
class Profile:
    """Smallest, usual and largest shape of every input, batch axis included."""

    name: str
    shapes: Mapping[str, tuple[Shape, Shape, Shape]]


def profiles_of(model: spec.Model, kind: str = KINDS[0]) -> tuple[Profile, ...]:
    """The profiles of an engine, in the order of their indices.

    Raises:
        ValueError: there is no such kind of profiles.
    """
    if kind not in KINDS:
        raise ValueError(f"There are no {kind!r} profiles: choose {' or '.join(KINDS)}.")
    cases = _cases(model) if kind == "exact" else iter([("all", {})])
    return tuple(_profile(name, model, fixed) for name, fixed in cases)


def _cases(model: spec.Model) -> Iterator[tuple[str, dict[str, int]]]:
    """Name and fixed sizes, by axis, of each profile."""
    axes = {axis.name for tensor in model.inputs for axis in tensor.dims if isinstance(axis, spec.Axis)}
    if spec.CANVAS_HEIGHT.name in axes:
        for name, (height, width) in s.CANVASES.items():
            yield name, {spec.CANVAS_HEIGHT.name: height, spec.CANVAS_WIDTH.name: width}
    elif spec.NODE.name in axes:
        # the feature map is only sampled from, so that one profile may well hold all canvases
        for count in s.NODE_BUCKETS:
            yield f"nodes_{count}", {spec.NODE.name: count}
    else:
        yield "all", {}


def _profile(name: str, model: spec.Model, fixed: Mapping[str, int]) -> Profile:
    batch = _batch(model, fixed)
    shapes = {}
    for tensor in model.inputs:
        ranges = [batch, *(_sizes(dim, fixed) for dim in tensor.dims)]
        smallest, usual, largest = (tuple(sizes[at] for sizes in ranges) for at in range(3))
        shapes[tensor.name] = (smallest, usual, largest)
    return Profile(name, shapes)


def _sizes(dim: int | spec.Axis, fixed: Mapping[str, int]) -> Range:
    if isinstance(dim, spec.Axis):
        if dim.name not in fixed:
            return dim.minimum, dim.optimum, dim.maximum
        dim = fixed[dim.name]
    return dim, dim, dim


def _batch(model: spec.Model, fixed: Mapping[str, int]) -> Range:
    """The batch axis: up to the cap; usually what a page or a few pages bring."""
    cap = model.max_batch_size
    if model.name == spec.TEXT_ENCODER.name:
        return 1, spec.ROW.optimum, cap
    if model.name.startswith("recognizer_"):
        return 1, min(_USUAL_CROPS, cap), cap
    large = fixed.get(spec.NODE.name, 0) >= _LARGE_PAGE
    return 1, 1 if large else min(_USUAL_PAGES, cap), cap
