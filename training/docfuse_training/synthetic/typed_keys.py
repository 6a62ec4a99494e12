"""Keys of typewritten forms: of any wording, on one line or several, numbered or not.

Keys are made up from words of the language, so that a model learns to know a key by its form and its place
rather than by a list of words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from docfuse_training.synthetic import blocks
from docfuse_training.synthetic.desk import Desk
from docfuse_training.synthetic.sheet import Face

KINDS_OF_VALUES = (
    "name", "date", "place", "street", "phone", "email", "code", "number", "word", "company", "amount",
)  # fmt: skip


@dataclass(frozen=True)
class Key:
    """A key that was written: its boxes, the right end of its last line, and that line's top, pixels."""

    boxes: list[int]
    right: float
    last: float


def made_up_key(desk: Desk) -> str:
    """A printed key: a known one, a phrase, or some words with a number, a unit or an abbreviation."""
    rng, locale = desk.rng, desk.locale
    if desk.chance(0.25):
        return locale.word("form", rng.choice(KINDS_OF_VALUES))
    words = phrase(desk) if desk.chance(0.5) else some_words(desk, rng.choice((1, 1, 2, 2, 3)))
    tail = rng.choice(("",) * 7 + (" No.", " #", " (%)", " (kg)", " (1)", "/" + locale.fake.word(), " (s)"))
    return words[:1].upper() + words[1:] + (tail if desk.chance(0.9) else _hint(desk))


def _hint(desk: Desk) -> str:
    """What a form says of a key in brackets: how to answer, or what the numbers mean."""
    number, words = desk.rng.randrange(2, 11), some_words(desk, desk.rng.choice((1, 2, 3)))
    return " " + desk.rng.choice(("({words})", "({words})", "({number}={words})", "[{words}]")).format(
        number=number, words=words
    )


def phrase(desk: Desk) -> str:
    """Words as keys of business forms put them together; any words where the language has none for that."""
    known = _phrases(desk)
    if not known:
        return some_words(desk, desk.rng.choice((2, 3, 4, 5)))
    words = desk.rng.choice(known["forms"])
    for name in ("head", "modifier", "act"):
        while f"{{{name}}}" in words:
            words = words.replace(f"{{{name}}}", desk.rng.choice(known[f"{name}s"]), 1)
    return words.title() if desk.chance(0.3) else words


def _phrases(desk: Desk) -> Mapping[str, Sequence[str]]:
    """What the language's keys are put together of; nothing where it has no such words of its own."""
    return desk.locale.words.get("phrases", {}) if desk.locale.language == "en" else {}


def list_key(desk: Desk) -> str:
    """The key of a list of names: who gets a copy, who was there; any where the language lacks them."""
    known = _phrases(desk)
    if not known or desk.chance(0.4):
        return key_text(desk)
    text = desk.rng.choice(known["lists"]) + desk.style.colon
    return text.upper() if desk.style.upper_keys or desk.chance(0.3) else text


def some_words(desk: Desk, count: int) -> str:
    """Words of the language without a sense."""
    return " ".join(desk.locale.fake.word() for _ in range(count))


def key_text(desk: Desk, colon: bool = True) -> str:
    """The text of a key in the page's capitals, perhaps with its colon."""
    text = made_up_key(desk) + (desk.style.colon if colon else "")
    return text.upper() if desk.style.upper_keys else text


def write_key(desk: Desk, x: float, y: float, text: str, room: float, face: Face | None = None) -> Key:
    """Write a key within so many pixels, on as many lines as it takes."""
    face = face or desk.style.key
    step = round(face.size * desk.style.leading)
    before, _, hint = text.removesuffix(" :").partition(" (")
    if len(hint) > len("s)") and before and desk.chance(0.5):
        *lines, last = [*blocks.wrap(before, face, room), *blocks.wrap("(" + hint, face, room)]
    else:
        *lines, last = blocks.wrap(text.removesuffix(" :"), face, room)
    lines.append(last + " :" * text.endswith(" :"))
    if len(lines) > 1 and lines[-1].startswith("(") and lines[-1].endswith(":") and desk.chance(0.5):
        lines[-2:] = [f"{lines[-2]}:", lines[-1].rstrip(" :")]
    boxes = [desk.sheet.text(x, y + i * step, line, face, "key") for i, line in enumerate(lines)]
    desk.sheet.chain(boxes)
    return Key(boxes, x + face.width(lines[-1]), y + (len(lines) - 1) * step)


def write_numbered(desk: Desk, x: float, y: float, number: str, text: str, room: float) -> Key:
    """Write a number and, some way behind it, its key: one text, though a detector finds two."""
    face = desk.style.key
    indent = face.width(number) + face.size * desk.rng.uniform(0.6, 2.0)
    box = desk.sheet.text(x, y, number, face, "key")
    key = write_key(desk, x + indent, y, text, max(room - indent, 4 * face.size))
    desk.sheet.chain([box, key.boxes[0]])
    return Key([box, *key.boxes], key.right, key.last)
