"""A page being laid out: what to draw, and the exact boxes and relations of what is written.

Nothing is drawn while a page is laid out: text is only measured, so that a layout that does not fit costs
little and an image is made when somebody asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from docfuse_training.synthetic import fonts
from docfuse_training.truth import TruthBox, TruthRelation

Colour = tuple[int, int, int]
BLACK: Colour = (0, 0, 0)


@dataclass(frozen=True)
class Face:
    """A font file at a size in pixels."""

    path: str
    size: int

    def width(self, text: str) -> float:
        """Advance width of a text in pixels."""
        return fonts.advance(self.path, self.size, text)

    def scaled(self, factor: float) -> Face:
        """The same file, larger or smaller."""
        return Face(self.path, max(8, round(self.size * factor)))


@dataclass(frozen=True)
class Ink:
    """A text to draw: pen position (x, baseline y)."""

    x: float
    y: float
    text: str
    face: Face
    colour: Colour


@dataclass(frozen=True)
class Shape:
    """A line, rectangle, filled rectangle or ellipse between two corners."""

    kind: str
    box: tuple[float, float, float, float]
    colour: Colour = BLACK
    width: int = 1


@lru_cache(maxsize=200_000)
def _extent(path: str, size: int, text: str) -> tuple[float, float, float, float]:
    """Ink of a text relative to the pen, at least as high as a capital letter."""
    font = fonts.load(path, size)
    x1, y1, x2, y2 = font.getbbox(text, anchor="ls")
    return x1, min(y1, font.getbbox("H", anchor="ls")[1]), x2, max(y2, 0)


@dataclass
class Sheet:
    """Size, drawing list, boxes and relations of one page."""

    width: int
    height: int
    ops: list[Ink | Shape] = field(default_factory=list)
    boxes: list[TruthBox] = field(default_factory=list)
    relations: list[TruthRelation] = field(default_factory=list)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        face: Face,
        kind: str = "other",
        name: str = "none",
        align: str = "left",
        colour: Colour = BLACK,
    ) -> int:
        """Write one segment; y is the top of its line. Returns the index of its box."""
        text = " ".join(text.split())
        if align != "left":
            x -= face.width(text) / (1 if align == "right" else 2)
        x, baseline = round(x), round(y + face.size)
        x1, y1, x2, y2 = _extent(face.path, face.size, text)
        self.ops.append(Ink(x, baseline, text, face, colour))
        self.boxes.append(
            TruthBox((x + x1 - 1, baseline + y1 - 1, x + x2 + 1, baseline + y2 + 1), text, kind, name)
        )
        return len(self.boxes) - 1

    def relate(self, name: str, source: int, targets: list[int]) -> None:
        """Relate one box to others."""
        self.relations.extend(TruthRelation(name, source, target) for target in targets)

    def chain(self, boxes: list[int]) -> None:
        """Say that these boxes are the lines of one text."""
        self.relations.extend(TruthRelation("same_text", a, b) for a, b in pairwise(boxes))

    def shape(
        self, kind: str, x1: float, y1: float, x2: float, y2: float, colour: Colour = BLACK, width: int = 1
    ) -> None:
        """Draw a line, rectangle ("box"), filled rectangle ("fill") or ellipse ("round")."""
        self.ops.append(Shape(kind, (round(x1), round(y1), round(x2), round(y2)), colour, width))

    def place_on(self, width: int, height: int, x: int, y: int) -> None:
        """Lay the page on a larger one with its corner at (x, y)."""

        def moved(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
            return box[0] + x, box[1] + y, box[2] + x, box[3] + y

        self.width, self.height = width, height
        self.ops = [
            replace(op, x=op.x + x, y=op.y + y) if isinstance(op, Ink) else replace(op, box=moved(op.box))
            for op in self.ops
        ]
        self.boxes = [replace(box, box=moved(box.box)) for box in self.boxes]

    def flawless(self) -> bool:
        """Whether every box is inside the page and no two boxes run into each other."""
        if not self.boxes:
            return False
        edges = np.array([box.box for box in self.boxes])
        low, high = edges[:, :2], edges[:, 2:]
        if low.min() < 0 or (high.max(0) > (self.width, self.height)).any():
            return False
        overlap = np.minimum(high[:, None], high[None]) - np.maximum(low[:, None], low[None])
        clash = (overlap[..., 0] > 2) & (overlap[..., 1] > 0.25 * (high - low)[:, 1][:, None])
        np.fill_diagonal(clash, False)
        return not clash.any()


def draw(width: int, height: int, ops: list[Ink | Shape], paper: Colour) -> np.ndarray:
    """Draw a page: RGB uint8 [H, W, 3]. Fills first, so that no text is covered."""
    image = Image.new("RGB", (width, height), paper)
    pen = ImageDraw.Draw(image)
    for op in sorted(ops, key=lambda op: not (isinstance(op, Shape) and op.kind == "fill")):
        if isinstance(op, Ink):
            pen.text((op.x, op.y), op.text, op.colour, fonts.load(op.face.path, op.face.size), anchor="ls")
        elif op.kind == "line":
            pen.line(op.box, op.colour, op.width)
        elif op.kind == "fill":
            pen.rectangle(op.box, op.colour)
        elif op.kind == "round":
            pen.ellipse(op.box, outline=op.colour, width=op.width)
        else:
            pen.rectangle(op.box, outline=op.colour, width=op.width)
    return np.asarray(image)
