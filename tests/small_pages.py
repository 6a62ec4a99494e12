"""Pages and modules for small runs: no image was read, and the words' embedding is random."""

import numpy as np
import torch

from docfuse_models.build import build_modules
from docfuse_pipeline.labels import FIELDS, RELATIONS, TYPES
from docfuse_training.understanding import align
from docfuse_training.understanding.examples import Example, TextRows
from docfuse_training.understanding.modules import Modules


def _text(count: int, keys: np.ndarray) -> TextRows:
    """Two segments a row of two tokens each, which differ between keys and values."""
    ids = np.where(np.repeat(keys, 2), 5, 6).reshape(-1, 4).astype(np.int16)
    owners = np.repeat(np.arange(count), 2).reshape(-1, 4).astype(np.int16)
    cuts = np.zeros(ids.shape, bool)
    cuts[:, 2] = True
    known = np.ones(ids.shape, bool)
    known[:, 0] = False
    return TextRows(ids, np.zeros(ids.shape, np.float16), owners, cuts, known)


def small_page(seed: int) -> Example:
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
        f"p{seed}", "given", ["t"] * 2 * rows, _text(2 * rows, keys), pooled.astype(np.float16),
        np.zeros((2 * rows, 16), np.float32),
        boxes, random.normal(0, 1, (2 * rows, 152, 3, 8)).astype(np.float16),
        np.full(152 * 25, float(seed % 2), np.float16), (256, 256), labels,
    )  # fmt: skip


def small_modules(seed: int) -> Modules:
    modules = Modules(**build_modules(seed=seed))
    modules.text_encoder.words.copy_(torch.randint(-99, 99, modules.text_encoder.words.shape))
    modules.text_encoder.word_scales.fill_(0.01)
    return modules.train()
