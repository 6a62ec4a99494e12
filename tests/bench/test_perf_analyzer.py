"""The real perf_analyzer: its report, a short run, and what is said when it or the server is not there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from toy import write_repository
from traffic import RECOGNIZER, draw_page

from docfuse.errors import NoServerError
from docfuse_bench import tool as tools
from docfuse_bench.errors import PerfAnalyzerError
from docfuse_bench.load import Latency, Load, parse_report
from docfuse_bench.tool import Tool, find_tool
from docfuse_pipeline import specification as spec
from docfuse_server.embedded import EmbeddedServer

RECORDED = Path(__file__).with_name("perf_analyzer.csv")
"""What perf_analyzer 2.46 wrote about 24 pages, 8 in flight, on a busy machine."""


@pytest.fixture(scope="module")
def tool() -> Tool:
    try:
        return find_tool(fetch=False)
    except PerfAnalyzerError as error:
        pytest.skip(str(error))


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[EmbeddedServer]:
    """A server whose pages take as long as they say."""
    server = EmbeddedServer(repository=write_repository(tmp_path / "repository"))
    yield server
    server.stop()


def test_recorded_report_is_read() -> None:
    assert parse_report(RECORDED.read_text(encoding="utf-8")) == Latency(
        pages_per_second=1.14197, mean_ms=6688.326, p50_ms=6520.585, p95_ms=11241.912, p99_ms=11998.67
    )


@pytest.mark.parametrize("keep", [0, 1], ids=["empty", "header alone"])
def test_report_without_a_measurement_is_an_error(keep: int) -> None:
    text = "\n".join(RECORDED.read_text(encoding="utf-8").split("\n")[:keep])
    with pytest.raises(PerfAnalyzerError, match="cannot be read"):
        parse_report(text)


def test_report_of_other_columns_is_an_error() -> None:
    with pytest.raises(PerfAnalyzerError, match="cannot be read"):
        parse_report("Concurrency,Tokens/Second\n8,1.1\n")


def test_short_run_against_the_served_graph(tool: Tool, server_url: str) -> None:
    pages = [draw_page(300, 400, 2), draw_page(400, 300, 3)]
    level = Load(tool, server_url).run(pages, concurrency=2, requests=6)
    assert level.latency.pages_per_second > 0
    assert 0 < level.latency.p50_ms <= level.latency.p95_ms <= level.latency.p99_ms
    assert level.steps.keys() >= {step.model.name for step in spec.DOCUMENT.steps} | {"orientation"}
    assert spec.DOCUMENT.name not in level.steps
    reading = level.steps[RECOGNIZER]
    assert reading.rows_per_execution >= reading.pages_per_execution >= 1
    assert 3 <= reading.executions <= 8, "a page that another test gave up may still be finished"
    assert all(step.compute_ms > 0 for step in level.steps.values())


def test_pages_come_in_their_order_and_progress_is_told(tool: Tool, toy: EmbeddedServer) -> None:
    seen: list[int] = []
    level = Load(tool, toy.wait_ready()).run([b"sleep 0.4", b"sleep 0.2"], 1, 6, seen.append)
    assert level.latency.mean_ms == pytest.approx(300, abs=60)
    assert level.steps["step"].executions == 6
    assert seen and seen == sorted(seen) and seen[-1] <= 6


def test_server_that_goes_away_is_told_from_one_that_refuses(tool: Tool, toy: EmbeddedServer) -> None:
    load = Load(tool, toy.wait_ready())
    stopping = threading.Timer(2, toy.stop)
    stopping.start()
    with pytest.raises(NoServerError, match="went away at 2 pages in flight"):
        load.run([b"sleep 0.3"], 2, 500)
    stopping.join()
    with pytest.raises(NoServerError, match="does not answer"):
        load.run([b"sleep 0.3"], 2, 500)


def test_page_that_the_server_refuses_ends_the_run(tool: Tool, server_url: str) -> None:
    with pytest.raises(PerfAnalyzerError, match="failed at 1 pages in flight"):
        Load(tool, server_url).run([b"no image at all"], 1, 4)


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without perf_analyzer on its path or in its cache, cut off from every package index."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")


@pytest.mark.usefixtures("nowhere")
def test_missing_and_not_to_be_had(tmp_path: Path) -> None:
    with pytest.raises(PerfAnalyzerError, match=r"wheel cannot be fetched \(ERROR: .*tritonclient") as caught:
        find_tool()
    assert "Put NVIDIA's perf_analyzer on the PATH" in str(caught.value)
    assert not list((tmp_path / "cache" / "docfuse" / ".tools").iterdir())


@pytest.mark.usefixtures("nowhere")
def test_a_program_that_cannot_run_here_is_an_error(tmp_path: Path) -> None:
    program = tmp_path / "perf_analyzer"
    program.write_text("#!/bin/sh\necho libcudart.so.12: cannot open shared object file >&2\nexit 127\n")
    program.chmod(0o755)
    with pytest.raises(PerfAnalyzerError, match="does not run here: libcudart"):
        find_tool()


@pytest.mark.usefixtures("nowhere")
def test_wheel_without_the_program_is_an_error(tmp_path: Path) -> None:
    import zipfile

    wheel = tmp_path / "tritonclient-2.73.0.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tritonclient/__init__.py", "")
    with pytest.raises(PerfAnalyzerError, match="holds no perf_analyzer"):
        tools.unpack(wheel, tmp_path)
