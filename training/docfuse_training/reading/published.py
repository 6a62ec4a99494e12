"""The published recogniser, 48 pixels high with all its characters: a check on labels, and a peer."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import cv2
import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

from docfuse_export import surgery
from docfuse_pipeline.ctc import decode

HEIGHT = 48
_CHUNK = 16


class PublishedReader:
    """PP-OCRv6 small on ONNX Runtime, which takes lines of any width as they come.

    Args:
        characters: give it no other classes than those of these characters, which makes it many times faster;
            left out, it has all 18,710.
    """

    def __init__(self, characters: Collection[str] | None = None) -> None:
        model = onnx.load(surgery.recognizer_source())
        classes = surgery.published_classes(model)
        if characters is not None:
            classes = {c: index for c, index in classes.items() if not c or c in characters}
            for tensor in model.graph.initializer:
                if tensor.name in surgery.LAST_LINEAR:
                    values = np.ascontiguousarray(numpy_helper.to_array(tensor)[..., list(classes.values())])
                    tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
            del model.graph.value_info[:]
            model.graph.output[0].type.tensor_type.shape.dim[-1].dim_value = len(classes)
        self._session = onnxruntime.InferenceSession(model.SerializeToString())
        self._input = self._session.get_inputs()[0].name
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
            scores = self._session.run(None, {self._input: batch})[0]
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
