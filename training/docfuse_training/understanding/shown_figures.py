"""Figures of held-out sets as tables on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table


def show_figures(found: Mapping[str, Mapping[str, Mapping[str, float]]], tasks: Sequence[str]) -> None:
    """Print a table for each set.

    Args:
        found: figures by task, by row, by set.
        tasks: the columns; those that a set has no labels for are left out.
    """
    for name, rows in found.items():
        columns = [task for task in tasks if all(task in figures for figures in rows.values())]
        table = Table(name, *columns)
        for row, figures in rows.items():
            table.add_row(row, *(f"{figures[task]:.3f}" for task in columns))
        Console().print(table)
