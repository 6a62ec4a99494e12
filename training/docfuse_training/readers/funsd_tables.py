"""Tables on FUNSD's forms, whose labels call a column's header a question and its cells answers.

Told apart from keys and values by their place: a header stands over an answer that has a question on its row
too, or over several answers and beside another header. So an answer can have two sources, the key of its row
and the header of its column, and "cc:" over a list of names is a key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from docfuse_training.truth import TruthBox, TruthRelation

_LEVEL = 0.3
"""Share of the lower box's height by which two boxes of one row overlap, at least."""


def tell_tables(
    boxes: Sequence[TruthBox], relations: Sequence[TruthRelation]
) -> tuple[list[TruthBox], list[TruthRelation]]:
    """Boxes and relations with table headers, cells and `header_cell` links where there are tables.

    A cell that has a key too stays a value.
    """
    targets, sources = _neighbours(relations)
    over = {
        source: [target for target in below if _is_over(boxes[source], boxes[target])]
        for source, below in targets.items()
    }
    crossed = {s for s, below in over.items() if any(len(sources[target]) > 1 for target in below)}
    candidates = crossed | {source for source, below in over.items() if len(below) > 1}
    headers = crossed | {
        source
        for source in candidates
        if any(_on_one_row(boxes[source], boxes[other]) for other in candidates - {source})
    }
    linked = [_told(relation, headers, over) for relation in relations]
    keyed = {relation.target for relation in linked if relation.name == "key_value"}
    cells = {relation.target for relation in linked if relation.name == "header_cell"} - keyed
    return [_typed(box, index in headers, index in cells) for index, box in enumerate(boxes)], linked


def _neighbours(relations: Sequence[TruthRelation]) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Answers of each question, and questions of each answer."""
    targets: dict[int, list[int]] = defaultdict(list)
    sources: dict[int, list[int]] = defaultdict(list)
    for relation in relations:
        if relation.name == "key_value":
            targets[relation.source].append(relation.target)
            sources[relation.target].append(relation.source)
    return targets, sources


def _is_over(upper: TruthBox, lower: TruthBox) -> bool:
    """Whether a box stands higher than another one, and on another row."""
    return upper.box[1] < lower.box[1] and not _on_one_row(upper, lower)


def _on_one_row(a: TruthBox, b: TruthBox) -> bool:
    shared = min(a.box[3], b.box[3]) - max(a.box[1], b.box[1])
    return shared > _LEVEL * min(a.box[3] - a.box[1], b.box[3] - b.box[1])


def _told(relation: TruthRelation, headers: set[int], over: dict[int, list[int]]) -> TruthRelation:
    below = relation.source in headers and relation.target in over[relation.source]
    return replace(relation, name="header_cell") if relation.name == "key_value" and below else relation


def _typed(box: TruthBox, is_header: bool, is_cell: bool) -> TruthBox:
    if is_header and box.type == "key":
        return replace(box, type="table_header")
    return replace(box, type="cell") if is_cell and box.type == "value" else box
