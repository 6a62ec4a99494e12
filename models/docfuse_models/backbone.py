"""Backbone: a canvas → one feature map, from which each text box's submap is cut.

EfficientNet-lite0 (Tan and Le 2019, the lite variant without squeeze-and-excitation) up to stride 16,
trained on ImageNet and kept frozen; its strides 8 and 16 are projected together to 64 channels.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from docfuse_models.pretrained import read_efficientnet_lite0
from docfuse_pipeline import settings

# Kernel, stride, expansion, input and output channels of the blocks up to stride 16.
_BLOCKS = (
    (3, 1, 1, 32, 16), (3, 2, 6, 16, 24), (3, 1, 6, 24, 24), (5, 2, 6, 24, 40), (5, 1, 6, 40, 40),
    (3, 2, 6, 40, 80), (3, 1, 6, 80, 80), (3, 1, 6, 80, 80), (5, 1, 6, 80, 112), (5, 1, 6, 112, 112),
    (5, 1, 6, 112, 112),
)  # fmt: skip
_STRIDE_8 = 4
"""Block whose output is the last of stride 8."""
RAW_CHANNELS = _BLOCKS[_STRIDE_8][-1] + _BLOCKS[-1][-1]
"""Channels before the projection."""


def _same_padding(x: Tensor, kernel: int, stride: int) -> Tensor:
    """Pad as TensorFlow's SAME does for sizes that the stride divides: at stride 2 one more behind."""
    total = kernel - stride
    return functional.pad(x, (total // 2, total - total // 2, total // 2, total - total // 2))


class _Convolution(nn.Module):
    """Padded convolution; the parameter is named as in the published weights."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.kernel, self.stride, self.groups = kernel, stride, groups
        self.weight = nn.Parameter(torch.empty(outputs, inputs // groups, kernel, kernel))
        nn.init.kaiming_normal_(self.weight)

    def forward(self, x: Tensor) -> Tensor:
        return functional.conv2d(
            _same_padding(x, self.kernel, self.stride), self.weight, stride=self.stride, groups=self.groups
        )


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)


class _Block(nn.Module):
    """Inverted residual: expand, depthwise, project."""

    def __init__(self, kernel: int, stride: int, expansion: int, inputs: int, outputs: int) -> None:
        super().__init__()
        inner = inputs * expansion
        if expansion > 1:
            self._expand_conv, self._bn0 = _Convolution(inputs, inner, 1), _norm(inner)
        self._depthwise_conv, self._bn1 = _Convolution(inner, inner, kernel, stride, inner), _norm(inner)
        self._project_conv, self._bn2 = _Convolution(inner, outputs, 1), _norm(outputs)
        self.expands, self.residual = expansion > 1, stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = functional.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.residual else y


class EfficientNet(nn.Module):
    """EfficientNet-lite0 up to stride 16, with the parameter names of the published weights."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem, self._bn0 = _Convolution(3, 32, 3, 2), _norm(32)
        self._blocks = nn.ModuleList(_Block(*block) for block in _BLOCKS)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """[B, 3, H, W] normalised → features of stride 8 [B, 40, H/8, W/8] and 16 [B, 112, H/16, W/16]."""
        x = functional.relu6(self._bn0(self._conv_stem(x)))
        for block in self._blocks[: _STRIDE_8 + 1]:
            x = block(x)
        fine = x
        for block in self._blocks[_STRIDE_8 + 1 :]:
            x = block(x)
        return fine, x


class Backbone(nn.Module):
    """CANVAS uint8 [B, H, W, 3] → FEATURES fp16 [B, 64, H/8, W/8]; H and W are multiples of 32."""

    def __init__(self) -> None:
        super().__init__()
        self.network = EfficientNet().eval().requires_grad_(False)
        self.projection = nn.Conv2d(RAW_CHANNELS, settings.FEATURE_CHANNELS, 1)

    def train(self, mode: bool = True) -> Backbone:
        """Keep the frozen network's batch statistics as they were published."""
        super().train(mode)
        self.network.eval()
        return self

    def load_pretrained(self) -> None:
        """Take the published ImageNet weights."""
        state = read_efficientnet_lite0()
        self.network.load_state_dict({name: state[name] for name in self.network.state_dict()})

    def raw(self, canvas: Tensor) -> Tensor:
        """Frozen features before the projection: uint8 [B, H, W, 3] → float32 [B, 152, H/8, W/8]."""
        x = (canvas.permute(0, 3, 1, 2).float() - 127.0) / 128.0
        fine, coarse = self.network(x)
        coarse = functional.interpolate(coarse, scale_factor=2.0, mode="bilinear", align_corners=False)
        return torch.cat([fine, coarse], 1)

    def forward(self, canvas: Tensor) -> Tensor:
        """Feature map of each canvas."""
        return self.projection(self.raw(canvas)).half()
