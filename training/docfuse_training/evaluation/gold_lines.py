"""Labelled lines through the served recognisers: how well text is read where detection is perfect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from tritonclient.grpc import InferenceServerClient, InferInput

from docfuse_pipeline.crops import cut_crops
from docfuse_pipeline.rescoring import decode_choices
from docfuse_training.evaluation.matching import labelled_boxes
from docfuse_training.truth import TruthBox, TruthDocument

_CORNERS = [0, 1, 2, 1, 2, 3, 0, 3]


class ServedRecognizers:
    """The recogniser engines of a server that has docfuse's own recogniser.

    Args:
        url: `host:port` of the server's gRPC endpoint.
    """

    def __init__(self, url: str) -> None:
        self._triton = InferenceServerClient(url)

    def read(self, page: np.ndarray, boxes: np.ndarray) -> list[str]:
        """Text of each box, float [N, 4], of a page, uint8 [H, W, 3] RGB; empty where nothing was read."""
        quads = boxes[:, _CORNERS].reshape(-1, 4, 2).astype(np.float32)
        texts = [""] * len(quads)
        for width, (crops, rows) in cut_crops(page, quads).by_width.items():
            tensor = InferInput("CROPS", list(crops.shape), "UINT8")
            tensor.set_data_from_numpy(crops)
            answer = self._triton.infer(f"recognizer_{width}", [tensor])
            readings = decode_choices(answer.as_numpy("CHARACTERS"), answer.as_numpy("PROBABILITIES"))
            for row, reading in zip(rows.tolist(), readings, strict=True):
                texts[row] = reading.text
        return texts


def gold_line_pairs(url: str, truth: Sequence[TruthDocument]) -> Iterator[tuple[str, str]]:
    """Label and reading of every labelled line, or of every word where a data set has words.

    Raises:
        tritonclient.utils.InferenceServerException: the server has no such recognisers.
    """
    served = ServedRecognizers(url)
    for document in truth:
        for page in document.pages:
            boxes: list[TruthBox] = [box for box in page.words or page.boxes if box.text.strip()]
            if boxes:
                texts = served.read(page.load_image(), labelled_boxes(boxes))
                yield from zip((box.text.strip() for box in boxes), texts, strict=True)
