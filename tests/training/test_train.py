"""A whole run in small: pages on their own boxes, no reading, a few dozen steps."""

from pathlib import Path

import numpy as np
import pytest
import torch
from small_pages import small_modules, small_page
from typer.testing import CliRunner

from docfuse_training.cli import train as train_command
from docfuse_training.long_run import Options, train
from docfuse_training.understanding import align
from docfuse_training.understanding.aims import Aims
from docfuse_training.understanding.batches import (
    collate,
    measuring_batches,
    some_modalities,
    training_batches,
)
from docfuse_training.understanding.examples import Example
from docfuse_training.understanding.metrics import Metrics, measure
from docfuse_training.understanding.modules import Modules
from docfuse_training.understanding.train_understanding import (
    evaluate,
    run_modules,
    understanding_task,
)

torch.set_num_threads(1)


@pytest.fixture
def modules() -> Modules:
    return small_modules(1)


def test_a_tiny_run_learns_and_goes_on(modules, tmp_path: Path):
    """Half of it on stored text features, half through the text encoder."""
    examples = [small_page(seed) for seed in range(8)]
    task = understanding_task({"all": (examples, 1.0)}, {"all": examples}, tune_from=30)
    options = Options(steps=60, rate=1e-3, every=20, average=0.8, worker=False)
    path = tmp_path / "not yet there" / "run.pt"
    first = train(modules, task, Options(**{**vars(options), "steps": 20}), path)
    assert [record["step"] for record in first] == [20] and path.exists()
    fresh = small_modules(9)
    history = train(fresh, task, options, path)
    assert [record["step"] for record in history] == [20, 40, 60] and history[:1] == first
    figures = history[-1]["scores"]["all"]
    assert figures["type"] == 1.0 and figures["key_value"] > 0.9 and figures["field"] == 1.0
    assert figures["class"] == 1.0 and figures["cut"] > 0.9
    assert evaluate(fresh, examples).summary() == figures


def test_the_text_encoder_learns_when_it_is_its_turn(modules):
    task = understanding_task({"all": ([small_page(0)], 1.0)}, {}, tune_from=1)
    task.groups(modules, Options())
    stored, tuned = task.batches(range(2), 1)
    assert not stored.text and tuned.text
    weight = modules.text_encoder.layers[0].query.weight
    task.loss(modules, stored).backward()
    assert weight.grad is None
    task.loss(modules, tuned).backward()
    assert float(weight.grad.abs().max()) > 0


def test_token_features_are_those_of_the_segments_of_a_page_in_a_batch(modules):
    """Pooling in the batch, where pages lie one behind the other, gives what each page alone gives."""
    modules.eval()
    pages = [small_page(0), small_page(1)]
    with torch.no_grad():
        together = run_modules(modules, collate(pages, tuned=True))
        alone = run_modules(modules, collate(pages[1:], tuned=True))
    assert torch.allclose(together.types[1], alone.types[0], atol=1e-4)


def test_padding_of_a_batch_changes_no_output(modules):
    long, short = _many_rows(small_page(0), 3), small_page(1)
    short = Example(
        **{
            **vars(short),
            **{name: getattr(short, name)[:3] for name in ("pooled", "surface", "boxes", "regions")},
            "labels": align.label_segments(_no_truth(), np.full(3, -1)),
        }
    )
    modules.eval()
    with torch.no_grad():
        together = run_modules(modules, collate([long, short]))
        alone = run_modules(modules, collate([short]))
    assert torch.allclose(together.types[1, :3], alone.types[0, :3], atol=1e-4)
    assert torch.allclose(together.classes[1], alone.classes[0], atol=1e-4)


def _many_rows(page: Example, times: int) -> Example:
    """A page with so many times the segments, more than any other is padded to."""
    repeated = {
        name: np.tile(getattr(page, name), (times, *[1] * (getattr(page, name).ndim - 1)))
        for name in ("pooled", "surface", "boxes", "regions")
    }
    count = times * len(page.boxes)
    return Example(
        **{**vars(page), **repeated, "labels": align.label_segments(_no_truth(), np.full(count, -1))}
    )


def _no_truth():
    from docfuse_training.truth import TruthPage

    return TruthPage("none", lambda: np.zeros((1, 1, 3), np.uint8))


def test_batches_depend_on_their_number_alone_and_follow_the_shares():
    some, others = [small_page(seed) for seed in range(8)], [small_page(seed) for seed in range(8, 12)]
    sets = {"some": (some, 0.75), "others": (others, 0.25)}
    whole = list(training_batches(sets, range(3), 1, 99))
    again = next(training_batches(sets, range(2, 3), 1, 99))
    assert torch.equal(whole[2].boxes, again.boxes) and torch.equal(whole[2].kept, again.kept)


def test_measuring_takes_every_example_once():
    examples = [small_page(seed) for seed in range(7)]
    chunks = [chunk for chunk, _ in measuring_batches(examples)]
    assert sorted(e.id for chunk in chunks for e in chunk) == sorted(e.id for e in examples)


def test_never_more_than_one_modality_is_missing():
    kept = some_modalities(2000, np.random.default_rng(0), 0.2)
    assert kept.sum(1).min() == 2
    assert (0.15 < (~kept).mean(0)).all() and ((~kept).mean(0) < 0.25).all()


def test_what_is_left_open_is_not_measured(modules):
    page = small_page(0)
    known = page.labels.sources[:, :, 1:].any(-1) & page.labels.targets
    before, after = Metrics(), Metrics()
    batch = collate([page], tuned=True)
    with torch.no_grad():
        outputs = run_modules(modules.eval(), batch)
    measure(before, [page], batch, outputs)
    page.labels.sources[..., 0] |= known
    measure(after, [page], batch, outputs)
    count = sum(number for (task, _), number in before.true.items() if task == "relation")
    assert count == known.sum() > 0
    assert not any(number for (task, _), number in after.true.items() if task == "relation")
    assert all(after.right[key] <= after.true[key] for key in after.right if key[0] == "relation")


def test_what_is_held_to_costs_nothing_until_one_leaves_it(modules):
    modules.eval()
    sets = {"all": ([small_page(0)], 1.0)}
    free, same, other = (
        understanding_task(sets, {}, 9, held, Aims(hold=1.0))
        for held in (None, modules, small_modules(2).eval())
    )
    (batch,) = free.batches(range(1), 1)
    loss = free.loss(modules, batch).item()
    assert same.loss(modules, batch).item() == pytest.approx(loss, abs=1e-5)
    assert other.loss(modules, batch).item() > loss + 0.01


def test_two_passes_agree_without_dropout_and_with_it_what_they_disagree_on_costs(modules):
    sets = {"all": ([small_page(0)], 1.0)}
    free, agreeing = (understanding_task(sets, {}, 9, aims=Aims(agreement=weight)) for weight in (0.0, 4.0))
    (batch,) = free.batches(range(1), 1)
    modules.eval()
    loss = free.loss(modules, batch).item()
    assert agreeing.loss(modules, batch).item() == pytest.approx(loss, abs=1e-5)
    modules.train()
    torch.manual_seed(1)
    both = [free.loss(modules, batch).item() for _ in range(2)]
    torch.manual_seed(1)
    assert agreeing.loss(modules, batch).item() > sum(both) / 2 + 0.01


def test_nothing_to_stay_near_is_said_at_once(tmp_path: Path):
    result = CliRunner().invoke(train_command, ["models", "--hold", "1", "--out", str(tmp_path)])
    assert result.exit_code == 2 and "--start" in result.output and not list(tmp_path.iterdir())
