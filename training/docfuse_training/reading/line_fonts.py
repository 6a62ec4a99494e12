"""Fonts that lines are drawn in: every face of this machine that can write plain text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from random import Random

from fontTools.ttLib import TTFont, TTLibError

from docfuse_training.synthetic.fonts import SKIPPED, font_files, load

_PLAIN = "ABCXYZabcxyz0123456789.,:-/"
_PRINTERS = (
    "mono",
    "courier",
    "ocr",
    "3270",
    "typewriter",
    "code",
    "console",
    "hack",
    "term",
    "typo",
    "cour",
)
_HANDS = ("hand", "script", "kristi", "dancing", "humor", "ruf", "femke", "caveat", "comic")


@dataclass(frozen=True)
class Face:
    """A font file and the characters that it can write."""

    path: str
    characters: frozenset[str]
    kind: str
    """`printer` (monospaced and receipt faces), `hand` or `text`."""

    def writes(self, text: str) -> bool:
        """Whether every character of a text is in the font."""
        return self.characters.issuperset(text.replace(" ", ""))


@cache
def faces() -> tuple[Face, ...]:
    """All usable faces.

    Raises:
        RuntimeError: no font was found.
    """
    found = tuple(face for path in font_files() if (face := _face(path)))
    if not found:
        raise RuntimeError("No font that can write plain text was found: install some, e.g. fonts-dejavu.")
    return found


def _face(path: str) -> Face | None:
    lower = path.rsplit("/", 1)[-1].lower()
    if any(word in lower for word in SKIPPED):
        return None
    try:
        with TTFont(path, lazy=True) as font:
            codes = font.getBestCmap() or {}
        load(path, 17)
    except (TTLibError, OSError, AssertionError, KeyError):
        return None
    characters = frozenset(map(chr, codes))
    if not characters.issuperset(_PLAIN):
        return None
    kind = "printer" if any(word in lower for word in _PRINTERS) else "text"
    return Face(path, characters, "hand" if any(word in lower for word in _HANDS) else kind)


@cache
def _of_kind(kind: str) -> tuple[Face, ...]:
    return tuple(face for face in faces() if face.kind == kind) or faces()


def choose_face(rng: Random, text: str) -> Face:
    """A face that can write the text; the one that can write most of it where none is found soon."""
    tried = []
    for _ in range(12):
        kind = rng.choices(("printer", "text", "hand"), (40, 54, 6))[0]
        tried.append(rng.choice(_of_kind(kind)))
        if tried[-1].writes(text):
            return tried[-1]
    return max(tried, key=lambda face: sum(c in face.characters for c in text))
