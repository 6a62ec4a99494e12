"""Check boxes in a text: which of its options are ticked."""

from __future__ import annotations

import re

_BOX = re.compile(r"([☒☑✓✔])|([□☐▢])|\[ ?([xX✓])? ?\]|(?<!\w)\(([xX])\)(?= )")
"""A box: ticked if one of the groups but the second matches ("[x]", "(x)")."""
_AROUND = " :;,/|"


def ticked_options(text: str) -> str | None:
    """The options that are ticked, as "Part time, Night" of "□ Full time ☒ Part time ☒ Night".

    A mark belongs to what follows it, where the text begins with a mark, else to what stands before it.

    Args:
        text: tidied text.

    Returns:
        the options parted by commas, empty if none is ticked; None if the text has no boxes, or nothing else.
    """
    marks = list(_BOX.finditer(text))
    if not marks:
        return None
    edges = [0, *(place for mark in marks for place in mark.span()), len(text)]
    labels = [text[begin:end].strip(_AROUND) for begin, end in zip(edges[::2], edges[1::2], strict=True)]
    if not any(labels):
        return None
    options = labels[:-1] if labels[0] and not labels[-1] else labels[1:]
    ticked = [mark[1] or mark[3] or mark[4] for mark in marks]
    return ", ".join(option for option, tick in zip(options, ticked, strict=True) if tick and option)
