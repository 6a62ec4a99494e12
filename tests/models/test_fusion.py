import pytest
import torch

from docfuse_models.fusion import page_features, position_input, region_features
from docfuse_models.geometry import pair_geometry


def test_region_features_of_a_ramp():
    """On a map whose value is the column, a box's bins are the columns of its sampling points."""
    ramp = torch.arange(24.0).expand(1, 1, 32, 24)
    box = torch.tensor([[[16.0, 40.0, 144.0, 64.0]]])  # columns 2 to 18 of the map, rows 5 to 8
    submap = region_features(ramp, box)[0, 0, 0]
    # eight bins of two cells each: centres at 3, 5, …, 17; cell k has its centre at k + 0.5
    expected = torch.arange(3.0, 18.0, 2.0) - 0.5
    assert torch.allclose(submap, expected.expand(3, 8), atol=1e-4)
    rows = region_features(torch.arange(32.0)[:, None].expand(1, 1, 32, 24), box)[0, 0, 0]
    assert torch.allclose(rows, torch.tensor([5.0, 6.0, 7.0])[:, None].expand(3, 8), atol=1e-4)


def test_outside_the_map_the_border_counts():
    ramp = torch.arange(24.0).expand(1, 1, 32, 24)
    submap = region_features(ramp, torch.tensor([[[-400.0, 0.0, -200.0, 8.0]]]))
    assert torch.equal(submap, torch.zeros_like(submap))


def test_projection_commutes_with_sampling():
    torch.manual_seed(1)
    raw, boxes = torch.randn(1, 10, 32, 24), torch.tensor([[[-9.0, 3, 120, 30], [50, 60, 70, 300]]])
    projection = torch.nn.Conv2d(10, 4, 1)
    before = region_features(projection(raw), boxes)
    sampled = region_features(raw, boxes)[0].flatten(2).unsqueeze(-1)
    after = torch.stack([projection(box[None])[0] for box in sampled]).flatten(2).unflatten(2, (3, 8))
    assert torch.allclose(before[0], after, atol=1e-5)
    page = page_features(raw).unflatten(1, (10, -1))
    assert torch.allclose(
        page_features(projection(raw)), projection(page.unsqueeze(-1)).flatten(1), atol=1e-5
    )


def test_ink_moved_in_one_box_changes_its_submap_most(modules):
    canvas = torch.full((1, 256, 192, 3), 255, dtype=torch.uint8)
    boxes = torch.tensor([[[8.0, 8, 88, 28], [100, 100, 180, 120], [8, 200, 88, 220]]])
    canvas[:, 104:116, 110:130] = 0
    moved = torch.full_like(canvas, 255)
    moved[:, 104:116, 150:170] = 0
    backbone = modules["backbone"]
    change = region_features(backbone(canvas).float(), boxes) - region_features(
        backbone(moved).float(), boxes
    )
    sizes = change.abs().sum((2, 3, 4))[0]
    assert int(sizes.argmax()) == 1 and float(sizes[1]) > 3 * float(sizes[[0, 2]].max())


def test_shifting_the_page_changes_position_alone():
    boxes = torch.tensor([[[8.0, 8, 88, 28], [100, 100, 180, 120]]])
    shifted = boxes + 16
    features = torch.randn(1, 4, 40, 40)
    rolled = torch.roll(features, (2, 2), (2, 3))
    assert torch.allclose(region_features(features, boxes), region_features(rolled, shifted), atol=1e-4)
    before, after = position_input(boxes, 40, 40), position_input(shifted, 40, 40)
    assert torch.allclose(before[..., 4:6], after[..., 4:6], atol=1e-6)
    assert (before[..., :4] - after[..., :4]).abs().min() > 0.01


@pytest.mark.parametrize("modality", ["visual", "semantic", "position"])
def test_each_modality_counts(modules, page, modality):
    features, semantic, boxes, mask = page
    nodes, classes, _ = modules["fusion"](features, semantic, boxes, mask)
    if modality == "visual":
        features = torch.zeros_like(features)
    elif modality == "semantic":
        semantic = torch.zeros_like(semantic)
    else:
        boxes = boxes + torch.tensor([24.0, 24, 24, 24])
        # the same submaps as before, so that the place alone has changed
        features = torch.roll(features, (3, 3), (2, 3))
    changed, other_classes, _ = modules["fusion"](features, semantic, boxes, mask)
    assert float((nodes.float() - changed.float()).abs().max()) > 0.01
    assert float((classes - other_classes).abs().max()) > 1e-5


def test_swapped_texts_swap_features(modules):
    semantic = torch.randn(1, 2, 272, generator=torch.Generator().manual_seed(2))
    encoder = modules["fusion"].nodes.semantic
    assert torch.allclose(encoder(semantic).flip(1), encoder(semantic.flip(1)), atol=1e-6)


def test_order_of_boxes_does_not_matter(modules, page):
    features, semantic, boxes, mask = page
    order = torch.tensor([3, 0, 6, 2, 5, 1, 4])
    nodes, classes, submaps = modules["fusion"](features, semantic, boxes, mask)
    again = modules["fusion"](features, semantic[:, order], boxes[:, order], mask)
    assert torch.allclose(nodes[:, order].float(), again[0].float(), atol=2e-3)  # half precision
    assert torch.allclose(classes, again[1], atol=1e-5)
    assert torch.equal(submaps[:, order], again[2])


def test_order_of_boxes_does_not_matter_before_rounding(modules, page):
    features, semantic, boxes, mask = page
    order = torch.tensor([3, 0, 6, 2, 5, 1, 4])
    found = []
    for pick in (torch.arange(7), order):
        submaps = region_features(features.float(), boxes[:, pick])
        position, geometry = position_input(boxes[:, pick], 32, 24), pair_geometry(boxes[:, pick], mask)
        whole = page_features(features.float())
        found.append(
            modules["fusion"].encode(submaps, whole, semantic[:, pick].float(), position, geometry, mask)[0]
        )
    assert torch.allclose(found[0][:, order], found[1], atol=1e-5)


def test_padding_does_not_matter(modules, page):
    features, semantic, boxes, mask = page
    nodes, classes, _ = modules["fusion"](features, semantic, boxes, mask)
    pad = torch.nn.functional.pad
    padded = modules["fusion"](
        features,
        pad(semantic, (0, 0, 0, 5), value=3.0),
        pad(boxes, (0, 0, 0, 5), value=9.0),
        pad(mask, (0, 5)),
    )
    assert torch.allclose(nodes.float(), padded[0][:, :7].float(), atol=2e-3)
    assert torch.allclose(classes, padded[1], atol=1e-5)
    assert float(padded[0][:, 7:].abs().max()) == 0.0


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_boxes(modules, page, count):
    features, semantic, boxes, mask = page
    mask = (torch.arange(7) < count).float()[None]
    nodes, classes, _ = modules["fusion"](features, semantic, boxes, mask)
    assert torch.isfinite(nodes).all() and torch.allclose(classes.sum(), torch.tensor(1.0))
    types, fields, partners, probabilities = modules["relation"](nodes, boxes, mask)
    assert all(torch.isfinite(x.float()).all() for x in (types, fields, probabilities))
    assert float(probabilities[:, :, count:].abs().max()) == 0.0
    likely = partners[:, :, :count][probabilities[:, :, :count] > 1e-3]
    assert not len(likely) or int(likely.max()) < count
