"""The cut and joined graphs against the published ones, on a real receipt, both in ONNX Runtime."""

import numpy as np
import onnx
import onnxruntime
import pytest

from docfuse_export import surgery
from docfuse_pipeline import settings as s
from docfuse_pipeline.alphabet import ALPHABET
from docfuse_pipeline.resources import weights


def _run(model: onnx.ModelProto | str, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    source = model if isinstance(model, str) else model.SerializeToString()
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"]).run(None, inputs)


def _published(pixels: np.ndarray, mean: tuple[float, ...], std: tuple[float, ...]) -> np.ndarray:
    """RGB uint8 [N, H, W, 3] as the libraries feed it: BGR, normalised, float32 [N, 3, H, W]."""
    scaled = (pixels[..., ::-1].astype(np.float32) / 255 - np.float32(mean)) / np.float32(std)
    return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2), np.float32)


HALF = ((0.5,) * 3, (0.5,) * 3)


def test_detector_equals_the_published_one(receipt: np.ndarray) -> None:
    pixels = receipt[:320][None]
    (text_map,) = _run(surgery.detector(), {"CANVAS": pixels})
    (probability,) = _run(str(surgery.detector_source()), {"x": _published(pixels, *HALF)})
    assert text_map.dtype == np.uint8 and text_map.shape == (1, 320, 512)
    assert probability.max() > 0.9, "the sample shows text"
    assert np.abs(text_map.astype(float) - probability[:, 0] * 255).max() <= 0.51


@pytest.mark.parametrize("width", s.CROP_WIDTHS)
def test_committed_recognizer_reads_crops_of_every_width(line: np.ndarray, width: int) -> None:
    crop = np.full((2, s.CROP_HEIGHT, width, 3), s.CROP_PAD, np.uint8)
    crop[:, :, : min(width, line.shape[1])] = line[:, :width]
    file = str(weights() / "recognizer.onnx")
    characters, probabilities = _run(file, {"CROPS": crop})
    assert characters.dtype == np.int32 and characters.shape == (2, width // s.STEP_WIDTH, s.STEP_CHOICES)
    assert characters.min() >= 0 and characters.max() < len(ALPHABET)
    assert 0.5 < probabilities[..., 0].mean() <= 1
    assert (np.diff(probabilities, axis=2) <= 0).all(), "the best one first"
    assert len(np.unique(characters[..., 0])) > 2, "the sample shows text"


def test_orientation_equals_the_published_one(receipt: np.ndarray) -> None:
    pixels = receipt[100:324, 60:284][None]
    (rotations,) = _run(surgery.orientation(), {"THUMBNAIL": pixels})
    normalisation = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    (expected,) = _run(str(surgery.orientation_source()), {"x": _published(pixels, *normalisation)})
    assert np.abs(rotations - expected).max() < 1e-5
