"""The data of a run: which sets there are, and what is held out."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest
from small_sets import write_adbuy, write_sroie

from docfuse_training.understanding.sources import bill_parts, form_parts, real_parts, synthetic_parts


def test_sets_that_are_there_are_taken(tmp_path: Path) -> None:
    write_sroie(tmp_path / "sroie")
    write_adbuy(tmp_path / "vrdu_adbuy")
    for split in ("train", "dev"):
        (tmp_path / "sroie" / f"{split}.txt").write_text("000\n", encoding="utf-8")
    parts = real_parts(tmp_path)
    assert {"sroie", "sroie_dev", "adbuy", "adbuy_dev"} == set(parts)
    assert [page.id for part in parts["sroie"] for page in part.pages()] == ["000"]
    assert sum(len(list(part.pages())) for name in ("adbuy", "adbuy_dev") for part in parts[name]) == 1
    assert real_parts(tmp_path / "nowhere") == {}


def test_held_out_synthetic_pages_are_of_another_family() -> None:
    parts = synthetic_parts(20, seed=1)
    assert [len(list(part.pages())) for part in parts["synthetic"]] == [8, 8, 4]
    assert [len(list(part.pages())) for part in parts["synthetic_dev"]] == [2]
    (page,) = islice(parts["synthetic_dev"][0].pages(), 1)
    assert "held_out" in page.id


@pytest.mark.parametrize(
    ("name", "make", "classes"),
    [("forms", form_parts, {"form", "questionnaire"}), ("bills", bill_parts, {"invoice", "order"})],
)
def test_forms_and_bills_are_sets_of_their_own(name: str, make: Callable, classes: set[str]) -> None:
    parts, pages = make(8, seed=1), synthetic_parts(8, seed=1)
    assert set(parts) == {name, f"{name}_dev"}
    drawn = [page for part in parts[name] for page in part.pages()]
    assert {page.page_class for page in drawn} <= classes
    assert not {page.id for page in drawn} & {p.id for part in pages["synthetic"] for p in part.pages()}
