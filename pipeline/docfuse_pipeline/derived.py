"""Fields inside other texts: a time beside a date, a due date in terms, a currency, a rate, a website."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from docfuse_pipeline.dates import find_dates, find_period
from docfuse_pipeline.hints import CURRENCY, Hints, currency_of, tidy
from docfuse_pipeline.labels import AMOUNT_FIELDS, DATE_FIELDS
from docfuse_pipeline.normalize import normalize
from docfuse_pipeline.printed_names import key_name, names_period
from docfuse_pipeline.settings import AMOUNT_TOLERANCE, ARITHMETIC_TRUST

_CERTAIN = {"website": re.compile(r"www\.|https?:", re.IGNORECASE), "email": re.compile("@")}
"""What leaves no doubt that a text of that form is one."""
_ENDS = ("period_start", "period_end")
_RATE = re.compile(r"\d+(?:[.,]\d+)?\s?%")
_TAXED = frozenset({"tax_amount", "tax_rate"})
_MEANS = re.compile(
    r"\b(?:visa|master ?card|maestro|amex|american express|girocard|paypal|bancomat|cc|ec|cash|debit|credit|"
    r"\w*card|bar|bargeld|barzahlung|\w*karte|contant|\w*kaart|efectivo|tarjetas?|carte|esp[eè]ces|cb|contanti|"
    r"carta|kontant\w*|kort|\w*kortti|käteinen|gotówka|karta|dinheiro|cart[aã]o|gotovina|kartica|hotov\w*|"
    r"készpénz|\w*kártya|numerar|sularaha|grynieji|grynais|\w*kortelė|skaidr\w+ naud\w+|dankort|vipps)\b",
    re.IGNORECASE,
)
"""Words for means of payment, as keys of what was paid."""


def derive_fields(
    fields: Sequence[dict[str, Any]], texts: Sequence[str], scores: np.ndarray, hints: Hints, trade: bool
) -> list[dict[str, Any]]:
    """Fields that no box is alone, but that a box of the page carries; only where the page lacks them.

    `issue_date` is the only date that a page of a trade prints. `issue_time` comes from the text of the issue
    date, `due_date` from the key of the total ("Amount due by 10 September 2026"), else from the terms of
    payment: their last date, as earlier ones are those of discounts. `period_start` and `period_end` come
    from one text that has both.
    `currency` comes from a sign beside an amount, else from any text that has the page's most frequent sign;
    the share of the signs that agree is part of its confidence. `tax_rate` comes from the printed keys of
    taxes that have one, each rate once, else from a printed rate that is the tax's share of what was taxed.
    `payment_method` comes from the key of what was paid ("Visa"), `website` and `email` from the first text
    that is one beyond doubt.

    Args:
        fields: the fields found.
        texts: text of each box [n].
        scores: float [n], confidence of the reading.
        hints: conventions of the page.
        trade: whether the page is of a class that has a date of issue.
    """
    names = {field["name"] for field in fields}
    derived = [] if names & DATE_FIELDS or not trade else _only_date(texts, scores, hints)
    derived += [] if "issue_time" in names else _times([*fields, *derived])
    derived += [] if "due_date" in names else _due_by(fields, hints) or _due_dates(fields, hints)
    derived += [field for field in _period(fields, hints) if field["name"] not in names]
    if "tax_rate" not in names:
        derived += _tax_rate(fields, texts, scores, hints) or _summed_rate(fields, texts, scores, hints)
    derived += [] if "payment_method" in names else _payment_method(fields)
    for name, sign in _CERTAIN.items():
        derived += [] if name in names else _formed(name, sign, texts, scores)
    return derived if "currency" in names else derived + _currency(fields, texts, scores, hints)


def _read_off(name: str, value: str, normalized: object, confidence: float, *boxes: int) -> dict[str, Any]:
    """A field without a key that is a part of boxes."""
    field = {"name": name, "key": None, "value": value, "normalized": normalized}
    confidence = round(min(confidence, 1.0), 4)
    return {**field, "confidence": confidence, "key_boxes": [], "value_boxes": list(boxes), "page": 0}


def _formed(
    name: str, sign: re.Pattern[str], texts: Sequence[str], scores: np.ndarray
) -> list[dict[str, Any]]:
    for box, text in enumerate(map(tidy, texts)):
        value = normalize(name, text) if sign.search(text) else None
        if value is not None:
            return [_read_off(name, str(value), value, float(scores[box]), box)]
    return []


def _tax_rate(
    fields: Sequence[dict[str, Any]], texts: Sequence[str], scores: np.ndarray, hints: Hints
) -> list[dict[str, Any]]:
    keys = [box for field in fields if field["name"] in _TAXED for box in field["key_boxes"]]
    named = [box for box, text in enumerate(texts) if key_name(tidy(text)) in _TAXED]
    found: dict[object, dict[str, Any]] = {}
    for box in dict.fromkeys((*keys, *named)):
        rate = _RATE.search(tidy(texts[box]))
        if rate and (box in keys or not found):
            value = normalize("tax_rate", rate.group(), hints)
            found.setdefault(value, _read_off("tax_rate", rate.group(), value, float(scores[box]), box))
    return list(found.values())


def _summed_rate(
    fields: Sequence[dict[str, Any]], texts: Sequence[str], scores: np.ndarray, hints: Hints
) -> list[dict[str, Any]]:
    nets, taxes, totals = (
        [value for field in fields if field["name"] in names and (value := field["normalized"]) is not None]
        for names in (("tax_exclusive_amount",), ("tax_amount",), ("payable_amount", "gross_amount"))
    )
    for box, text in enumerate(map(tidy, texts)):
        for printed in _RATE.findall(text):
            rate = normalize("tax_rate", printed, hints)
            if not isinstance(rate, float):
                continue
            shares = [net * rate / 100 for net in nets] + [total * rate / (100 + rate) for total in totals]
            if rate and any(abs(share - tax) <= AMOUNT_TOLERANCE for share in shares for tax in taxes):
                confidence = float(scores[box]) * ARITHMETIC_TRUST
                return [_read_off("tax_rate", printed, rate, confidence, box)]
    return []


def _payment_method(fields: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    for field in fields:
        if field["name"] == "paid_amount" and field["key"] and _MEANS.search(field["key"]):
            value = field["key"].rstrip(" :*.0123456789")
            confidence = field["confidence"]
            return [_read_off("payment_method", value, tidy(value), confidence, *field["key_boxes"])]
    return []


def _times(fields: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    dates = [field for field in fields if field["name"] == "issue_date"]
    times = [(date, normalize("issue_time", date["value"])) for date in dates]
    return [{**date, "name": "issue_time", "normalized": time} for date, time in times if time]


def _only_date(texts: Sequence[str], scores: np.ndarray, hints: Hints) -> list[dict[str, Any]]:
    dates = [
        (date, box) for box, text in enumerate(texts) for date in find_dates(tidy(text), hints.day_first)
    ]
    if len({date for date, _ in dates}) != 1:
        return []
    date, box = dates[0]
    return [_read_off("issue_date", texts[box], date, float(scores[box]), box)]


def _due_by(fields: Sequence[dict[str, Any]], hints: Hints) -> list[dict[str, Any]]:
    for field in fields:
        key = tidy(field["key"] or "")
        dates = find_dates(key, hints.day_first)
        if len(dates) == 1 and field["name"] == key_name(key) == "payable_amount":
            return [_read_off("due_date", key, dates[0], field["confidence"], *field["key_boxes"])]
    return []


def _period(fields: Sequence[dict[str, Any]], hints: Hints) -> list[dict[str, Any]]:
    for field in fields:
        unnamed = field["name"] is None and names_period(field["key"] or "")
        told = field["value"] and (unnamed or field["name"] in _ENDS)
        days = find_period(tidy(field["value"]), hints.day_first) if told else None
        if days:
            return [{**field, "name": name, "normalized": day} for name, day in zip(_ENDS, days, strict=True)]
    return []


def _due_dates(fields: Sequence[dict[str, Any]], hints: Hints) -> list[dict[str, Any]]:
    dated = [
        (max(dates), terms)
        for terms in fields
        if terms["name"] == "payment_terms" and (dates := find_dates(tidy(terms["value"]), hints.day_first))
    ]
    if not dated:
        return []
    date, terms = max(dated, key=lambda pair: pair[0])
    return [{**terms, "name": "due_date", "normalized": date}]


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
            confidence = float(scores[box]) * hints.currency_share
            return [_read_off("currency", sign.group(), hints.currency, confidence, box)]
    return []
