"""The characters that the recogniser may return: those of Europe's Latin-script documents.

The pretrained recogniser knows 18,708 characters, most of them Chinese. Its last layer is sliced to this
alphabet when it is exported, in this order. Full-width forms stay in it: the recogniser likes them for
brackets and stops, and NFKC turns them into the plain ones afterwards.
"""

from pathlib import Path
from typing import Final

BLANK: Final = ""
"""The CTC blank, at index 0."""
SPACE: Final = " "
"""The space, at the last index."""

_LETTERS = Path(__file__).with_name("latin.txt").read_text(encoding="utf-8").split()

ALPHABET: Final[tuple[str, ...]] = (BLANK, *_LETTERS, SPACE)
"""Character per index of the recogniser's (sliced) output."""
