"""docTR's models with random weights whose answers vary with the picture, as files that docTR can load."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from docfuse_export.doctr.loading import Task, import_models

import_models("recognition")  # from here on `import doctr` works, whatever torchvision is there

GAIN = 3.0
"""Larger weights than the usual start: with those a model says the same of every picture."""


def build(task: Task, name: str, weights: Path | None = None, **settings: Any) -> Any:
    """The model as a user of docTR builds it, with the weights of a file."""
    model = getattr(import_models(task), name)(pretrained=False, pretrained_backbone=False, **settings)
    if weights is not None:
        model.from_pretrained(str(weights))
    return model.eval()


def random(task: Task, name: str, page: np.ndarray, **settings: Any) -> Any:
    """A random model whose batch norms have seen a page, uint8 [h, w, 3]."""
    torch.manual_seed(0)
    model = build(task, name, **settings)
    with torch.no_grad():
        _enlarge(model, task)
        _settle(model, page, task)
    return model.eval()


def save(task: Task, name: str, page: np.ndarray, path: Path, **settings: Any) -> Path:
    """Write the weights of such a model as docTR's training does."""
    torch.save(random(task, name, page, **settings).state_dict(), path)
    return path


def _enlarge(model: Any, task: Task) -> None:
    transformer = any("qkv" in name or "attention" in name for name, _ in model.named_parameters())
    for name, parameter in model.named_parameters():
        backbone = name.startswith("feat_extractor")
        if task == "recognition" and parameter.dim() >= 2 and (transformer or not backbone):
            parameter.mul_(GAIN)
    head = getattr(model, "head", None)
    if isinstance(head, torch.nn.Linear):
        head.bias[len(model.vocab)] += 1  # texts of many lengths


def _settle(model: Any, page: np.ndarray, task: Task) -> None:
    """Let every batch norm take the mean and variance of what it sees."""
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
            module.reset_running_stats()
            module.train()
    side = 32 if task == "recognition" else 192
    width = 128 if task == "recognition" else 160
    parts = [page[top : top + side, 100 : 100 + width] for top in range(0, len(page) - side, side)]
    pixels = torch.from_numpy(np.stack(parts)).permute(0, 3, 1, 2).to(torch.float32) / 255
    mean, std = (torch.tensor(model.cfg[key]).reshape(1, 3, 1, 1) for key in ("mean", "std"))
    model.exportable = True
    model((pixels - mean) / std)
    model.exportable = False


def teach(detector: Any, canvas: np.ndarray, text_map: np.ndarray) -> None:
    """Fit the last layer of a random detector to one text map, so that it finds the text of that page.

    That layer is a 1×1 convolution (FAST), or a transposed one that makes four pixels of each (DB, LinkNet):
    a linear map of the features either way, one for each of the four.

    Args:
        detector: the model.
        canvas: uint8 [h, w, 3].
        text_map: uint8 [h, w], text probability × 255.
    """
    seen: list[torch.Tensor] = []
    last = (detector.classifier if hasattr(detector, "classifier") else detector.prob_head)[-1]
    hook = last.register_forward_hook(lambda module, inputs, output: seen.append(inputs[0]))
    pixels = torch.from_numpy(canvas[None]).permute(0, 3, 1, 2).to(torch.float32) / 255
    mean, std = (torch.tensor(detector.cfg[key]).reshape(1, 3, 1, 1) for key in ("mean", "std"))
    with torch.no_grad():
        detector((pixels - mean) / std)
        hook.remove()
        features = seen[0][0].flatten(1).T.double()
        rows, columns = seen[0].shape[-2:]
        factor = last.stride[0] if isinstance(last, torch.nn.ConvTranspose2d) else 1
        size = (columns * factor, rows * factor)
        wanted = torch.from_numpy(cv2.resize(text_map, size, interpolation=cv2.INTER_AREA)).double()
        ridge = 1e-3 * len(features) * torch.eye(features.shape[1], dtype=torch.float64)
        middle = 0.0 if last.bias is None else -1.0
        for row in range(factor):
            for column in range(factor):
                target = wanted[row::factor, column::factor].flatten() / 255
                heavy = (features * (1 + 0.5 * target[:, None])).T  # most of a page is no text
                weights = torch.linalg.solve(heavy @ features + ridge, heavy @ (target * 16 - 9 - middle))
                last.weight[..., row, column].view(-1)[:] = weights
        if last.bias is not None:
            last.bias.fill_(middle)
