"""Fonts of this machine that can write the languages we draw, by style, with a cache of loaded sizes."""

from __future__ import annotations

import importlib.util
import warnings
import zlib
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from PIL import ImageFont

FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
NEEDED = "ABCabc019.,:;-/()#&@%°€£$äöüßéèçñãõåąęłżźśćńôœæøčďěňřšťůžđáíóúýľőűăâîșțāēģīķļņūėįųČŠŽŐŪĀȘȚ'"
SKIPPED = ("math", "symbol", "keyboard", "initials", "emoji", "music", "icon", "hairline", "thin", "barcode")
HELD_OUT_SHARE = 7
"""One family in so many is kept for `families="held_out"`."""
ENOUGH = 40
"""With fewer families pages look too much alike to train on."""


@dataclass(frozen=True)
class Family:
    """Files of one type family: regular and bold (the same file where there is no bold one)."""

    name: str
    kind: str
    """serif, sans, condensed, mono or hand."""
    regular: str
    bold: str
    italic: str
    held_out: bool


@lru_cache(maxsize=512)
def load(path: str, size: int) -> ImageFont.FreeTypeFont:
    """The font of a file at a size in pixels."""
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=100_000)
def advance(path: str, size: int, text: str) -> float:
    """Width in pixels by which the pen moves on."""
    return load(path, size).getlength(text)


@cache
def families() -> tuple[Family, ...]:
    """All usable families, sorted by name; a warning if they are few.

    Raises:
        RuntimeError: no usable font was found.
    """
    styles: dict[str, dict[str, str]] = {}
    for path in font_files():
        name, style = _usable(path)
        if name:
            styles.setdefault(name, {}).setdefault(style, path)
    found = tuple(_family(name, files) for name, files in sorted(styles.items()) if "regular" in files)
    if not found:
        raise RuntimeError("No font that can write Latin text was found: install some, e.g. fonts-dejavu.")
    if len(found) < ENOUGH:
        warnings.warn(
            f"Only {len(found)} type families for synthetic pages are installed: fine for a look, too few to "
            "train on. More are in training/fonts.txt (docs/training.md).",
            stacklevel=2,
        )
    return found


@cache
def of_kind(kind: str, held_out: bool) -> tuple[Family, ...]:
    """Families of a kind from one half of the split; of both halves, or of any kind, where there is none."""
    every = families()
    alike = [family for family in every if family.kind == kind]
    mine = [family for family in alike if family.held_out == held_out]
    return tuple(mine or alike or every)


def font_files() -> list[str]:
    """Font files of this machine and of matplotlib, sorted."""
    folders = [Path(folder).expanduser() for folder in FOLDERS]
    spec = importlib.util.find_spec("matplotlib")
    if spec and spec.origin:
        folders.append(Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf")
    return sorted(str(p) for folder in folders if folder.is_dir() for p in folder.rglob("*.[ot]tf"))


def _usable(path: str) -> tuple[str, str]:
    """Family name and style (regular, bold, italic, other); an empty name if the font can't be used."""
    if any(word in Path(path).stem.lower() for word in SKIPPED):
        return "", ""
    try:
        font = load(path, 24)
    except OSError:
        return "", ""
    missing = bytes(font.getmask("\uffff"))
    glyphs = {char: bytes(font.getmask(char)) for char in NEEDED}
    if any(not any(glyph) or glyph == missing for glyph in glyphs.values()) or glyphs["A"] == glyphs["B"]:
        return "", ""
    name, style = font.getname()
    return name or "", _style((style or "").lower())


def _style(style: str) -> str:
    for words, name in ((("regular", "book", "roman", "medium", "normal"), "regular"), (("bold",), "bold")):
        if style in words:
            return name
    return "italic" if style in ("italic", "oblique") else "other"


def _family(name: str, files: dict[str, str]) -> Family:
    regular = files["regular"]
    return Family(
        name,
        _kind(name, regular),
        regular,
        files.get("bold", regular),
        files.get("italic", regular),
        zlib.crc32(name.encode()) % HELD_OUT_SHARE == 0,
    )


def _kind(name: str, path: str) -> str:
    lower = name.lower()
    if any(word in lower for word in ("hand", "script", "humor", "comic", "xkcd", "dancing", "caveat")):
        return "hand"
    if advance(path, 40, "iiii") == advance(path, 40, "WWWW"):
        return "mono"
    if any(word in lower for word in ("cond", "narrow")):
        return "condensed"
    serif = ("serif", "garamond", "libertine", "caladea", "times", "roman", "schola", "bookman", "palla")
    return "serif" if any(word in lower for word in serif) else "sans"
