"""Graph nodes: the semantic feature and the box of each segment, padded to a bucket."""

from __future__ import annotations

import numpy as np

from docfuse_pipeline.segments import Segments, TokenRows, cut_lines
from docfuse_pipeline.settings import MAX_NODES, NODE_BUCKETS
from docfuse_pipeline.surface import surface_features


def pool_tokens(features: np.ndarray, membership: np.ndarray, count: int) -> np.ndarray:
    """Mean of the token features of each segment.

    Args:
        features: float [M, T, D].
        membership: int [M, T], segment of each token, -1 for none; ascending where it is not -1.
        count: number of segments n.

    Returns:
        float32 [n, D]; zeros for a segment without tokens.
    """
    pooled = np.zeros((count, features.shape[-1]), np.float32)
    owners = membership.ravel()
    chosen = np.flatnonzero(owners >= 0)
    if chosen.size:
        owners = owners[chosen]
        starts = np.flatnonzero(np.diff(owners, prepend=-1))
        values = features.reshape(-1, features.shape[-1])[chosen].astype(np.float32)
        counts = np.diff(starts, append=owners.size)
        pooled[owners[starts]] = np.add.reduceat(values, starts, axis=0) / counts[:, None]
    return pooled


def node_boxes(quads: np.ndarray, scale: float) -> np.ndarray:
    """Upright hulls of quads [n, 4, 2] in page pixels, as float32 [n, 4] x1, y1, x2, y2 in canvas pixels."""
    return np.concatenate([quads.min(1), quads.max(1)], -1).astype(np.float32) * np.float32(scale)


def bucket(count: int) -> int:
    """The smallest node bucket that holds so many segments."""
    return next(size for size in NODE_BUCKETS if size >= count)


def semantic_features(segments: Segments, token_features: np.ndarray) -> np.ndarray:
    """The semantic feature of each segment: mean token feature, then surface features; float32 [n, D]."""
    pooled = pool_tokens(token_features, segments.membership, len(segments))
    return np.concatenate([pooled, surface_features(segments.texts)], -1)


def pad_nodes(segments: Segments, semantic: np.ndarray, scale: float) -> dict[str, np.ndarray]:
    """The node tensors SEMANTIC, NODE_BOXES and NODE_MASK [1, P, …] of a page, P from settings.NODE_BUCKETS.

    Args:
        segments: at most MAX_NODES segments.
        semantic: float [n, D].
        scale: canvas pixels per page pixel.
    """
    count = len(segments)
    size = bucket(count)
    padded = np.zeros((1, size, semantic.shape[1]), np.float16)
    boxes, mask = np.zeros((1, size, 4), np.float32), np.zeros((1, size), np.float32)
    padded[0, :count] = semantic
    boxes[0, :count] = node_boxes(segments.quads, scale)
    mask[0, :count] = 1.0
    return {"SEMANTIC": padded, "NODE_BOXES": boxes, "NODE_MASK": mask}


def segment_tensors(segments: Segments, dropped: int) -> dict[str, np.ndarray]:
    """The SEGMENT_* tensors of a page; one empty dummy segment if it has none."""
    count = len(segments)
    texts = [text.encode() for text in segments.texts] or [b""]
    rows = max(count, 1)
    return {
        "SEGMENT_TEXT": np.array(texts, object),
        "SEGMENT_QUADS": segments.quads if count else np.zeros((rows, 4, 2), np.float32),
        "SEGMENT_LINES": segments.lines if count else np.zeros(rows, np.int32),
        "SEGMENT_SCORES": segments.scores if count else np.zeros(rows, np.float32),
        "SEGMENT_COUNTS": np.array([count, dropped], np.int32),
    }


def make_segments(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The `segments` step: tensors of the specification in, tensors of the specification out."""
    kept, dropped = (int(value) for value in inputs["LINE_COUNTS"])
    rows = TokenRows(
        *(inputs[n] for n in ("ROW_LINES", "TOKEN_IDS", "TOKEN_SPANS", "TOKEN_PLACES", "CUTS")),
    )
    texts = [text.decode() for text in inputs["LINE_TEXT"][:kept]]
    quads, scores, cuttable = (inputs[n][:kept] for n in ("LINE_QUADS", "LINE_SCORES", "LINE_CUTTABLE"))
    segments = cut_lines(texts, quads, scores, cuttable, rows)
    dropped += max(len(segments) - MAX_NODES, 0)
    segments = segments.first(MAX_NODES)
    semantic = semantic_features(segments, inputs["TOKEN_FEATURES"])
    nodes = pad_nodes(segments, semantic, float(inputs["SCALE"][0]))
    return {**nodes, **segment_tensors(segments, dropped)}
