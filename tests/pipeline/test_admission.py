"""Slots shared by processes."""

import multiprocessing
import time
from pathlib import Path

import pytest

from docfuse_pipeline import admission
from docfuse_pipeline.admission import OFF, Admission
from docfuse_pipeline.errors import OverloadedError


def test_slots_run_out_and_come_back(tmp_path):
    slots = Admission(tmp_path / "slots", 2)
    other = Admission(tmp_path / "slots", 2)
    assert [slots.acquire(0), other.acquire(0)] == [0, 1]
    with pytest.raises(OverloadedError, match="2 page slots"):
        slots.acquire(0.02)
    other.release(0)
    assert slots.acquire(0) == 0


def test_a_lost_page_gives_its_slot_back_after_the_lease(tmp_path, monkeypatch):
    slots = Admission(tmp_path / "slots", 1)
    slots.acquire(0)
    now = time.time()
    monkeypatch.setattr(admission.time, "time", lambda: now + admission.LEASE_SECONDS - 1)
    with pytest.raises(OverloadedError):
        slots.acquire(0)
    monkeypatch.setattr(admission.time, "time", lambda: now + admission.LEASE_SECONDS + 1)
    assert slots.acquire(0) == 0


@pytest.mark.parametrize(("page", "lease"), [(0.1, admission.SHORTEST_LEASE), (5, 20), (50, 60)])
def test_the_lease_follows_the_time_that_pages_take(tmp_path, monkeypatch, page, lease):
    slots, now = Admission(tmp_path / "slots", 1), time.time()

    def wait(seconds):
        nonlocal now
        now += seconds

    monkeypatch.setattr(admission.time, "time", lambda: now)
    for _ in range(60):
        slots.acquire(0)
        wait(page)
        slots.release(0)
    slots.acquire(0)  # and lost
    wait(lease - 1)
    with pytest.raises(OverloadedError):
        slots.acquire(0)
    wait(2)
    assert slots.acquire(0) == 0


def test_slots_of_pages_that_are_known_to_be_lost_come_back_at_once(tmp_path, monkeypatch):
    slots = Admission(tmp_path / "slots", 2)
    slots.acquire(0)
    now = time.time()
    monkeypatch.setattr(admission.time, "time", lambda: now + 10)
    slots.acquire(0)
    slots.release_older(8)
    assert slots.acquire(0) == 0
    with pytest.raises(OverloadedError):
        slots.acquire(0)


def test_off_is_released_without_harm(tmp_path):
    slots = Admission(tmp_path / "slots", 1)
    slots.acquire(0)
    slots.release(OFF)
    with pytest.raises(OverloadedError):
        slots.acquire(0)


def test_environment(tmp_path, monkeypatch):
    monkeypatch.delenv(admission.VARIABLE, raising=False)
    assert Admission.from_environment() is None
    monkeypatch.setenv(admission.VARIABLE, f"{tmp_path / 'a:b'}:3")
    slots = Admission.from_environment()
    assert slots is not None
    assert [slots.acquire(0) for _ in range(3)] == [0, 1, 2]
    monkeypatch.setenv(admission.VARIABLE, "nonsense")
    with pytest.raises(ValueError, match="PATH:SLOTS"):
        Admission.from_environment()
    with pytest.raises(ValueError, match="at least one"):
        Admission(tmp_path / "none", 0)


def work(path: Path, counts) -> None:
    slots = Admission(path, 3)
    for _ in range(20):
        slot = slots.acquire(20)
        with counts.get_lock():
            counts[slot] += 1
            assert counts[slot] == 1
            assert sum(counts) <= 3
        time.sleep(0.001)
        with counts.get_lock():
            counts[slot] -= 1
        slots.release(slot)


def test_processes_never_hold_one_slot_together(tmp_path):
    context = multiprocessing.get_context("fork")
    counts = context.Array("i", 3)
    workers = [context.Process(target=work, args=(tmp_path / "slots", counts)) for _ in range(5)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 5
