"""`docfuse batch` as a user runs it: real Ray, real server, killed and cut off for real."""

import json
import os
import signal
import subprocess
import tarfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from away import Door
from documents_on_paper import blank_pdf, encrypted_pdf
from kill_and_resume import check_same, command, committed, kill_at, results, resume
from toy import patience
from traffic import draw_page

from docfuse import Document

pytestmark = pytest.mark.timeout(1200)  # for a busy machine
PAGE = draw_page(300, 200, lines=2)
BROKEN = {"bad.png": b"hello", "empty.pdf": b"", "locked.pdf": encrypted_pdf(b"x")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """26 documents, 23 pages: a PDF of several, broken ones, a zip and a tar with names that repeat."""
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    for number in range(14):
        (folder / f"{number:02}.png").write_bytes(PAGE)
    (folder / "deep" / "three.pdf").write_bytes(blank_pdf(3))
    for name, data in BROKEN.items():
        (folder / name).write_bytes(data)
    with zipfile.ZipFile(folder / "z.zip", "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        for name in ("a.png", "a.png", "b.png"):
            archive.writestr(name, PAGE)
        archive.writestr("bad.pdf", b"%PDF-1.4 no")
    with tarfile.open(folder / "t.tar.gz", "w:gz") as tar:
        for name in ("x/00.png", "x/01.png", "bad.png", "x/00.png"):
            path = folder / Path(name).name
            tar.add(path, name)
    return folder


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, **environment}
    return subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        timeout=240 * patience(),
        check=False,
        env=variables,
    )


def test_killed_and_run_again(folder: Path, server_url: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = [folder, folder / "00.png", folder / "*.png", "--out", out, "--url", server_url]
    often = ["--shard-documents", 2, "--concurrency", 2]
    assert kill_at(out, 8, [*arguments, *often], 120 * patience()) == []
    (out / "parquet" / ".part-000099-r0.parquet.tmp").write_bytes(b"half")
    before = {row["source"] for row in results(out)[0]}
    assert 8 <= len(before) < 26
    kept = {path.name: path.read_bytes() for path in (out / "parquet").glob("part-*")}
    scratch = Path(json.loads((out / ".lock").read_text())["scratch"])
    assert scratch.exists()

    ended = resume(arguments, 240 * patience())
    assert ended.returncode == 0, ended.stderr
    assert not scratch.exists()
    assert "In all 26 documents, 23 pages, 5 with errors." in ended.stdout
    rows, lines = results(out)
    check_same(rows, lines)
    assert len(rows) == 26
    assert before <= {row["source"] for row in rows}
    assert all((out / "parquet" / name).read_bytes() == data for name, data in kept.items())
    assert not list(out.rglob(".part*"))

    by_name = {str(row["source"]).removeprefix(f"{folder}/"): row for row in rows}
    failed = {name for name, row in by_name.items() if row["error"]}
    assert failed == {*BROKEN, "z.zip!/bad.pdf", "t.tar.gz!/bad.png"}
    assert {"z.zip!/a.png", "z.zip!/a.png#2", "t.tar.gz!/x/00.png#2"} <= set(by_name)
    assert by_name["deep/three.pdf"]["pages"] == 3
    document = Document.from_json(str(by_name["z.zip!/a.png"]["result"]))
    assert document.source == f"{folder}/z.zip!/a.png"

    again = run(*arguments)
    assert again.returncode == 0
    assert "26 documents are done already, 0 are left" in again.stderr
    assert results(out) == (rows, lines)

    (folder / "bad.png").write_bytes(PAGE)
    mended = run(*arguments, "--retry-errors", "--limit", 3)
    assert mended.returncode == 0, mended.stderr
    rows, lines = results(out)
    check_same(rows, lines)
    assert len(rows) == 24
    assert next(row for row in rows if row["source"] == f"{folder}/bad.png")["error"] is None


def test_a_server_away_and_a_second_batch(folder: Path, server_url: str, tmp_path: Path) -> None:
    door, out = Door(server_url), tmp_path / "out"
    arguments = [folder, "--out", out, "--url", door.url, "--shard-documents", 1, "--concurrency", 1]
    impatient = ["--patience", 1, "--timeout", 5 * patience(), "--format", "jsonl"]
    with subprocess.Popen(command(*arguments, *impatient), stderr=subprocess.PIPE, text=True) as process:
        _wait(lambda: len(list((out / "jsonl").glob("part*"))) >= 3, process)
        second = run(*arguments)
        assert (second.returncode, second.stderr.count("\n")) == (1, 1)
        assert f"Another batch (process {process.pid} on " in second.stderr
        door.shut()
        _, said = process.communicate(timeout=120 * patience())
    assert process.returncode == 1
    (line,) = [line for line in said.splitlines() if line.startswith("Error")]
    assert "The server is away, after 1 s of waiting." in line
    assert "run the same command again" in line
    assert "Traceback" not in said
    done = [json.loads(text) for path in (out / "jsonl").glob("part*") for text in path.open()]
    assert 3 <= len(done) < 26
    assert {row["error_code"] for row in done} <= {None, "INVALID_INPUT", "INVALID_ARGUMENT"}
    refused = run(*arguments, *impatient)
    assert (refused.returncode, "became ready within 1 s" in refused.stderr) == (1, True)
    door.open()
    assert run(*arguments).returncode == 0
    check_same(*results(out))
    assert committed(out) == 26
    door.shut()


def test_a_worker_that_dies_and_an_end_by_request(folder: Path, server_url: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = [folder, "--out", out, "--url", server_url, "--shard-documents", 1, "--concurrency", 1]
    with subprocess.Popen(command(*arguments), stderr=subprocess.PIPE, text=True) as process:
        _wait(lambda: committed(out) >= 3, process)
        children = psutil.Process(process.pid).children(recursive=True)
        workers = [child for child in children if "MapWorker" in "".join(child.cmdline())]
        assert workers
        for worker in workers:
            worker.kill()
        _wait(lambda: committed(out) >= 8, process)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=120 * patience())
    assert process.returncode == 130, said
    assert "Stopped. What is done is kept" in said
    ended = run(*arguments, "--retry-errors")
    assert ended.returncode == 0, ended.stderr
    rows, lines = results(out)
    check_same(rows, lines)
    assert Counter(row["error_code"] for row in rows)[None] == 21
    assert len(rows) == 26


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none", "--url", "127.0.0.1:9"], "There is no file or folder none."),
        (["a.png", "--ray-address", "127.0.0.1:9"], "give --url"),
        (["a.png", "--url", "nonsense"], "give host:port"),
        (["a.png", "--url", "127.0.0.1:9"], "No docfuse server at 127.0.0.1:9"),
        (["a.png", "--format", "csv"], "csv is none of parquet, jsonl"),
    ],
)
def test_mistakes_are_one_clear_error(tmp_path: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "a.png").write_bytes(PAGE)
    arguments = [str(tmp_path / word) if word == "a.png" else word for word in arguments]
    result = run(*arguments, "--out", tmp_path / "out", "--patience", 1)
    assert result.returncode in (1, 2)
    assert said in " ".join(result.stderr.replace("│", " ").split())
    assert "Traceback" not in result.stderr


def test_no_cluster_at_the_address(server_url: str, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PAGE)
    result = run(tmp_path, "--out", tmp_path / "out", "--url", server_url, "--ray-address", "127.0.0.1:9")
    assert result.returncode == 1
    assert "There is no Ray cluster at 127.0.0.1:9" in result.stderr


def _wait(condition: Callable[[], bool], process: subprocess.Popen[str], limit: float = 120) -> None:
    deadline = time.monotonic() + limit * patience()
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
