"""The detector: what its text map should be, and a little training, written as it is served and exported."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import numpy_helper

from docfuse_export import surgery
from docfuse_export.assembly import Plan
from docfuse_export.engines import source_graph
from docfuse_export.initializers import load_initializers
from docfuse_export.reading import Reading
from docfuse_models.graph import GraphModule
from docfuse_pipeline import specification as spec
from docfuse_pipeline.detection import find_quads
from docfuse_training.detection.detector import detector_graph, evaluate_pages, planes, write_weights
from docfuse_training.detection.page_batches import SIDE, page_batches, part_of
from docfuse_training.detection.page_sources import synthetic_pages
from docfuse_training.detection.page_store import LinePage, PageStore, write_pages
from docfuse_training.detection.text_map import shrunk, text_map, text_map_loss

BOXES = np.array([[40.0, 50, 440, 90], [40, 100, 200, 130], [300, 100, 304, 112]])


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> PageStore:
    folder = tmp_path_factory.mktemp("pages")
    assert write_pages(folder, synthetic_pages(3, 11)) == 3
    return PageStore(folder)


def test_a_perfect_text_map_gives_the_lines_back() -> None:
    text, counts = text_map(shrunk(BOXES), (200, 500))
    assert not counts[104:108, 302].any() and not text[100:112, 300:304].any(), "too thin to be found"
    quads, scores = find_quads(text * 255, 1.0, text.shape)
    assert scores.min() > 0.85
    found = np.concatenate([quads.min(1), quads.max(1)], 1)
    assert np.abs(found[np.argsort(found[:, 1])] - BOXES[:2]).max() < 2


def test_the_loss_falls_to_nothing_at_the_truth() -> None:
    text, counts = (torch.from_numpy(part[None]) for part in text_map(shrunk(BOXES), (200, 500)))
    losses = [
        text_map_loss(30 * (guess[:, None].float() - 0.5), text, counts).item()
        for guess in (text, torch.full_like(text, 0), 1 - text)
    ]
    assert losses[0] < 0.01 < 1 < losses[1] < losses[2]


def test_stored_pages_come_back_on_their_canvas(pages: PageStore) -> None:
    for index in range(len(pages)):
        page = pages[index]
        height, width = page.image.shape[:2]
        assert height % 32 == width % 32 == 0 and len(page.boxes) > 5
        assert (page.boxes >= 0).all() and (page.boxes[:, 2:] <= (width, height)).all()
        x1, y1, x2, y2 = np.round(page.boxes[0]).astype(int)
        assert page.image[y1:y2, x1:x2].std() > 5, "there is ink in it"


def test_boxes_move_with_their_part_of_the_page() -> None:
    image = np.full((900, 700, 3), 255, np.uint8)
    cv2.rectangle(image, (200, 400), (500, 440), (0, 0, 0), -1)
    page = LinePage(image, np.array([[200.0, 400, 500, 440]]))
    for seed in range(8):
        part, text, counts = part_of(page, np.random.default_rng(seed))
        assert part.shape == (SIDE, SIDE, 3) and counts.all() and text.any()
        assert part[text == 1].mean() < 90, "the shrunk line lies inside the bar"


def test_batches_depend_on_step_and_seed_alone(pages: PageStore) -> None:
    stores = {"synthetic": (pages, 1.0)}
    first = list(page_batches(stores, range(3), 1))
    (again,) = page_batches(stores, range(2, 3), 1)
    assert torch.equal(first[2].images, again.images) and torch.equal(first[2].text, again.text)


def test_the_published_detector_finds_the_lines_of_a_store(pages: PageStore) -> None:
    scores = evaluate_pages(GraphModule(detector_graph()), pages, 3)
    assert scores["recall"] > 0.6 and scores["precision"] > 0.6


def test_what_is_served_is_what_was_trained(tmp_path: Path) -> None:
    graph = detector_graph()
    path = write_weights(graph, tmp_path)
    canvas = next(iter(synthetic_pages(1, 4))).image[:320, :320]
    canvas = np.pad(canvas, ((0, 320 - canvas.shape[0]), (0, 320 - canvas.shape[1]), (0, 0)))
    (served,) = onnxruntime.InferenceSession(path).run(None, {"CANVAS": canvas[None]})
    with torch.no_grad():
        trained = GraphModule(graph).eval()(planes(torch.from_numpy(canvas[None])))[:, 0].sigmoid() * 255
    assert np.abs(served - trained.numpy()).mean() < 1


def test_a_detector_among_the_weights_comes_first(tmp_path: Path) -> None:
    assert Plan(weights=tmp_path).makes("detector")
    path = write_weights(detector_graph(), tmp_path)
    assert not Plan(weights=tmp_path).makes("detector")
    assert source_graph(Plan(weights=tmp_path), spec.DETECTOR) == onnx.load(path)
    assert Plan(weights=tmp_path, reading=Reading(detector="doctr/fast_tiny")).makes("detector"), (
        "docTR's is meant"
    )


def test_the_command_trains_and_writes_weights(tmp_path: Path) -> None:
    """In a process of its own, as users run it; in this one, torch's signal handler could end the tests."""
    command = [str(Path(sys.executable).with_name("docfuse")), "train", "detector", "--out", str(tmp_path)]
    done = subprocess.run(
        [*command, "--pages", "4", "--steps", "2", "--device", "cpu"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    history = json.loads((tmp_path / "history.json").read_text())
    assert [record["step"] for record in history] == [2] and set(history[0]["scores"]) == {"synthetic"}
    trained = load_initializers(tmp_path / "weights" / "detector.onnx")
    published = {
        tensor.name: numpy_helper.to_array(tensor)
        for tensor in onnx.load(surgery.detector_source()).graph.initializer
    }
    changed = [name for name in trained.keys() & published.keys() if published[name].ndim == 4]
    assert changed and any(not np.allclose(trained[n], published[n], atol=1e-6, rtol=2e-3) for n in changed)
    assert detector_graph(tmp_path / "weights").graph.node
