"""Concurrency ranges of the command line."""

from __future__ import annotations

import pytest
import typer

from docfuse_bench.cli import parse_concurrency


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("1:8", [1, 2, 4, 8]),
        ("1:6", [1, 2, 4, 6]),
        ("3:3", [3]),
        ("4", [4]),
        ("1:8:3", [1, 4, 7]),
        ("2:4:1", [2, 3, 4]),
        ("1:256", [1, 2, 4, 8, 16, 32, 64, 128, 256]),
    ],
)
def test_ranges(text: str, levels: list[int]) -> None:
    assert parse_concurrency(text) == levels


@pytest.mark.parametrize(
    "text", ["", "0:4", "8:1", "a:b", "1:8:0", "1:2:3:4", "-1:4", "1:", ":8", "1.5:2", "1:257"]
)
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="FIRST:LAST"):
        parse_concurrency(text)
