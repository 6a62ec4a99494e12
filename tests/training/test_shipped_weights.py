import torch

from docfuse_pipeline.resources import weights
from docfuse_training.understanding.modules import shipped_modules, vocabulary


def test_training_can_start_from_the_shipped_weights():
    modules = shipped_modules()
    pieces = vocabulary()
    assert len(pieces) == len(modules.text_encoder.words)
    assert pieces[:4] == ["<s>", "<pad>", "</s>", "<unk>"]
    assert float(modules.text_encoder.words.float().abs().max()) == 127
    ids = torch.tensor([[pieces.index("▁Total"), 1], [pieces.index("▁Number"), 1]])
    features, cuts = modules.text_encoder.eval()(ids.int(), torch.zeros(2, 2))
    assert torch.isfinite(features).all() and ((cuts >= 0) & (cuts <= 1)).all()


def test_weights_stay_small():
    assert sum(path.stat().st_size for path in weights().glob("*.*")) < 40e6
