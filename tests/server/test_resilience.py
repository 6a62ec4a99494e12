"""The real graph under fire: steps killed with pages in flight, more callers than it is sized for."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest
import tritonclient.grpc as grpc
from toy import family, patience, stubs
from traffic import RECOGNIZER, Traffic, attempt, draw_page

from docfuse import Client, Retries
from docfuse.demo import samples
from docfuse.retry import Failure
from docfuse_server.embedded import EmbeddedServer
from docfuse_server.process import SHARED_MEMORY

RECOVERY_LIMIT = 15.0
"""Seconds from the death of a step to the next page that comes back, on an otherwise idle machine."""
MEMORY_LIMIT = 4 * 2**30


@pytest.mark.parametrize("model", ["page", "text", RECOGNIZER, "structure"])
def test_pages_flow_again_after_the_death_of_a_step(server: EmbeddedServer, model: str) -> None:
    restarts, limit = len(server.restarts), RECOVERY_LIMIT * patience()
    with Traffic(server.wait_ready(), [draw_page(), draw_page(800, 600)]) as traffic:
        traffic.wait_for_answers(4)
        killed = time.monotonic()
        stubs(server.pid)[model].kill()
        server.wait_ready(times=restarts + 2)
        recovered = traffic.wait_for_answers(4, since=killed)[0].end - killed
    assert server.restarts[restarts:] == [f"the process of model {model} died"]
    assert recovered < limit
    failed = [answer for answer in traffic.answers if answer.failure is not None]
    assert failed
    assert [answer.message for answer in failed if not answer.retryable] == []


def _memory(processes: list[psutil.Process]) -> int:
    """Memory of processes, pages that they share counted once, in bytes."""
    total = 0
    for process in processes:
        for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


def test_sixty_four_callers_of_a_server_sized_for_eight(server: EmbeddedServer) -> None:
    """Every page is answered or refused with a status that means: try again; memory stays bounded."""
    url, restarts, page = server.wait_ready(), len(server.restarts), draw_page()
    processes, peaks, over = family(server.pid), [0], threading.Event()

    def sample() -> None:
        while not over.wait(0.5):
            peaks.append(_memory(processes))

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        clients = [grpc.InferenceServerClient(url) for _ in range(64)]
        with ThreadPoolExecutor(64) as pool:
            answers = list(pool.map(lambda client: attempt(client, page), clients))
    finally:
        over.set()
        sampler.join()
    refused = [answer for answer in answers if answer.failure is not None]
    assert {answer.failure for answer in refused} == {Failure.BUSY}
    assert len(answers) - len(refused) >= 8
    assert max(peaks) < MEMORY_LIMIT
    assert len(server.restarts) == restarts
    assert attempt(clients[0], page).failure is None


def test_thirty_two_waiting_pages_are_no_reason_to_restart(server: EmbeddedServer) -> None:
    """A slow machine may refuse some of them in time; none may fail."""
    url, restarts = server.wait_ready(), len(server.restarts)
    pages = [draw_page(lines=12), draw_page(800, 600)]
    clients = [grpc.InferenceServerClient(url) for _ in range(32)]
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda n: attempt(clients[n], pages[n % 2]), range(32)))
    assert {answer.failure for answer in answers} <= {None, Failure.BUSY}
    assert sum(answer.failure is None for answer in answers) >= 8
    assert len(server.restarts) == restarts


def test_good_pages_leave_no_errors_in_the_log(server: EmbeddedServer) -> None:
    with Traffic(server.wait_ready(), [draw_page(), draw_page(800, 600)]) as traffic:
        answers = traffic.wait_for_answers(8)
    assert all(answer.failure is None for answer in answers)
    assert server.log_errors() == []


def test_a_page_that_has_begun_is_finished_when_the_server_is_stopped() -> None:
    """tritonserver alone would end it between two steps; nothing is sent twice here."""
    server = EmbeddedServer()
    url, page = server.wait_ready(), samples()[-1]
    (slots,) = SHARED_MEMORY.glob(f"docfuse_{server.pid}_*_admission")
    with Client(url, retries=Retries(attempts=1)) as client, ThreadPoolExecutor(1) as pool:
        expected = client.analyze(page)
        answer = pool.submit(client.analyze, page)
        while not np.fromfile(slots)[:-1].any():
            assert not answer.done()
        assert server.stop() == 0
        assert answer.result() == expected
