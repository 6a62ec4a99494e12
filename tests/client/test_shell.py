"""The command line as a user types it."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from documents_on_paper import blank_pdf, encrypted_pdf
from PIL import Image
from typer.testing import CliRunner

from docfuse import Document, InputError
from docfuse.cli import app
from docfuse.demo import samples
from docfuse.paths import expand
from docfuse.schema import schema_text

SAMPLES = samples()[0].parent


def docfuse(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    command = [sys.executable, "-c", "from docfuse.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False, **options)  # type: ignore[call-overload]


def test_import_is_quick_and_light() -> None:
    code = "import docfuse, sys; sys.exit(bool({'numpy', 'grpc', 'torch', 'pydantic'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_public_name_is_there() -> None:
    import docfuse as package

    for name in package.__all__:
        assert getattr(package, name) is not None
    with pytest.raises(AttributeError):
        _ = package.nothing


def test_help_lists_the_commands_of_all_packages() -> None:
    result = CliRunner().invoke(app, ["--help"])
    assert result.exit_code == 0
    for name in ("analyze", "demo", "schema", "version", "serve", "export", "train", "evaluate"):
        assert name in result.output
    code = """
import sys
sys.argv[1:] = ["--help"]
from docfuse.cli import main
try:
    main()
finally:
    assert "torch" not in sys.modules
