"""A page as an annotated picture: boxes coloured by type, arrows from keys to values, names of fields."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from PIL import Image, ImageColor, ImageDraw, ImageFont

from docfuse.layout import (
    Rect,
    arrow_head,
    bounds,
    field_labels,
    item_areas,
    key_value_arrows,
    place_label,
)
from docfuse.result import Page, Point
from docfuse.sources import decode
from docfuse.style import RELATION_COLOURS, TYPE_COLOURS, percent, type_colour, words

_LONG_SIDE, _SHORT_SIDE, _MOST = 1600, 800, 3200
"""Pages are enlarged to these sides at least, pixels, and are never larger than the last."""
_FADE = 0.12
"""How much the page is faded towards white, so that the annotations stand out."""
_SMOOTH = 2
"""Shapes are drawn this much larger and reduced, for smooth edges."""
_GUTTER = 7
"""Width of the gutter for labels, in heights of their letters."""
_INK, _QUIET, _PAPER = "#0f172a", "#64748b", "#ffffff"


def annotate(image: bytes, page: Page) -> Image.Image:
    """Draw what was recognised over the page.

    Args:
        image: the encoded page, as sent.
        page: its result.

    Returns:
        An RGB picture: a strip with class and legend, and the page below it.

    Raises:
        InputError: the image cannot be read.
    """
    picture = decode(image)
    scale = _scale(*picture.size)
    size = (max(round(picture.width * scale), 1), max(round(picture.height * scale), 1))
    picture = picture.resize(size, Image.Resampling.LANCZOS)
    picture = Image.blend(picture, Image.new("RGB", size, _PAPER), _FADE)
    layer = _Layer(size, scale)
    layer.draw_items(page)
    layer.draw_boxes(page)
    layer.draw_links(page)
    overlay = layer.image()
    picture.paste(overlay, mask=overlay.getchannel("A"))
    return _with_strip(_with_labels(picture, page, scale), page)


def _scale(width: int, height: int) -> float:
    long_side, short_side = max(width, height), min(width, height)
    return min(max(_LONG_SIDE / long_side, _SHORT_SIDE / short_side, 1.0), _MOST / long_side)


class _Layer:
    """A transparent layer over the page; coordinates given are those of the page as sent."""

    def __init__(self, size: tuple[int, int], scale: float) -> None:
        self._factor = scale * _SMOOTH
        self._large = Image.new("RGBA", (size[0] * _SMOOTH, size[1] * _SMOOTH), (255, 255, 255, 0))
        self._draw = ImageDraw.Draw(self._large)
        self._unit = max(min(size) / 1000, 0.8) * _SMOOTH
        """A thin line's width."""

    def image(self) -> Image.Image:
        """The layer at the size of the page."""
        return self._large.reduce(_SMOOTH)

    def _points(self, points: list[Point]) -> list[Point]:
        return [(x * self._factor, y * self._factor) for x, y in points]

    def draw_items(self, page: Page) -> None:
        """Line items as bands."""
        for area in item_areas(page):
            band = Rect(*(value * self._factor for value in area)).grown(4 * self._unit)
            self._draw.rounded_rectangle(
                band, 5 * self._unit, fill=_rgba("#f59e0b", 26), outline=_rgba("#f59e0b", 120)
            )

    def draw_boxes(self, page: Page) -> None:
        """Text boxes: filled lightly, framed in the colour of their type; what has no role stays faint."""
        for box in page.boxes:
            plain = box.type not in TYPE_COLOURS or box.type == "other"
            colour = type_colour(box.type)
            points = self._points(box.polygon)
            self._draw.polygon(points, fill=_rgba(colour, 14 if plain else 46))
            line = [*points, points[0], points[1]]
            width = round((1.0 if plain else 1.8) * self._unit)
            self._draw.line(line, fill=_rgba(colour, 110 if plain else 220), width=width, joint="curve")

    def draw_links(self, page: Page) -> None:
        """Arrows from keys to their values."""
        colour = _rgba(RELATION_COLOURS["key_value"], 215)
        for ends in key_value_arrows(page):
            start, end = self._points(list(ends))
            self._draw.line([start, end], fill=colour, width=round(1.6 * self._unit))
            head = arrow_head(start, end, 9 * self._unit)
            if head:
                self._draw.polygon(head, fill=colour)


def _rgba(colour: str, alpha: int) -> tuple[int, int, int, int]:
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red, green, blue, alpha


@lru_cache(maxsize=32)
def _font(size: int) -> Any:
    return ImageFont.load_default(size)


