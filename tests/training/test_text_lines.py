"""Lines that the recogniser is trained on: stored, drawn, cut, put into batches; and its loss."""

import itertools
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch

from docfuse_models.graph import GraphModule
from docfuse_pipeline.alphabet import ALPHABET
from docfuse_pipeline.ctc import Reading
from docfuse_pipeline.resources import weights
from docfuse_pipeline.settings import CROP_HEIGHT
from docfuse_training.reading.line_augment import augmented_crop, plain_crop
from docfuse_training.reading.line_batches import WIDTHS, line_batches
from docfuse_training.reading.line_calibration import cooled, find_temperature
from docfuse_training.reading.line_drawing import draw_line, draw_lines
from docfuse_training.reading.line_loss import LineLoss
from docfuse_training.reading.line_scores import confidence_error, score_lines
from docfuse_training.reading.line_sources import agreed_lines, checked_lines, inside, page_lines
from docfuse_training.reading.line_store import Line, LineStore, cut_line, has_lines, write_lines
from docfuse_training.reading.line_text import line_text, other_accents
from docfuse_training.reading.recognizer import recognizer_graph


def _stored(folder: Path, number: int = 40) -> LineStore:
    write_lines(folder, draw_lines(3, 0, number))
    return LineStore(folder)


def test_a_line_is_cut_with_its_margin_and_brought_down_to_size() -> None:
    page = np.full((400, 900), 255, np.uint8)
    page[100:200, 300:700] = 0
    line = cut_line(page, (300, 100, 700, 200), "x", True)
    assert line is not None
    x1, y1, x2, y2 = line.box
    assert (x2 - x1, y2 - y1) == pytest.approx((4 * 48, 48))
    assert line.image[round(y1) + 1 : round(y2) - 1, round(x1) + 1 : round(x2) - 1].max() < 40
    assert line.image[0].min() == 255
    assert cut_line(page, (950, 10, 990, 30), "off the page", True) is None


def test_stored_lines_come_back(tmp_path: Path) -> None:
    lines = list(draw_lines(1, 0, 5))
    assert not has_lines(tmp_path / "store")
    assert write_lines(tmp_path / "store", lines) == 5
    store = LineStore(tmp_path / "store")
    for index, line in enumerate(lines):
        back = store[index]
        assert (back.text, back.exact) == (line.text, line.exact)
        assert back.image.shape == line.image.shape
        assert np.abs(back.image.astype(int) - line.image).mean() < 6
        assert back.box == pytest.approx(line.box, abs=0.01)


def test_drawing_depends_on_the_number_alone() -> None:
    first = [line.text for line in draw_lines(5, 0, 4)]
    assert [line.text for line in draw_lines(5, 2, 4)] == first[2:]
    assert [line.text for line in draw_lines(6, 0, 4)] != first


def test_a_drawn_line_has_ink_in_its_box_and_text_of_the_alphabet() -> None:
    for number in range(30):
        line = draw_line(Random(number))
        x1, y1, x2, y2 = (round(value) for value in line.box)
        assert 0 <= x1 < x2 <= line.image.shape[1] and 0 <= y1 < y2 <= line.image.shape[0]
        assert line.text and set(line.text) <= set(ALPHABET)


def test_lines_of_synthetic_pages_lie_where_their_ink_is() -> None:
    lines = list(page_lines(5, 0, 3))
    assert len(lines) > 30
    assert set("".join(line.text for line in lines)) <= set(ALPHABET)
    for line in lines:
        inked = inside(line)
        assert inked.std() > 0.6 * line.image.std() > 0, line.text


def test_plain_characters_are_written_often_and_most_others_soon() -> None:
    seen = set().union(*(line_text(Random(number)) for number in range(2500)))
    assert {chr(code) for code in range(33, 127)} <= seen <= set(ALPHABET)
    assert len(seen) > 0.75 * len(ALPHABET)


def test_many_lines_have_accents_and_some_are_drawn_with_others() -> None:
    texts = [line_text(Random(number)) for number in range(1000)]
    assert 0.25 < np.mean([not text.isascii() for text in texts]) < 0.6
    drawn = {other_accents("für 5 Änderungen", Random(number)) for number in range(50)}
    assert {"fur 5 Anderungen", "für 5 Änderungen"} < drawn and len(drawn) > 20
    assert {_bare(text) for text in drawn} == {"fur 5 Anderungen"}


