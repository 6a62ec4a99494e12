"""The data of a run: sets of pages, each encoded into a folder of its own and made into examples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from rich.progress import Progress, TaskID

from docfuse_pipeline.resources import weights as shipped
from docfuse_training.readers import READERS
from docfuse_training.readers.common import DataError
from docfuse_training.synthetic import generate_page
from docfuse_training.truth import TruthPage, with_whole_texts
from docfuse_training.understanding.cuts import predict_cuts
from docfuse_training.understanding.encode import GIVEN, READ, Source, cache_path, encode, load, load_canvas
from docfuse_training.understanding.encode_reader import RawBackbone
from docfuse_training.understanding.examples import (
    Example,
    Prepared,
    make_example,
    mistaken_cuts,
    prepare,
)
from docfuse_training.understanding.modules import Modules, shipped_modules

HELD_OUT = "_dev"
"""A set whose name ends so is measured on."""
_PART = 8
"""Pages that one process encodes at a stretch."""
_DEV_SEED_OFFSET = 1_000_000
_SYNTHETIC_DEV = 8
"""One held-out synthetic page for so many to train on."""


@dataclass(frozen=True)
class RealSet:
    """A data set: its folder, how its pages are looked at, and its share of the pages trained on."""

    folder: str
    hows: tuple[str, ...]
    share: float
    most_pages: int = 1_000
    """Pages of a document that are taken."""


REAL = {
    "sroie": RealSet("sroie", (READ, GIVEN), 0.22),
    "adbuy": RealSet("vrdu_adbuy", (READ,), 0.08, 2),
    "pages": RealSet(".", (READ,), 0.15),
}
"""Data sets whose terms allow training of what is shipped."""
SYNTHETIC_SHARES = {"synthetic": 0.26, "forms": 0.21, "bills": 0.15}
LEARNED = frozenset({"forms"})
"""Sets whose links are learned anew where a run is held to other modules."""
_FORM_KINDS = ("typed_form", "typed_form", "typed_form", "form", "questionnaire")
_FORM_SEED_OFFSET = 500_000
_REHEARSAL_SEED_OFFSET = 700_000
_BILL_KINDS = ("invoice", "billing_letter", "billing_letter", "billing_letter", "order")
_BILL_SEED_OFFSET = 600_000


def synthetic_parts(count: int, seed: int) -> dict[str, list[Source]]:
    """Synthetic pages to train on, and some of other layouts and fonts to measure on."""
    return _generated_parts("synthetic", count, seed, None)


def form_parts(count: int, seed: int) -> dict[str, list[Source]]:
    """The same of forms alone: no two organisations have the same, so there are never enough of them."""
    return _generated_parts("forms", count, seed + _FORM_SEED_OFFSET, _FORM_KINDS)


def bill_parts(count: int, seed: int) -> dict[str, list[Source]]:
    """The same of invoices, bills as letters, and orders, of which there are no real ones to train on."""
    return _generated_parts("bills", count, seed + _BILL_SEED_OFFSET, _BILL_KINDS)


def rehearsal_parts(count: int, seed: int) -> list[Source]:
    """Synthetic forms to see again beside a small data set, as read and with a given box around each text."""
    own = seed + _REHEARSAL_SEED_OFFSET
    parts = [_generated(own, first, last, "train", _FORM_KINDS) for first, last in _stretches(count)]
    return [Source(part, (READ,)) for part in parts] + [Source(_whole(part), (GIVEN,)) for part in parts]


def _whole(part: Callable[[], Iterable[TruthPage]]) -> Callable[[], Iterable[TruthPage]]:
    return lambda: map(with_whole_texts, part())


def _generated_parts(
    name: str, count: int, seed: int, kinds: Sequence[str] | None
) -> dict[str, list[Source]]:
    def parts(number: int, own: int, families: str) -> list[Source]:
        return [
            Source(_generated(own, first, last, families, kinds), (READ, GIVEN))
            for first, last in _stretches(number)
        ]

    return {
        name: parts(count, seed, "train"),
        name + HELD_OUT: parts(count // _SYNTHETIC_DEV, seed + _DEV_SEED_OFFSET, "held_out"),
    }


def _stretches(count: int) -> list[tuple[int, int]]:
    """Where the parts of so many pages begin and end."""
    return [(first, min(first + _PART, count)) for first in range(0, count, _PART)]


def _generated(
    seed: int, first: int, last: int, families: str, kinds: Sequence[str] | None
) -> Callable[[], Iterable[TruthPage]]:
    return lambda: (generate_page(seed, index, families, kinds) for index in range(first, last))


def real_parts(data: Path) -> dict[str, list[Source]]:
    """The data sets of a folder that may be trained on, by name; those that are missing are left out."""
    found = {}
    for name, chosen in REAL.items():
        for split, suffix in (("train", ""), ("dev", HELD_OUT)):
            try:
                documents = READERS[name](data / chosen.folder, split)
            except DataError:
                continue
            pages = [page for document in documents for page in document.pages[: chosen.most_pages]]
            found[name + suffix] = parts_of(pages, chosen.hows)
    return found


def parts_of(pages: Sequence[TruthPage], hows: tuple[str, ...]) -> list[Source]:
    """Pages in parts that a process encodes at a stretch."""
    return [Source(_listed(pages[i : i + _PART]), hows) for i in range(0, len(pages), _PART)]


def _listed(pages: Sequence[TruthPage]) -> Callable[[], Iterable[TruthPage]]:
    return lambda: iter(pages)


def encode_sets(
    sets: dict[str, list[Source]], folder: Path, start: Path | None, workers: int, progress: Progress
) -> None:
    """Encode each set into a folder of its name; what is there already is skipped."""
    for name, parts in sets.items():
        task = progress.add_task(f"Encoding {name}", total=len(parts) * _PART)
        encode(parts, folder / name, workers, partial(_advance, progress, task), start)
        progress.update(task, completed=len(parts) * _PART)


def _advance(progress: Progress, task: TaskID, page_id: str) -> None:
    progress.advance(task)


def read_set(folder: Path) -> list[Prepared]:
    """Every encoded page of a set, aligned."""
    return [prepare(load(path)) for path in sorted(folder.glob("*.npz"))]


def make_examples(
    folder: Path,
    pages: Sequence[Prepared],
    modules: Modules,
    backbone: RawBackbone,
    mistakes: float = 0.0,
    seed: int = 0,
) -> list[Example]:
    """Cut the pages of a set with the cut head and compute their frozen features.

    Args:
        folder: of the set.
        pages: its pages, aligned.
        modules: hold the cut head.
        backbone: the frozen part of the backbone.
        mistakes: share of the pages as read that come a second time, with some of their texts cut in two.
        seed: of the mistakes.
    """
    examples, last, raw = [], None, None
    generator = np.random.default_rng(seed)
    for page in sorted(pages, key=lambda page: page.encoded.page.id):
        if page.encoded.page.id != last or raw is None:
            last = page.encoded.page.id
            raw = backbone(load_canvas(cache_path(folder, last, page.encoded.how)))
        probabilities = predict_cuts(modules.text_encoder.cut, page)
        examples.append(make_example(page, probabilities, raw))
        if page.encoded.how == READ and generator.random() < mistakes:
            examples.append(make_example(page, probabilities, raw, mistaken_cuts(page, generator)))
    return examples


def held_out_examples(
    data: Path | None,
    synthetic: int,
    seed: int,
    folder: Path,
    weights: Path | None,
    workers: int,
    progress: Progress,
) -> dict[str, list[Example]]:
    """Examples of what a run would measure on, by name of the data set.

    Args:
        data: folder of data sets that a run would train on, if any.
        synthetic: pages that a run would train on.
        seed: of the synthetic pages.
        folder: for the encoded pages.
        weights: see `frozen_examples`, as for the others.
        workers: processes that read pages.
        progress: shows how far it is.
    """
    parts = synthetic_parts(synthetic, seed) | (real_parts(data) if data else {})
    chosen = {name: sources for name, sources in parts.items() if name.endswith(HELD_OUT)}
    examples = frozen_examples(chosen, folder, weights, workers, progress)
    return {name.removesuffix(HELD_OUT): found for name, found in examples.items()}


def frozen_examples(
    parts: dict[str, list[Source]], folder: Path, weights: Path | None, workers: int, progress: Progress
) -> dict[str, list[Example]]:
    """Encode sets and make their examples with the cut head and the frozen parts of a weights folder.

    Args:
        parts: the data by set.
        folder: for the encoded pages.
        weights: the weights folder, the shipped one by default.
        workers: processes that read pages.
        progress: shows how far it is.
    """
    encode_sets(parts, folder, weights or shipped(), workers, progress)
    modules = shipped_modules(weights)
    backbone = RawBackbone(modules.backbone, 2)
    return {
        name: make_examples(folder / name, read_set(folder / name), modules, backbone)
        for name in progress.track(list(parts), description="Segments")
    }
