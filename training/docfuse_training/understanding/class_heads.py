"""Class heads fitted to pages that have a class and nothing else, mostly too few to train anything deeper on.

Two logistic regressions, one on what the fusion says of a page as a whole, one on its words (`class_words`);
the terms that a page prints (`class_terms`) stand beside them as they are. How far weights may go, and the
temperature of both together, come from cross-validation among the pages themselves.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from torch import Tensor, nn

from docfuse_models.fusion import Fusion
from docfuse_pipeline.class_terms import term_logits
from docfuse_pipeline.class_words import WordClassifier, word_features
from docfuse_pipeline.labels import CLASSES
from docfuse_training.understanding.batches import collate
from docfuse_training.understanding.calibration import calibration_error, find_temperature
from docfuse_training.understanding.examples import Example
from docfuse_training.understanding.modules import Modules
from docfuse_training.understanding.train_understanding import run_modules

STRENGTHS = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
"""How far weights may go: the inverse of what their squares cost."""
FOLDS = 5
_LEAST = -12.0
"""Logit of a class that no page has, and of one that was missing in a fold."""
_ITERATIONS = 1_000
_TINY = 1e-3
"""Spread of a feature that is the same on all pages."""


@dataclass(frozen=True)
class Linear:
    """A linear layer: `weight` [D, classes], `bias` [classes]."""

    weight: np.ndarray
    bias: np.ndarray

    def cooled(self, temperature: float) -> Linear:
        """The layer whose logits are divided by a temperature."""
        return Linear(self.weight / temperature, self.bias / temperature)


@dataclass(frozen=True)
class Head:
    """A fitted layer, its strength, and its logits [M, classes] of pages that were not fitted to."""

    layer: Linear
    strength: float
    unseen: np.ndarray


@dataclass(frozen=True)
class ClassFit:
    """What cross-validation among the pages said.

    `strengths` of the weights by head, `temperature` of both heads together, `accuracy` and `error` (expected
    calibration error) of pages that were not fitted to.
    """

    strengths: dict[str, float]
    temperature: float
    accuracy: float
    error: float


@torch.no_grad()
def page_features(modules: Modules, examples: Sequence[Example]) -> np.ndarray:
    """What the class head sees of each page, float64 [M, 2·256]: page token and mean of the boxes."""
    seen: list[Tensor] = []
    hook = modules.fusion.classify.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    modules.eval()
    for example in examples:
        run_modules(modules, collate([example]))
    hook.remove()
    return torch.cat(seen).double().numpy()


def fit_class_heads(modules: Modules, examples: Sequence[Example]) -> tuple[WordClassifier, ClassFit]:
    """Fit both heads to the pages; the fusion's is changed in place.

    Raises:
        ValueError: there are no two classes of two pages.
    """
    classes = np.array([example.labels.page_class for example in examples])
    if (np.unique(classes, return_counts=True)[1] > 1).sum() < 2:
        raise ValueError("two classes of two pages each are needed at least")
    pages = page_features(modules, examples)
    mean, spread = pages.mean(0), np.maximum(pages.std(0), _TINY) * pages.shape[1] ** 0.5
    page = fit_head((pages - mean) / spread, classes)
    words = fit_head(np.stack([word_features(example.texts) for example in examples]), classes)
    logits = torch.from_numpy(page.unseen + words.unseen)
    truth = nn.functional.one_hot(torch.from_numpy(classes), len(CLASSES)).bool()
    terms = torch.from_numpy(np.stack([term_logits(example.texts) for example in examples]))
    temperature = find_temperature(logits, truth, terms)
    judged = logits / temperature + terms
    weight = page.layer.weight / spread[:, None]
    put_linear(modules.fusion, Linear(weight, page.layer.bias - mean @ weight).cooled(temperature))
    spelt = words.layer.cooled(temperature)
    return WordClassifier(spelt.weight.astype(np.float32), spelt.bias.astype(np.float32)), ClassFit(
        {"page": page.strength, "words": words.strength},
        temperature,
        float(np.mean(judged.argmax(1).numpy() == classes)),
        calibration_error(judged, truth),
    )


def fit_head(features: np.ndarray, classes: np.ndarray) -> Head:
    """Logistic regression of the strength that has the least loss in cross-validation.

    Args:
        features: [M, D], rows about as long as 1.
        classes: int [M], indices of `CLASSES`; two of them twice at least.
    """
    places, sizes, axes = np.linalg.svd(features.astype(np.float64), full_matrices=False)
    turned = places * sizes  # along their own axes, M at most: weights cost the same, and there are fewer
    tried = {strength: _unseen(turned, classes, strength) for strength in STRENGTHS}
    rows = np.arange(len(classes))
    best = max(STRENGTHS, key=lambda strength: float(tried[strength][rows, classes].sum()))
    fitted = _regression(best).fit(turned, classes)
    weight, bias = fitted.coef_, fitted.intercept_
    if len(fitted.classes_) == 2:  # one row, of the second class
        weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    layer = Linear(np.zeros((features.shape[1], len(CLASSES))), np.full(len(CLASSES), _LEAST))
    layer.weight[:, fitted.classes_], layer.bias[fitted.classes_] = axes.T @ weight.T, bias
    return Head(layer, best, tried[best])


def _regression(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=_ITERATIONS)


def _unseen(features: np.ndarray, classes: np.ndarray, strength: float) -> np.ndarray:
    """Logits [M, classes] of each page by a layer that was not fitted to it."""
    present, counts = np.unique(classes, return_counts=True)
    folds = StratifiedKFold(min(FOLDS, int(counts.max())))
    with warnings.catch_warnings():  # about classes with fewer pages than folds
        warnings.simplefilter("ignore")
        found = cross_val_predict(
            _regression(strength), features, classes, cv=folds, method="predict_log_proba"
        )
    logits = np.full((len(classes), len(CLASSES)), _LEAST)
    logits[:, present] = np.maximum(found, _LEAST)
    return logits


@torch.no_grad()
def put_linear(fusion: Fusion, linear: Linear) -> None:
    """Make the fusion's class head, two layers with GELU between, a linear one: gelu(z) - gelu(-z) = z.

    Hidden units that it does not need stay, unheard, so that another training can take them up.
    """
    inner, outer = fusion.classify[0], fusion.classify[-1]
    assert isinstance(inner, nn.Linear) and isinstance(outer, nn.Linear)
    weight, bias = torch.from_numpy(linear.weight.T).float(), torch.from_numpy(linear.bias).float()
    count = len(bias)
    outer.weight.zero_()
    outer.bias.zero_()
    for sign, first in ((1, 0), (-1, count)):
        inner.weight[first : first + count], inner.bias[first : first + count] = sign * weight, sign * bias
        outer.weight[:, first : first + count] = sign * torch.eye(count)