def _bare(text: str) -> str:
    """A text without its accents."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def test_crops_are_as_high_as_the_recogniser_wants() -> None:
    line = draw_line(Random(4))
    assert plain_crop(line).shape[0] == CROP_HEIGHT
    rng = np.random.default_rng(0)
    sizes = {augmented_crop(line, rng).shape for _ in range(20)}
    assert {height for height, _ in sizes} == {CROP_HEIGHT} and len(sizes) > 5


def test_batches_depend_on_step_and_seed_alone(tmp_path: Path) -> None:
    stores = {"drawn": (_stored(tmp_path), 1.0)}
    loss = LineLoss()
    first = list(line_batches(stores, loss, range(6), 1))
    again = next(itertools.islice(line_batches(stores, loss, range(4, 5), 1), 1))
    assert torch.equal(first[4].images, again.images) and first[4].targets == again.targets
    for batch in first:
        assert batch.images.shape[1:3] == (3, CROP_HEIGHT) and batch.images.shape[3] in WIDTHS
        assert len(batch.targets) == len(batch.images) and batch.images.abs().max() <= 1


def _logits(text: str, strength: float = 9.0) -> torch.Tensor:
    """Logits that spell a text, a blank after each character."""
    steps = torch.zeros(1, 2 * len(text), len(ALPHABET))
    for at, character in enumerate(text):
        steps[0, 2 * at, ALPHABET.index(character)] = strength
        steps[0, 2 * at + 1, 0] = strength
    return steps


@pytest.mark.parametrize("reading", ["Total 9.00", "TOTAL9.00", "total 9.0 0"])
def test_case_and_spaces_cost_nothing_where_the_label_does_not_know_them(reading: str) -> None:
    loss = LineLoss()
    unsure = loss(_logits(reading), [loss.targets("TOTAL 9.00", False)], torch.tensor([False]))
    sure = loss(_logits(reading), [loss.targets("TOTAL 9.00", True)], torch.tensor([True]))
    wrong = loss(_logits(reading), [loss.targets("TOTAL 8.00", False)], torch.tensor([False]))
    assert unsure < 0.5 < wrong
    assert unsure < 0.5 < sure


def test_labels_are_checked_against_a_reader_of_their_own() -> None:
    image = np.full((20, 60), 255, np.uint8)
    labels = ["TOTAL 9.00", "TAN WOON YANN", "QUITE ANOTHER LINE"]
    readings = ["Total 9.00", "tan won yann", "12345"]
    lines = [Line(image, (2, 2, 50, 18), label, False) for label in labels]
    kept = list(checked_lines(lines, lambda crops: readings[: len(crops)]))
    assert [(line.text, line.exact) for line in kept] == [("Total 9.00", True), ("TAN WOON YANN", False)]


def test_labels_of_scans_are_taken_where_another_reader_agrees() -> None:
    image = np.full((20, 60), 255, np.uint8)
    labels = ["Fare 5.00", "FARE", "LINQ", "Namen", "fare", "Fare", "x"]
    ours = ["fare 5.00", "Fare", "LINU", "Namer", "Fare", "Fare", "x"]
    theirs = {"LINQ": "LINQ", "Namen": "Namer"}
    lines = [Line(image, (2, 2, 50, 18), label, False) for label in labels]
    asked: list[int] = []

    def published(crops: Sequence[np.ndarray]) -> list[str]:
        asked.append(len(crops))
        return list(theirs.values())

    kept = [(x.text, x.exact) for x in agreed_lines(lines, published, lambda part: ours[: len(part)])]
    assert kept == [("fare 5.00", True), ("Fare", True), *[("LINQ", True)] * 4, ("Fare", True)]
    assert asked == [2], "those alone that our own does not read so"
    alone = agreed_lines(lines[:3], lambda crops: ["Fare5.00", "Fore", "LINQ"])
    assert [(x.text, x.exact) for x in alone] == [("Fare5.00", False), ("LINQ", True)]


def test_scores_by_hand() -> None:
    scores = score_lines([("TOTAL 9.00", "total 9.00"), ("AB CD", "ABCD"), ("ABCDE", "ABXDE")])
    assert scores["lines_exact"] == pytest.approx(2 / 3)
    assert scores["spaced_exact"] == pytest.approx(1 / 3)
    assert scores["cer"] == pytest.approx(1 / 18)


def test_confidence_error_by_hand() -> None:
    def reading(text: str, score: float) -> Reading:
        return Reading(text, score, np.zeros((len(text), 2), np.float32))

    assert confidence_error([("abcd", reading("abcd", 1.0)), ("abcd", reading("abxx", 0.5))]) == 0
    assert confidence_error([("abcd", reading("abcd", 0.8))]) == pytest.approx(0.2)
    assert confidence_error([("abcd", reading("wxyz", 0.9)), ("", reading("a", 0.9))]) == pytest.approx(0.9)
    ten = [("ab", reading("ab" if number % 2 else "ax", 0.5 + number / 20)) for number in range(10)]
    expected = np.mean([abs(0.5 + n / 20 - (1 if n % 2 else 0.5)) for n in range(10)])
    assert confidence_error(ten) == pytest.approx(expected), "a bin for each"
    assert confidence_error([]) == 0


def test_a_temperature_takes_back_what_confidence_claims_too_much(tmp_path: Path) -> None:
    """Lines of one character, three of four right: a module that is ever so sure has to be cooled."""
    write_lines(
        tmp_path, [Line(np.full((32, 64), 255, np.uint8), (0, 0, 64, 32), t, True) for t in "aaab" * 8]
    )

    class Sure(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.place = torch.nn.Parameter(torch.zeros(1))

        def forward(self, crops: torch.Tensor) -> torch.Tensor:
            scores = torch.full((len(crops), 1, len(ALPHABET)), -99.0)
            scores[..., ALPHABET.index("a")], scores[..., ALPHABET.index("b")] = 2.2, 0.0
            return scores

    temperature = find_temperature(Sure(), LineStore(tmp_path))
    assert torch.tensor([2.2, 0.0]).div(temperature).softmax(0)[0].item() == pytest.approx(0.75, abs=0.02)


def test_a_cooled_graph_reads_the_same_with_less_confidence() -> None:
    graph = recognizer_graph(weights())
    crops = torch.rand(1, 3, 32, 96) * 2 - 1
    with torch.no_grad():
        logits, less = (GraphModule(g).eval()(crops) for g in (graph, cooled(graph, 2.0)))
    assert torch.allclose(logits / 2, less, atol=1e-4)
