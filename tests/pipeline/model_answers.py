"""Pages as the models describe them, box by box, and what is assembled of them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from docfuse.result import Page
from docfuse_pipeline.labels import CLASSES, FIELDS, RELATIONS, TYPES
from docfuse_pipeline.structure import assemble

HEIGHT = 10
RANKS = 3


class Sheet:
    """A page made by hand: boxes with types and fields, and links between them, each with its probability."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.corners: list[tuple[float, float]] = []
        self.types: list[np.ndarray] = []
        self.fields: list[np.ndarray] = []
        self.links: list[tuple[str, int, int, float]] = []

    def box(
        self, text: str, kind: str = "other", x: float = 0, y: float = 0, field: str = "none", p: float = 0.9
    ) -> int:
        """Add a box; `p` is the probability of its field."""
        self.texts.append(text)
        self.corners.append((x, y))
        types, fields = (
            np.full(len(TYPES), 0.2 / (len(TYPES) - 1)),
            np.full(len(FIELDS), (1 - p) / (len(FIELDS) - 1)),
        )
        types[TYPES.index(kind)], fields[FIELDS.index(field)] = 0.8, p
        self.types.append(types)
        self.fields.append(fields)
        return len(self.texts) - 1

    def link(self, relation: str, source: int, *targets: int, p: float = 0.9) -> None:
        """Link one source to targets."""
        self.links += [(relation, source, target, p) for target in targets]

    def arguments(self, padding: int = 0, dropped: int = 0) -> dict[str, Any]:
        """What `assemble` takes."""
        count = len(self.texts)
        size = count + padding
        partners = np.zeros((len(RELATIONS), size, RANKS), np.int32)
        probabilities = np.zeros(partners.shape, np.float32)
        for relation, source, target, p in sorted(self.links, key=lambda link: -link[-1]):
            row = probabilities[RELATIONS.index(relation), target]
            rank = int(np.flatnonzero(row == 0)[0])
            partners[RELATIONS.index(relation), target, rank], row[rank] = source, p
        probabilities[:, count:] = 1.0  # whatever a model says of padding
        rest = 0.5 / (len(CLASSES) - 1)
        quads = [
            [[x, y], [x + 10 * len(t), y], [x + 10 * len(t), y + HEIGHT], [x, y + HEIGHT]]
            for t, (x, y) in zip(self.texts, self.corners, strict=True)
        ]
        shown = max(count, 1)
        return {
            "page_info": {"width": 600, "height": 800, "orientation": 90, "skew": 0.5, "warnings": []},
            "transform": np.diag([2.0, 2.0, 1.0]),
            "texts": self.texts or [""],
            "quads": np.array(quads or np.zeros((1, 4, 2)), np.float32),
            "lines": np.arange(shown, dtype=np.int32),
            "scores": np.full(shown, 0.95, np.float32),
            "counts": [count, dropped],
            "class_probabilities": np.array([0.5, *[rest] * (len(CLASSES) - 1)], np.float32),
            "types": np.array([*self.types, *np.full((padding, len(TYPES)), 0.5)]).reshape(size, len(TYPES)),
            "fields": np.array([*self.fields, *np.full((padding, len(FIELDS)), 0.9)]).reshape(
                size, len(FIELDS)
            ),
            "partners": partners,
            "partner_probabilities": probabilities,
        }

    def page(self, **options: int) -> Page:
        """The page as the client reads it."""
        return Page.model_validate_json(json.dumps(assemble(**self.arguments(**options))))


def named(page: Page, name: str | None) -> list[tuple[str | None, str | None, object]]:
    return [(field.key, field.value, field.normalized) for field in page.fields if field.name == name]


def item_sheet(total: str = "20.00") -> Sheet:
    """Two items, of which the second has a description of two lines and a nested discount, and a total."""
    sheet = Sheet()
    headers = [
        sheet.box(text, "table_header", x, 0)
        for text, x in (("Description", 0), ("Qty", 200), ("Weight", 300), ("Amount", 400))
    ]
    rows = (("Apples", "2", "1 kg", "8.00", 30), ("Pears", "3", "2 kg", "12.00", 50))
    for description, quantity, weight, amount, y in rows:
        anchor = sheet.box(description, "cell", 0, y, "description")
        cells = [
            sheet.box(quantity, "cell", 200, y, "quantity"),
            sheet.box(weight, "cell", 300, y),
            sheet.box(amount, "cell", 400, y, "line_amount"),
        ]
        sheet.link("cell_item", anchor, anchor, *cells)
        for header, cell in zip(headers, (anchor, *cells), strict=True):
            sheet.link("header_cell", header, cell)
    more = sheet.box("from Spain", "cell", 0, 62, "description")
    discount = sheet.box("-1.00", "cell", 400, 74, "line_discount")
    sheet.link("cell_item", anchor, more, discount)
    key, value = (
        sheet.box("Total", "total_key", 300, 100),
        sheet.box(total, "value", 400, 100, "payable_amount"),
    )
    sheet.link("key_value", key, value)
    return sheet
