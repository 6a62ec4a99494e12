"""Print and scan: what a scanner, a thermal printer or a fax does to a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import cv2
import numpy as np

from docfuse_training.synthetic.sheet import Colour, Ink, Shape, draw

STILL = (1, 0, 0, 0, 1, 0)
"""The affine map that moves nothing."""


@dataclass(frozen=True)
class Recipe:
    """How a page is degraded; zeros leave it as drawn."""

    seed: int
    paper: Colour = (255, 255, 255)
    matrix: tuple[float, ...] = STILL
    """Affine map from the drawn page to the image, row by row."""
    blur: float = 0.0
    noise: float = 0.0
    shade: float = 0.0
    """Darkest part of uneven light."""
    gamma: float = 1.0
    fade: float = 0.0
    """Share of ink lost in pale stripes, as on thermal paper."""
    jpeg: int = 0
    fax: bool = False
    grey: bool = False


def make_recipe(rng: Random, width: int, height: int, thermal: bool, faxed: float) -> Recipe:
    """A recipe by chance: a third of the pages stay nearly as drawn.

    Args:
        rng: source of chance.
        width: of the page, pixels.
        height: of the page, pixels.
        thermal: whether it was printed on thermal paper, which fades.
        faxed: share of the pages that were faxed.
    """
    seed = rng.getrandbits(32)
    if rng.random() < 0.3:
        return Recipe(seed, jpeg=rng.choice((0, 85, 92)))

    def maybe(share: float, low: float, high: float) -> float:
        return rng.uniform(low, high) if rng.random() < share else 0.0

    angle = maybe(0.35, -1.5, 1.5)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    tint = rng.choice((0, 0, 6, 15))
    fax = rng.random() < faxed
    return Recipe(
        seed,
        paper=(255 - tint // 3, 255 - tint // 2, 255 - tint),
        matrix=tuple(turn.ravel().tolist()),
        blur=maybe(0.45, 0.4, 0.9),
        noise=maybe(0.35, 1.5, 9),
        shade=0.0 if fax else maybe(0.3, 0.03, 0.18),
        gamma=rng.choice((1.0, 1.0, 1.0, 0.7, 1.4)),
        fade=0.0 if fax else maybe(0.45 if thermal else 0.08, 0.15, 0.5),
        jpeg=rng.choice((0, 40, 60, 75, 85)),
        fax=fax,
        grey=rng.random() < (0.75 if thermal else 0.4),
    )


def move(recipe: Recipe, box: Sequence[float]) -> tuple[float, float, float, float]:
    """The upright hull of a box of the drawn page in the degraded image."""
    x1, y1, x2, y2 = box
    corners = np.array([(x1, y1, 1), (x2, y1, 1), (x2, y2, 1), (x1, y2, 1)], float)
    moved = corners @ np.array(recipe.matrix).reshape(2, 3).T
    low, high = moved.min(0), moved.max(0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def render(width: int, height: int, ops: Sequence[Ink | Shape], recipe: Recipe) -> np.ndarray:
    """Draw and degrade a page: RGB uint8 [height, width, 3]."""
    return degraded(draw(width, height, list(ops), recipe.paper), recipe)


def degraded(image: np.ndarray, recipe: Recipe) -> np.ndarray:
    """Print and scan a page, RGB uint8 [h, w, 3], with the ink, noise and light of a recipe."""
    height, width = image.shape[:2]
    rng = np.random.default_rng(recipe.seed)
    if recipe.matrix != STILL:
        matrix = np.array(recipe.matrix).reshape(2, 3)
        image = cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    if recipe.fade:
        image = _fade(image, recipe.fade, rng)
    if recipe.blur:
        image = cv2.GaussianBlur(image, (0, 0), recipe.blur)
    if recipe.gamma != 1.0:
        image = cv2.LUT(image, (255 * (np.arange(256) / 255) ** recipe.gamma).astype(np.uint8))
    if recipe.shade:
        image = _shade(image, recipe.shade, rng)
    if recipe.noise:
        grain = rng.normal(0, recipe.noise, (int(height / 1.5), int(width / 1.5))).astype(np.float32)
        noise = cv2.resize(grain, (width, height))
        image = np.clip(image + noise[..., None], 0, 255).astype(np.uint8)
    if recipe.grey or recipe.fax:
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        if recipe.fax:
            grey = cv2.threshold(grey, 190, 255, cv2.THRESH_BINARY)[1]
        image = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)
    if recipe.jpeg:
        coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, recipe.jpeg])[1]
        image = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    return image


def _fade(image: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Pale vertical stripes of smoothly varying strength."""
    waves = cv2.resize(
        rng.random((1, 12)).astype(np.float32), (image.shape[1], 1), interpolation=cv2.INTER_CUBIC
    )
    loss = np.clip(waves * strength, 0, 0.8)[..., None]
    return np.clip(image + (255 - image) * loss, 0, 255).astype(np.uint8)


def _shade(image: np.ndarray, depth: float, rng: np.random.Generator) -> np.ndarray:
    """Light that falls off smoothly over the page."""
    coarse = 1 - depth * rng.random((3, 3)).astype(np.float32)
    light = cv2.resize(coarse, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_CUBIC)
    return (image * np.clip(light, 0, 1)[..., None]).astype(np.uint8)
