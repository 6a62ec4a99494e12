"""Pairs and items that are known by their text alone find their boxes."""

import numpy as np

from docfuse_pipeline.labels import FIELDS, RELATIONS, TYPES
from docfuse_pipeline.lines import Lines
from docfuse_pipeline.segments import Segments
from docfuse_training.truth import TruthPage
from docfuse_training.understanding import align, align_pairs

KEY_VALUE, CELL_ITEM = RELATIONS.index("key_value"), RELATIONS.index("cell_item")


def _lines(*rows: tuple[str, float, float]) -> Lines:
    """Lines of text at x, y; a character is 10 wide and 16 high."""
    texts = [text for text, _, _ in rows]
    quads = np.array(
        [[(x, y), (x + 10 * len(t), y), (x + 10 * len(t), y + 16), (x, y + 16)] for t, x, y in rows],
        np.float32,
    )
    places = [np.stack([np.arange(len(t)), np.arange(1, len(t) + 1)], 1) / len(t) for t in texts]
    return Lines(texts, quads, np.ones(len(rows)), np.ones(len(rows), bool), places)


def _page(**known) -> TruthPage:
    return TruthPage("p", lambda: np.zeros((1, 1, 3), np.uint8), **known)


def _whole_lines(lines: Lines) -> tuple[Segments, np.ndarray]:
    """Every line as one segment."""
    count = len(lines.texts)
    segments = Segments(lines.texts, lines.quads, np.arange(count), lines.scores, np.zeros((0, 0)))
    return segments, np.array([[0, len(text)] for text in lines.texts])


def _labels(lines: Lines, page: TruthPage):
    segments, spans = _whole_lines(lines)
    labels = align.label_segments(page, np.full(len(segments), -1))
    align_pairs.label(labels, segments, spans, align_pairs.find(lines, page))
    return labels


def test_of_equal_values_the_one_beside_the_key_is_taken():
    lines = _lines(("12", 300, 0), ("Pages", 0, 200), ("12", 80, 200), ("Copies", 0, 300), ("12", 80, 301))
    found = align_pairs.find(lines, _page(pairs=[("Pages", "12"), ("Copies", "12")]))
    assert [(k.parts[0][0], v.parts[0][0]) for k, v, _ in found.pairs] == [(1, 2), (3, 4)]
    assert found.whole


def test_a_pair_on_one_line_is_cut_between_key_and_value():
    lines = _lines(
        ("Invoice no 471", 0, 0),
    )
    found = align_pairs.find(lines, _page(pairs=[("Invoice no", "471")]))
    assert [mention.parts for mention in found.mentions()] == [((0, 0, 10),), ((0, 11, 14),)]


def test_labels_of_pairs_and_of_what_has_no_key():
    lines = _lines(
        ("Name", 0, 0), ("Ada Lovelace", 80, 0), ("Thank you", 0, 90), ("Total", 0, 50), ("9.00", 80, 50)
    )
    page = _page(pairs=[("Name", "Ada Lovelace"), ("Total", "9.00")], values={"payable_amount": ["9.00"]})
    labels = _labels(lines, page)
    assert [TYPES[t] for t in labels.types[[0, 1, 3, 4]]] == ["key", "value", "total_key", "value"]
    assert labels.types[2] == align.IGNORE
    assert np.flatnonzero(labels.sources[KEY_VALUE, 1]).tolist() == [1]
    assert np.flatnonzero(labels.sources[KEY_VALUE, 2]).tolist() == [0]
    assert labels.targets[KEY_VALUE].all()
    assert not labels.fields[1, FIELDS.index("none")]


def test_a_page_whose_pairs_were_missed_says_nothing_of_other_boxes():
    lines = _lines(("Name", 0, 0), ("Ada Lovelace", 80, 0), ("Thank you", 0, 90))
    labels = _labels(lines, _page(pairs=[("Name", "Ada Lovelace"), ("Born", "1815")]))
    assert labels.targets[KEY_VALUE].tolist() == [False, True, False]


def test_cells_are_those_beside_the_description():
    lines = _lines(
        ("Milk", 0, 0), ("1,20", 200, 0), ("Bread", 0, 30), ("1,20", 200, 30), ("1,20", 200, 200),
    )  # fmt: skip
    labels = _labels(lines, _page(items=[{"description": "Bread", "line_amount": "1,20"}]))
    assert [TYPES[t] for t in labels.types[[2, 3]]] == ["cell", "cell"]
    assert labels.fields[3].sum() == 1 and labels.fields[3, FIELDS.index("line_amount")]
    assert np.flatnonzero(labels.sources[CELL_ITEM, 3]).tolist() == [3, 4]
    assert labels.types[4] == align.IGNORE
