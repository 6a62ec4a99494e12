import numpy as np
import pytest
import torch

from docfuse_models.pretrained import dequantise
from docfuse_models.text_encoder import TextEncoder
from docfuse_models.vocabulary import build_tokenizer, is_european, select_pieces


@pytest.fixture(scope="module")
def encoder():
    torch.manual_seed(0)
    encoder = TextEncoder(vocabulary=50).eval()
    encoder.words.copy_(torch.randint(-127, 127, encoder.words.shape))
    encoder.word_scales.fill_(0.01)
    return encoder


def test_padding_changes_nothing(encoder):
    ids = torch.tensor([[5, 9, 30, 1]], dtype=torch.int32)
    wide = torch.nn.functional.pad(ids, (0, 8), value=1)
    features, cuts = encoder(ids, torch.ones(1, 4))
    wide_features, wide_cuts = encoder(wide, torch.ones(1, 12))
    assert torch.allclose(features[:, :3].float(), wide_features[:, :3].float(), atol=2e-3)
    assert torch.allclose(cuts[:, :3], wide_cuts[:, :3], atol=1e-5)


def test_rows_are_independent_and_text_matters(encoder):
    ids = torch.tensor([[5, 9, 1], [7, 8, 20]], dtype=torch.int32)
    features, _ = encoder(ids, torch.zeros(2, 3))
    alone, _ = encoder(ids[:1], torch.zeros(1, 3))
    assert torch.allclose(features[0, :2].float(), alone[0, :2].float(), atol=2e-3)
    swapped, _ = encoder(ids.flip(0), torch.zeros(2, 3))
    assert torch.allclose(swapped.flip(0)[1].float(), features[1].float(), atol=2e-3)
    assert not torch.allclose(features[0, :2].float(), features[1, :2].float(), atol=0.1)


def test_empty_row_is_defined(encoder):
    features, cuts = encoder(torch.full((1, 8), 1, dtype=torch.int32), torch.zeros(1, 8))
    assert torch.isfinite(features).all() and torch.isfinite(cuts).all()


def test_cuts_see_the_white_space(encoder):
    ids = torch.tensor([[5, 9, 30, 7]], dtype=torch.int32)
    _, narrow = encoder(ids, torch.zeros(1, 4))
    _, wide = encoder(ids, torch.tensor([[0.0, 0, 6, 0]]))
    assert float((narrow - wide).abs().max()) > 1e-4


def test_dequantise_by_hand():
    block = np.zeros((1, 18), np.uint8)
    block[0, :2] = np.frombuffer(np.float16(0.5).tobytes(), np.uint8)
    block[0, 2] = 0x9 | 0xF << 4  # weight 0: (9 − 8)·0.5, weight 16: (15 − 8)·0.5
    weights = dequantise(block, 32)
    assert weights[0, 0] == 0.5 and weights[0, 16] == 3.5
    assert weights[0, 1] == -4.0


def test_pieces_of_europe():
    assert is_european("▁Größe") and is_european("żółć") and is_european("12.50")
    assert not is_european("請") and not is_european("на") and not is_european("<mask>")


def test_chosen_pieces_spell_the_words():
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", "a", "b", "▁ab", "▁ba", "на"]
    scores = np.array([0, 0, 0, 0, -2, -3, -3, -1, -1.5, -1], np.float32)
    kept = select_pieces(pieces, scores, [("ba", 1.0)], size=8)
    assert kept.tolist() == [0, 1, 2, 3, 4, 5, 6, 8]
    tokenizer = build_tokenizer([pieces[i] for i in kept], scores[kept])
    assert tokenizer.encode("ba").tokens == ["▁ba"]
    assert tokenizer.encode("ab").tokens == ["▁", "a", "b"]
