"""Cutting, resizing and joining of long lines against docTR's own functions."""

from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

if find_spec("doctr") is None or find_spec("torch") is None:
    pytest.skip("needs docTR", allow_module_level=True)

import random_doctr  # noqa: F401  makes docTR importable
import torch
from doctr.models.recognition.predictor._utils import split_crops
from doctr.models.recognition.utils import merge_multi_strings
from doctr.transforms import Resize
from doctr.utils import Sample

from docfuse_pipeline.merging import merge
from docfuse_pipeline.pieces import Cut
from docfuse_pipeline.resize import resized

ratios = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 0.9])


@settings(max_examples=400, deadline=None)
@given(st.lists(st.text("aab cd.1", max_size=9), min_size=1, max_size=4), ratios, ratios)
def test_texts_of_pieces_are_joined_alike(texts: list[str], ratio: float, last: float) -> None:
    joined = [(character, None) for character in texts[0]]
    for number, text in enumerate(texts[1:], start=1):
        overlap = last if number == len(texts) - 1 else ratio
        joined = merge(joined, [(character, None) for character in text], overlap)
    assert "".join(character for character, _ in joined) == merge_multi_strings(texts, ratio, last)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 60), st.integers(1, 1500))
def test_patches_are_cut_alike(height: int, width: int) -> None:
    columns = np.broadcast_to(np.arange(width)[None, :, None], (height, width, 3))
    pieces, crop_map, _ = split_crops([columns], 8, 6, 0.5)
    cut = Cut.of(width, height)
    assert [(piece[0, 0, 0], piece.shape[1]) for piece in pieces] == [(s, cut.piece) for s in cut.starts]
    if len(cut.starts) > 1:
        assert crop_map[0][2] == pytest.approx(cut.overlaps[-1])


@pytest.mark.parametrize(
    ("height", "width"), [(26, 150), (26, 90), (32, 128), (45, 270), (60, 41), (13, 70), (2, 16), (1, 8)]
)
def test_crops_are_resized_and_padded_alike(height: int, width: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    resize = Resize((32, 128), preserve_aspect_ratio=True)
    expected = resize(Sample(image=torch.from_numpy(pixels).permute(2, 0, 1))).image.permute(1, 2, 0).numpy()
    columns, rows = Cut.of(width, height).fitted(128, 32)
    assert not expected[rows:].any() and not expected[:, columns:].any()
    difference = np.abs(expected[:rows, :columns].astype(int) - resized(pixels, columns, rows))
    assert difference.max() <= 1 and (difference > 0).mean() < 0.01  # where a half is rounded up or down
