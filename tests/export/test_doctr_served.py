"""Repositories with docTR's models, exported from the shell and served by the real tritonserver."""

import json
import subprocess
import sys
from collections.abc import Iterator
from difflib import SequenceMatcher
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from docfuse import Client
from docfuse_export import surgery
from docfuse_export.inprocess import InProcess, read_config
from docfuse_export.runtimes import embedded_engine
from docfuse_pipeline.page import letterbox
from docfuse_pipeline.traits import ReadingTraits
from docfuse_server.embedded import EmbeddedServer

if find_spec("doctr") is None or find_spec("torch") is None:
    pytest.skip("needs docTR", allow_module_level=True)

import random_doctr

PAIRS = (
    ("linknet_resnet18", "crnn_mobilenet_v3_small"),
    ("db_mobilenet_v3_large", "vitstr_small"),
    ("fast_tiny", "parseq"),
)


@pytest.fixture(scope="module", params=PAIRS, ids="+".join)
def repository(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, receipt: np.ndarray
) -> Path:
    """The detector has learnt where the text of the receipt is; what the recogniser reads is noise."""
    folder, (found_by, read_by) = tmp_path_factory.mktemp("doctr"), request.param
    canvas, _ = letterbox(receipt)
    published = onnxruntime.InferenceSession(surgery.detector().SerializeToString())
    (text_map,) = published.run(None, {"CANVAS": canvas[None]})
    model = random_doctr.random("detection", found_by, receipt)
    random_doctr.teach(model, canvas, text_map[0])
    detector = folder / "detector.pt"
    torch.save(model.state_dict(), detector)
    recognizer = random_doctr.save("recognition", read_by, receipt, folder / "recognizer.pt")
    command = [sys.executable, "-m", "docfuse_export", "--json", "--out", str(folder / "repository")]
    command += ["--detector", f"doctr/{found_by}", "--detector-weights", str(detector)]
    command += ["--recognizer", f"doctr/{read_by}", "--recognizer-weights", str(recognizer)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["changed"]
    if request.param == PAIRS[0]:
        again = subprocess.run(command, capture_output=True, text=True, check=True)
        assert not json.loads(again.stdout)["changed"]
    return folder / "repository"


@pytest.fixture(scope="module")
def client(repository: Path) -> Iterator[Client]:
    server = EmbeddedServer(repository=repository)
    try:
        with Client(server.wait_ready(), timeout=250) as client:
            yield client
            assert server.restarts == []
    finally:
        server.stop()


def test_models_and_traits_are_docTRs(repository: Path) -> None:  # noqa: N802
    assert {path.name for path in repository.glob("recognizer*")} == {"recognizer_128"}
    traits = ReadingTraits.beside(str(repository / "text" / "1" / "model.py"))
    assert traits.detector.words and traits.recognizer.alphabet[1] == "0"
    for name in ("detector", "recognizer_128"):
        assert read_config(repository, name).parameters["precision"].string_value == "f32"


def test_ocr_answers_as_the_same_steps_in_one_process(
    repository: Path, client: Client, receipt: np.ndarray
) -> None:
    engines = {}
    for name in ("detector", "recognizer_128"):
        config = read_config(repository, name)
        parameters = {key: value.string_value for key, value in config.parameters.items()}
        graph = repository / name / "1" / "model.onnx"
        engines[name] = embedded_engine(graph, parameters, [tensor.name for tensor in config.output])
    language = np.array([[b""]], np.object_)
    expected = InProcess(repository, engines, "ocr").run(image=receipt[None], lang_type=language)
    answer = client.ocr(receipt)
    wanted = [text.decode() for text in expected["txts"]]
    assert len(answer.texts) > 10 and len(set(answer.texts)) > 10
    # a speck whose score lies at the threshold may be found by one of the two alone
    same = SequenceMatcher(None, answer.texts, wanted).get_matching_blocks()
    assert sum(block.size for block in same) >= 0.95 * max(len(answer.texts), len(wanted))
    for block in same:
        own, other = slice(block.a, block.a + block.size), slice(block.b, block.b + block.size)
        assert answer.boxes[own] == pytest.approx(expected["boxes"][other], abs=1)
        assert answer.scores[own] == pytest.approx(expected["scores"][other], abs=0.05)


@pytest.mark.parametrize("repository", PAIRS[:1], ids="+".join, indirect=True)
def test_a_document_has_an_answer(client: Client, receipt: np.ndarray) -> None:
    document = client.analyze(receipt)
    assert document.errors == []
    (page,) = document.pages
    assert (page.width, page.height) == (receipt.shape[1], receipt.shape[0])
    assert sum(page.classification.probabilities.values()) == pytest.approx(1, abs=0.01)
    assert len(page.boxes) > 10
