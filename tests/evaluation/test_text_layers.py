"""The survey of text layers, and the reader that checks them."""

from dataclasses import replace
from pathlib import Path

from docfuse.demo import samples
from docfuse_training.evaluation.text_layers import OtherReader, UsedPage, draw, survey

SAMPLES: Path = samples()[0].parent


def test_samples_are_counted_by_what_becomes_of_them() -> None:
    counts, used = survey(SAMPLES)
    assert counts == {"image": 3, "text_layer": 2}
    assert [page.file.name for page in used] == ["invoice-de.pdf", "letter.pdf"]
    assert draw(used[1]).size == used[1].pixels().shape[1::-1]


def test_another_reader_sees_what_is_wrong_or_missing() -> None:
    _, (_, letter) = survey(SAMPLES)
    wrong = [replace(run, text=run.text[::-1]) for run in letter.runs[:8]]
    told = OtherReader().compare(UsedPage(letter.file, letter.index, [*wrong, *letter.runs[8:20]]))
    assert 0.5 < told.agrees < 0.97
    assert any("Harold" in text for text in told.others)
    assert not any("Subject" in text for text in told.others)
