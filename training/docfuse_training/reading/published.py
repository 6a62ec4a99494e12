"""The published recogniser, 48 pixels high with all its characters: a check on labels, and a peer."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import onnx
import openvino as ov

from docfuse_export import surgery
from docfuse_pipeline.ctc import decode

HEIGHT = 48
_CHUNK = 16


class PublishedReader:
    """PP-OCRv6 small on OpenVINO, in float32."""

    def __init__(self, threads: int = 0) -> None:
        core = ov.Core()
        options = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads}
        self._model = core.compile_model(str(surgery.recognizer_source()), "CPU", options)
        classes = surgery.published_classes(onnx.load(surgery.recognizer_source()))
        self._alphabet = list(classes)

    def __call__(self, lines: Sequence[np.ndarray]) -> list[str]:
        """Texts of gray lines, uint8 [h, w] each."""
        crops = [self._crop(line) for line in lines]
        texts = [""] * len(crops)
        order = sorted(range(len(crops)), key=lambda i: crops[i].shape[1])
        for start in range(0, len(order), _CHUNK):
            places = order[start : start + _CHUNK]
            width = -(-max(max(crops[i].shape[1] for i in places), 2 * HEIGHT) // 8) * 8
            batch = np.zeros((len(places), 3, HEIGHT, width), np.float32)
            for row, i in zip(batch, places, strict=True):
                row[:, :, : crops[i].shape[1]] = crops[i] / 127.5 - 1
            scores = self._model(batch)[0]
            readings = decode(scores.argmax(2).astype(np.int32), scores.max(2), alphabet=self._alphabet)
            for i, reading in zip(places, readings, strict=True):
                texts[i] = reading.text
        return texts

    @staticmethod
    def _crop(line: np.ndarray) -> np.ndarray:
        height, width = line.shape
        size = max(round(HEIGHT * width / max(height, 1)), 8), HEIGHT
        how = cv2.INTER_AREA if height > 1.5 * HEIGHT else cv2.INTER_LINEAR
        return cv2.resize(line, size, interpolation=how) if line.size else np.zeros(size[::-1], np.uint8)
