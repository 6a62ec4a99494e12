"""Recipes: how the shipped weights are fine-tuned on a data set of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from docfuse_training.readers import READERS, DataError
from docfuse_training.truth import TruthDocument
from docfuse_training.understanding.encode import GIVEN, READ, Source
from docfuse_training.understanding.sources import HELD_OUT, parts_of


@dataclass(frozen=True)
class Recipe:
    """A way of fine-tuning; the steps are not for pages that have a class and nothing else.

    Attributes:
        hows: how pages are looked at: as our engines read them, as their boxes give them.
        steps: batches of the whole run.
        rate: highest learning rate.
        tune_from: share of the steps after which the text encoder learns too.
        mistakes: share of the read pages that are also seen with some of their texts cut in two, which pays
            where the data set says which texts are one.
        missed_cuts: what a missed cut costs beside 1 for a needless one, which can be mended where texts are
            joined.
        agreement: weight of what two passes with their own dropout disagree on, which keeps few pages from
            being learned by heart.
    """

    hows: tuple[str, ...]
    steps: int = 700
    rate: float = 3e-4
    tune_from: float = 0.5
    mistakes: float = 0.0
    missed_cuts: float = 1.0
    agreement: float = 0.0


RECIPES = {
    "funsd": Recipe(
        (GIVEN, READ), steps=300, rate=6e-4, tune_from=1.0, mistakes=1.0, missed_cuts=2.0, agreement=4.0
    ),
    "sroie": Recipe((READ, GIVEN)),
    "wildreceipt": Recipe((GIVEN, READ)),
    "rvlcdip": Recipe((READ,)),
    "adbuy": Recipe((READ,)),
    "custom": Recipe((READ, GIVEN)),
}


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
