import numpy as np

from docfuse_pipeline.lines import Lines
from docfuse_pipeline.tokens import TokenRows
from docfuse_training.truth import TruthBox, TruthPage, TruthRelation
from docfuse_training.understanding.ceilings import ceilings
from docfuse_training.understanding.encode import EncodedPage, Sheet
from docfuse_training.understanding.examples import mistaken_cuts, prepare, segment


def _encoded(page, text, words):
    """A page of one line, 10 pixels a character, a token a word."""
    length = len(text)
    quads = np.array([[(0, 0), (10 * length, 0), (10 * length, 10), (0, 10)]], np.float32)
    spans = [(text.index(word), text.index(word) + len(word)) for word in words]
    padded = np.array([spans + [(0, 0)] * (32 - len(spans))], np.int32)
    rows = TokenRows(
        np.zeros(1, np.int32), np.array([[5] * len(words) + [1] * (32 - len(words))], np.int32),
        np.zeros((1, 32), np.float32), padded, (padded / length).astype(np.float32),
    )  # fmt: skip
    places = np.zeros((length, 2), np.float32)
    lines = Lines([text], quads, np.ones(1, np.float32), np.ones(1, bool), [places])
    sheet = Sheet(np.zeros((0, 0, 3), np.uint8), 1.0, np.eye(3))
    return EncodedPage(page, "read", sheet, lines, rows, np.zeros((len(words), 384), np.float16))


def _page(**known):
    return TruthPage("p", lambda: np.zeros((1, 1, 3), np.uint8), **known)


def test_a_pair_on_one_line_is_out_of_reach_of_lines():
    boxes = [TruthBox((0, 0, 60, 10), "Total:", "key"), TruthBox((70, 0, 110, 10), "9.00", "value")]
    page = _page(boxes=boxes, relations=[TruthRelation("key_value", 0, 1)])
    prepared = prepare(_encoded(page, "Total: 9.00", ["Total:", "9.00"]))
    found = ceilings([(prepared, np.array([0.0, 1.0]))])
    assert found["lines"]["pairs"] == 0.0
    assert found["words"]["pairs"] == found["segments"]["pairs"] == 1.0


def test_a_word_that_is_cut_by_mistake_is_a_segment_whatever_its_page_says():
    boxes = [TruthBox((0, 0, 180, 10), "Sum of all months", "key")]
    words = ["Sum", "of", "all", "mon", "ths"]
    prepared = prepare(_encoded(_page(boxes=boxes), "Sum of all months", words))
    cuts = [mistaken_cuts(prepared, np.random.default_rng(seed)) for seed in range(40)]
    found = [segment(prepared, np.zeros(5), chosen)[0].texts for chosen in cuts]
    assert ["Sum of all months"] in found and any(len(texts) > 1 for texts in found)
    for texts, chosen in zip(found, cuts, strict=True):
        assert " ".join(texts) == "Sum of all months" and len(texts) == 1 + sum(chosen[1:])
        assert not chosen[4]  # inside a word
    assert segment(prepared, np.ones(5))[0].texts == ["Sum of all months"]


def test_no_cut_by_mistake_parts_a_key_from_its_value():
    boxes = [TruthBox((0, 0, 110, 10), "Total: 9.00", "value")]
    prepared = prepare(_encoded(_page(boxes=boxes), "Total: 9.00", ["Total:", "9.00"]))
    assert not any(mistaken_cuts(prepared, np.random.default_rng(seed))[1] for seed in range(40))


def test_a_date_beside_a_time_is_a_value_only_when_normalised():
    page = _page(values={"issue_date": ["25/12/2018"]})
    prepared = prepare(_encoded(page, "25/12/2018 14:32", ["25/12/2018", "14:32"]))
    found = ceilings([(prepared, np.array([0.0, 0.0]))])
    assert found["lines"] == {"issue_date": 1.0, "issue_date =": 0.0}
    assert found["words"] == {"issue_date": 1.0, "issue_date =": 1.0}
    assert found["segments"] == found["lines"]
