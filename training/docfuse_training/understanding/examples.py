"""Examples: pages cut into segments, with their token rows, frozen features and labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from docfuse_models.backbone import RAW_CHANNELS
from docfuse_models.fusion import page_features, region_features
from docfuse_pipeline import segments as cutting
from docfuse_pipeline.nodes import node_boxes, pool_tokens
from docfuse_pipeline.page import map_points
from docfuse_pipeline.settings import FEATURE_STRIDE, SUBMAP
from docfuse_pipeline.surface import surface_features
from docfuse_pipeline.tokens import PAD
from docfuse_training.understanding import align, align_cuts, align_pairs
from docfuse_training.understanding.encode import EncodedPage

MOST_NODES = 384
"""Larger pages are trained on with their first segments only, so that memory stays bounded."""
_MISTAKEN = 0.12
"""Share of the words before which there is a cut by mistake, where there are such."""


@dataclass(frozen=True)
class TextRows:
    """Token rows of a page: R rows, T tokens in the longest.

    `ids` int16, `gaps` float16, `owners` int16 (segment of each token, -1: none), `cuts` and `known` bool
    (whether a segment begins there, whether that is known), all [R, T].
    """

    ids: np.ndarray
    gaps: np.ndarray
    owners: np.ndarray
    cuts: np.ndarray
    known: np.ndarray


@dataclass
class Example:
    """A page ready for training; arrays of n segments.

    `pooled` float16 [n, 384] mean of the frozen token features; `surface` float32 [n, 16]; `boxes` float32
    [n, 4] canvas pixels; `regions` float16 [n, C, 3, 8] and `page` float16 [C·25] from the frozen channels;
    `canvas` height and width. `settled`: where a run is held to other modules, whether its links are
    too: not where texts were cut by mistake.
    """

    id: str
    how: str
    texts: list[str]
    rows: TextRows
    pooled: np.ndarray
    surface: np.ndarray
    boxes: np.ndarray
    regions: np.ndarray
    page: np.ndarray
    canvas: tuple[int, int]
    labels: align.SegmentLabels
    settled: bool = False


@dataclass(frozen=True)
class Prepared:
    """A page before it is cut: its tokens, what is known of the cuts, where values without boxes stand."""

    encoded: EncodedPage
    tokens: align.Tokens
    owner: np.ndarray
    cuts: align_cuts.Cuts
    mentions: dict[str, list[align.Mention]]
    groups: align_pairs.Found


def prepare(encoded: EncodedPage) -> Prepared:
    """Align a page with its truth: by its boxes if they have types or fields, else by its texts."""
    page = encoded.page
    tokens = align.page_tokens(encoded.lines, encoded.rows, encoded.sheet.transform)
    if align.has_types(page):
        owner = align.owners(tokens.centres, page)
        return Prepared(
            encoded, tokens, owner, align_cuts.cuts_from_boxes(tokens, owner, page), {}, align_pairs.Found()
        )
    mentions = align.find_mentions(encoded.lines, page)
    found = align_pairs.find(encoded.lines, page)
    every = [mention for places in mentions.values() for mention in places] + found.mentions()
    owner = np.full(len(tokens.lines), -1)
    return Prepared(encoded, tokens, owner, align_cuts.cuts_from_mentions(tokens, every), mentions, found)


def segment(
    prepared: Prepared, probabilities: np.ndarray, mistaken: np.ndarray | bool = False
) -> tuple[cutting.Segments, np.ndarray]:
    """Cut a page where its truth says so, elsewhere where the cut head does.

    Args:
        prepared: the page.
        probabilities: float [K], the cut head's, per real token.
        mistaken: bool [K], where it is cut whatever its truth says.

    Returns:
        The segments, and the characters of the line that each covers, int [n, 2].
    """
    known = np.where(prepared.cuts.known > 0, prepared.cuts.labels, probabilities)
    return cut_page(prepared, np.where(mistaken, 1.0, known))


def word_starts(prepared: Prepared) -> np.ndarray:
    """Tokens behind white space, and the very first, bool [K]: where a line may be cut between words."""
    spans = prepared.tokens.spans
    return np.append(True, spans[1:, 0] > spans[:-1, 1])[: len(spans)]


def mistaken_cuts(prepared: Prepared, generator: np.random.Generator) -> np.ndarray:
    """Cuts before some words, bool [K], inside of texts too, such as a cut head makes by mistake.

    Not behind a colon: whoever learns to join what stands there joins keys with their values.
    """
    starts = word_starts(prepared) & ~_behind_colon(prepared)
    return starts & (generator.random(len(starts)) < _MISTAKEN)


def _behind_colon(prepared: Prepared) -> np.ndarray:
    texts, tokens = prepared.encoded.lines.texts, prepared.tokens
    places = zip(tokens.lines.tolist(), tokens.spans[:, 0].tolist(), strict=True)
    return np.array([texts[line][:start].rstrip().endswith(":") for line, start in places], bool)


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
    if align.has_types(prepared.encoded.page):
        blank = np.array([not text for text in found.texts], bool)
        middles = map_points(prepared.encoded.sheet.transform, found.quads[blank].mean(1))
        owner[blank] = align.owners(middles.reshape(-1, 2), prepared.encoded.page)
    labels = align.label_segments(prepared.encoded.page, owner)
    align.label_mentions(labels, found, spans, prepared.mentions)
    align.label_absent(labels, prepared.encoded.page)
    align_pairs.label(labels, found, spans, prepared.groups)
    return labels


def text_rows(prepared: Prepared, membership: np.ndarray) -> TextRows:
    """The token rows that hold text, as long as the longest of them."""
    rows, where = prepared.encoded.rows, prepared.tokens.where
    cuts, known = np.zeros(rows.ids.shape, bool), np.zeros(rows.ids.shape, bool)
    cuts[where[:, 0], where[:, 1]] = prepared.cuts.labels > 0
    known[where[:, 0], where[:, 1]] = prepared.cuts.known > 0
    real = rows.ids != PAD
    part = np.ix_(real.any(1), real.any(0))
    return TextRows(
        rows.ids[part].astype(np.int16), rows.gaps[part].astype(np.float16),
        membership[part].astype(np.int16), cuts[part], known[part],
    )  # fmt: skip


@torch.no_grad()
def make_example(
    prepared: Prepared, probabilities: np.ndarray, raw: Tensor, mistaken: np.ndarray | bool = False
) -> Example:
    """Segments, frozen features and labels of a page.

    Args:
        prepared: the page.
        probabilities: see `segment`, as for `mistaken`.
        raw: float [1, C, h, w], its frozen feature map.
        mistaken: cuts inside of texts.
    """
    encoded = prepared.encoded
    found, spans = segment(prepared, probabilities, mistaken)
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
        text_rows(prepared, found.membership),
        pool_tokens(features, found.membership, len(found)).astype(np.float16),
        surface_features(found.texts),
        boxes,
        regions.half().numpy(),
        page_features(raw)[0].half().numpy(),
        (raw.shape[2] * FEATURE_STRIDE, raw.shape[3] * FEATURE_STRIDE),
        label(prepared, found, spans),
        settled=mistaken is False,
    )
