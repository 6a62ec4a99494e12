"""Repositories for other servers, each loaded by the real tritonserver: graphs, names, shapes, edges fit.

Nothing is changed but the backend of the engines, which runs them on the CPU. What the server then answers
must be what the same graphs answer in this process and, but for rounding, what the embedded target answers.
Where the configs have pages meet in batches, they do.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tritonclient.grpc as grpc
from generic import changed_lines, swap_backends
from traffic import RECOGNIZER, Traffic, draw_page

import docfuse
from docfuse.sources import load_pages
from docfuse_export import builder
from docfuse_export.assemble import Plan, assemble
from docfuse_export.inprocess import InProcess
from docfuse_export.parity import changes
from docfuse_export.runtimes import onnxruntime_engine
from docfuse_server.embedded import EmbeddedServer

SAMPLE = Path(__file__).parents[2] / "client" / "docfuse" / "samples" / "receipt-us.pdf"


@contextmanager
def _stand_in() -> Iterator[None]:
    """Plans are left out here, so that a stand-in may build them."""
    kept, sys.path[:0] = sys.modules.pop("tensorrt_rtx", None), [str(Path(__file__).with_name("fake"))]
    module, load = importlib.import_module("tensorrt_rtx"), builder._load
    builder._load = lambda name: module if name == "tensorrt_rtx" else None
    try:
        yield
    finally:
        builder._load = load
        del sys.path[0], sys.modules["tensorrt_rtx"]
        if kept is not None:
            sys.modules["tensorrt_rtx"] = kept


def _in_process(repository: Path, plan: Plan) -> dict[str, Any]:
    engines = {m.name: onnxruntime_engine(repository / m.name / "1" / "model.onnx") for m in plan.engines}
    image = np.frombuffer(next(load_pages(SAMPLE)), np.uint8)
    answer: dict[str, Any] = json.loads(InProcess(repository, engines).run(IMAGE=image)["RESULT"][0])
    return answer


def _served(url: str) -> dict[str, Any]:
    with docfuse.Client(url, timeout=120) as client:
        answer: dict[str, Any] = client.analyze(SAMPLE).pages[0].model_dump(mode="json")
        return answer


@dataclass(frozen=True)
class Served:
    """A repository, and a server of the same with its engines' backend changed."""

    plan: Plan
    repository: Path
    swapped: Path
    server: EmbeddedServer


@pytest.fixture(scope="module", params=["tensorrt", "openvino", "onnxruntime"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    plan, folder = Plan(target=request.param), tmp_path_factory.mktemp(request.param)
    with _stand_in():
        assemble(plan, folder / "made")
    swap_backends(folder / "made", folder / "swapped")
    server = EmbeddedServer(repository=folder / "swapped")
    try:
        server.wait_ready()
        yield Served(plan, folder / "made", folder / "swapped", server)
    finally:
        assert server.stop() == 0


def test_nothing_but_the_backend_is_changed(served: Served) -> None:
    names = [model.name for model in served.plan.engines]
    assert {path.parents[1].name for path in served.swapped.glob("*/1/model.onnx")} == set(names)
    assert not any(changed_lines(served.repository, served.swapped, name) for name in names)


def test_the_server_answers_as_the_graphs_do(served: Served, server_url: str) -> None:
    expected, answer = _in_process(served.repository, served.plan), _served(served.server.wait_ready())
    assert served.server.log_errors() == []
    alike = changes([(expected, answer)])
    assert alike.boxes[1] > 40
    assert (alike.classes, *(kind[0] for kind in (alike.boxes, alike.links, alike.fields))) == (0, 0, 0, 0)
    rounded = changes([(_served(server_url), answer)])
    # a cut that bfloat16 sees otherwise changes the two boxes that it parts, and the one that they would be
    assert rounded.classes == 0 and rounded.boxes[0] <= 0.06 * rounded.boxes[1]


def _counts(client: grpc.InferenceServerClient, model: str) -> tuple[int, int]:
    """Requests that a model has answered, and executions that it took."""
    statistics = client.get_inference_statistics(model).model_stats[0]
    return statistics.inference_stats.success.count, statistics.execution_count


@pytest.mark.parametrize("served", ["tensorrt"], indirect=True)
def test_pages_of_mixed_sizes_meet_in_batches(served: Served) -> None:
    """By the server's own counts: 24 pages, eight at a time, of three sizes."""
    engines, url = (
        ("detector", "recognizer_64", RECOGNIZER, "text_encoder"),
        served.server.wait_ready(),
    )
    pages = [draw_page(800, 1200, 12), draw_page(1200, 900, 8), draw_page(810, 1190, 14)]
    with grpc.InferenceServerClient(url) as client:
        before = {model: _counts(client, model) for model in engines}
        with Traffic(url, pages, threads=8) as traffic:
            traffic.wait_for_answers(24)
        for model in engines:
            requests, executions = (
                now - then for now, then in zip(_counts(client, model), before[model], strict=True)
            )
            assert requests >= 24
            assert executions < requests, model
