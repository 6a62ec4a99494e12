"""Fields that stand inside other values: the time beside a date, the currency beside an amount."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from docfuse_pipeline.hints import CURRENCY, Hints, currency_of, tidy
from docfuse_pipeline.labels import AMOUNT_FIELDS
from docfuse_pipeline.normalize import normalize


def derive_fields(
    fields: Sequence[dict[str, Any]], texts: Sequence[str], scores: np.ndarray, hints: Hints
) -> list[dict[str, Any]]:
    """Fields that no box is alone, but that a box of the page carries; only where the page lacks them.

    `issue_time` comes from the text of the issue date. `currency` comes from a sign beside an amount, else
    from any text that has the page's most frequent sign; the share of the signs that agree is part of its
    confidence.

    Args:
        fields: the fields found.
        texts: text of each box [n].
        scores: float [n], confidence of the reading.
        hints: conventions of the page.
    """
    names = {field["name"] for field in fields}
    derived = [] if "issue_time" in names else _times(fields)
    return derived if "currency" in names else derived + _currency(fields, texts, scores, hints)


def _times(fields: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    dates = [field for field in fields if field["name"] == "issue_date"]
    times = [(date, normalize("issue_time", date["value"])) for date in dates]
    return [{**date, "name": "issue_time", "normalized": time} for date, time in times if time]


def _currency(
    fields: Sequence[dict[str, Any]], texts: Sequence[str], scores: np.ndarray, hints: Hints
) -> list[dict[str, Any]]:
    if not hints.currency:
        return []
    amounts = [box for field in fields if field["name"] in AMOUNT_FIELDS for box in field["value_boxes"]]
    for box in (*amounts, *range(len(texts))):
        text = tidy(texts[box])
        sign = CURRENCY.search(text)
        if sign and currency_of(text, hints.currency) == hints.currency:
            confidence = round(min(float(scores[box]) * hints.currency_share, 1.0), 4)
            field = {"name": "currency", "key": None, "value": sign.group(), "normalized": hints.currency}
            return [{**field, "confidence": confidence, "key_boxes": [], "value_boxes": [box], "page": 0}]
    return []
