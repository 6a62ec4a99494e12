"""What a perfect model could reach on our reading: on lines, on words, and on our segments.

`python -m docfuse_training.understanding.ceilings CACHE` prints a table for the
encoded pages of a cache folder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from docfuse_pipeline.labels import AMOUNT_FIELDS, DATE_FIELDS
from docfuse_pipeline.normalize import normalize
from docfuse_pipeline.segments import Segments
from docfuse_training.truth import PAIRS
from docfuse_training.understanding import align
from docfuse_training.understanding.align_values import squeezed
from docfuse_training.understanding.examples import Prepared, cut_page, word_starts

UNITS = ("lines", "words", "segments")


def unit_cuts(page: Prepared, unit: str, predicted: np.ndarray) -> np.ndarray:
    """Cuts that make the units: none, before each word, or where the cut head says; float [K]."""
    if unit == "segments":
        return predicted
    if unit == "lines":
        return np.zeros(len(predicted), np.float32)
    return word_starts(page).astype(np.float32)


def pair_ceiling(page: Prepared, found: Segments) -> tuple[int, int]:
    """Pairs whose ends are the main content of two different units, and all pairs."""
    owner = align.segment_owners(page.tokens, page.owner, found.membership, len(found))
    reached = set(owner.tolist())
    pairs = [(r.source, r.target) for r in page.encoded.page.relations if r.name in PAIRS]
    return sum(source in reached and target in reached for source, target in pairs), len(pairs)


def value_ceiling(
    page: Prepared, found: Segments, spans: np.ndarray
) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Values that are whole units as printed, values that come out once normalised, all values; by field.

    A date inside "25/12/2018 14:32" comes out normalised, but is no unit of its own.
    """
    alone: Counter[str] = Counter()
    normalised: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for name, spellings in page.encoded.page.values.items():
        if not spellings:
            continue
        wanted = {squeezed(value)[0] for value in spellings}
        meant = {str(normalize(name, value)) for value in spellings}
        total[name] += 1
        texts = [
            " ".join(found.texts[i] for i in align.covering(mention, found.lines, spans))
            for mention in page.mentions.get(name, [])
        ]
        alone[name] += any(squeezed(text)[0] in wanted for text in texts)
        if name in AMOUNT_FIELDS | DATE_FIELDS:
            normalised[name] += any(str(normalize(name, text)) in meant for text in texts)
        else:
            normalised[name] += any(squeezed(text)[0] in wanted for text in texts)
    return alone, normalised, total


def ceilings(pages: Iterable[tuple[Prepared, np.ndarray]]) -> dict[str, dict[str, float]]:
    """Ceilings by unit: pair recall, and per field the share of values that are units (`=`) or contain them.

    Args:
        pages: each with the cut probabilities of its tokens.
    """
    counts: dict[str, Counter[str]] = {unit: Counter() for unit in UNITS}
    totals: Counter[str] = Counter()
    for page, predicted in pages:
        for unit in UNITS:
            found, spans = cut_page(page, unit_cuts(page, unit, predicted))
            reached, pairs = pair_ceiling(page, found)
            counts[unit]["pairs"] += reached
            totals["pairs"] += pairs if unit == "lines" else 0
            if page.mentions:
                alone, normalised, total = value_ceiling(page, found, spans)
                counts[unit].update({f"{name} =": n for name, n in alone.items()})
                counts[unit].update(normalised)
                if unit == "lines":
                    totals.update({**total, **{f"{name} =": n for name, n in total.items()}})
    return {u: {k: c[k] / totals[k] for k in sorted(totals) if totals[k]} for u, c in counts.items()}


def main(
    cache: Annotated[Path, typer.Argument(help="Folder of encoded pages.")],
    weights: Annotated[Path | None, typer.Option(help="Folder with text_encoder.onnx.")] = None,
    pattern: Annotated[str, typer.Option(help="Which pages of the cache.")] = "*.read.npz",
) -> None:
    """Print the ceilings of a cache folder's pages."""
    from rich.console import Console
    from rich.table import Table

    from docfuse_training.understanding.cuts import predict_cuts
    from docfuse_training.understanding.encode import load
    from docfuse_training.understanding.examples import prepare
    from docfuse_training.understanding.modules import shipped_modules

    head = shipped_modules(weights).text_encoder.cut
    pages = (prepare(load(path)) for path in sorted(cache.glob(pattern)))
    found = ceilings((page, predict_cuts(head, page)) for page in pages)
    table = Table("", *UNITS)
    for key in found[UNITS[0]]:
        table.add_row(key, *(f"{found[unit][key]:.3f}" for unit in UNITS))
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
