"""Repositories for other servers, each loaded by the real tritonserver: graphs, names, shapes, edges fit.

Nothing is changed but the backend of the engines, which runs them on the CPU. What the server then answers
must be what the same graphs answer in this process and, but for rounding, what the embedded target answers.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from generic import changed_lines, swap_backends

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


@pytest.mark.parametrize("target", ["tensorrt", "openvino", "onnxruntime"])
def test_repository_is_what_a_server_loads(target: str, server_url: str, tmp_path: Path) -> None:
    plan = Plan(target=target)
    with _stand_in():
        assemble(plan, tmp_path / target)
    expected = _in_process(tmp_path / target, plan)
    swapped = tmp_path / "swapped"
    engines = swap_backends(tmp_path / target, swapped)
    assert sorted(engines) == sorted(model.name for model in plan.engines)
    assert not any(changed_lines(tmp_path / target, swapped, name) for name in engines)
    server = EmbeddedServer(repository=swapped)
    try:
        answer = _served(server.wait_ready())
        assert server.log_errors() == []
    finally:
        assert server.stop() == 0
    alike = changes([(expected, answer)])
    assert alike.boxes[1] > 40
    assert (alike.classes, *(kind[0] for kind in (alike.boxes, alike.links, alike.fields))) == (0, 0, 0, 0)
    rounded = changes([(_served(server_url), answer)])
    assert rounded.classes == 0 and rounded.boxes[0] <= 0.05 * rounded.boxes[1]
