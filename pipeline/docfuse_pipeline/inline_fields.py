"""Fields of the lines that hold several keys and values: tax numbers, telephones, accounts of letterheads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from docfuse_pipeline.hints import tidy
from docfuse_pipeline.inline_keys import inline_values
from docfuse_pipeline.labels import VAT_IDS
from docfuse_pipeline.normalize import normalize
from docfuse_pipeline.settings import INLINE_TRUST
from docfuse_pipeline.units import PageTexts

_NEAR = 4.0
"""Most that a buyer's number stands away from his name or address, in its heights."""
Field = dict[str, Any]


def with_inline_fields(fields: Sequence[Field], page: PageTexts) -> list[Field]:
    """The fields, and what the lines of the page say of those that are missing (`inline_keys`).

    A tax number is that of the buyer where its key says so, or where it stands near the buyer's name or
    address and not as near the seller's; of several ones of a party, one with a country before it is taken,
    also instead of one that was found before. What has the same boxes without a name is left out.

    Args:
        fields: the fields found.
        page: its texts.
    """
    best: dict[str, Field] = {}
    for field in fields:
        best.setdefault(field["name"], field)
    known = {field["normalized"] for field in fields}
    parties = [_hulls(fields, page, party) for party in ("seller_", "buyer_")]
    for field in _inline(page):
        if field["name"] in VAT_IDS and _is_buyers(field, page, *parties):
            field["name"] = "buyer_vat_id"
        before = best.get(field["name"])
        if field["normalized"] not in known and (before is None or _is_better(field, before)):
            best[field["name"]] = field
    new = [field for field in best.values() if not any(field is old for old in fields)]
    taken = [field["value_boxes"] for field in new]
    lost = [best[old["name"]] is not old and old["name"] in VAT_IDS for old in fields]
    kept = [{**f, "name": None} if gone else f for f, gone in zip(fields, lost, strict=True)]
    return [f for f in kept if f["name"] or f["value_boxes"] not in taken] + new


def _inline(page: PageTexts) -> Iterator[Field]:
    """What the lines of a page have of `INLINE_FIELDS`, in reading order."""
    lines: dict[int, list[int]] = defaultdict(list)
    for box, line in enumerate(page.lines.tolist()):
        lines[line].append(box)
    for boxes in lines.values():
        texts = [tidy(page.texts[box]) for box in boxes]
        line = " ".join(texts)
        owners = [box for box, text in zip(boxes, texts, strict=True) for _ in f"{text} "]
        for inline in inline_values(line):
            value = line[slice(*inline.value)]
            own = sorted(set(owners[slice(*inline.value)]))
            score = min(float(page.scores[box]) for box in own)
            yield {
                "name": inline.name,
                "key": line[slice(*inline.key)],
                "value": value,
                "normalized": normalize(inline.name, value),
                "confidence": round(min(INLINE_TRUST * score, 1.0), 4),
                "key_boxes": sorted(set(owners[slice(*inline.key)])),
                "value_boxes": own,
                "page": 0,
            }


def _hulls(fields: Sequence[Field], page: PageTexts, party: str) -> list[list[float]]:
    """The boxes of what is known of a party."""
    own = [field for field in fields if (field["name"] or "").startswith(party)]
    return [page.hulls[box] for field in own for box in field["value_boxes"]]


def _is_buyers(
    field: Field, page: PageTexts, seller: Sequence[Sequence[float]], buyer: Sequence[Sequence[float]]
) -> bool:
    """Whether a number stands near the buyer and not as near the seller."""
    hull = page.hulls[field["value_boxes"][0]]
    nearest = min((_distance(hull, other) for other in buyer), default=float("inf"))
    sellers = min((_distance(hull, other) for other in seller), default=float("inf"))
    return nearest <= _NEAR * (hull[3] - hull[1]) and nearest < sellers


def _distance(hull: Sequence[float], other: Sequence[float]) -> float:
    """The gap between two boxes, the wider one of both directions."""
    apart_x = max(other[0] - hull[2], hull[0] - other[2], 0.0)
    apart_y = max(other[1] - hull[3], hull[1] - other[3], 0.0)
    return max(apart_x, apart_y)


def _is_better(field: Field, before: Field) -> bool:
    """Whether of two tax numbers the first alone has a country before it."""
    countries = [str(one["normalized"])[:2].isalpha() for one in (field, before)]
    return field["name"] in VAT_IDS and countries == [True, False]
