import math
from dataclasses import replace

import pytest
import torch

from docfuse_training.understanding import losses
from docfuse_training.understanding.align import IGNORE


def test_allowed_loss_is_cross_entropy_if_one_class_is_allowed():
    logits = torch.tensor([[2.0, 0.5, -1.0]])
    allowed = torch.tensor([[False, True, False]])
    expected = torch.nn.functional.cross_entropy(logits, torch.tensor([1]))
    assert losses.allowed_loss(logits, allowed, torch.ones(1)) == pytest.approx(expected.item(), abs=1e-5)


def test_allowed_loss_sums_the_allowed():
    logits = torch.log(torch.tensor([[0.2, 0.3, 0.5]]))
    allowed = torch.tensor([[True, True, False]])
    assert losses.allowed_loss(logits, allowed, torch.ones(1)) == pytest.approx(-math.log(0.5), abs=1e-5)


def test_unknown_types_and_classes_cost_nothing():
    assert losses.type_loss(torch.randn(1, 2, 8), torch.full((1, 2), IGNORE)) == 0
    assert losses.class_loss(torch.randn(2, 10), torch.full((2,), IGNORE)) == 0


def test_fields_that_may_be_anything_cost_nothing():
    assert (
        losses.field_loss(torch.randn(1, 3, 4), torch.ones(1, 3, 4, dtype=torch.bool), torch.ones(1, 3)) == 0
    )


def test_group_loss_wants_one_of_its_members():
    logits = torch.log(torch.tensor([[[0.9, 0.1], [0.5, 0.5], [0.4, 0.6]]]))
    loss = losses.group_loss(logits, ((0, 1, (1, 2)),))
    assert loss.item() == pytest.approx(-math.log(1 - 0.5 * 0.4), abs=1e-4)
    assert losses.group_loss(logits, ()).item() == 0


def test_smoothed_types_cost_more_the_surer_they_are():
    """The smoothed part is the mean over all types of the cost of each."""
    logits, types = torch.tensor([[[8.0, 0.0, 0.0, 0.0]]]), torch.zeros(1, 1, dtype=torch.long)
    each = -logits[0, 0].log_softmax(0)
    smoothed = losses.type_loss(logits, types, 0.1).item()
    assert smoothed == pytest.approx((0.9 * each[0] + 0.1 * each.mean()).item(), abs=1e-5)
    assert losses.type_loss(logits, types).item() == pytest.approx(each[0].item(), abs=1e-6)


def test_relation_loss_takes_any_piece_of_the_source():
    logits = torch.log(torch.tensor([[[[0.1, 0.6, 0.3]]]]))  # none, source 0, source 1
    sources = torch.tensor([[[[False, True, True]]]])
    assert losses.relation_loss(
        logits, sources, torch.ones(1, 1, 1, dtype=torch.bool), 0.4
    ).item() == pytest.approx(-math.log(0.9), abs=1e-4)
    assert losses.relation_loss(logits, sources, torch.zeros(1, 1, 1, dtype=torch.bool), 0.4).item() == 0


def test_what_has_no_source_costs_its_share_of_what_has_one():
    logits = torch.log(torch.tensor([[[[0.8, 0.2], [0.8, 0.2]]]]))  # two targets: none, source 0
    sources = torch.tensor([[[[True, False], [False, True]]]])
    known = torch.ones(1, 1, 2, dtype=torch.bool)
    for none in (0.2, 0.4):
        expected = -(none * math.log(0.8) + math.log(0.2)) / (none + 1)
        assert losses.relation_loss(logits, sources, known, none).item() == pytest.approx(expected, abs=1e-4)


def test_cut_loss_is_the_mean_and_nothing_where_no_cut_is_known():
    loss = losses.cut_loss(torch.tensor([-3.0, -3.0]), torch.tensor([0.0, 0.0]))
    assert loss.item() == pytest.approx(math.log1p(math.exp(-3)), abs=1e-5)
    missed = losses.cut_loss(torch.tensor([-3.0, -3.0]), torch.tensor([1.0, 0.0]), missed=2.0)
    assert missed.item() == pytest.approx((2 * (3 + loss.item()) + loss.item()) / 2)
    assert losses.cut_loss(torch.zeros(0), torch.zeros(0)).item() == 0


def test_what_is_held_to_costs_nothing_if_it_is_said_again_and_padding_never():
    before = losses.Outputs(
        torch.randn(1, 3, 8), torch.randn(1, 3, 5), torch.zeros(1), torch.randn(1, 2, 3, 4), torch.randn(1, 4)
    )
    mask, settled = torch.tensor([[1.0, 1.0, 0.0]]), torch.ones(1)
    assert losses.held_loss(before, before, mask, settled).item() == pytest.approx(0.0, abs=1e-6)
    changed = replace(before, types=before.types.index_fill(1, torch.tensor([2]), 9.0))
    assert losses.held_loss(changed, before, mask, settled).item() == pytest.approx(0.0, abs=1e-6)
    changed = replace(before, types=before.types + torch.eye(8)[0])
    assert losses.held_loss(changed, before, mask, settled).item() > 0.01


def test_links_are_held_to_on_settled_pages_alone():
    outputs = [torch.randn(2, 3, 8), torch.randn(2, 3, 5), torch.zeros(1), torch.zeros(2, 5, 3, 4)]
    before = losses.Outputs(*outputs, torch.randn(2, 4))
    changed = replace(before, second=before.second + torch.eye(2)[0].reshape(2, 1, 1, 1) * torch.eye(4)[0])
    for settled, costs in ((torch.tensor([1.0, 0.0]), True), (torch.tensor([0.0, 1.0]), False)):
        held = losses.held_loss(changed, before, torch.ones(2, 3), settled).item()
        assert held > 0.01 if costs else held == pytest.approx(0.0, abs=1e-6)
