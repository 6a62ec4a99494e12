"""Recipes: how the shipped weights are fine-tuned on a data set of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from docfuse_training.readers import READERS, DataError
from docfuse_training.truth import TruthDocument
from docfuse_training.understanding.aims import PLAIN, Aims
from docfuse_training.understanding.encode import GIVEN, READ, Source
from docfuse_training.understanding.sources import HELD_OUT, parts_of, rehearsal_parts


@dataclass(frozen=True)
class Recipe:
    """A way of fine-tuning; the steps are not for pages that have a class and nothing else.

    Attributes:
        hows: how pages are looked at: as our engines read them, as their boxes give them.
        steps: batches of the whole run.
        rate: highest learning rate.
        tune_from: share of the steps after which the text encoder learns too.
        aims: what is learned from and weighed besides.
        rehearsed: synthetic forms that are seen beside the data set, for few pages make weights forget the
            tables of others.
        runs: runs from the same weights, the mean of which comes out: where pages are few, one alone is much
            better or worse than another.
    """

    hows: tuple[str, ...]
    steps: int = 700
    rate: float = 3e-4
    tune_from: float = 0.5
    aims: Aims = PLAIN
    rehearsed: int = 0
    runs: int = 1


REHEARSED = "rehearsed"
"""The set of the synthetic forms that are seen beside a data set."""
SHARES = {REHEARSED: 0.65}
"""Shares of pages that are no data set's, beside 1 for the data set."""
RECIPES = {
    "funsd": Recipe(
        (GIVEN, READ), steps=420, rate=6e-4, tune_from=1.0,
        aims=Aims(mistakes=1.0, missed_cuts=2.0, agreement=4.0, none=0.2, smoothing=0.1), rehearsed=480,
        runs=3,
    ),
    "sroie": Recipe((READ, GIVEN)),
    "wildreceipt": Recipe((GIVEN, READ)),
    "rvlcdip": Recipe((READ,)),
    "adbuy": Recipe((READ,)),
    "custom": Recipe((READ, GIVEN)),
}  # fmt: skip


Sets = dict[str, list[TruthDocument]]
"""Documents of each set; those of a set that is named `sources.HELD_OUT` are measured on."""


def recipe_sets(name: str, data: Path) -> Sets:
    """The data set in a folder: `train.txt` of it where there is one, else all; `dev.txt` is measured on.

    Raises:
        DataError: the folder does not hold that data set.
    """
    sets = {name: _training(name, data)}
    if (data / "dev.txt").is_file():
        sets[name + HELD_OUT] = READERS[name](data, "dev")
    return sets


def recipe_parts(name: str, sets: Sets) -> dict[str, list[Source]]:
    """The pages of each set, in parts for encoding."""
    return {
        of: parts_of([page for document in documents for page in document.pages], RECIPES[name].hows)
        for of, documents in sets.items()
    }


def rehearsed_parts(count: int, seed: int) -> dict[str, list[Source]]:
    """So many synthetic forms to see beside a data set, in parts for encoding; no set if there are none."""
    return {REHEARSED: rehearsal_parts(count, seed)} if count else {}


def classes_alone(sets: Sets) -> bool:
    """Whether pages have a class and nothing else: there is nothing but class heads to fit to them."""
    return all(
        page.page_class is not None
        and not (page.boxes or page.relations or page.values or page.pairs or page.items)
        for documents in sets.values()
        for document in documents
        for page in document.pages
    )


def _training(name: str, data: Path) -> list[TruthDocument]:
    if (data / "train.txt").is_file():
        return READERS[name](data, "train")
    documents = READERS[name](data, None)
    if not documents:
        raise DataError(f"{data} has no documents to train on.")
    return documents
