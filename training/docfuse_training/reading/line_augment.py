"""A stored line as the recogniser will meet it: cut a little differently, seen a little worse."""

from __future__ import annotations

import cv2
import numpy as np

from docfuse_pipeline.settings import CROP_HEIGHT
from docfuse_training.reading.line_store import Line

STRETCH = (0.72, 1.35)
"""Change of a line's proportions, a little more than crops are squeezed and stretched when serving."""


def plain_crop(line: Line) -> np.ndarray:
    """The line in its box, uint8 [CROP_HEIGHT, w] gray."""
    return _warped(line.image, np.array(line.box, np.float32), 1.0, 0.0)


def augmented_crop(line: Line, rng: np.random.Generator) -> np.ndarray:
    """The line with another margin, slant, width, sharpness, contrast and noise, as `plain_crop`."""
    x1, y1, x2, y2 = line.box
    height = y2 - y1
    loose = rng.uniform(-0.04, 0.3) if rng.random() < 0.8 else 0.0
    shift = rng.normal(0, 0.04, 4)
    box = np.array([x1, y1, x2, y2]) + height * (shift + loose * np.array([-1, -1, 1, 1]) / 2)
    stretch = rng.uniform(*STRETCH) if rng.random() < 0.7 else 1.0
    drift = height * rng.normal(0, 0.05) if rng.random() < 0.4 else 0.0
    image = line.image
    if rng.random() < 0.3 and height > 20:
        small = rng.uniform(8, 20) / height
        image = cv2.resize(image, None, fx=small, fy=small, interpolation=cv2.INTER_AREA)
        box, drift = box * small, drift * small
    return _seen(_warped(image, box.astype(np.float32), stretch, drift), rng)


def _warped(image: np.ndarray, box: np.ndarray, stretch: float, drift: float) -> np.ndarray:
    """Cut a box out, CROP_HEIGHT high; its left end is `drift` pixels lower, the right end higher."""
    x1, y1, x2, y2 = box
    width = max(round(CROP_HEIGHT * (x2 - x1) / max(y2 - y1, 1e-3) * stretch), 4)
    source = np.array([[x1, y1 + drift], [x2, y1 - drift], [x1, y2 + drift]], np.float32) - 0.5
    target = np.array([[0, 0], [width, 0], [0, CROP_HEIGHT]], np.float32) - 0.5
    matrix = cv2.getAffineTransform(source, target)
    if (y2 - y1) > 1.6 * CROP_HEIGHT:
        image = cv2.GaussianBlur(image, (0, 0), 0.35 * (y2 - y1) / CROP_HEIGHT)
    return cv2.warpAffine(
        image, matrix, (width, CROP_HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def _seen(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blur, contrast, light, noise, hard thresholds and JPEG, each on some of the crops."""
    chance = rng.random(8)
    if chance[0] < 0.25:
        crop = cv2.GaussianBlur(crop, (0, 0), rng.uniform(0.3, 1.1))
    elif chance[0] < 0.32:
        crop = cv2.addWeighted(crop, 1.8, cv2.GaussianBlur(crop, (0, 0), 1.2), -0.8, 0)
    if chance[1] < 0.4:
        gain, lift = rng.uniform(0.5, 1.3), rng.uniform(-40, 40)
        crop = np.clip((crop.astype(np.float32) - 128) * gain + 128 + lift, 0, 255).astype(np.uint8)
    if chance[2] < 0.15:
        light = np.linspace(rng.uniform(0.6, 1), rng.uniform(0.6, 1), crop.shape[1])
        crop = (crop * light).astype(np.uint8)
    if chance[3] < 0.3:
        noise = rng.normal(0, rng.uniform(2, 22), crop.shape).astype(np.float32)
        if chance[4] < 0.5:
            noise = cv2.GaussianBlur(noise, (0, 0), 0.8) * 1.5
        crop = np.clip(crop + noise, 0, 255).astype(np.uint8)
    if chance[5] < 0.05:
        crop = cv2.threshold(crop, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[1]
    if chance[6] < 0.3:
        coded = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 85))])[1]
        crop = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)
    if chance[7] < 0.02:
        crop = 255 - crop
    return crop
