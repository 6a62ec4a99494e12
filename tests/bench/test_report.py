"""What a report concludes from its figures, and that reading memory and statistics meets a real server."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from tritonclient.grpc import InferenceServerClient

from docfuse.errors import InputError
from docfuse_bench.floor import Floor
from docfuse_bench.load import Latency, Level, Step
from docfuse_bench.memory import MemoryWatch, server_cpu, server_memory
from docfuse_bench.peer import Peer
from docfuse_bench.plot import plot_report
from docfuse_bench.report import Dense, Machine, Report, Start
from docfuse_bench.run import whole_rounds
from docfuse_bench.statistics import Work, read_statistics, work_since
from docfuse_bench.table import print_report
from docfuse_server.embedded import EmbeddedServer

MACHINE = Machine("a processor", cores=2, memory=24 * 10**9, system="Linux", load=0.1)


def level(concurrency: int, pages_per_second: float, mean_ms: float) -> Level:
    step = Step(queue_ms=1.0, compute_ms=40.0, executions=60, pages_per_execution=2.0, rows_per_execution=9.0)
    latency = Latency(pages_per_second, mean_ms, mean_ms, 2 * mean_ms, 3 * mean_ms)
    return Level(concurrency, 120, latency, {"detector": step, "text": step}, cpu_ms=600.0)


@pytest.fixture
def report() -> Report:
    return Report(
        url=None,
        folders=["scans"],
        machine=MACHINE,
        perf_analyzer="2.46.0",
        boxes=[40, 60],
        start=Start(4.0, 5.0),
        levels=[level(1, 2.0, 500.0), level(4, 3.0, 1300.0), level(8, 2.9, 2700.0)],
        memory={"tritonserver": 5 * 10**8, "detector": 10**9},
        dense=Dense(400, 1500.0, 50, 300.0),
        reading=6.0,
        peer=Peer("RapidOCR 3.10.0", 1.2, 24, cpu_ms=1500.0),
        floor=Floor(4.0, 500.0, 2, 1, lone_ms=400.0, engines_ms={"detector": 50.0}),
    )


def test_ratios_take_the_best_level_and_the_lone_one(report: Report) -> None:
    assert report.best is not None and report.best.concurrency == 4
    assert report.ratios() == {
        "throughput_to_peer": pytest.approx(2.5),
        "reading_to_peer": pytest.approx(5.0),
        "throughput_to_floor": pytest.approx(0.75),
        "lone_latency_to_floor": pytest.approx(1.25),
        "cpu_to_floor": pytest.approx(1.2),
        "peer_cpu_to_cpu": pytest.approx(2.5),
        "many_boxes_to_few": pytest.approx(5.0),
    }


def test_ratios_need_their_parts(report: Report) -> None:
    report.levels = report.levels[1:]
    report.peer = report.dense = None
    assert set(report.ratios()) == {"throughput_to_floor", "cpu_to_floor"}


def test_json_holds_everything(report: Report, tmp_path: Path) -> None:
    report.save(tmp_path / "report.json")
    found = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert found == json.loads(json.dumps(report.as_dict()))
    assert found["levels"][1]["steps"]["detector"]["pages_per_execution"] == 2.0
    assert found["ratios"]["throughput_to_peer"] == pytest.approx(2.5)
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_report_that_cannot_be_written_is_an_error(report: Report, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        report.save(tmp_path / "missing" / "report.json")


def test_tables_fit_a_terminal_and_say_what_counts(report: Report) -> None:
    stream = io.StringIO()
    print_report(report, Console(file=stream, width=80))
    text = stream.getvalue()
    for words in ("2 pages of scans, 50 boxes", "3.00", "3900", "0.75", "1.50 GB", "5.0 s", "400 boxes"):
        assert words in text
    assert "…" not in text and "busy" not in text


def test_a_busy_machine_is_told(report: Report) -> None:
    report.machine = Machine("a processor", 2, 1, "Linux", load=7.5)
    stream = io.StringIO()
    print_report(report, Console(file=stream, width=120))
    assert "busy before the start: load 7.5 on 2 cores" in stream.getvalue()


def test_plot_needs_figures(report: Report, tmp_path: Path) -> None:
    assert plot_report(report, tmp_path / "plot.png") == [tmp_path / "plot.png"]
    report.levels = []
    assert plot_report(report, tmp_path / "none.png") == []


@pytest.mark.parametrize(("requests", "pages", "sent"), [(120, 24, 120), (100, 24, 120), (1, 5, 5)])
def test_pages_are_sent_in_whole_rounds(requests: int, pages: int, sent: int) -> None:
    assert whole_rounds(requests, pages) == sent


def test_work_between_readings_leaves_idle_models_out() -> None:
    earlier = {"a": Work(1, 2, 1, 0.5, 1.0), "b": Work(3, 3, 3, 0.1, 0.2)}
    later = {"a": Work(4, 8, 2, 0.75, 3.0), "b": Work(3, 3, 3, 0.1, 0.2), "c": Work(1, 1, 1, 0.0, 0.1)}
    assert work_since(earlier, later) == {"a": Work(3, 6, 1, 0.25, 2.0), "c": Work(1, 1, 1, 0.0, 0.1)}


def test_memory_and_work_of_a_real_server(server: EmbeddedServer, server_url: str) -> None:
    sizes = server_memory(server.pid)
    assert sizes.keys() >= {"tritonserver", "detector", "page", "text_encoder"}
    assert 5e8 < sum(sizes.values()) < 6e9
    seen: list[dict[str, int]] = []
    with MemoryWatch(server.pid, seen.append):
        pass
    assert server_cpu(server.pid) > 1
    assert seen and seen[0].keys() == sizes.keys()
    with InferenceServerClient(server_url) as client:
        work = read_statistics(client)
    assert work["document"].requests >= 1  # the canary
    assert 0 < work["detector"].compute_s < 1000
