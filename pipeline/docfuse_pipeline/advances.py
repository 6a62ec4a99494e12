"""Where the characters of a printed line stand, as far as their typical widths tell."""

from __future__ import annotations

import unicodedata

import numpy as np

ADVANCES = {
    **dict.fromkeys(" ijlI|!.,:;'`", 0.5),
    **dict.fromkeys('frt()[]{}-/\\"', 0.65),
    **dict.fromkeys("mwMW@%", 1.5),
}
"""Typical advance widths of characters whose width is far from a digit's, in digits."""
CAPITAL = 1.2


def estimated_places(text: str) -> np.ndarray:
    """Where the characters of a printed line stand, by typical advance widths; float32 [len(text), 2]."""
    advances = [
        ADVANCES.get(c, CAPITAL if c.isupper() else 0.0 if unicodedata.combining(c) else 1.0) for c in text
    ]
    edges = np.cumsum([0.0, *advances])
    edges = edges / max(edges[-1], 1e-6)
    return np.stack([edges[:-1], edges[1:]], 1).astype(np.float32)
