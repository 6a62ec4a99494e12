"""The recogniser: begun from the published one, trained a little, written as it is served, found again."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import numpy_helper
from PIL import Image, ImageDraw, ImageFont

from docfuse_export import surgery
from docfuse_models.graph import GraphModule
from docfuse_pipeline.alphabet import ALPHABET
from docfuse_pipeline.rescoring import decode_choices
from docfuse_pipeline.resources import weights
from docfuse_pipeline.settings import CROP_HEIGHT, STEP_CHOICES, STEP_WIDTH
from docfuse_training.long_run import Options, train
from docfuse_training.reading.line_drawing import draw_lines
from docfuse_training.reading.line_scores import evaluate_store
from docfuse_training.reading.line_store import LineStore, write_lines
from docfuse_training.reading.recognizer import published_graph, recognizer_graph, write_weights
from docfuse_training.reading.train_recognizer import recognizer_task


def _layer(model: onnx.ModelProto) -> np.ndarray:
    found = (t for t in model.graph.initializer if t.name == surgery.LAST_LINEAR[0])
    return numpy_helper.to_array(next(found))


def test_the_last_layer_begins_as_the_published_one() -> None:
    published = onnx.load(surgery.recognizer_source())
    known, whole, ours = surgery.published_classes(published), _layer(published), _layer(published_graph())
    assert ours.shape == (whole.shape[0], len(ALPHABET))
    assert np.array_equal(ours[:, ALPHABET.index("A")], whole[:, known["A"]])
    both = (whole[:, known["("]] + whole[:, known["（"]]) / 2
    assert np.allclose(ours[:, ALPHABET.index("(")], both)
    assert np.array_equal(ours[:, ALPHABET.index("ẁ")], whole[:, known["w"]]), (
        "what is new begins as its like"
    )


def test_what_is_served_is_what_was_trained(tmp_path: Path) -> None:
    graph = published_graph()
    path = write_weights(graph, tmp_path)
    pixels = np.random.default_rng(0).integers(0, 256, (2, CROP_HEIGHT, 96, 3), np.uint8)
    characters, probabilities = onnxruntime.InferenceSession(path).run(None, {"CROPS": pixels})
    scaled = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.no_grad():
        scores = GraphModule(graph).eval()(scaled).softmax(-1)
    assert characters.shape == probabilities.shape == (2, 96 // STEP_WIDTH, STEP_CHOICES)
    best = scores.topk(STEP_CHOICES, -1)
    assert np.abs(best.values.numpy() - probabilities).max() < 0.05, "half precision"
    assert (best.indices.numpy() == characters)[..., 0].mean() > 0.95


def test_training_starts_from_committed_weights() -> None:
    begun, committed = recognizer_graph(weights()), onnx.load(weights() / "recognizer.onnx")
    assert np.array_equal(_layer(begun), _layer(committed).astype(np.float32))
    assert not np.array_equal(_layer(begun), _layer(published_graph()))


def test_another_models_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "recognizer.onnx").write_bytes((weights() / "backbone.onnx").read_bytes())
    with pytest.raises(ValueError, match="another model"):
        recognizer_graph(tmp_path)


def test_committed_weights_read_drawn_lines(tmp_path: Path) -> None:
    write_lines(tmp_path, draw_lines(77, 0, 60))
    scores = evaluate_store(GraphModule(recognizer_graph(weights())), LineStore(tmp_path))
    assert scores["cer"] < 0.06 and scores["lines_exact"] > 0.75


def test_characters_are_placed_to_half_a_character() -> None:
    """Texts drawn in Pillow's own font; the truth is where its advances put each character's ink."""
    session = onnxruntime.InferenceSession(weights() / "recognizer.onnx")
    font = ImageFont.load_default(30)
    for text in ("SANGYOU 000003", "Total: 1,234.56 EUR", "Willi Wimmer, Illingen", "TAX INVOICE No. W-117"):
        image = Image.new("L", (-(-int(font.getlength(text) + 8) // 16) * 16, CROP_HEIGHT), 255)
        ImageDraw.Draw(image).text((4, CROP_HEIGHT / 2), text, 0, font, anchor="lm")
        crop = np.repeat(np.asarray(image)[None, :, :, None], 3, -1)
        (reading,) = decode_choices(*session.run(None, {"CROPS": crop}))
        assert reading.text == text
        pens = np.array([4 + font.getlength(text[:end]) for end in range(len(text) + 1)]) / image.width
        half = np.diff(pens).mean() / 2
        assert np.abs(reading.places.mean(1) - (pens[1:] + pens[:-1]) / 2).max() < half
        starts = [at + 1 for at, character in enumerate(text) if character == " "]
        assert np.abs(reading.places[starts, 0] - pens[starts]).max() < half


def test_a_run_that_was_cut_off_goes_on_where_it_was(tmp_path: Path) -> None:
    write_lines(tmp_path / "lines", draw_lines(2, 0, 40))
    store = LineStore(tmp_path / "lines")

    def run(steps: int, path: Path) -> list[float]:
        torch.manual_seed(0)
        module = GraphModule(published_graph())
        options = Options(steps=2, every=1, rate=1e-4, worker=False)
        told: list[dict[str, object]] = []

        def report(record: dict[str, object]) -> None:
            told.append(record)
            if len([r for r in told if "loss" in r]) == steps:
                raise KeyboardInterrupt

        try:
            train(module, recognizer_task({"drawn": (store, 1.0)}, {}), options, path, report)
        except KeyboardInterrupt:
            pass
        return [float(str(record["loss"])) for record in told if "loss" in record]

    whole = run(9, tmp_path / "whole.pt")
    first = run(1, tmp_path / "parts.pt")
    second = run(9, tmp_path / "parts.pt")
    assert len(whole) == 2 and first + second == pytest.approx(whole, rel=0.02)


def test_the_command_trains_and_writes_weights(tmp_path: Path) -> None:
    """In a process of its own, as users run it; in this one, torch's signal handler could end the tests."""
    command = [str(Path(sys.executable).with_name("docfuse")), "train", "recognizer", "--out", str(tmp_path)]
    command += ["--lines", "40", "--steps", "2", "--workers", "1", "--device", "cpu"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "step 2 (" in done.stderr
    history = json.loads((tmp_path / "history.json").read_text())
    assert [record["step"] for record in history] == [2] and (tmp_path / "history.png").is_file()
    assert not np.array_equal(_layer(recognizer_graph(tmp_path / "weights")), _layer(published_graph()))