def _with_labels(picture: Image.Image, page: Page, scale: float) -> Image.Image:
    """Names of fields at their values, where they hide the least; if need be in a gutter at the right."""
    font = _font(max(round(min(picture.size) * 0.0125), 12))
    gutter = round(font.size * _GUTTER)
    obstacles = [bounds([(x * scale, y * scale) for x, y in box.polygon]) for box in page.boxes]
    for _, (x, y) in key_value_arrows(page):
        obstacles.append(Rect(x * scale, y * scale, x * scale, y * scale).grown(font.size * 0.6))
    wide = Image.new("RGB", (picture.width + gutter, picture.height), _PAPER)
    wide.paste(picture)
    draw = ImageDraw.Draw(wide, "RGBA")
    placed: list[Rect] = []
    for area, name, confidence in field_labels(page):
        text = f"{words(name)} {percent(confidence)}"
        width, height = draw.textlength(text, font) + font.size * 0.7, font.size * 1.35
        anchor = Rect(*(value * scale for value in area))
        place = place_label(anchor, width, height, Rect(0, 0, *wide.size), obstacles, placed)
        placed.append(place)
        draw.rounded_rectangle(place, height * 0.3, fill=_rgba("#065f46", 225))
        draw.text((place.x1 + font.size * 0.35, (place.y1 + place.y2) / 2), text, _PAPER, font, anchor="lm")
    used = any(place.x2 > picture.width for place in placed)
    return wide if used else wide.crop((0, 0, *picture.size))


def _with_strip(picture: Image.Image, page: Page) -> Image.Image:
    """The picture below a strip with the page's class and a legend of the types that occur."""
    size = max(round(min(picture.size) * 0.019), 15)
    entries = [name for name in TYPE_COLOURS if any(box.type == name for box in page.boxes)]
    strip = _Strip(picture.width, size)
    strip.chip(page.classification.label.upper(), percent(page.classification.confidence))
    for name in entries:
        strip.swatch(words(name), type_colour(name))
    if any(link.relation == "key_value" for link in page.links):
        strip.arrow("key to value", RELATION_COLOURS["key_value"])
    if item_areas(page):
        strip.swatch("line item", "#f59e0b")
    top = strip.image()
    whole = Image.new("RGB", (picture.width, picture.height + top.height), _PAPER)
    whole.paste(top, (0, 0))
    whole.paste(picture, (0, top.height))
    return whole


class _Strip:
    """A legend that flows over as many rows as it needs."""

    def __init__(self, width: int, size: int) -> None:
        self._width, self._size = width, size
        self._row = round(size * 2.2)
        self._x, self._y = float(size), round(size * 0.5)
        self._image = Image.new("RGB", (width, self._row * 8), "#f8fafc")
        self._draw = ImageDraw.Draw(self._image)

    def image(self) -> Image.Image:
        """The strip, as high as its rows."""
        height = self._y + self._row + round(self._size * 0.3)
        strip = self._image.crop((0, 0, self._width, height))
        ImageDraw.Draw(strip).line([(0, height - 1), (self._width, height - 1)], fill="#cbd5e1", width=2)
        return strip

    def _take(self, width: float) -> tuple[float, float]:
        """Left edge and middle of a place of some width, in a new row if this one is full."""
        if self._x + width > self._width - self._size and self._x > self._size:
            self._x, self._y = float(self._size), self._y + self._row
        x, self._x = self._x, self._x + width + self._size * 1.1
        return x, self._y + self._row / 2

    def chip(self, title: str, text: str) -> None:
        """A word on coloured ground, and text behind it."""
        font = _font(round(self._size * 1.15))
        inner = self._draw.textlength(title, font)
        pad, gap = self._size * 0.6, self._size * 0.5
        x, y = self._take(inner + 2 * pad + gap + self._draw.textlength(text, font))
        area = (x, y - self._size * 0.95, x + inner + 2 * pad, y + self._size * 0.95)
        self._draw.rounded_rectangle(area, self._size * 0.4, fill="#1d4ed8")
        self._draw.text((x + pad, y), title, _PAPER, font, anchor="lm")
        self._draw.text((x + inner + 2 * pad + gap, y), text, _QUIET, font, anchor="lm")

    def swatch(self, text: str, colour: str) -> None:
        """A coloured frame, and its meaning."""
        font = _font(self._size)
        side = self._size * 1.0
        x, y = self._take(side * 1.5 + self._draw.textlength(text, font))
        red, green, blue = ImageColor.getrgb(colour)[:3]
        light = tuple(round(255 - (255 - value) * 0.25) for value in (red, green, blue))
        area = (x, y - side / 2, x + side, y + side / 2)
        self._draw.rounded_rectangle(
            area, 3, fill=light, outline=colour, width=max(round(self._size * 0.12), 2)
        )
        self._draw.text((x + side * 1.5, y), text, _INK, font, anchor="lm")

    def arrow(self, text: str, colour: str) -> None:
        """An arrow, and its meaning."""
        font = _font(self._size)
        length = self._size * 1.8
        x, y = self._take(length * 1.25 + self._draw.textlength(text, font))
        start, end = (x, y), (x + length, y)
        self._draw.line([start, end], fill=colour, width=max(round(self._size * 0.15), 2))
        self._draw.polygon(arrow_head(start, end, self._size * 0.6), fill=colour)
        self._draw.text((x + length * 1.25, y), text, _INK, font, anchor="lm")
