"""What goes wrong with docTR's models ends in a sentence that says what to do; PP-OCRv6 needs none of it."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from docfuse_export.reading import DETECTORS, RECOGNIZERS, Reading

if find_spec("doctr") is None or find_spec("torch") is None:
    pytest.skip("needs docTR", allow_module_level=True)

import random_doctr

from docfuse_export.doctr import loading

CRNN = "crnn_mobilenet_v3_small"


def test_unknown_names_are_answered_with_the_choices() -> None:
    with pytest.raises(ValueError, match=r"no detector 'doctr/crnn_vgg16_bn'.*doctr/db_resnet50"):
        Reading(detector="doctr/crnn_vgg16_bn")
    with pytest.raises(ValueError, match=r"no recognizer 'tesseract'.*doctr/parseq"):
        Reading(recognizer="tesseract")


@pytest.mark.parametrize(("task", "names"), [("detection", DETECTORS), ("recognition", RECOGNIZERS)])
def test_every_name_is_one_of_doctr(task: loading.Task, names: tuple[str, ...]) -> None:
    models = loading.import_models(task)
    offered = {name.removeprefix("doctr/") for name in names if name.startswith("doctr/")}
    assert offered == set(models.zoo.ARCHS)


def test_weights_need_a_model_that_takes_them(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="--detector-weights belongs to a docTR detector"):
        Reading(detector_weights=Path(__file__))
    with pytest.raises(FileNotFoundError, match="--recognizer-weights"):
        Reading(recognizer="doctr/parseq", recognizer_weights=tmp_path / "none.pt")


def test_a_file_that_holds_no_weights_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pt"
    broken.write_bytes(b"no weights")
    with pytest.raises(ValueError, match=r"broken\.pt does not hold weights of docTR's crnn"):
        loading.load("recognition", CRNN, broken)


def test_weights_of_another_model_do_not_fit(tmp_path: Path, receipt: np.ndarray) -> None:
    weights = random_doctr.save("recognition", CRNN, receipt, tmp_path / "model.pt", vocab="abc")
    with pytest.raises(ValueError, match=r"does not hold weights of docTR's vitstr_small"):
        loading.load("recognition", "vitstr_small", weights)
    with pytest.raises(ValueError, match=r"size mismatch.*another vocabulary.*config\.json"):
        loading.load("recognition", CRNN, weights)
    config = {"arch": "parseq", "task": "recognition", "vocab": "abc"}
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(ValueError, match=r"is docTR's parseq, not crnn"):
        loading.load("recognition", CRNN, weights)


def test_without_the_hub_the_option_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The real download, from a port where nobody listens."""
    models = loading.import_models("detection")
    cfg = models.fast.pytorch.default_cfgs["fast_tiny"]
    monkeypatch.setitem(cfg, "url", "http://127.0.0.1:9/fast_tiny-1acac421.pt")
    monkeypatch.setenv("DOCTR_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(ConnectionError, match=r"fast_tiny cannot be fetched.*--detector-weights FILE"):
        loading.load("detection", "fast_tiny")


def test_without_doctr_the_package_is_named(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from docfuse_export.cli import export; import typer\n"
        "app = typer.Typer(); app.command()(export); app()"
    )
    command = [sys.executable, "-c", code, "--detector", "doctr/fast_tiny", "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=_wide())
    assert done.returncode == 1
    assert "Error: docTR's models need docTR" in done.stderr and "docfuse[doctr]" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_ppocr_is_exported_without_torch_and_doctr(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from docfuse_export.assemble import Plan, assemble, ensembles_named\n"
        "assemble(Plan(ensembles=ensembles_named(['ocr'])), Path(sys.argv[1]))\n"
        "sys.exit(bool({'torch', 'doctr', 'torchvision'} & sys.modules.keys()))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "out")]
    assert subprocess.run(command, check=False).returncode == 0


def _wide() -> dict[str, str]:
    return {**os.environ, "COLUMNS": "1000", "NO_COLOR": "1"}
