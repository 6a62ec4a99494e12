"""The served engines in this process, and a page's way through them by the pipeline's own functions."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

from docfuse_export.engine.runner import Arrays, Options, Runner
from docfuse_pipeline import specification as spec
from docfuse_pipeline.correction import set_right
from docfuse_pipeline.crops import cut_crops
from docfuse_pipeline.detection import find_lines
from docfuse_pipeline.image import read_image
from docfuse_pipeline.lines import Lines, read_lines
from docfuse_pipeline.nodes import make_segments
from docfuse_pipeline.page import letterbox
from docfuse_pipeline.text_tensors import line_tensors, token_tensors
from docfuse_pipeline.tokens import Tokenizer, token_rows

Compute = Callable[[str, Arrays], Arrays]
"""Runs the engine of that name."""
Recording = list[tuple[str, Arrays]]
"""What each engine of a page is given, in the order of the page's way."""


class Engines:
    """Every engine that the ensemble `document` needs, as a repository has them, with so many threads each.

    Args:
        repository: an assembled repository of the embedded target.
        threads: threads of each engine; 0: one per core.
    """

    def __init__(self, repository: Path, threads: int = 0) -> None:
        self.outputs = served_outputs()
        self._runners = {name: _runner(repository / name, threads) for name in self.outputs}

    def compute(self, name: str, inputs: Arrays) -> Arrays:
        """Run an engine for the outputs that the ensemble reads."""
        return self._runners[name].compute(inputs, self.outputs[name])


def _runner(folder: Path, threads: int) -> Runner:
    """The engine of a repository's model, compiled anew where it differs from the server's in its threads."""
    config = text_format.Parse(
        (folder / "config.pbtxt").read_text(encoding="utf-8"), model_config_pb2.ModelConfig()
    )
    options = Options.read({key: value.string_value for key, value in config.parameters.items()})
    if threads != options.threads:
        options = dataclasses.replace(options, threads=threads, cache_dir="")
    return Runner(folder / "1" / "model.onnx", options)


@cache
def served_outputs() -> Mapping[str, frozenset[str]]:
    """Outputs of each engine that some step of the ensemble `document` reads."""
    steps = spec.DOCUMENT.steps
    read = {step.ensemble_name(tensor) for step in steps for tensor in step.model.inputs}
    asked = {
        model.name: frozenset(t.name for t in model.outputs) for step in steps for model in step.model.asks
    }
    return asked | {
        step.model.name: frozenset(t.name for t in step.model.outputs if step.ensemble_name(t) in read)
        for step in steps
        if step.model.kind == "engine"
    }


def record_page(image: bytes, compute: Compute, tokenizer: Tokenizer) -> Recording:
    """Take a page through the graph of `document` and record what every engine is given, without padding.

    Nodes end with the last segment.

    Args:
        image: the encoded page.
        compute: the engines.
        tokenizer: of the weights.

    Raises:
        BadPageError: the image cannot be read.
    """
    recording: Recording = []

    def run(model: spec.Model, **inputs: np.ndarray) -> Arrays:
        recording.append((model.name, inputs))
        return compute(model.name, inputs)

    page, canvas, scale = _rectified(image, run)
    lines = _read(page, canvas, scale, run)
    tokens = token_tensors(token_rows(lines, tokenizer))
    encoded = run(spec.TEXT_ENCODER, TOKEN_IDS=tokens["TOKEN_IDS"], TOKEN_GAPS=tokens["TOKEN_GAPS"])
    segments = make_segments({**line_tensors(lines), **tokens, **encoded, "SCALE": np.array([scale])})
    features = run(spec.BACKBONE, CANVAS=canvas[None])["FEATURES"]
    count = max(int(segments["SEGMENT_COUNTS"][0]), 1)
    boxes, mask = segments["NODE_BOXES"][:, :count], segments["NODE_MASK"][:, :count]
    semantic = segments["SEMANTIC"][:, :count]
    nodes = run(spec.FUSION, FEATURES=features, SEMANTIC=semantic, NODE_BOXES=boxes, NODE_MASK=mask)["NODES"]
    run(spec.RELATION, NODES=nodes, NODE_BOXES=boxes, NODE_MASK=mask)
    return recording


def _rectified(image: bytes, run: Callable[..., Arrays]) -> tuple[np.ndarray, np.ndarray, float]:
    """The steps `orientation` and `page`: page, canvas, canvas pixels per page pixel."""
    source = read_image(image)

    def rotations_of(thumbnail: np.ndarray) -> np.ndarray:
        return run(spec.ORIENTATION, THUMBNAIL=thumbnail[None])["ROTATIONS"][0]

    page = set_right(source.pixels, rotations_of, source.reduction).page.page
    return page, *letterbox(page)


def _read(page: np.ndarray, canvas: np.ndarray, scale: float, run: Callable[..., Arrays]) -> Lines:
    """The steps `detector` and `text`."""
    text_map = run(spec.DETECTOR, CANVAS=canvas[None])["TEXT_MAP"][0]
    quads, _ = find_lines(text_map, scale, (page.shape[0], page.shape[1]))
    crops = cut_crops(page, quads).by_width
    read = {width: run(spec.RECOGNIZERS[width], CROPS=pixels) for width, (pixels, _) in crops.items()}
    return read_lines(
        quads,
        {width: rows for width, (_, rows) in crops.items()},
        {width: outputs["CHARACTERS"] for width, outputs in read.items()},
        {width: outputs["PROBABILITIES"] for width, outputs in read.items()},
    )
