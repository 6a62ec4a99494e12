"""The cut and joined graphs against the published ones, on a real receipt, both in ONNX Runtime."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper

from docfuse_export import surgery
from docfuse_pipeline import settings as s
from docfuse_pipeline.alphabet import ALPHABET


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
def test_recognizer_equals_the_published_one_within_the_alphabet(line: np.ndarray, width: int) -> None:
    crop = np.full((2, s.CROP_HEIGHT, width, 3), s.CROP_PAD, np.uint8)
    crop[:, :, : min(width, line.shape[1])] = line[:, :width]
    crop[1] = crop[1, :, :, ::-1]  # the second is tinted: channel order shows
    crop[1, :, :, 0] //= 2
    characters, probabilities = _run(surgery.recognizer(width, ALPHABET), {"CROPS": crop})
    (scores,) = _run(str(surgery.recognizer_source()), {"x": _published(crop, *HALF)})
    classes = surgery.class_indices(onnx.load(surgery.recognizer_source()), ALPHABET)
    assert characters.dtype == np.int32 and characters.shape == (2, width // s.STEP_WIDTH)
    among = scores[..., classes]
    assert (characters == among.argmax(-1)).all()
    assert len(np.unique(characters)) > 3, "the sample shows text"
    share = among.max(-1) / among.sum(-1)
    assert np.abs(probabilities - share).max() < 1e-4


def test_orientation_equals_the_published_one(receipt: np.ndarray) -> None:
    pixels = receipt[100:324, 60:284][None]
    (rotations,) = _run(surgery.orientation(), {"THUMBNAIL": pixels})
    normalisation = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    (expected,) = _run(str(surgery.orientation_source()), {"x": _published(pixels, *normalisation)})
    assert np.abs(rotations - expected).max() < 1e-5


def test_alphabet_begins_with_the_blank_and_ends_with_the_space() -> None:
    classes = surgery.class_indices(onnx.load(surgery.recognizer_source()), ALPHABET)
    assert classes[0] == 0 and classes[-1] == 18709
    assert len(set(classes)) == len(classes)


def test_sliced_layer_holds_the_alphabets_columns() -> None:
    sliced = surgery.recognizer(160, ("", "A", " "))
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in sliced.graph.initializer}
    whole = {
        t.name: numpy_helper.to_array(t) for t in onnx.load(surgery.recognizer_source()).graph.initializer
    }
    at = surgery.class_indices(onnx.load(surgery.recognizer_source()), ("A",))[0]
    assert np.array_equal(weights["linear_8.w_0"], whole["linear_8.w_0"][:, [0, at, 18709]])
    assert np.array_equal(weights["linear_8.b_0"], whole["linear_8.b_0"][[0, at, 18709]])


def _weights(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


def test_an_unknown_character_is_named() -> None:
    with pytest.raises(ValueError, match="does not know"):
        surgery.recognizer(160, ("", "\ue000", " "))