"""
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0


def test_schema_and_version() -> None:
    assert CliRunner().invoke(app, ["schema"]).output == schema_text()
    assert CliRunner().invoke(app, ["version"]).output.startswith("docfuse ")


def test_files_folders_and_patterns(tmp_path: Path) -> None:
    for name in ("b.PNG", "a.pdf", "notes.txt", "deep/c.tiff"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    folder = str(tmp_path)
    assert [path.name for path in expand([folder])] == ["a.pdf", "b.PNG", "c.tiff"]
    assert [path.name for path in expand([f"{folder}/*.pdf", f"{folder}/a.pdf", f"{folder}/notes.txt"])] == [
        "a.pdf",
        "notes.txt",
    ]
    assert expand(["none.pdf"]) == [Path("none.pdf")]
    with pytest.raises(InputError, match="No file matches"):
        expand([f"{folder}/*.jpg"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no PDF or image files"):
        expand([f"{folder}/empty"])


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (
            ["analyze", "a.pdf", "--url", "127.0.0.1:9"],
            1,
            "No docfuse server at 127.0.0.1:9: nothing listens",
        ),
        (["analyze", "a.pdf", "--url", "nonsense"], 1, "give host:port"),
        (["analyze", "*.none", "--url", "127.0.0.1:9"], 1, "No file matches"),
        (["analyze", "a.pdf", "--boxes", "none.json", "--url", "127.0.0.1:9"], 1, "none.json cannot be read"),
        (["analyze", "a.pdf", "--url", "127.0.0.1:9", "--out", "no/such/folder/x"], 1, "cannot be written"),
        (["analyze", "a.pdf", "b.pdf", "--boxes", "x.json"], 2, "give one document"),
        (["analyze", "a.pdf", "--format", "xml"], 2, "xml is none of table, json, jsonl, csv"),
        (["analyze", "a.pdf", "--ocr", "maybe"], 1, "The ocr mode is 'maybe'; it must be one of auto"),
        (["analyze"], 2, "Missing argument"),
        (["nothing"], 2, "No such command"),
    ],
)
def test_mistakes_are_one_clear_error(tmp_path: Path, arguments: list[str], status: int, said: str) -> None:
    (tmp_path / "a.pdf").write_bytes(blank_pdf(1))
    result = docfuse(*arguments, cwd=tmp_path)
    assert result.returncode == status
    assert said in " ".join(result.stderr.replace("│", " ").split())
    assert "Traceback" not in result.stderr
    if status == 1:
        assert result.stderr.count("\n") == 1


def test_table(server_url: str) -> None:
    result = docfuse("analyze", SAMPLES / "receipt-us.pdf", "--url", server_url)
    assert result.returncode == 0, result.stderr
    assert "receipt-us.pdf" in result.stdout
    assert "1 page," in result.stdout


def test_images_are_read_if_they_may_be(server_url: str, tmp_path: Path) -> None:
    command = ["analyze", SAMPLES / "letter.pdf", SAMPLES / "receipt-us.pdf", "--url", server_url]
    result = docfuse(*command, "--ocr", "never")
    assert result.returncode == 1
    told = " ".join(result.stdout.split())  # a long path breaks lines elsewhere
    out = tmp_path / "letter.json"
    docfuse(*command[:2], "--url", server_url, "--ocr", "never", "--format", "json", "--out", out)
    boxes = Document.from_json(out).pages[0].boxes
    assert boxes and f"{len(boxes)} boxes, the PDF's own text" in told
    assert "Page 1 has no text layer that can be used: images cover much of it" in told
    always = docfuse(*command, "--ocr", "always")
    assert always.returncode == 0, always.stderr
    assert "own text" not in " ".join(always.stdout.split())


def test_json_is_a_document(server_url: str, tmp_path: Path) -> None:
    out = tmp_path / "result.json"
    result = docfuse("analyze", SAMPLES / "letter.pdf", "--url", server_url, "--format", "json", "--out", out)
    assert (result.returncode, result.stdout) == (0, "")
    assert Document.from_json(out).pages[0].boxes


def test_many_documents_and_their_files(server_url: str, tmp_path: Path) -> None:
    paper = Image.new("L", (400, 300), 255)
    paper.save(tmp_path / "two.tiff", save_all=True, append_images=[paper])
    (tmp_path / "bad.png").write_text("hello")
    (tmp_path / "locked.pdf").write_bytes(encrypted_pdf(b"secret"))
    arguments = ["--format", "jsonl", "--json", "j", "--png", "p", "--html", "h", "--url", server_url]
    result = docfuse("analyze", "two.tiff", "bad.png", "locked.pdf", *arguments, cwd=tmp_path)
    assert result.returncode == 1
    two, bad, locked = (Document.from_json(line) for line in result.stdout.splitlines())
    assert (len(two.pages), len(bad.pages), len(locked.pages)) == (2, 0, 0)
    assert result.stderr.splitlines()[0].startswith("Error: bad.png, page 1: ")
    assert "encrypted; give its password" in result.stderr
    made = {str(path.relative_to(tmp_path)) for folder in "jph" for path in (tmp_path / folder).iterdir()}
    assert made == {
        "j/two.json", "j/bad.json", "j/locked.json",
        "p/two-page1.png", "p/two-page2.png", "h/two.html",
    }  # fmt: skip
    assert Document.from_json(tmp_path / "j/two.json") == two
    with Image.open(tmp_path / "p/two-page1.png") as picture:
        assert max(picture.size) >= 1600


def test_a_password_opens_the_document(server_url: str, tmp_path: Path) -> None:
    (tmp_path / "locked.pdf").write_bytes(encrypted_pdf(b"secret"))
    result = docfuse("analyze", tmp_path / "locked.pdf", "--password", "secret", "--url", server_url)
    assert result.returncode == 0, result.stderr


def test_csv_and_given_boxes(server_url: str, tmp_path: Path) -> None:
    Image.new("L", (800, 600), 255).save(tmp_path / "a.png")
    boxes = [{"box": [100, 100, 260, 130], "text": "Total:"}, {"box": [400, 100, 500, 130], "text": "12.50"}]
    (tmp_path / "boxes.json").write_text(json.dumps(boxes))
    arguments = ["--boxes", "boxes.json", "--no-cut", "--format", "csv", "--json", ".", "--url", server_url]
    result = docfuse("analyze", "a.png", *arguments, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert next(csv.DictReader(io.StringIO(result.stdout)))["kind"] == "class"
    document = Document.from_json(tmp_path / "a.json")
    assert [box.text for box in document.pages[0].boxes] == ["Total:", "12.50"]


def test_demo_on_a_running_server(server_url: str, tmp_path: Path) -> None:
    result = docfuse("demo", "--out", tmp_path / "out", "--url", server_url)
    assert result.returncode == 0, result.stderr
    for sample in samples():
        assert sample.name in result.stdout
        assert Document.from_json(tmp_path / "out" / f"{sample.stem}.json").source == sample.name
        assert (tmp_path / "out" / f"{sample.stem}.html").stat().st_size > 20_000
        assert list((tmp_path / "out").glob(f"{sample.stem}*.png"))
    assert str(tmp_path / "out") in result.stdout


def test_without_a_url_a_server_is_started_and_stopped(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DOCFUSE_URL"}
    result = docfuse("analyze", SAMPLES / "receipt-us.pdf", "--format", "json", env=environment)
    assert result.returncode == 0, result.stderr
    assert Document.from_json(result.stdout).pages


def test_interrupting_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(blank_pdf(1))
    command = [sys.executable, "-c", "from docfuse.cli import main; main()", "analyze", "a.pdf"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    time.sleep(2.5)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors
