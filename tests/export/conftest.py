"""A real page and a real line of text."""

from pathlib import Path

import numpy as np
import onnxruntime
import pypdfium2
import pytest

import docfuse
from docfuse_export import surgery
from docfuse_pipeline.crops import cut_crops
from docfuse_pipeline.detection import find_lines

SAMPLES = Path(docfuse.__file__).parent / "samples"


@pytest.fixture(scope="session")
def receipt() -> np.ndarray:
    """A bundled receipt, rendered, its upper part: uint8 [640, 512, 3] RGB."""
    page = pypdfium2.PdfDocument(SAMPLES / "receipt-us.pdf")[0]
    pixels = page.render(scale=513 / page.get_width(), rev_byteorder=True).to_numpy()[..., :3]
    return np.ascontiguousarray(pixels[:640, :512])


@pytest.fixture(scope="session")
def line(receipt: np.ndarray) -> np.ndarray:
    """A line of its text, cut out by the pipeline: uint8 [32, W, 3] RGB."""
    session = onnxruntime.InferenceSession(surgery.detector().SerializeToString())
    (text_map,) = session.run(None, {"CANVAS": receipt[None]})
    quads, _ = find_lines(text_map[0], 1.0, receipt.shape[:2])
    crops = cut_crops(receipt, quads).by_width
    return next(crops[width][0][0] for width in (288, 192) if width in crops)
