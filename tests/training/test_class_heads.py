"""Class heads are fitted to few pages, and fit into the graph as it is."""

import numpy as np
import pytest
import torch

from docfuse_pipeline.labels import CLASSES
from docfuse_training.understanding.class_heads import STRENGTHS, Linear, fit_head, put_linear
from docfuse_training.understanding.modules import shipped_modules


def test_a_linear_layer_fits_into_the_class_head() -> None:
    fusion, rng = shipped_modules().fusion.eval(), np.random.default_rng(1)
    width = fusion.classify[0].in_features
    linear = Linear(rng.normal(size=(width, len(CLASSES))), rng.normal(size=len(CLASSES)))
    put_linear(fusion, linear)
    features = rng.normal(size=(5, width)).astype(np.float32)
    with torch.no_grad():
        found = fusion.classify(torch.from_numpy(features)).numpy()
    assert np.allclose(found, features @ linear.weight + linear.bias, atol=1e-3)


def _clouds(centres: np.ndarray, each: int, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Features around a centre for each class, and the classes: every third of the known ones."""
    rng = np.random.default_rng(2)
    classes = np.repeat(np.arange(len(centres)) * 3, each)
    return centres.repeat(each, 0) + rng.normal(size=(len(classes), centres.shape[1])) * spread, classes


@pytest.mark.parametrize("count", [2, 4])
def test_classes_that_lie_apart_are_told_apart(count: int) -> None:
    features, classes = _clouds(np.eye(40)[:count], 6, 0.03)
    head = fit_head(features, classes)
    logits = features @ head.layer.weight + head.layer.bias
    assert (logits.argmax(1) == classes).all() and (head.unseen.argmax(1) == classes).all()
    absent = np.setdiff1d(np.arange(len(CLASSES)), classes)
    assert (logits[:, absent].max(1) < logits.max(1) - 5).all()


def test_noise_is_not_learned_by_heart() -> None:
    """Features that say nothing: cross-validation holds weights back, and promises about chance."""
    features, classes = _clouds(np.zeros((3, 60)), 10, 60**-0.5)
    head = fit_head(features, classes)
    assert head.strength < STRENGTHS[-1] / 10 and (head.unseen.argmax(1) == classes).mean() < 0.6


def test_a_class_with_a_single_page_does_no_harm() -> None:
    features, classes = _clouds(np.eye(10)[:3], 4, 0.03)
    head = fit_head(features[:9], classes[:9])
    assert ((features @ head.layer.weight + head.layer.bias).argmax(1) == classes).all()
