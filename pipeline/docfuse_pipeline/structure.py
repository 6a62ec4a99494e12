"""Probabilities → the page as a record: class, boxes, links, fields, tables, warnings (`docfuse.Page`)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from docfuse_pipeline.blocks import join_blocks
from docfuse_pipeline.checks import check_amounts
from docfuse_pipeline.class_words import WordClassifier, judge_class
from docfuse_pipeline.derived import derive_fields
from docfuse_pipeline.fields import find_fields
from docfuse_pipeline.hints import Hints, page_hints
from docfuse_pipeline.inline_fields import with_inline_fields
from docfuse_pipeline.item_columns import by_columns
from docfuse_pipeline.item_places import by_places
from docfuse_pipeline.item_products import with_products
from docfuse_pipeline.item_rows import with_notes
from docfuse_pipeline.item_sums import by_sums
from docfuse_pipeline.item_totals import is_timetable, without_payment, without_sums
from docfuse_pipeline.items import find_items
from docfuse_pipeline.labels import CLASSES, TRADE_CLASSES
from docfuse_pipeline.page import map_points
from docfuse_pipeline.tables import build_table, split_tables
from docfuse_pipeline.units import (
    Links,
    PageTexts,
    Unit,
    best_sources,
    blanks_of_keys,
    find_links,
    join_texts,
    without_blanks,
)

SCHEMA_VERSION = "1.0"


def assemble(
    page_info: dict[str, Any],
    transform: np.ndarray,
    texts: Sequence[str],
    quads: np.ndarray,
    lines: np.ndarray,
    scores: np.ndarray,
    counts: Sequence[int],
    class_probabilities: np.ndarray,
    types: np.ndarray,
    fields: np.ndarray,
    partners: np.ndarray,
    partner_probabilities: np.ndarray,
) -> dict[str, Any]:
    """Put a page's result together.

    Args:
        page_info: `width`, `height`, `orientation`, `skew`, `warnings` of the page as sent.
        transform: float [3, 3], homography from page pixels to pixels of the page as sent.
        texts: text of each segment, at least n.
        quads: float [≥ n, 4, 2], page pixels.
        lines: int [≥ n], the line each segment was cut from.
        scores: float [≥ n], confidence of the reading.
        counts: segments n, lines and segments dropped by the caps.
        class_probabilities: float [K].
        types: float [P, T], P ≥ n.
        fields: float [P, F].
        partners: int [R, P, k], best sources of each target.
        partner_probabilities: float [R, P, k].

    Returns:
        a dict of the shape of `docfuse.Page`: polygons in pixels of the page as sent.
    """
    count, dropped = (int(value) for value in counts)
    page = PageTexts(
        texts[:count], quads[:count], lines[:count], scores[:count], types[:count], fields[:count]
    )
    partners, probabilities = np.asarray(partners), np.asarray(partner_probabilities)
    links = find_links(partners, probabilities, count)
    spoken = find_links(partners, without_blanks(page.texts, partners, probabilities), count)
    units = join_blocks(page, join_texts(page, spoken), spoken)
    hints = page_hints(page.texts)
    tables, cells = _find_tables(units, spoken, hints)
    classification = _classification(class_probabilities, count)
    trade = classification["label"] in TRADE_CLASSES
    found = find_fields(units, spoken, cells, hints, trade, blanks_of_keys(page.texts, links))
    found += derive_fields(found, page.texts, page.scores, hints, trade)
    found = with_inline_fields(found, page) if trade else found
    return {
        "schema_version": SCHEMA_VERSION,
        "index": 0,
        **{name: page_info[name] for name in ("width", "height")},
        "orientation": page_info.get("orientation", 0),
        "skew": page_info.get("skew", 0.0),
        "truncated": dropped > 0,
        "classification": classification,
        "boxes": _boxes(page, transform),
        "links": _links(links),
        "fields": found,
        "tables": tables,
        "warnings": [
            *page_info.get("warnings", ()),
            *_size_warnings(count, dropped),
            *check_amounts(found, tables),
        ],
    }


def _find_tables(units: Sequence[Unit], links: Links, hints: Hints) -> tuple[list[dict[str, Any]], set[int]]:
    """The tables of line items, and the boxes that are taken by them, payments below them included."""
    parts = [
        without_sums(with_notes(with_products(part, hints)), hints)
        for part in split_tables(find_items(units, links), units)
        if not is_timetable(part)
    ]
    goods = [by_columns(without_payment(part, units, hints)) for part in parts]
    tables = [build_table(by_places(by_sums(part, hints)), hints) for part in goods]
    return tables, {box for part in parts for item in part for cell in item.cells for box in cell.unit.boxes}


def _probability(value: float) -> float:
    """A probability as the result has it: within 0 and 1, four decimals."""
    return round(min(max(float(value), 0.0), 1.0), 4)


def _classification(probabilities: np.ndarray, count: int) -> dict[str, Any]:
    best = int(np.argmax(probabilities))
    return {
        "label": CLASSES[best],
        "confidence": _probability(probabilities[best]),
        "probabilities": {
            name: _probability(p) for name, p in zip(CLASSES, probabilities.tolist(), strict=True)
        },
        "source": "fused" if count else "image",
    }


def _boxes(page: PageTexts, transform: np.ndarray) -> list[dict[str, Any]]:
    polygons = np.round(map_points(np.asarray(transform, np.float64), page.quads), 1).tolist()
    confidences = page.types.max(-1) if len(page) else ()
    return [
        {
            "id": box,
            "polygon": [tuple(point) for point in polygons[box]],
            "text": page.texts[box],
            "text_confidence": _probability(page.scores[box]),
            "type": page.type_names[box],
            "type_confidence": _probability(confidences[box]),
            "line": int(page.lines[box]),
        }
        for box in range(len(page))
    ]


def _links(links: Links) -> list[dict[str, Any]]:
    """The links of the result: every key of a value, of every other relation the best source alone.

    That an anchor is its own cell is left out.
    """
    kept = {
        name: every if name == "key_value" else best_sources(every).values() for name, every in links.items()
    }
    return [
        {
            "source": link.source,
            "target": link.target,
            "relation": name,
            "confidence": _probability(link.probability),
        }
        for name, chosen in kept.items()
        for link in chosen
        if link.source != link.target
    ]


def _size_warnings(count: int, dropped: int) -> list[dict[str, str]]:
    warnings = []
    if not count:
        message = "No text was found on the page; its class was judged by its look alone."
        warnings.append({"code": "no_text", "message": message})
    if dropped:
        message = (
            f"The page has more text than the limits allow: {dropped} of its lines or segments were left out."
        )
        warnings.append({"code": "truncated", "message": message})
    return warnings


def make_result(inputs: dict[str, np.ndarray], words: WordClassifier | None = None) -> dict[str, np.ndarray]:
    """The `structure` step: tensors of the specification in, RESULT (JSON, UTF-8) out.

    Args:
        inputs: of the step.
        words: judges the class too, where the weights have it.
    """
    texts = [text.decode() for text in inputs["SEGMENT_TEXT"]]
    result = assemble(
        json.loads(inputs["PAGE_INFO"][0]),
        inputs["TRANSFORM"],
        texts,
        inputs["SEGMENT_QUADS"],
        inputs["SEGMENT_LINES"],
        inputs["SEGMENT_SCORES"],
        inputs["SEGMENT_COUNTS"].tolist(),
        judge_class(inputs["CLASS_PROBABILITIES"][0], texts, words),
        inputs["TYPE_PROBABILITIES"][0],
        inputs["FIELD_PROBABILITIES"][0],
        inputs["PARTNERS"][0],
        inputs["PARTNER_PROBABILITIES"][0],
    )
    return {"RESULT": np.array([json.dumps(result, ensure_ascii=False).encode()], object)}
