"""Segments: lines cut where key and value, or two values, share them; and the graph nodes made of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from docfuse_pipeline.settings import CUT_THRESHOLD, MAX_NODES, NODE_BUCKETS
from docfuse_pipeline.surface import surface_features

PAD = 1
"""Vocabulary id that fills the rest of a token row."""
_LEADING = re.compile(r"\s*(?:[:;|=]+|[-–—/.,_·:;|=\s]+(?=\s|$))")
"""Separators at the front of a segment that belong to what stands left of them."""
_NARROWEST = 1e-3
"""Least share of the line's length that a segment takes."""


@dataclass(frozen=True)
class TokenRows:
    """The token rows of a page.

    `lines` int [M] (-1: dummy row), `ids` int [M, T], `spans` int [M, T, 2] (characters of the line),
    `places` float [M, T, 2] (fractions of the line's length), `cuts` float [M, T] (probability that a new
    segment begins), with T = settings.ROW_TOKENS.
    """

    lines: np.ndarray
    ids: np.ndarray
    spans: np.ndarray
    places: np.ndarray
    cuts: np.ndarray


@dataclass(frozen=True)
class Segments:
    """Segments in reading order.

    `quads` float32 [n, 4, 2] page pixels, clockwise from the text's top left; `lines` int32 [n]; `scores`
    float32 [n], the line's reading confidence; `membership` int [M, T], the segment of each token (-1: none).
    """

    texts: list[str]
    quads: np.ndarray
    lines: np.ndarray
    scores: np.ndarray
    membership: np.ndarray

    def __len__(self) -> int:
        return len(self.texts)

    def first(self, limit: int) -> Segments:
        """The first `limit` segments."""
        return replace(
            self,
            texts=self.texts[:limit],
            quads=self.quads[:limit],
            lines=self.lines[:limit],
            scores=self.scores[:limit],
            membership=np.where(self.membership < limit, self.membership, -1),
        )


def cut_lines(
    texts: list[str],
    quads: np.ndarray,
    scores: np.ndarray,
    cuttable: np.ndarray,
    rows: TokenRows,
    threshold: float = CUT_THRESHOLD,
) -> Segments:
    """Cut the lines of a page into segments.

    A segment begins at the first token of a line, and in a cuttable line at each token whose cut probability
    reaches the threshold. Separators such as a lone ":" go with what stands left of them. An empty line
    gives no segment.

    Args:
        texts: text of each line [L].
        quads: float [L, 4, 2], page pixels.
        scores: float [L].
        cuttable: bool [L].
        rows: the lines' token rows.
        threshold: least probability of a cut.
    """
    membership = np.full(rows.ids.size, -1, np.int64)
    valid = np.flatnonzero((rows.ids != PAD).ravel() & np.repeat(rows.lines >= 0, rows.ids.shape[1]))
    owners = np.repeat(rows.lines, rows.ids.shape[1])[valid]
    bounds = np.searchsorted(owners, np.arange(len(texts) + 1))
    spans, places = rows.spans.reshape(-1, 2)[valid], rows.places.reshape(-1, 2)[valid]
    wanted = (rows.cuts.ravel()[valid] >= threshold) & np.asarray(cuttable, bool)[owners]
    out_texts: list[str] = []
    out_lines: list[int] = []
    ranges: list[tuple[float, float]] = []
    for line, text in enumerate(texts):
        if not text.strip():
            continue
        tokens = slice(bounds[line], bounds[line + 1])
        starts = _starts(text, spans[tokens, 0], np.flatnonzero(wanted[tokens]))
        ends = [*starts[1:], tokens.stop - tokens.start]
        for start, end in zip(starts, ends, strict=True):
            first, last = start == 0, end == ends[-1]
            characters = slice(
                0 if first else int(spans[tokens][start, 0]), None if last else int(spans[tokens][end, 0])
            )
            membership[valid[tokens][start:end]] = len(out_texts)
            out_texts.append(text[characters].strip())
            out_lines.append(line)
            ranges.append(
                (
                    0.0 if first else float(places[tokens][start, 0]),
                    1.0 if last else float(places[tokens][end - 1, 1]),
                )
            )
    lines = np.array(out_lines, np.int32)
    return Segments(
        out_texts,
        part_of_quads(np.asarray(quads, np.float32)[lines], np.array(ranges, np.float32).reshape(-1, 2)),
        lines,
        np.asarray(scores, np.float32)[lines],
        membership.reshape(rows.ids.shape),
    )


def _starts(text: str, characters: np.ndarray, wanted: np.ndarray) -> list[int]:
    """First token of each segment of a line; separators at a segment's front are left to its forerunner.

    `characters` int [t] holds where each token of the line begins, `wanted` the tokens to cut at.
    """
    starts = [0]
    cuts = [int(token) for token in wanted if token > 0]
    for index, token in enumerate(cuts):
        stop = cuts[index + 1] if index + 1 < len(cuts) else len(characters)
        front = int(characters[token])
        end = int(characters[stop]) if stop < len(characters) else len(text)
        leading = _LEADING.match(text, front, end)
        after = leading.end() if leading else front
        token += int(np.searchsorted(characters[token:stop], after))
        if token < stop and text[int(characters[token]) : end].strip():
            starts.append(token)
    if len(starts) > 1 and _is_separator(text[: int(characters[starts[1]])]):
        del starts[1]
    return starts


def _is_separator(text: str) -> bool:
    """Whether nothing but separators stands in the text."""
    leading = _LEADING.match(text.strip() + " ")
    return leading is not None and leading.end() >= len(text.strip())


def part_of_quads(quads: np.ndarray, ranges: np.ndarray) -> np.ndarray:
    """The part of each quad between two fractions of its length.

    Args:
        quads: float [n, 4, 2], clockwise from the text's top left.
        ranges: float [n, 2], where the part begins and ends, 0 to 1.

    Returns:
        float32 [n, 4, 2]; the corners lie on the upper and the lower edge.
    """
    begin = np.clip(ranges[:, :1], 0.0, 1.0 - _NARROWEST)
    end = np.clip(ranges[:, 1:], begin + _NARROWEST, 1.0)
    top, bottom = quads[:, 1] - quads[:, 0], quads[:, 2] - quads[:, 3]
    corners = (
        quads[:, 0] + begin * top,
        quads[:, 0] + end * top,
        quads[:, 3] + end * bottom,
        quads[:, 3] + begin * bottom,
    )
    return np.stack(corners, 1).astype(np.float32)


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
