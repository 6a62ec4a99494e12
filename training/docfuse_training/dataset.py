"""Examples: pages cut into segments, with frozen features and labels, and batches of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from docfuse_models.backbone import RAW_CHANNELS
from docfuse_models.fusion import page_features, region_features
from docfuse_pipeline import segments as cutting
from docfuse_pipeline.labels import RELATIONS
from docfuse_pipeline.nodes import node_boxes, pool_tokens
from docfuse_pipeline.settings import FEATURE_STRIDE, SUBMAP
from docfuse_pipeline.surface import surface_features
from docfuse_pipeline.tokens import PAD
from docfuse_training import align
from docfuse_training.encode import EncodedPage

MOST_NODES = 384
"""Larger pages are trained on with their first segments only, so that memory stays bounded."""


@dataclass
class Example:
    """A page ready for training; arrays of n segments.

    `pooled` float16 [n, 384] mean of the frozen token features; `surface` float32 [n, 16]; `boxes` float32
    [n, 4] canvas pixels; `regions` float16 [n, C, 3, 8] and `page` float16 [C·25] from the frozen channels;
    `canvas` height and width.
    """

    id: str
    how: str
    texts: list[str]
    pooled: np.ndarray
    surface: np.ndarray
    boxes: np.ndarray
    regions: np.ndarray
    page: np.ndarray
    canvas: tuple[int, int]
    labels: align.SegmentLabels


@dataclass(frozen=True)
class Prepared:
    """A page before it is cut: its tokens, what is known of the cuts, where values without boxes stand."""

    encoded: EncodedPage
    tokens: align.Tokens
    owner: np.ndarray
    cuts: align.Cuts
    mentions: dict[str, list[align.Mention]]


def prepare(encoded: EncodedPage) -> Prepared:
    """Align a page with its truth: by its boxes if they have types or fields, else by its values."""
    page = encoded.page
    tokens = align.page_tokens(encoded.lines, encoded.rows, encoded.sheet.transform)
    if any(box.type is not None for box in page.boxes):
        owner = align.owners(tokens.centres, page)
        return Prepared(encoded, tokens, owner, align.cuts_from_boxes(tokens, owner), {})
    mentions = align.find_mentions(encoded.lines, page)
    every = [mention for found in mentions.values() for mention in found]
    owner = np.full(len(tokens.lines), -1)
    return Prepared(encoded, tokens, owner, align.cuts_from_mentions(tokens, every), mentions)


def segment(prepared: Prepared, probabilities: np.ndarray) -> tuple[cutting.Segments, np.ndarray]:
    """Cut a page where its truth says so, elsewhere where the cut head does.

    Args:
        prepared: the page.
        probabilities: float [K], the cut head's, per real token.

    Returns:
        The segments, and the characters of the line that each covers, int [n, 2].
    """
    return cut_page(prepared, np.where(prepared.cuts.known > 0, prepared.cuts.labels, probabilities))


def cut_page(prepared: Prepared, probabilities: np.ndarray) -> tuple[cutting.Segments, np.ndarray]:
    """Cut a page by the cut probability of each real token, float [K]; the same as `segment` gives."""
    encoded, rows = prepared.encoded, prepared.encoded.rows
    cuts = np.zeros(rows.ids.shape, np.float32)
    where = prepared.tokens.where
    cuts[where[:, 0], where[:, 1]] = probabilities
    lines = encoded.lines
    token_rows = cutting.TokenRows(rows.row_lines, rows.ids, rows.spans, rows.places, cuts)
    found = cutting.cut_lines(lines.texts, lines.quads, lines.scores, lines.cuttable, token_rows)
    found = found.first(MOST_NODES)
    membership = found.membership[where[:, 0], where[:, 1]]
    spans = np.zeros((len(found), 2), np.int64)
    for index in range(len(found)):
        inside = prepared.tokens.spans[membership == index]
        if len(inside):
            spans[index] = inside[0, 0], inside[-1, 1]
    return found, spans


def label(prepared: Prepared, found: cutting.Segments, spans: np.ndarray) -> align.SegmentLabels:
    """Labels of a page's segments."""
    owner = align.segment_owners(prepared.tokens, prepared.owner, found.membership, len(found))
    labels = align.label_segments(prepared.encoded.page, owner)
    align.label_mentions(labels, found, spans, prepared.mentions)
    return labels


