"""Shards on disk: what is committed stays, whatever a killed process left, and both formats agree."""

import os
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from documents_on_paper import field, page, table
from kill_and_resume import check_same, results

from docfuse import InputError
from docfuse.documents import assemble
from docfuse.result import Document, PageError
from docfuse_batch.lock import locked
from docfuse_batch.rows import SCHEMA, failed, from_json_line, to_json_line, to_row, to_table
from docfuse_batch.shards import FORMATS, Shards


def good(source: str) -> dict[str, object]:
    items = table(["description", "line_amount", None], [["Tea", "2.50", "x"]])
    items.items[0].cells[1].normalized = 2.5
    fields = [
        field("payable_amount", "12.50 €", 0.9, normalized=12.5),
        field(None, 'say ", "result": {', 0.5),
    ]
    pages = [page(0, fields=fields, tables=[items]), page(1, tables=[])]
    return to_row(source, assemble(pages, [], "other name"))


def bad(source: str) -> dict[str, object]:
    return to_row(source, failed(source, InputError("It is broken.")))


def opened(folder: Path, formats: tuple[str, ...] = FORMATS) -> Shards:
    shards = Shards(folder, formats)
    shards.recover()
    return shards


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_row_holds_what_matters_and_the_whole_result() -> None:
    row = good("a.pdf")
    assert set(row) == set(SCHEMA.names)
    assert (row["class"], row["pages"], row["payable_amount"], row["error"]) == ("invoice", 2, 12.5, None)
    assert row["items"] == [{"table": 0, "page": 0, "description": "Tea", "line_amount": 2.5}]
    assert Document.from_json(str(row["result"])).source == "a.pdf"
    partly = assemble([page(0)], [PageError(index=1, code="INTERNAL", message="No.")], None)
    assert to_row("b", partly)["error"] == "Page 2: No."


def test_json_lines_give_the_same_rows_back() -> None:
    rows = to_table([good("Größe\u2028.pdf"), bad("b")]).to_pylist()
    assert [from_json_line(to_json_line(row)) for row in rows] == rows
    with pytest.raises(ValueError, match="not complete"):
        from_json_line(to_json_line(rows[0])[:-20])


def test_both_formats_hold_every_commit(tmp_path: Path) -> None:
    shards = opened(tmp_path)
    shards.commit(to_table([good("a"), bad("b")]))
    shards.commit(to_table([good("c")]))
    rows, lines = results(tmp_path)
    check_same(rows, lines)
    assert [(done.source, done.error_code, done.label, done.pages) for done in shards.scan()] == [
        ("a", None, "invoice", 2), ("b", "INVALID_INPUT", None, 0), ("c", None, "invoice", 2),
    ]  # fmt: skip
    assert pq.read_schema(tmp_path / "parquet/part-000000-r0.parquet").equals(SCHEMA)


@pytest.mark.parametrize("lost", FORMATS)
def test_a_missing_format_is_made_from_the_other(tmp_path: Path, lost: str) -> None:
    opened(tmp_path).commit(to_table([good("a"), bad("b")]))
    before = results(tmp_path)
    (tmp_path / lost / f"part-000000-r0.{lost}").unlink()
    (tmp_path / lost / f".part-000001-r0.{lost}.tmp").write_text("half")
    shards = opened(tmp_path)
    assert results(tmp_path) == before
    assert names(tmp_path) == {f"{name}/part-000000-r0.{name}" for name in FORMATS}
    shards.commit(to_table([good("c")]))
    assert "jsonl/part-000001-r0.jsonl" in names(tmp_path)


def test_a_format_can_be_added_and_is_kept_up(tmp_path: Path) -> None:
    opened(tmp_path, ("jsonl",)).commit(to_table([good("a")]))
    assert [done.source for done in opened(tmp_path, ("jsonl",)).scan()] == ["a"]
    assert not (tmp_path / "parquet").exists()
    opened(tmp_path, ("parquet",)).commit(to_table([good("b")]))
    check_same(*results(tmp_path))
    assert len(results(tmp_path)[0]) == 2


def test_errors_are_taken_out(tmp_path: Path) -> None:
    shards = opened(tmp_path)
    shards.commit(to_table([good("a"), bad("b")]))
    shards.commit(to_table([bad("c")]))
    assert shards.drop_errors() == 2
    assert [done.source for done in opened(tmp_path).scan()] == ["a"]
    assert names(tmp_path) == {f"{name}/part-000000-r1.{name}" for name in FORMATS}


class Killed(BaseException):
    """Stands for SIGKILL: nothing of ours runs after it."""


def killing(monkeypatch: pytest.MonkeyPatch, step: int) -> Callable[[], bool]:
    """Stop the step-th time that a file gets or loses its name, or is flushed; says if it came to that."""
    count = 0

    def counted(original: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            nonlocal count
            count += 1
            if count == step:
                raise Killed
            return original(*arguments, **options)

        return call

    for owner, name in ((Path, "replace"), (Path, "unlink"), (os, "fsync")):
        monkeypatch.setattr(owner, name, counted(getattr(owner, name)))
    return lambda: count >= step


@pytest.mark.parametrize("work", ["commit", "drop_errors"])
def test_killed_at_any_step(tmp_path: Path, work: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = [good("a"), bad("b"), bad("c")]
    for step in range(1, 50):
        folder = tmp_path / str(step)
        folder.mkdir()
        shards = opened(folder)
        shards.commit(to_table(before[:2]))
        shards.commit(to_table(before[2:]))
        with monkeypatch.context() as patch:
            reached = killing(patch, step)
            try:
                shards.commit(to_table([good("d"), bad("e")])) if work == "commit" else shards.drop_errors()
            except Killed:
                pass
            if not reached():
                assert step > 4
                break
        recovered = opened(folder)
        check_same(*results(folder))
        sources = {done.source for done in recovered.scan()}
        assert sources in (
            [{*"abc"}, {*"abcde"}] if work == "commit" else [{*"abc"}, {*"ac"}, {*"ab"}, {*"a"}]
        )
        recovered.commit(to_table([good("f")]))
        assert {done.source for done in opened(folder).scan()} == sources | {"f"}
        assert all(name.startswith(("parquet/part", "jsonl/part")) for name in names(folder))


def test_a_damaged_shard_is_named(tmp_path: Path) -> None:
    shards = opened(tmp_path)
    shards.commit(to_table([good("a")]))
    (tmp_path / "parquet/part-000000-r0.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(InputError, match=r"part-000000-r0\.parquet is damaged .*delete it and run again"):
        list(shards.scan())


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"), locked(tmp_path / "file" / "out"):
        pass


def test_one_batch_at_a_time_and_scratch_is_cleared(tmp_path: Path) -> None:
    with locked(tmp_path) as scratch:
        assert scratch.is_dir()
        with pytest.raises(InputError, match=f"Another batch .process {os.getpid()} on .* is writing"):
            with locked(tmp_path):
                pass
    assert not scratch.exists()
    with locked(tmp_path) as first:
        held = (tmp_path / ".lock").read_text()
    first.mkdir()  # as if that process had been killed
    (tmp_path / ".lock").write_text(held)
    with locked(tmp_path):
        assert not first.exists()
    (tmp_path / ".lock").write_text(held.replace(str(first), str(tmp_path)))
    with locked(tmp_path):
        assert tmp_path.exists()
