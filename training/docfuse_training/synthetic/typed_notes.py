"""What belongs to no key on typewritten forms: text between the keys, instructions, remarks."""

from __future__ import annotations

from docfuse_training.synthetic import blocks
from docfuse_training.synthetic.desk import Desk
from docfuse_training.synthetic.prose import sentences


def paragraph(desk: Desk, x: float, y: float, width: float) -> float:
    """A paragraph between the keys, perhaps with a box around every word. Returns the y below."""
    face = desk.rng.choice((desk.style.body, desk.style.small))
    text = sentences(desk, desk.rng.choice((1, 2, 3)))
    if desk.chance(0.75):
        return blocks.paragraph(desk, x, y, width, text, face)
    for line in blocks.wrap(text, face, width):
        pen = x
        for word in line.split():
            desk.sheet.text(pen, y, word, face)
            pen += face.width(word + " ")
        y += round(face.size * desk.style.leading)
    return y


def notes(desk: Desk, x: float, y: float, width: float) -> float:
    """What belongs to no key: how to fill in, remarks, names, dates and numbers of those who filed it.

    Returns the y below.
    """
    rng, style = desk.rng, desk.style
    for _ in range(rng.choice((1, 1, 2, 3))):
        left = x + width * rng.choice((0.0, 0.0, rng.uniform(0.0, 0.6)))
        face = rng.choice((style.body, style.small, style.value))
        text = blocks.wrap(_note(desk), face, x + width - left)[0]
        desk.sheet.text(left, y, text, face)
        y += style.line
    return y


def _note(desk: Desk) -> str:
    """A text without a key."""
    rng = desk.rng
    if desk.chance(0.4):
        return desk.some(rng.choice(("date", "number", "code", "name", "word", "company")))
    text = desk.locale.fake.sentence(nb_words=rng.randrange(2, 9))
    text = rng.choice(("({})", "{}", "* {}", "{}")).format(text.rstrip("."))
    return text.upper() if desk.chance(0.3) else text
