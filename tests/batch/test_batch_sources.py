"""Sources: folders, patterns and archives as they are found in the wild, each document once."""

import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from docfuse import InputError
from docfuse.options import Limits
from docfuse_batch import groups
from docfuse_batch.groups import make_groups, read
from docfuse_batch.listing import Entry, Unreadable, find, translate


def sources(*named: object) -> list[str]:
    return [found.source for found in find(map(str, named))]


def contents(*named: object) -> dict[str, object]:
    entries = [found for found in find(map(str, named)) if isinstance(found, Entry)]
    return {
        source: content.read_bytes() if isinstance(content, Path) else content
        for group in make_groups(entries, 2)
        for source, content in read(group, group.paths)
    }


def add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.PNG", "a.pdf", "notes.txt", "deep/er/c.tiff", "deep/d.jpg"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


def test_folders_files_and_patterns(folder: Path) -> None:
    everything = [str(folder / name) for name in ("a.pdf", "b.PNG", "deep/d.jpg", "deep/er/c.tiff")]
    assert sources(folder) == everything
    assert sources(folder / "a.pdf", folder, f"file://{folder}/a.pdf", folder / "deep/../a.pdf") == everything
    assert sources(folder / "notes.txt") == [str(folder / "notes.txt")]
    assert sources(folder / "*.*") == everything[:2]
    assert sources(folder / "**/*.[jt]*") == everything[2:]
    assert sources(folder / "d?ep") == everything[2:]
    assert contents(folder)[everything[0]] == b"a.pdf"


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/a/*.pdf", "/a/b.pdf", True), ("/a/*.pdf", "/a/b/c.pdf", False), ("/a/**/*.pdf", "/a/c.pdf", True),
        ("/a/**/*.pdf", "/a/b/d/c.pdf", True), ("/a/[!x]", "/a/x", False), ("/a/[^]b", "/a/^b", True),
        ("/a/20*", "/a/2026/b/c.pdf", True), ("/a/?.p(f", "/a/b.p(f", True), ("/a/**", "/a/b/c", True),
    ],
)  # fmt: skip
def test_patterns(pattern: str, path: str, matches: bool) -> None:
    assert bool(translate(pattern).fullmatch(path)) == matches


def test_what_is_not_there(folder: Path) -> None:
    (folder / "empty").mkdir()
    for named, said in (
        ("none.pdf", "no file or folder"),
        ("*.gif", "no PDF"),
        ("empty", "no PDF"),
        ("x/*", "no PDF"),
    ):
        with pytest.raises(InputError, match=said):
            sources(folder / named)
    with pytest.raises(InputError, match=r"nosuch://a/b cannot be opened"):
        sources("nosuch://a/b")


def test_links_in_circles_and_names_that_are_no_text(folder: Path) -> None:
    (folder / "deep/up").symlink_to(folder)
    (folder / "z.pdf").symlink_to(folder / "a.pdf")
    odd = os.fsencode(folder) + b"/deep/\xff.pdf"
    Path(os.fsdecode(odd)).write_bytes(b"odd")
    assert len(sources(folder)) == 6
    assert contents(folder)[f"{folder}/deep/\\udcff.pdf"] == b"odd"


