"""When a server counts as hung: decided from its counters and its answers to the canary page."""

import time
from pathlib import Path

import pytest

from docfuse_pipeline.admission import Admission
from docfuse_pipeline.errors import OverloadedError
from docfuse_server import health
from docfuse_server.probe import Counters, Probe, ProbeError

LIMIT = 0.2


class Wedged(Probe):
    """A server whose first steps run while no page comes out, as when a later step's process hangs."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1", 0, "document", frozenset({"document"}))
        self.runs = self.answers = 0
        self.running, self.answering = True, False

    def counters(self) -> Counters:
        self.runs += self.running
        self.answers += self.answering
        return Counters(self.runs, self.answers)

    def canary(self, timeout: float) -> None:
        if not self.answering:
            raise ProbeError("timed out")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_CYCLE", 0.01)
    monkeypatch.setattr(health, "_CANARY_EVERY", 0.05)
    monkeypatch.setattr(health, "_LOST_AFTER", 0.2)


@pytest.fixture
def admission(tmp_path: Path) -> Admission:
    return Admission(tmp_path / "slots", 1)


def test_steps_that_run_without_an_answer_are_no_progress_for_ever(admission: Admission) -> None:
    watched = health.Health(Wedged(), LIMIT, admission)
    try:
        time.sleep(2 * LIMIT)
        assert watched.trouble() is None  # busy, perhaps
        time.sleep(4 * LIMIT)
        assert "neither a page nor the canary page" in (watched.trouble() or "")
    finally:
        watched.close()


def test_a_server_that_answers_is_left_alone(admission: Admission) -> None:
    probe = Wedged()
    probe.answering = True
    watched = health.Health(probe, LIMIT, admission)
    try:
        time.sleep(6 * LIMIT)
        assert watched.trouble() is None
    finally:
        watched.close()


@pytest.mark.parametrize("running", [True, False])
def test_a_slot_is_free_again_when_nothing_runs_any_more(admission: Admission, running: bool) -> None:
    admission.acquire(0)
    probe = Wedged()
    probe.running = running
    watched = health.Health(probe, 60, admission)
    try:
        time.sleep(3 * LIMIT)
        if running:
            with pytest.raises(OverloadedError):
                admission.acquire(0)
        else:
            assert admission.acquire(0) == 0
    finally:
        watched.close()
