"""docTR's models, with random weights, against docTR's own predictors on the same pixels."""

import json
from collections.abc import Callable
from difflib import SequenceMatcher
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
import openvino
import pytest
import torch

if find_spec("doctr") is None or find_spec("torch") is None:
    pytest.skip("needs docTR", allow_module_level=True)

import random_doctr  # imports docTR, which may take a torchvision that was built for another torch
from doctr.models import detection_predictor, recognition_predictor
from doctr.models.preprocessor import PreProcessor

from docfuse_export.doctr import graphs
from docfuse_export.doctr.modules import Detector, Recognizer
from docfuse_pipeline.attention import spell
from docfuse_pipeline.ctc import best_path, normalized
from docfuse_pipeline.detection import find_quads
from docfuse_pipeline.lines import Lines, read_lines
from docfuse_pipeline.pieces import cut_pieces
from docfuse_pipeline.traits import RecognizerTraits

DETECTORS = ("fast_tiny", "db_mobilenet_v3_large", "linknet_resnet18")
RECOGNIZERS: dict[str, dict[str, int]] = {
    "crnn_mobilenet_v3_small": {},
    "vitstr_small": {},
    "parseq": {"max_length": 10},  # a third of its unrolled loop, to be quick
}
SIZES = ((192, 160), (128, 224))
LINES = ((20, 60, 150), (60, 60, 90), (100, 40, 215), (140, 90, 230), (180, 30, 440), (230, 60, 320))
"""Top, left and length of the patches that are read, 26 pixels high; the last two are cut into pieces."""


def _plain(text: str) -> str:
    """A text as the pipeline gives it: NFKC, no white space around."""
    return normalized(list(text), 1.0, np.zeros((len(text), 2))).text


def _quads(height: int) -> np.ndarray:
    boxes = [(left, top, left + length, top + height) for top, left, length in LINES]
    return np.array([[[a, b], [c, b], [c, d], [a, d]] for a, b, c, d in boxes], np.float32)


@pytest.fixture(scope="module")
def fast(receipt: np.ndarray) -> Any:
    """The smallest detector."""
    return random_doctr.random("detection", "fast_tiny", receipt)


@pytest.mark.parametrize("name", DETECTORS)
def test_text_map_is_that_of_doctr(name: str, receipt: np.ndarray) -> None:
    model = random_doctr.random("detection", name, receipt)
    session = onnxruntime.InferenceSession(graphs.detector(Detector(model).eval()).SerializeToString())
    predictor = detection_predictor(model)
    for height, width in SIZES:
        canvas = np.ascontiguousarray(receipt[100 : 100 + height, 120 : 120 + width])
        predictor.pre_processor = PreProcessor(
            (height, width), 1, mean=model.cfg["mean"], std=model.cfg["std"]
        )
        _, (expected,) = predictor([canvas], return_maps=True)
        (text_map,) = session.run(["TEXT_MAP"], {"CANVAS": np.stack([canvas[::-1], canvas])})
        assert text_map.dtype == np.uint8 and text_map.shape == (2, height, width)
        assert expected.std() > 0.02, "a map without contrast proves nothing"
        assert np.abs(text_map[1] / 255 - expected[..., 0]).max() <= 0.5 / 255 + 1e-4


def test_openvino_runs_a_detector_alike(fast: Any, receipt: np.ndarray) -> None:
    graph = graphs.detector(Detector(fast).eval()).SerializeToString()
    canvas = receipt[None, :192, :160]
    (expected,) = onnxruntime.InferenceSession(graph).run(None, {"CANVAS": canvas})
    config = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(openvino.Core().read_model(graph, b""), "CPU", config)
    got = compiled({"CANVAS": canvas})["TEXT_MAP"]
    assert np.abs(got.astype(int) - expected.astype(int)).max() <= 1


def _lines(session: Any, page: np.ndarray, quads: np.ndarray, traits: RecognizerTraits) -> Lines:
    """What the pipeline reads at the quads."""
    (width,) = traits.widths
    pixels, rows = cut_pieces(page, quads, traits).by_width[width]
    characters, probabilities = session.run(["CHARACTERS", "PROBABILITIES"], {"CROPS": pixels})
    assert characters.shape == probabilities.shape == (len(pixels), traits.steps[width])
    return read_lines(quads, {width: rows}, {width: characters}, {width: probabilities}, recognizer=traits)


Read = tuple[Any, RecognizerTraits, onnxruntime.InferenceSession]
"""A docTR recogniser, its traits, and its engine on ONNX Runtime."""


