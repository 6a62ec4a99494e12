"""A whole run in small: synthetic pages on their own boxes, no reading, a few dozen steps."""

from pathlib import Path

import numpy as np
import pytest
import torch

from docfuse_models.build import build_modules
from docfuse_pipeline.labels import FIELDS, RELATIONS, TYPES
from docfuse_training import align
from docfuse_training.checkpoints import Modules, load_run
from docfuse_training.dataset import Example, augment, batches, collate
from docfuse_training.train import Options, drop_modalities, evaluate, run_modules, train

torch.set_num_threads(1)


def _example(seed: int) -> Example:
    """Keys on the left, their values to the right of them, by pooled features that differ."""
    random = np.random.default_rng(seed)
    rows = 4
    boxes = np.array(
        [(x, 40 + 30 * r, x + 60, 56 + 30 * r) for r in range(rows) for x in (20, 140)], np.float32
    ) + random.uniform(0, 40)
    keys = np.arange(2 * rows) % 2 == 0
    pooled = random.normal(0, 0.1, (2 * rows, 384)) + np.where(keys, 1.0, -1.0)[:, None]
    sources = np.zeros((len(RELATIONS), 2 * rows, 2 * rows + 1), bool)
    sources[:, :, 0] = True
    for value in np.flatnonzero(~keys):
        sources[0, value] = False
        sources[0, value, value] = True  # the key stands one before it; index 0 is none
    fields = np.zeros((2 * rows, len(FIELDS)), bool)
    fields[keys, 0], fields[~keys, 1] = True, True
    labels = align.SegmentLabels(
        np.where(keys, TYPES.index("key"), TYPES.index("value")), fields, sources,
        np.ones((len(RELATIONS), 2 * rows), bool), [], seed % 2,
    )  # fmt: skip
    return Example(
        f"p{seed}", "given", ["t"] * 2 * rows, pooled.astype(np.float16),
        np.zeros((2 * rows, 16), np.float32),
        boxes, random.normal(0, 1, (2 * rows, 152, 3, 8)).astype(np.float16),
        np.full(152 * 25, float(seed % 2), np.float16), (256, 256), labels,
    )  # fmt: skip


@pytest.fixture
def modules():
    return Modules(**build_modules(seed=1))


def test_a_tiny_run_learns_and_goes_on(modules, tmp_path: Path):
    examples = [_example(seed) for seed in range(8)]
    options = Options(epochs=14, rate=1e-3, nodes=24, drop_modality=0.0)
    path = tmp_path / "run.pt"
    first = train(modules, examples, {"all": examples}, Options(**{**vars(options), "epochs": 2}), path)
    assert len(first) == 2 and path.exists()
    fresh = Modules(**build_modules(seed=9))
    history = train(fresh, examples, {"all": examples}, options, path)
    assert len(history) == 14 and history[:2] == first
    figures = history[-1]["metrics"]["all"]
    assert figures["type"] == 1.0 and figures["key_value"] > 0.9 and figures["field"] == 1.0
    assert figures["class"] == 1.0
    again = Modules(**build_modules(seed=5))
    load_run(path, again)
    assert evaluate(again, examples, 100).summary() == figures


def test_padding_of_a_batch_changes_no_output(modules):
    long, short = _example(0), _example(1)
    short = Example(
        **{
            **vars(short),
            **{name: getattr(short, name)[:3] for name in ("pooled", "surface", "boxes", "regions")},
            "labels": align.label_segments(_no_truth(), np.full(3, -1)),
        }
    )
    modules.train(False)
    with torch.no_grad():
        together = run_modules(modules, collate([long, short]))
        alone = run_modules(modules, collate([short]))
    assert torch.allclose(together.types[1, :3], alone.types[0], atol=1e-4)
    assert torch.allclose(together.classes[1], alone.classes[0], atol=1e-4)


def _no_truth():
    from docfuse_training.truth import TruthPage

    return TruthPage("none", lambda: np.zeros((1, 1, 3), np.uint8))


def test_augmentation_keeps_boxes_whole_and_the_original_as_it_is():
    example = _example(3)
    before = example.boxes.copy()
    moved = augment(example, np.random.default_rng(0))
    assert (moved.boxes[:, 2:] > moved.boxes[:, :2]).all()
    assert np.array_equal(example.boxes, before) and not np.array_equal(moved.boxes, before)


def test_batches_hold_every_example_once_within_their_bound():
    examples = [_example(seed) for seed in range(7)]
    chunks = list(batches(examples, 20, np.random.default_rng(0)))
    assert sorted(e.id for chunk in chunks for e in chunk) == sorted(e.id for e in examples)
    assert max(len(chunk) for chunk in chunks) == 2


def test_never_more_than_one_modality_is_dropped():
    torch.manual_seed(0)
    dropped = drop_modalities(2000, 0.2)
    kept = torch.cat([dropped.visual, dropped.semantic, dropped.position], 2)
    assert float(kept.sum(2).min()) == 2.0
    assert 0.15 < float((kept[..., 0] == 0).float().mean()) < 0.25