@torch.no_grad()
def make_example(prepared: Prepared, probabilities: np.ndarray, raw: Tensor) -> Example:
    """Segments, frozen features and labels of a page; `raw` [1, C, h, w] is its frozen feature map."""
    encoded = prepared.encoded
    found, spans = segment(prepared, probabilities)
    rows = encoded.rows
    features = np.zeros((*rows.ids.shape, encoded.features.shape[1]), np.float32)
    features[rows.ids != PAD] = encoded.features
    boxes = node_boxes(found.quads, encoded.sheet.scale)
    regions = (
        region_features(raw, torch.from_numpy(boxes)[None])[0]
        if len(found)
        else raw.new_zeros((0, RAW_CHANNELS, *SUBMAP))
    )
    return Example(
        encoded.page.id,
        encoded.how,
        found.texts,
        pool_tokens(features, found.membership, len(found)).astype(np.float16),
        surface_features(found.texts),
        boxes,
        regions.half().numpy(),
        page_features(raw)[0].half().numpy(),
        (raw.shape[2] * FEATURE_STRIDE, raw.shape[3] * FEATURE_STRIDE),
        label(prepared, found, spans),
    )


def augment(example: Example, generator: np.random.Generator) -> Example:
    """Scale and shift a page and shake its boxes; what the camera saw stays."""
    boxes = example.boxes.copy()
    height, width = example.canvas
    scale = generator.uniform(0.85, 1.1)
    shift = generator.uniform(-0.05, 0.05, 2) * (width, height)
    shake = generator.normal(0, 0.06, boxes.shape) * (boxes[:, 3:] - boxes[:, 1:2])
    boxes = (boxes + shake) * scale + np.tile(shift, 2)
    boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2] + 1)
    pooled = example.pooled
    if generator.random() < 0.3:  # reading sometimes yields nothing of use
        pooled = pooled * (generator.random((len(pooled), 1)) > 0.1)
    return replace(example, boxes=boxes.astype(np.float32), pooled=pooled.astype(np.float16))


@dataclass(frozen=True)
class Batch:
    """Padded examples: tensors with axes B pages, N segments."""

    pooled: Tensor
    surface: Tensor
    boxes: Tensor
    mask: Tensor
    regions: Tensor
    page: Tensor
    canvas: Tensor
    types: Tensor
    fields: Tensor
    sources: Tensor
    targets: Tensor
    classes: Tensor
    groups: tuple[tuple[int, int, tuple[int, ...]], ...]
    """Page, field, segments of which one at least carries it."""


def _padded(arrays: Sequence[np.ndarray], size: int, fill: float = 0) -> Tensor:
    first = arrays[0]
    out = np.full((len(arrays), size, *first.shape[1:]), fill, first.dtype)
    for row, array in zip(out, arrays, strict=True):
        row[: len(array)] = array
    return torch.from_numpy(out)


def _padded_sources(labels: Sequence[align.SegmentLabels], size: int) -> tuple[Tensor, Tensor]:
    sources = np.zeros((len(labels), len(RELATIONS), size, size + 1), bool)
    targets = np.zeros((len(labels), len(RELATIONS), size), bool)
    for index, label_ in enumerate(labels):
        count = label_.sources.shape[1]
        sources[index, :, :count, : count + 1] = label_.sources
        targets[index, :, :count] = label_.targets
    return torch.from_numpy(sources), torch.from_numpy(targets)


def collate(examples: Sequence[Example]) -> Batch:
    """Pad examples to the largest of them, three segments at least."""
    size = max(3, *(len(example.boxes) for example in examples))
    labels = [example.labels for example in examples]
    sources, targets = _padded_sources(labels, size)
    groups = tuple(
        (index, column, tuple(members))
        for index, label_ in enumerate(labels)
        for column, members in label_.groups
    )
    return Batch(
        _padded([example.pooled for example in examples], size).float(),
        _padded([example.surface for example in examples], size).float(),
        _padded([example.boxes for example in examples], size),
        _padded([np.ones(len(example.boxes), np.float32) for example in examples], size),
        _padded([example.regions for example in examples], size),
        torch.from_numpy(np.stack([example.page for example in examples])).float(),
        torch.tensor([example.canvas for example in examples], dtype=torch.float32),
        _padded([label_.types for label_ in labels], size, align.IGNORE),
        _padded([label_.fields for label_ in labels], size, True),
        sources,
        targets,
        torch.tensor([label_.page_class for label_ in labels]),
        groups,
    )


def batches(
    examples: Sequence[Example], nodes: int, generator: np.random.Generator | None
) -> Iterable[list[Example]]:
    """Lists of examples of like size, `nodes` padded segments at most; shuffled if a generator is given."""
    size = np.array([max(len(example.boxes), 3) for example in examples], np.float64)
    noise = generator.uniform(0.8, 1.25, len(size)) if generator is not None else 1.0
    chunks: list[list[int]] = [[]]
    for index in np.argsort(size * noise, kind="stable").tolist():
        largest = max([size[index], *(size[i] for i in chunks[-1])])
        if chunks[-1] and largest * (len(chunks[-1]) + 1) > nodes:
            chunks.append([])
        chunks[-1].append(index)
    if generator is not None:
        generator.shuffle(chunks)
    for chunk in chunks:
        yield [examples[index] for index in chunk]
