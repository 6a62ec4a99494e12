"""The loss of reading lines whose labels may be unsure of case and white space."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from docfuse_pipeline.alphabet import ALPHABET


class LineLoss:
    """CTC loss over lines, some of which have labels without reliable case and white space.

    For those the probabilities of both cases of a letter are added up, and so are those of the space and of
    the blank: a reading is right whatever its case and its spaces.
    """

    def __init__(self, alphabet: Sequence[str] = ALPHABET) -> None:
        self._index = {character: index for index, character in enumerate(alphabet)}
        fold = torch.eye(len(alphabet))
        for index, character in enumerate(alphabet):
            target = 0 if character == " " else self._index.get(character.upper(), index)
            fold[index, index] = 0
            fold[index, target] = 1
        self._fold = fold

    def targets(self, text: str, exact: bool) -> list[int]:
        """Class of each character of a label; what the alphabet lacks is left out."""
        text = text if exact else "".join(text.split())
        folded = [c if exact or len(c.upper()) > 1 else c.upper() for c in text]
        return [self._index[c if c in self._index else o] for c, o in zip(folded, text, strict=True)
                if c in self._index or o in self._index]  # fmt: skip

    def __call__(self, logits: Tensor, targets: Sequence[Sequence[int]], exact: Tensor) -> Tensor:
        """Mean loss of a batch.

        Args:
            logits: float [N, T, alphabet].
            targets: what `targets` gave for each line.
            exact: bool [N].
        """
        log = torch.log_softmax(logits.float(), -1)
        if not bool(exact.all()):
            folded = (log.exp() @ self._fold.to(log.device)).clamp_min(1e-30).log()
            log = torch.where(exact[:, None, None], log, folded)
        lengths = torch.tensor([len(target) for target in targets])
        steps = torch.full((len(targets),), log.shape[1])
        flat = torch.tensor([c for target in targets for c in target], dtype=torch.long)
        losses = torch.nn.functional.ctc_loss(
            log.transpose(0, 1), flat.to(log.device), steps, lengths, reduction="none", zero_infinity=True
        )
        return (losses / lengths.clamp_min(1).to(losses.device).sqrt()).mean()
