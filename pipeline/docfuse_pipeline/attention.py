"""Decoding of recognisers that spell: one character per step, up to an end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from docfuse_pipeline.advances import estimated_places
from docfuse_pipeline.ctc import Spelling

END = 0
"""Index of the end of the text."""


def spell(characters: np.ndarray, probabilities: np.ndarray, alphabet: Sequence[str]) -> list[Spelling]:
    """Take each row's characters up to the first end; where they stand is estimated from their widths.

    Args:
        characters: int32 [n, T], best alphabet index per step.
        probabilities: float32 [n, T], its probability.
        alphabet: character per index; indices that stand for no character hold an empty text.
    """
    ends = np.where((characters == END).any(1), (characters == END).argmax(1), characters.shape[1])
    spellings = []
    for row, end in enumerate(ends.tolist()):
        found = [alphabet[index] for index in characters[row, :end].tolist()]
        score = float(probabilities[row, :end].mean()) if end else 0.0
        text = [character for character in found if character]
        spellings.append(Spelling(text, score, estimated_places("".join(text))))
    return spellings
