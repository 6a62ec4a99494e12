"""Variants of the models: what was taken away is gone, and stays away in training."""

import pytest
import torch
from small_pages import small_modules, small_page

from docfuse_training.understanding import train_understanding
from docfuse_training.understanding.ablation import VARIANTS, train_variant
from docfuse_training.understanding.batches import collate
from docfuse_training.understanding.train_understanding import run_modules


@pytest.mark.parametrize("name", VARIANTS)
def test_only_without_geometry_of_pairs_nothing_depends_on_it(name: str, monkeypatch: pytest.MonkeyPatch):
    modules, geometry = small_modules(1).eval(), train_understanding.pair_geometry
    VARIANTS[name](modules)
    batch = collate([small_page(0), small_page(1)])
    with torch.no_grad():
        seen = run_modules(modules, batch)
        monkeypatch.setattr(
            train_understanding, "pair_geometry", lambda boxes, mask: geometry(boxes, mask) * 0
        )
        blind = run_modules(modules, batch)
    same = torch.allclose(seen.types, blind.types) and torch.allclose(seen.second, blind.second)
    assert same == (name == "no geometry in either")


@pytest.mark.parametrize("count", range(4))
def test_a_fusion_with_fewer_layers_has_fewer(count: int):
    modules = small_modules(1)
    VARIANTS[f"{count} layers"](modules)
    assert len(modules.fusion.layers) == count


def test_a_variant_learns():
    pages = [small_page(seed) for seed in range(8)]
    figures = train_variant(
        VARIANTS["0 layers"], {"all": (pages, 1.0)}, {"all": pages}, None, steps=16, seed=1
    )
    assert figures["all"]["type"] > 0.8
