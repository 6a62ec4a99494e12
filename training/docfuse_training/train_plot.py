"""A picture of a run: losses and held-out figures by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any


def plot_history(history: Sequence[dict[str, Any]], path: Path, unit: str = "epoch") -> None:
    """Draw losses (left) and metrics of each held-out set (right) to an image file."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    if not history:
        return
    sets = list(history[-1]["metrics"])
    figure, axes = pyplot.subplots(1, 1 + len(sets), figsize=(5 * (1 + len(sets)), 4), squeeze=False)
    epochs = [record["epoch"] for record in history]
    for name in history[-1]["losses"]:
        axes[0, 0].plot(epochs, [record["losses"].get(name) for record in history], marker=".", label=name)
    axes[0, 0].set_title("training losses")
    for axis, name in zip(axes[0, 1:], sets, strict=True):
        for figure_name in history[-1]["metrics"][name]:
            values = [record["metrics"][name].get(figure_name) for record in history]
            axis.plot(epochs, values, marker=".", label=figure_name)
        axis.set_title(name)
        axis.set_ylim(0, 1)
    for axis in axes[0]:
        axis.set_xlabel(unit)
        axis.legend(fontsize="x-small")
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def plot_scores(history: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw the loss (left) and the scores of each held-out set (right) by step to an image file."""
    epochs = [{"epoch": r["step"], "losses": {"loss": r["loss"]}, "metrics": r["scores"]} for r in history]
    plot_history(epochs, path, "step")
