"""Synthetic text lines: drawn in any font, as print, thermal paper, fax or a form leave them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import cv2
import numpy as np
from PIL import Image, ImageDraw

from docfuse_training.reading.line_fonts import choose_face
from docfuse_training.reading.line_store import MARGIN, Line
from docfuse_training.reading.line_text import line_text, other_accents
from docfuse_training.synthetic.fonts import load

SIZES = (13, 60)
"""Font sizes, pixels; lines are drawn large and brought down to the size of a scan."""
HEIGHTS = (8, 46)
"""Least and greatest height of a line as scanned, pixels."""
_OTHER_ACCENTS = 0.25
"""Share of the lines whose letters have other accents than theirs."""


def draw_lines(seed: int, first: int, last: int) -> Iterator[Line]:
    """Lines of a numbered part of an endless list."""
    for index in range(first, last):
        yield draw_line(Random(f"{seed}/{index}"))


def draw_line(rng: Random) -> Line:
    """A line of random text on random paper, with what may stand around it."""
    text = line_text(rng)
    if rng.random() < _OTHER_ACCENTS:
        text = other_accents(text, rng)
    face = choose_face(rng, text)
    text = "".join(c for c in text if c in face.characters or c == " ").strip() or "0"
    text = " ".join(text.split())
    font = load(face.path, rng.randrange(*SIZES))
    track = rng.choice((0, 0, 0, 0, 0, -1, 1, 2)) * font.size / 40
    shake = rng if face.kind == "printer" and rng.random() < 0.25 else None
    pens, gaps, x = [], rng.choice((1.0, 1.0, 1.0, 1.6, 2.5)), 0.0
    for word in text.split(" "):
        pens.append((x, word))
        x += _length(font, word, track) + gaps * max(font.getlength(" "), font.size * 0.2)
    boxes = [_ink(font, word, pen, track) for pen, word in pens]
    left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
    right, bottom = max(b[2] for b in boxes), max(b[3] for b in boxes)
    height = max(bottom - top, 0.45 * font.size)
    room = MARGIN * height + 2
    size = (int(right - left + 2 * room) + 1, int(height + 2 * room) + 1)
    image = Image.new("L", size, 255)
    _surroundings(image, rng, room, height)
    pencil = ImageDraw.Draw(image)
    for pen, word in pens:
        _write(pencil, font, word, (pen + room - left, room - top), track, shake)
    low, high = HEIGHTS
    scale = min(1.0, low * (high / low) ** rng.random() / height)
    pixels = _printed(np.asarray(image), rng, scale)
    box = (room * scale, room * scale, (size[0] - room) * scale, (room + height) * scale)
    return Line(pixels, box, text, exact=True)


def _length(font: object, word: str, track: float) -> float:
    return font.getlength(word) + track * len(word)  # type: ignore[attr-defined, no-any-return]


def _ink(font: object, word: str, x: float, track: float) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = font.getbbox(word)  # type: ignore[attr-defined]
    return x + x1, y1, x + x2 + track * len(word), y2


def _write(
    pencil: ImageDraw.ImageDraw,
    font: object,
    word: str,
    place: tuple[float, float],
    track: float,
    shake: Random | None,
) -> None:
    """Write a word; a typewriter, which shakes, hits each character at its own height and strength."""
    x, y = place
    if not track and shake is None:
        pencil.text((x, y), word, 0, font)  # type: ignore[arg-type]
        return
    for character in word:
        drop = shake.gauss(0, 0.02) * font.size if shake else 0  # type: ignore[attr-defined]
        ink = shake.randrange(120) if shake else 0
        pencil.text((x, y + drop), character, ink, font)  # type: ignore[arg-type]
        x += font.getlength(character) + track  # type: ignore[attr-defined]


def _surroundings(image: Image.Image, rng: Random, room: float, height: float) -> None:
    """Rulings, boxes, leader dots, and the feet and heads of neighbouring lines."""
    pencil, (width, tall) = ImageDraw.Draw(image), image.size
    chance, thick = rng.random(), max(1, round(height * rng.uniform(0.03, 0.08)))
    level = rng.randrange(150)
    if chance < 0.08:
        y = room + height * rng.uniform(0.98, 1.15)
        pencil.line((0, y, width, y), level, thick)
    elif chance < 0.12:
        pencil.rectangle((1, 1, width - 2, tall - 2), outline=level, width=thick)
    elif chance < 0.15:
        x = rng.choice((rng.uniform(0, room * 0.7), width - rng.uniform(0, room * 0.7)))
        pencil.line((x, 0, x, tall), level, thick)
    elif chance < 0.25:
        for _ in range(rng.randrange(2, 12)):
            x, deep = rng.uniform(0, width), rng.uniform(0.3, 1.0) * room * 0.7
            y = 0 if rng.random() < 0.5 else tall - deep
            pencil.rectangle((x, y, x + height * rng.uniform(0.05, 0.3), y + deep), level)


def _printed(ink: np.ndarray, rng: Random, scale: float) -> np.ndarray:
    """Ink on paper, uint8 [h, w]: thickness, dots, gaps, contrast; then the size of the scan."""
    chance, kernel, size = rng.random(), np.ones((2, 2), np.uint8), _scaled(ink, scale)
    if chance < 0.08:
        ink = cv2.erode(ink, kernel)
    elif chance < 0.14 and scale < 0.8:
        ink = cv2.dilate(ink, kernel)
    elif chance < 0.22 and ink.shape[0] > 30:
        ink = _dots(ink, rng)
    elif chance < 0.30:
        ink = _thermal(ink, rng)
    elif chance < 0.48:
        ink = _faxed(ink, rng, scale)
    paper, dark = (rng.randrange(180, 256), rng.randrange(0, 110)) if rng.random() < 0.6 else (255, 0)
    if rng.random() < 0.06:
        paper, dark = dark, paper
    levels = np.linspace(dark, paper, 256).astype(np.uint8)
    how = cv2.INTER_AREA if rng.random() < 0.8 else cv2.INTER_LINEAR
    return cv2.resize(levels[ink], size, interpolation=how)


def _scaled(ink: np.ndarray, scale: float) -> tuple[int, int]:
    return max(round(ink.shape[1] * scale), 4), max(round(ink.shape[0] * scale), 4)


def _faxed(ink: np.ndarray, rng: Random, scale: float) -> np.ndarray:
    """Black or white, as faxes and archives keep a page, at up to twice the resolution of the scan."""
    noise = np.random.default_rng(rng.getrandbits(32))
    scanned = cv2.resize(
        ink, _scaled(ink, min(1.0, scale * rng.uniform(1.5, 2.2))), interpolation=cv2.INTER_AREA
    )
    rough = cv2.GaussianBlur(noise.normal(0, 1, scanned.shape), (0, 0), rng.uniform(0.5, 1.0))
    out = scanned + rough * rng.uniform(10, 90) > rng.uniform(80, 200)
    specks = noise.random(scanned.shape) < rng.choice((0, 0, 0.002, 0.01))
    return np.where(out ^ specks, 255, 0).astype(np.uint8)


def _dots(ink: np.ndarray, rng: Random) -> np.ndarray:
    """A dot matrix printer: ink only near the pins."""
    step = max(ink.shape[0] / rng.uniform(12, 18), 2.0)
    rows = np.abs((np.arange(ink.shape[0]) / step) % 1 - 0.5) < rng.uniform(0.3, 0.42)
    columns = np.abs((np.arange(ink.shape[1]) / step) % 1 - 0.5) < rng.uniform(0.34, 0.5)
    return np.where(rows[:, None] & columns[None], ink, 255).astype(np.uint8)


def _thermal(ink: np.ndarray, rng: Random) -> np.ndarray:
    """Thermal paper: columns and rows that printed pale, and stripes without heat."""
    noise = np.random.default_rng(rng.getrandbits(32))
    shape = (1, 6) if rng.random() < 0.6 else (5, 1)
    pale = cv2.resize(noise.random(shape).astype(np.float32), ink.shape[::-1]) * rng.uniform(0.1, 0.7)
    out = ink + (255 - ink) * np.clip(pale, 0, 1)
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        row = rng.randrange(ink.shape[0])
        out[row : row + max(1, round(ink.shape[0] * rng.uniform(0.02, 0.09)))] = 255
    return out.astype(np.uint8)
