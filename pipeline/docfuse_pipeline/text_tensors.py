"""Lines and token rows as the tensors of the specification."""

from __future__ import annotations

from typing import Final

import numpy as np

from docfuse_pipeline.lines import Lines
from docfuse_pipeline.tokens import TokenRows

TOKEN_OUTPUTS: Final = frozenset({"ROW_LINES", "TOKEN_IDS", "TOKEN_GAPS", "TOKEN_SPANS", "TOKEN_PLACES"})


def line_tensors(lines: Lines) -> dict[str, np.ndarray]:
    """LINE_* of the specification; one empty line where there is none, which LINE_COUNTS does not count."""
    count = len(lines.texts)
    pad = 0 if count else 1
    return {
        "LINE_TEXT": np.array([text.encode() for text in lines.texts] or [b""], np.object_),
        "LINE_QUADS": np.pad(lines.quads, ((0, pad), (0, 0), (0, 0))),
        "LINE_SCORES": np.pad(lines.scores, (0, pad)),
        "LINE_CUTTABLE": np.pad(lines.cuttable, (0, pad)),
        "LINE_COUNTS": np.array([count, lines.dropped], np.int32),
    }


def token_tensors(rows: TokenRows) -> dict[str, np.ndarray]:
    """ROW_LINES and TOKEN_* of the specification."""
    return {
        "ROW_LINES": rows.row_lines,
        "TOKEN_IDS": rows.ids,
        "TOKEN_GAPS": rows.gaps,
        "TOKEN_SPANS": rows.spans,
        "TOKEN_PLACES": rows.places,
    }
