"""Several runs from one start: their mean, what is told of them, how they go on after a stop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from small_pages import small_modules, small_page

from docfuse_training.long_run import Options, Task, train
from docfuse_training.soup import train_runs
from docfuse_training.understanding.train_understanding import understanding_task

OPTIONS = Options(steps=4, rate=1e-3, every=2, average=0.5, worker=False, seed=3)


@pytest.fixture
def task() -> Task[Any]:
    examples = [small_page(seed) for seed in range(4)]
    return understanding_task({"all": (examples, 1.0)}, {"all": examples}, tune_from=99)


def _alone(task: Task[Any], seed: int, path: Path) -> torch.Tensor:
    """A weight after one run of a seed."""
    modules = small_modules(1)
    torch.manual_seed(seed)
    train(modules, task, replace(OPTIONS, seed=seed), path)
    return modules.relation.types[0].weight.detach()


def test_what_comes_out_is_the_mean_of_runs_with_seeds_of_their_own(task: Task[Any], tmp_path: Path) -> None:
    first, second = (_alone(task, seed, tmp_path / f"{seed}.pt") for seed in (3, 4))
    assert not torch.equal(first, second)
    modules, told = small_modules(1), []
    history = train_runs(modules, task, replace(OPTIONS, runs=2), tmp_path / "run.pt", told.append, "cpu")
    assert torch.allclose(modules.relation.types[0].weight, (first + second) / 2, atol=1e-6)
    assert [record["step"] for record in history] == [2, 4, 6, 8]
    assert [record["step"] for record in told if "loss" not in record] == list(range(1, 9))
    assert history[-1]["scores"] == task.scores(modules) and told[-1] == history[-1]


def test_runs_go_on_where_they_were_cut_off(task: Task[Any], tmp_path: Path) -> None:
    options, path = replace(OPTIONS, runs=2), tmp_path / "run.pt"
    whole = small_modules(1)
    train_runs(whole, task, options, path, lambda record: None, "cpu")
    told: list[dict[str, Any]] = []
    again = small_modules(1)
    train_runs(again, task, options, path, told.append, "cpu")
    assert len(told) == 1, "nothing is left to train"
    assert torch.equal(whole.relation.types[0].weight, again.relation.types[0].weight)
