"""Pages of mixed sizes share engine executions, by the server's own counts."""

from __future__ import annotations

import pytest
import tritonclient.grpc as grpc
from traffic import Traffic, draw_page

from docfuse_server.embedded import EmbeddedServer

BATCHING = ("detector", "recognizer_160", "recognizer_320")
"""Engines that work long enough for pages to queue up before them."""


def _counts(client: grpc.InferenceServerClient, model: str) -> tuple[int, int]:
    """Requests that a model has answered, and executions that it took."""
    statistics = client.get_inference_statistics(model).model_stats[0]
    return statistics.inference_stats.success.count, statistics.execution_count


@pytest.fixture(scope="module")
def counts(server_url: str) -> dict[str, tuple[int, int]]:
    """Requests and executions by engine, of 24 pages of three sizes with many lines, 8 at a time."""
    pages = [draw_page(800, 1200, 36), draw_page(1200, 900, 24), draw_page(810, 1190, 40)]
    with grpc.InferenceServerClient(server_url) as client:
        before = {model: _counts(client, model) for model in BATCHING}
        with Traffic(server_url, pages, threads=8) as traffic:
            traffic.wait_for_answers(24)
        after = {model: _counts(client, model) for model in BATCHING}
    return {
        model: (after[model][0] - before[model][0], after[model][1] - before[model][1]) for model in BATCHING
    }


@pytest.mark.parametrize("model", BATCHING)
def test_batches_form_across_pages(counts: dict[str, tuple[int, int]], model: str) -> None:
    requests, executions = counts[model]
    assert requests >= 24
    assert executions < requests


def test_good_pages_leave_no_errors_in_the_log(server: EmbeddedServer, counts: object) -> None:
    assert server.log_errors() == []
