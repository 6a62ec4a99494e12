"""The characters that the recogniser may return: those of Europe's Latin-script documents.

Letters of the European languages in Latin script, digits, currencies, punctuation, marks and check boxes, in
the order of the recogniser's classes. A recogniser belongs to the alphabet that it was trained with.
"""

from pathlib import Path
from typing import Final

BLANK: Final = ""
"""The CTC blank, at index 0."""
SPACE: Final = " "
"""The space, at the last index."""

_LETTERS = Path(__file__).with_name("latin.txt").read_text(encoding="utf-8").split()

ALPHABET: Final[tuple[str, ...]] = (BLANK, *_LETTERS, SPACE)
"""Character per index of the recogniser's output."""