@pytest.mark.parametrize("suffix", ["zip", "tar", "tar.gz", "TGZ", "tar.xz"])
def test_archives_and_members_of_one_name(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"all.{suffix}"
    members = [("a.pdf", b"1"), ("x/a.pdf", b"2"), ("a.pdf", b"3"), ("a.pdf#2", b"4"), ("notes.txt", b"5")]
    members += [("__MACOSX/._a.pdf", b"6"), ("b.png#1", b"7"), ("b.png", b"8")]
    if suffix == "zip":
        with zipfile.ZipFile(path, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
            for name, data in members:
                archive.writestr(name, data)
    else:
        mode = {"tar": "w", "TGZ": "w:gz"}.get(suffix, f"w:{suffix[4:]}")
        with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
            for name, data in members:
                add(tar, name, data)
    assert {source.removeprefix(f"{path}!/"): data for source, data in contents(path).items()} == {
        "a.pdf": b"1", "x/a.pdf": b"2", "a.pdf#2": b"3", "b.png": b"8",
    }  # fmt: skip
    assert len(sources(tmp_path)) == 4


def test_damaged_archives_give_what_they_can(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        for number in range(3):
            add(tar, f"{number}.pdf", os.urandom(2000))
    whole = (tmp_path / "a.tar").read_bytes()
    (tmp_path / "a.tar").write_bytes(whole[:4000])
    (tmp_path / "b.zip").write_bytes(b"no zip")
    found = list(find([str(tmp_path)]))
    bad = [each for each in found if isinstance(each, Unreadable)]
    assert {each.source for each in bad} == {str(tmp_path / "a.tar"), str(tmp_path / "b.zip")}
    got = contents(tmp_path)
    assert len(got[f"{tmp_path}/a.tar!/0.pdf"]) == 2000  # type: ignore[arg-type]
    assert isinstance(got[f"{tmp_path}/a.tar!/1.pdf"], InputError)


def test_members_that_cannot_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("good.pdf", "crc.pdf", "gone.pdf", "locked.pdf"):
            archive.writestr(name, f"content of {name}")
        archive.writestr("large.pdf", b"0" * 2000)
    damaged = path.read_bytes().replace(b"content of crc", b"content of CRC", 1)
    path.write_bytes(damaged)
    entries = [entry for entry in find([str(path)]) if isinstance(entry, Entry)]
    with zipfile.ZipFile(path) as archive:
        flags = archive.getinfo("locked.pdf")
    central = damaged.rindex(b"locked.pdf") - 46 + 8
    path.write_bytes(damaged[:central] + b"\x01" + damaged[central + 1 :])
    path.write_bytes(path.read_bytes().replace(b"gone.pdf", b"here.pdf"))
    assert flags.flag_bits == 0
    monkeypatch.setattr(groups, "Limits", lambda: Limits(max_bytes=1000))
    (group,) = make_groups(entries)
    got = {source.rpartition("/")[2]: content for source, content in read(group, group.paths)}
    assert got.pop("good.pdf") == b"content of good.pdf"
    said = {
        "crc": "Bad CRC",
        "gone": "not there any more",
        "locked": "encrypted",
        "large": "more than the limit",
    }
    assert {name: str(error) for name, error in got.items()}.keys() == {f"{name}.pdf" for name in said}
    for name, part in said.items():
        assert part in str(got[f"{name}.pdf"])


def test_groups_keep_a_tar_together(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as tar, zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        for number in range(10):
            add(tar, f"{number}.pdf", b"x")
            archive.writestr(f"{number}.pdf", "x")
            (tmp_path / f"c{number}.pdf").write_text("x")
    entries = [entry for entry in find([str(tmp_path)]) if isinstance(entry, Entry)]
    assert [len(group.paths) for group in make_groups(entries, 4)] == [10, 4, 4, 2, 4, 4, 2]
    assert [len(group.paths) for group in make_groups(entries[:10], 1, tar_openings=3)] == [4, 4, 2]


def test_an_unreadable_folder_is_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.pdf").touch()
    (tmp_path / "secret").mkdir()
    scan = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: scan(path if "secret" not in path else "/nowhere"))
    assert [type(found) for found in find([str(tmp_path)])] == [Entry, Unreadable]


def test_object_stores_by_fsspec() -> None:
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.pipe("/bucket/x/a.pdf", b"one")
    memory.pipe("/bucket/x/deep/b.png", b"two")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("c.pdf", "three")
    memory.pipe("/bucket/z.zip", stream.getvalue())
    everything = {
        "memory://bucket/x/a.pdf": b"one",
        "memory://bucket/x/deep/b.png": b"two",
        "memory://bucket/z.zip!/c.pdf": b"three",
    }
    assert contents("memory://bucket") == everything
    assert sources("memory://bucket/**/*.p*") == list(everything)[:2]
    assert sources("memory://bucket/x/a.pdf") == list(everything)[:1]
