"""`docfuse bench` as a user runs it, against the real server."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from PIL import Image
from traffic import RECOGNIZER, draw_page
from typer.testing import CliRunner, Result

from docfuse.cli import app
from docfuse_bench.errors import PerfAnalyzerError
from docfuse_bench.tool import find_tool


@pytest.fixture(scope="module", autouse=True)
def _tool() -> None:
    try:
        find_tool(fetch=False)
    except PerfAnalyzerError as error:
        pytest.skip(str(error))


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.png").write_bytes(draw_page(300, 400, 2 + number))
    return folder


def bench(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["bench", *map(str, arguments)])


def test_a_short_run_is_reported_in_full(server_url: str, documents: Path, tmp_path: Path) -> None:
    (documents / "broken.png").write_bytes(b"no picture")
    report = tmp_path / "report.json"
    result = bench(
        *("--url", server_url, "--documents", documents, "--concurrency", "1:2"),
        *("--quick", "--no-dense", "--report", report),
    )
    assert result.exit_code == 0, result.output
    found = json.loads(report.read_text(encoding="utf-8"))
    assert [level["concurrency"] for level in found["levels"]] == [1, 2]
    assert [level["requests"] for level in found["levels"]] == [3, 6]
    assert len(found["boxes"]) == 3 and min(found["boxes"]) >= 2
    assert len(found["skipped"]) == 1
    assert found["error"] is None
    assert found["start"] is None and found["memory"] == {}  # the server is not ours
    assert found["peer"] is None and found["floor"] is None and found["ratios"] == {}
    with Image.open(report.with_suffix(".png")) as picture:
        assert picture.width > 1000
    for words in ("3 pages of scans", "pages/s", RECOGNIZER, "best throughput", "Left out"):
        assert words in result.output


def test_what_was_measured_is_kept_when_the_server_fails(
    server_url: str, documents: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    result = bench(  # 200 pages at once are more than the server takes
        *("--url", server_url, "--documents", documents, "--concurrency", "1:200:199"),
        *("--quick", "--no-dense", "--report", report),
    )
    assert isinstance(result.exception, PerfAnalyzerError)
    found = json.loads(report.read_text(encoding="utf-8"))
    assert [level["concurrency"] for level in found["levels"]] == [1]
    assert "failed at 200 pages in flight" in found["error"]
    assert "ended early" in result.output


def test_no_server_is_one_clear_error(
    documents: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docfuse_bench.serving._READY_LIMIT", 0.5)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
    report = tmp_path / "report.json"
    result = bench("--url", address, "--documents", documents, "--report", report)
    assert str(result.exception) == f"No docfuse server at {address} became ready within 0.5 s."
    assert json.loads(report.read_text(encoding="utf-8"))["error"] == str(result.exception)


def test_documents_that_the_server_refuses_are_one_clear_error(server_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    (folder / "broken.png").write_bytes(b"no picture")
    result = bench("--url", server_url, "--documents", folder)
    assert "The server refuses every page" in str(result.exception)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--concurrency", "8:1"), "FIRST:LAST"),
        (("--report", "report.txt"), "must end in .json"),
        (("--report", "no/such/folder/report.json"), "cannot be written"),
        (("--url", "localhost:1", "--weights", "."), "not both"),
    ],
)
def test_bad_options_are_refused_before_anything_is_run(
    arguments: tuple[str, ...], message: str, documents: Path
) -> None:
    result = bench("--documents", documents, *arguments)
    assert result.exit_code != 0
    assert message in f"{result.output} {result.exception}"
