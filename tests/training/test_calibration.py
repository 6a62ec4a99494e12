"""Temperatures: found, put into the last layers, and the same for every way through a head."""

import torch
from small_pages import small_modules, small_page

from docfuse_training.understanding import calibration
from docfuse_training.understanding.batches import collate
from docfuse_training.understanding.calibration import (
    calibration_error,
    find_temperature,
    known_answers,
)
from docfuse_training.understanding.train_understanding import run_modules


def _overconfident(factor: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Answers drawn from probabilities, whose logits are a factor too large."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(6000, 5, generator=generator) * 1.5
    drawn = torch.multinomial(logits.softmax(-1), 1, generator=generator).squeeze(1)
    return logits * factor, torch.nn.functional.one_hot(drawn, 5).bool()


def test_temperature_undoes_too_much_confidence():
    logits, allowed = _overconfident(2.0)
    temperature = find_temperature(logits, allowed)
    assert 1.8 < temperature < 2.25
    assert calibration_error(logits / temperature, allowed) < 0.02 < calibration_error(logits, allowed)


def test_calibrated_modules_give_their_logits_divided(monkeypatch):
    modules, pages = small_modules(1).eval(), [small_page(0), small_page(1)]
    batch = collate(pages, tuned=True)
    with torch.no_grad():
        before = run_modules(modules, batch)
    monkeypatch.setattr(calibration, "find_temperature", lambda *answers: 2.0)
    report = calibration.calibrate(modules, pages)
    with torch.no_grad():
        after = run_modules(modules, batch)
    assert set(report) == set(calibration.HEADS)
    real = len(pages[0].boxes)
    for name in ("types", "fields", "classes"):
        assert torch.allclose(getattr(before, name) / 2, getattr(after, name), atol=1e-4), name
    partners = [outputs.second[..., : real + 1] for outputs in (before, after)]
    assert torch.allclose(partners[0] / 2, partners[1], atol=1e-4)


def test_only_what_is_known_counts():
    page = small_page(0)
    page.labels.types[:] = -100
    answers = known_answers(small_modules(1), [page])
    assert set(answers) == {"fields", "relations", "classes"}
    assert len(answers["fields"][0]) == 8
