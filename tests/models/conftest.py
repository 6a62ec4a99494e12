import pytest
import torch

from docfuse_models.build import build_modules

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def modules():
    """Fresh modules; random weights show every property that has to hold by construction."""
    return build_modules(seed=3)


@pytest.fixture
def page():
    """A canvas of 256 × 192 with seven boxes: FEATURES, SEMANTIC, NODE_BOXES, NODE_MASK."""
    generator = torch.Generator().manual_seed(5)
    features = torch.randn(1, 64, 32, 24, generator=generator).half()
    semantic = torch.randn(1, 7, 272, generator=generator).half()
    corners = torch.rand(1, 7, 2, generator=generator) * torch.tensor([120.0, 200.0])
    sizes = torch.rand(1, 7, 2, generator=generator) * torch.tensor([60.0, 20.0]) + 8
    return features, semantic, torch.cat([corners, corners + sizes], 2), torch.ones(1, 7)
