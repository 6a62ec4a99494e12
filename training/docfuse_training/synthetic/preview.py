"""Truth of a page for people: as JSON, and drawn on the page."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import cv2
import numpy as np

from docfuse_training.synthetic.pages import printed_values
from docfuse_training.truth import TruthBox, TruthPage

TYPE_COLOURS = {
    "other": (150, 150, 150), "title": (160, 0, 160), "section_header": (200, 110, 0), "key": (0, 90, 220),
    "value": (0, 150, 60), "table_header": (0, 150, 180), "cell": (150, 130, 0), "total_key": (220, 0, 60),
}  # fmt: skip
RELATION_COLOURS = {
    "key_value": (0, 150, 60), "cell_item": (200, 180, 60), "header_cell": (120, 200, 220),
    "same_text": (230, 0, 200), "parent_child": (200, 110, 0),
}  # fmt: skip


def truth_record(page: TruthPage) -> dict[str, Any]:
    """All that is known of a page, ready for JSON."""
    return {
        "id": page.id,
        "class": page.page_class,
        "boxes": [asdict(box) for box in page.boxes],
        "relations": [asdict(relation) for relation in page.relations],
        "values": printed_values(page),
    }


def annotate(image: np.ndarray, page: TruthPage) -> np.ndarray:
    """A copy of a page, RGB uint8 [H, W, 3], with its boxes by type, and arrows for its relations."""
    drawn = image.copy()
    for relation in page.relations:
        if relation.source != relation.target:
            ends = (_middle(page.boxes[relation.source]), _middle(page.boxes[relation.target]))
            cv2.arrowedLine(drawn, *ends, RELATION_COLOURS[relation.name], 1, cv2.LINE_AA, tipLength=0.03)
    for box in page.boxes:
        x1, y1, x2, y2 = (round(edge) for edge in box.box)
        colour = TYPE_COLOURS[box.type or "other"]
        cv2.rectangle(drawn, (x1, y1), (x2, y2), colour, 1)
        if box.field not in (None, "none"):
            cv2.putText(
                drawn, box.field or "", (x1, y1 - 1), cv2.FONT_HERSHEY_PLAIN, 0.7, colour, 1, cv2.LINE_AA
            )
    return drawn


def _middle(box: TruthBox) -> tuple[int, int]:
    x1, y1, x2, y2 = box.box
    return round((x1 + x2) / 2), round((y1 + y2) / 2)
