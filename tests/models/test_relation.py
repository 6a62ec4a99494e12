import torch

from docfuse_models.geometry import pair_geometry
from docfuse_pipeline.labels import FIELDS, RELATIONS, TYPES


def test_shapes_and_probabilities(modules, page):
    _, _, boxes, mask = page
    nodes = torch.randn(1, 7, 256).half()
    types, fields, partners, probabilities = modules["relation"](nodes, boxes, mask)
    assert types.shape == (1, 7, len(TYPES)) and fields.shape == (1, 7, len(FIELDS))
    assert partners.shape == probabilities.shape == (1, len(RELATIONS), 7, 3)
    assert partners.dtype == torch.int32
    assert torch.allclose(types.sum(-1), torch.ones(1, 7)) and torch.allclose(
        fields.sum(-1), torch.ones(1, 7)
    )
    assert (probabilities.diff(dim=-1) <= 1e-6).all() and (probabilities.sum(-1) <= 1 + 1e-5).all()


def test_partners_are_the_best_sources_of_the_softmax_with_none(modules, page):
    _, _, boxes, mask = page
    nodes = torch.randn(1, 7, 256, generator=torch.Generator().manual_seed(4))
    _, _, partners, probabilities = modules["relation"](nodes.half(), boxes, mask)
    *_, scores = modules["relation"].scores(nodes.half().float(), pair_geometry(boxes, mask), mask)
    full = scores.softmax(-1)
    chosen = full[..., 1:].gather(-1, partners.long())
    assert torch.allclose(chosen, probabilities, atol=1e-5)
    assert torch.allclose(full[..., 1:].amax(-1), probabilities[..., 0], atol=1e-5)


def test_order_and_padding(modules, page):
    _, _, boxes, mask = page
    nodes = torch.randn(1, 7, 256, generator=torch.Generator().manual_seed(6)).half()
    types, fields, partners, probabilities = modules["relation"](nodes, boxes, mask)
    order = torch.tensor([3, 0, 6, 2, 5, 1, 4])
    again = modules["relation"](nodes[:, order], boxes[:, order], mask)
    assert torch.allclose(types[:, order], again[0], atol=1e-5)
    assert torch.allclose(probabilities[:, :, order], again[3], atol=1e-5)
    assert torch.equal(order[again[2].long()][..., 0], partners[:, :, order][..., 0].long())
    pad = torch.nn.functional.pad
    padded = modules["relation"](
        pad(nodes, (0, 0, 0, 4), value=1.0), pad(boxes, (0, 0, 0, 4)), pad(mask, (0, 4))
    )
    assert torch.allclose(fields, padded[1][:, :7], atol=1e-5)
    assert torch.allclose(probabilities, padded[3][:, :, :7], atol=1e-5)


def test_moving_the_page_does_not_move_the_links(modules, page):
    _, _, boxes, mask = page
    nodes = torch.randn(1, 7, 256, generator=torch.Generator().manual_seed(8)).half()
    here, there = (modules["relation"](nodes, box, mask)[3] for box in (boxes, boxes + 32))
    assert torch.allclose(here, there, atol=1e-4)
