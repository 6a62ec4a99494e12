import numpy as np
import torch
from small_pages import small_modules

from docfuse_pipeline.tokens import PAD
from docfuse_training.understanding.examples import TextRows
from docfuse_training.understanding.text_blocks import known_cuts, run_blocks, text_blocks


def _rows(lengths, seed):
    """A segment for each row of so many tokens."""
    random = np.random.default_rng(seed)
    real = np.arange(max(lengths)) < np.array(lengths)[:, None]
    ids = np.where(real, random.integers(5, 900, real.shape), PAD).astype(np.int16)
    gaps = np.where(real, random.random(real.shape), 0).astype(np.float16)
    owners = np.where(real, np.arange(len(lengths))[:, None], -1).astype(np.int16)
    return TextRows(ids, gaps, owners, real & (random.random(real.shape) < 0.3), real)


def test_blocks_give_what_each_row_gives_alone():
    encoder = small_modules(0).text_encoder.eval()
    pages = [_rows([2, 11, 40, 3], 1), _rows([62, 5], 2)]
    with torch.no_grad():
        pooled, cuts = run_blocks(encoder, text_blocks(pages, 4), torch.zeros(2, 4, 384))
        for page, rows in enumerate(pages):
            for segment, ids in enumerate(rows.ids):
                row = torch.from_numpy(ids[ids != PAD].astype(np.int64))[None]
                assert torch.allclose(pooled[page, segment], encoder.raw(row)[0].mean(0), atol=1e-4)
    assert not pooled[1, 2:].any()
    assert len(cuts) == sum((rows.ids != PAD).sum() for rows in pages)


def test_cuts_stand_beside_their_labels():
    """The head says where cuts are by the gaps alone: labels in another order would not fit."""
    encoder = small_modules(0).text_encoder.eval()
    encoder.cut.forward = lambda raw, gaps, mask: gaps
    rows = _rows([2, 30, 9, 4, 62], 3)
    rows.gaps[:] = rows.cuts
    with torch.no_grad():
        _, cuts = run_blocks(encoder, text_blocks([rows], 5), torch.zeros(1, 5, 384))
    assert torch.equal(cuts, known_cuts(text_blocks([rows], 5)))
    assert 0 < cuts.sum() < len(cuts)
