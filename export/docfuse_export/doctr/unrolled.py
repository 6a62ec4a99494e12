"""docTR's recognisers that read their own answers, their loops unrolled to the full length.

docTR's own loops write into tensors, end when every row of the batch has ended, or squeeze axes away: a trace
would freeze or lose that. Here each step appends what it read. Up to the end of a text nothing else changes.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def master(model: Any, pixels: Tensor) -> Tensor:
    """MASTER (Lu et al. 2021): logits [N, max_length, classes] of normalised pixels [N, 3, H, W].

    The decoder is causal, so that a step needs no more than the text before it. The last character is read
    with padding in its own place, as docTR does.
    """
    features = model.feat_extractor(pixels)["features"]
    encoded = model.positional_encoding(features.flatten(2).transpose(1, 2))

    def decoded(text: Tensor) -> Tensor:
        logits: Tensor = model.linear(
            model.decoder(text, encoded, *model.make_source_and_target_mask(encoded, text))
        )
        return logits

    text = _start(model, pixels)
    padding = text + 1
    for _ in range(model.max_length - 2):
        text = torch.cat([text, decoded(text)[:, -1:].argmax(-1)], 1)
    return decoded(torch.cat([text, padding], 1))


def parseq(model: Any, pixels: Tensor) -> Tensor:
    """PARSeq (Bautista and Atienza 2022): logits [N, max_length + 1, classes] of pixels [N, 3, H, W].

    First the text is read character by character, then each character once more with all the others in view.
    """
    features = model.feat_extractor(pixels)["features"][:, 1:]
    length = model.max_length + 1
    queries = model.pos_queries.expand(pixels.shape[0], -1, -1)
    text = _start(model, pixels)
    content = model.embed(text)
    for step in range(length - 1):
        logits: Tensor = model.head(model.decoder(queries[:, step : step + 1], content, features))
        read = logits.argmax(-1)
        text = torch.cat([text, read], 1)
        content = torch.cat([content, model.pos_queries[:, step : step + 1] + model.embed(read)], 1)
    others = 1 - torch.diag(torch.ones(length - 1), 1)  # position i predicts what stands at i + 1
    seen = (text == model.vocab_size).to(torch.int32).cumsum(-1) == 0
    mask = seen[:, None, None].to(torch.int32) * others.to(torch.int32)
    logits = model.head(model.decoder(queries, content, features, mask))
    return logits


def _start(model: Any, pixels: Tensor) -> Tensor:
    """The sign for the start of a text: int64 [N, 1]."""
    return torch.full((pixels.shape[0], 1), model.vocab_size + 1, dtype=torch.int64)
