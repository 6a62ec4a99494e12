"""Text lines of a page: what the recogniser read, or what the caller brought."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from docfuse_pipeline import accents
from docfuse_pipeline.advances import estimated_places
from docfuse_pipeline.crops import crop_widths
from docfuse_pipeline.ctc import EMPTY, Reading, normalized
from docfuse_pipeline.detection import running_down, turned_over
from docfuse_pipeline.errors import BadPageError
from docfuse_pipeline.merging import read_pieces
from docfuse_pipeline.page import map_points
from docfuse_pipeline.rescoring import decode_choices
from docfuse_pipeline.settings import MAX_NODES
from docfuse_pipeline.traits import DEFAULT, RecognizerTraits


@dataclass(frozen=True)
class Lines:
    """Text lines in reading order.

    `texts` are N strings; `quads` float32 [N, 4, 2] page pixels; `scores` float32 [N]; `cuttable` bool [N];
    `places` N arrays float32 [len(text), 2], begin and end of each character as fractions of the line's
    length; `dropped` counts the lines that the limits left out.
    """

    texts: list[str]
    quads: np.ndarray
    scores: np.ndarray
    cuttable: np.ndarray
    places: list[np.ndarray]
    dropped: int = 0


def read_lines(
    quads: np.ndarray,
    rows: Mapping[int, np.ndarray],
    characters: Mapping[int, np.ndarray],
    probabilities: Mapping[int, np.ndarray],
    dropped: int = 0,
    recognizer: RecognizerTraits = DEFAULT.recognizer,
) -> Lines:
    """Decode what the recognisers saw and put it into the order of the quads; lines without text fall out.

    Args:
        quads: float32 [N, 4, 2] page pixels, in reading order.
        rows: per crop width that has crops, int32 [n] index of each crop's quad.
        characters: per crop width, int32 [n, T, K] most probable alphabet indices per step, or [n, T].
        probabilities: per crop width, float32 of the same shape.
        dropped: lines that the caps left out before.
        recognizer: how the crops were cut and how the steps are read.
    """
    if recognizer.pieces and rows:
        (width,) = recognizer.widths
        readings = read_pieces(quads, rows[width], characters[width], probabilities[width], recognizer)
    else:
        readings = _read_crops(quads, rows, characters, probabilities, recognizer)
    kept = [index for index, reading in enumerate(readings) if reading.text]
    return _lines([readings[index] for index in kept], quads[kept], True, dropped)


def _read_crops(
    quads: np.ndarray,
    rows: Mapping[int, np.ndarray],
    characters: Mapping[int, np.ndarray],
    probabilities: Mapping[int, np.ndarray],
    recognizer: RecognizerTraits,
) -> list[Reading]:
    """The reading of each crop; on a page that has hardly any accents, without unsure ones."""
    readings = [EMPTY] * len(quads)
    _, lengths = crop_widths(quads)
    for width, indices in rows.items():
        used = lengths[indices] / width
        decoded = decode_choices(characters[width], probabilities[width], used, recognizer.alphabet)
        for index, reading in zip(indices.tolist(), decoded, strict=True):
            readings[index] = reading
    if accents.are_rare(reading.text for reading in readings):
        for width, indices in rows.items():
            picked = [row for row, index in enumerate(indices) if accents.has_accent(readings[index].text)]
            chances, used = probabilities[width][picked], lengths[indices[picked]] / width
            plain = accents.without_unsure(characters[width][picked], chances, recognizer.alphabet)
            decoded = decode_choices(plain, chances, used, recognizer.alphabet)
            for index, reading in zip(indices[picked].tolist(), decoded, strict=True):
                readings[index] = reading
    return readings


def read_both_ways(read: Callable[[np.ndarray], Lines], quads: np.ndarray) -> Lines:
    """Read lines, vertical ones downwards and upwards: the surer reading of each is kept.

    Read the wrong way, text is garbled, and the recogniser unsure of it.

    Args:
        read: reads quads, float32 [N, 4, 2] page pixels.
        quads: float32 [N, 4, 2], vertical ones as if they ran downwards.
    """
    lines = read(quads)
    down = running_down(lines.quads)
    return _surer(lines, read(turned_over(lines.quads[down]))) if down.any() else lines


def _surer(lines: Lines, upwards: Lines) -> Lines:
    """Lines, with readings `upwards` of some of them where these are surer."""
    places = {quad.tobytes(): row for row, quad in enumerate(lines.quads)}
    texts, quads, scores = list(lines.texts), lines.quads.copy(), lines.scores.copy()
    characters = list(lines.places)
    for other, quad in enumerate(turned_over(upwards.quads)):
        row = places[quad.tobytes()]
        if upwards.scores[other] > scores[row]:
            texts[row], quads[row] = upwards.texts[other], upwards.quads[other]
            scores[row], characters[row] = upwards.scores[other], upwards.places[other]
    return replace(lines, texts=texts, quads=quads, scores=scores, places=characters)


def given_lines(
    boxes: np.ndarray,
    texts: Sequence[str],
    cut: bool,
    transform: np.ndarray,
    size: tuple[int, int] | None = None,
) -> Lines:
    """Lines from a caller's own OCR, in the caller's order; boxes without text too, but where all have none.

    Args:
        boxes: float32 [N, 4], x1, y1, x2, y2 in source pixels.
        texts: N strings.
        cut: whether the boxes may be cut into segments.
        transform: float64 [3, 3], page pixels → source pixels.
        size: width and height of the source, to clip the boxes to; unclipped if left out.

    Raises:
        BadPageError: counts differ, or a box is empty, not finite, or outside the page.
    """
    boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
    if len(boxes) != len(texts):
        raise BadPageError(f"There are {len(boxes)} BOXES and {len(texts)} TEXT; give one text for each box.")
    dropped = max(0, len(boxes) - MAX_NODES)
    boxes, texts = boxes[:MAX_NODES], texts[:MAX_NODES]
    _check_boxes(boxes)
    if size is not None:
        boxes = _clipped(boxes, size)
    quads = map_points(np.linalg.inv(transform), boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2))
    readings = [normalized(text, 1.0, estimated_places(text)) for text in texts]
    if not any(reading.text for reading in readings):
        readings, quads = [], quads[:0]
    return _lines(readings, quads.astype(np.float32), cut, dropped)


def decoded_texts(texts: np.ndarray) -> list[str]:
    """TEXT of the specification, bytes [N] → strings.

    Raises:
        BadPageError: a text is not UTF-8.
    """
    try:
        return [bytes(text).decode() for text in texts.reshape(-1)]
    except UnicodeDecodeError as error:
        raise BadPageError(f"TEXT must be UTF-8: {error}.") from error


def _lines(readings: list[Reading], quads: np.ndarray, cut: bool, dropped: int) -> Lines:
    return Lines(
        texts=[reading.text for reading in readings],
        quads=quads.reshape(-1, 4, 2),
        scores=np.array([reading.score for reading in readings], np.float32),
        cuttable=np.full(len(readings), cut),
        places=[reading.places for reading in readings],
        dropped=dropped,
    )


def _check_boxes(boxes: np.ndarray) -> None:
    finite = np.isfinite(boxes).all(1)
    if not finite.all():
        raise BadPageError(f"BOXES[{int(np.argmin(finite))}] has a coordinate that is not finite.")
    flat = (boxes[:, 2] <= boxes[:, 0]) | (boxes[:, 3] <= boxes[:, 1])
    if flat.any():
        row = int(np.argmax(flat))
        raise BadPageError(
            f"BOXES[{row}] is {boxes[row].tolist()}: x2 must exceed x1, and y2 must exceed y1."
        )


def _clipped(boxes: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    width, height = size
    inside = np.clip(boxes, 0, (width, height, width, height))
    outside = (inside[:, 2] <= inside[:, 0]) | (inside[:, 3] <= inside[:, 1])
    if outside.any():
        row = int(np.argmax(outside))
        raise BadPageError(
            f"BOXES[{row}] {boxes[row].tolist()} lies outside the page of {width} × {height} pixels."
        )
    return inside