@pytest.fixture(scope="module")
def recognizer(receipt: np.ndarray) -> Callable[[str], Read]:
    """The recogniser of a name, exported once."""

    @cache
    def exported(name: str) -> Read:
        model = random_doctr.random("recognition", name, receipt, **RECOGNIZERS[name])
        module = Recognizer(model).eval()
        session = onnxruntime.InferenceSession(graphs.recognizer(module).SerializeToString())
        return model, module.traits, session

    return exported


@pytest.mark.parametrize("name", RECOGNIZERS)
def test_texts_are_those_of_doctr(name: str, recognizer: Callable[[str], Read], receipt: np.ndarray) -> None:
    model, traits, session = recognizer(name)
    predictor = recognition_predictor(model)
    for height in (26, 45):
        patches = [receipt[top : top + height, left : left + length] for top, left, length in LINES]
        expected = predictor(patches)
        texts = [_plain(text) for text, _ in expected]
        assert len(set(texts)) >= len(texts) - 2, "texts that do not depend on the picture prove nothing"
        lines = _lines(session, receipt, _quads(height), traits)
        wanted = [(text, score) for text, (_, score) in zip(texts, expected, strict=True) if text]
        assert len(lines.texts) == len(wanted)
        for text, score, (wanted_text, wanted_score) in zip(lines.texts, lines.scores, wanted, strict=True):
            # a pixel in ten thousand is rounded the other way, which now and then tips a random model over
            assert SequenceMatcher(None, text, wanted_text).ratio() > 0.95
            if traits.decoding == "attention":  # with CTC docTR's score is the least probability
                assert score == pytest.approx(wanted_score, abs=0.02)


@pytest.mark.parametrize("name", RECOGNIZERS)
def test_every_step_is_that_of_doctr(
    name: str, recognizer: Callable[[str], Read], receipt: np.ndarray
) -> None:
    """On crops of docTR's own size, where nothing is resized, texts are equal, and so are probabilities."""
    model, traits, session = recognizer(name)
    crops = [receipt[top : top + 32, left : left + 128] for top, left, _ in LINES]
    expected = recognition_predictor(model)(crops)
    characters, probabilities = session.run(["CHARACTERS", "PROBABILITIES"], {"CROPS": np.stack(crops)})
    decode = spell if traits.decoding == "attention" else best_path
    read = decode(characters, probabilities, alphabet=traits.alphabet)
    assert ["".join(spelling.characters) for spelling in read] == [text for text, _ in expected]
    scores = probabilities.min(1) if traits.decoding == "ctc" else [spelling.score for spelling in read]
    assert scores == pytest.approx([score for _, score in expected], abs=1e-4)


def test_boxes_are_those_of_doctr(fast: Any) -> None:
    """On a map of soft-edged words, docTR's own post-processing finds the same boxes within two pixels."""
    text_map = np.zeros((320, 256), np.float32)
    for row in range(8):
        for column in range(3):
            left, top = 10 + 80 * column, 12 + 38 * row
            text_map[top : top + 3 + row, left : left + 20 + 9 * column + 3 * row] = 0.95
    text_map[60:90, 40:80:7] = 0.05  # too weak
    text_map[310:311, 200:201] = 1  # a speck
    text_map = cv2.GaussianBlur(text_map, (3, 3), 0)
    (expected,) = fast.postprocessor(text_map[None, ..., None])
    boxes = expected[0][:, :4] * [256, 320, 256, 320]
    detector = Detector(fast).traits
    quads, _ = find_quads(np.round(text_map * 255).astype(np.uint8), 1.0, text_map.shape, detector)
    assert len(quads) == len(boxes) == 24
    own = np.concatenate([quads.min(1), quads.max(1)], 1)
    nearest = np.abs(boxes[:, None] - own[None]).max(2)
    assert sorted(nearest.argmin(1)) == list(range(24)) and nearest.min(1).max() <= 2


def test_thresholds_and_words_come_with_the_model(fast: Any) -> None:
    traits = Detector(fast).traits
    assert (traits.ink, traits.box, traits.unclip, traits.words) == (0.1, 0.1, 1.0, True)


def test_a_vocabulary_beside_the_weights_is_used(tmp_path: Path, receipt: np.ndarray) -> None:
    name, vocabulary = "crnn_mobilenet_v3_small", "abc€"
    weights = random_doctr.save("recognition", name, receipt, tmp_path / "model.pt", vocab=vocabulary)
    config = {**random_doctr.build("recognition", name).cfg, "vocab": vocabulary, "arch": name}
    (tmp_path / "config.json").write_text(json.dumps({**config, "task": "recognition"}), encoding="utf-8")
    module = graphs.recognizer_module(name, weights)
    assert module.traits.alphabet == ("", *vocabulary)
    expected = random_doctr.build("recognition", name, weights, vocab=vocabulary)
    for key, value in expected.state_dict().items():
        assert torch.equal(module.model.state_dict()[key], value), key
