"""Sources as the caller names them → every document, once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from docfuse.errors import InputError
from docfuse_batch.archives import DAMAGED, is_archive, is_document, is_zip, members
from docfuse_batch.stores import Store, locate

MEMBER_MARK = "!/"
"""Stands between an archive's address and a member's name."""


@dataclass(frozen=True)
class Entry:
    """A document to read: a file of a store, or a member of an archive there.

    `source` is its address, by which it is known in the results.
    """

    source: str
    store: Store
    path: str
    member: str | None = None


@dataclass(frozen=True)
class Unreadable:
    """A folder or archive that cannot be listed, wholly or from some point on."""

    source: str
    reason: str


Found = Entry | Unreadable


def find(sources: Iterable[str]) -> Iterator[Found]:
    """Every document that the sources name, in a fixed order, each once.

    Args:
        sources: files, folders (with all below), patterns (`*`, `**`, `[…]`, and `?` in paths), archives, or
            URLs of any of these.

    Raises:
        InputError: a source does not exist, or nothing in it is a document.
    """
    known: set[str] = set()
    for source in sources:
        empty = True
        for found in _spread(source):
            empty = False
            if found.source not in known:
                known.add(found.source)
                yield found
        if empty:
            raise InputError(f"There are no PDF files, images or archives of them in {source}.")


def _spread(source: str) -> Iterator[Found]:
    store, path = locate(source)
    try:
        kind = store.kind(path)
    except OSError as error:
        raise InputError(f"{source} cannot be read: {_reason(error)}.") from None
    if kind == "file":
        yield from _file(store, path)
    elif kind == "folder":
        yield from _walk(store, path)
    elif _magic(path):
        yield from _match(store, path)
    else:
        raise InputError(f"There is no file or folder {source}.")


def _file(store: Store, path: str) -> Iterator[Found]:
    source = store.address(path)
    if not is_archive(path):
        yield Entry(source, store, path)
        return
    try:
        with store.open(path) as stream:
            for member in members(stream, is_zip(path)):
                yield Entry(f"{source}{MEMBER_MARK}{member.name}", store, path, member.name)
    except DAMAGED as error:
        yield Unreadable(source, f"The archive cannot be read to its end ({_reason(error)}).")


def _walk(store: Store, folder: str, pattern: re.Pattern[str] | None = None) -> Iterator[Found]:
    """Documents and archives below a folder; with a pattern those whose path matches."""
    try:
        for path, kind in store.entries(folder):
            if kind == "folder":
                yield from _walk(store, path, pattern)
            elif (is_document(path) or is_archive(path)) and (pattern is None or pattern.fullmatch(path)):
                yield from _file(store, path)
    except OSError as error:
        yield Unreadable(store.address(folder), f"The folder cannot be read: {_reason(error)}.")


def _magic(path: str) -> re.Match[str] | None:
    return re.search(r"[*?\[]", path)


def _match(store: Store, path: str) -> Iterator[Found]:
    mark = _magic(path)
    assert mark is not None
    folder = path[: mark.start()].rpartition("/")[0]
    if store.kind(folder or "/") == "folder":
        yield from _walk(store, folder or "/", translate(path))


def translate(pattern: str) -> re.Pattern[str]:
    """A pattern as a regular expression for whole paths; what lies below a folder that matches does too.

    `**/` is any folders or none, `*` and `?` stay within a name, `[…]` is one of a set, `[!…]` none of it.
    """
    parts = re.findall(r"\*\*/|\*+|\?|\[!?[^\]]+\]|.", pattern, re.DOTALL)
    return re.compile("".join(map(_translate, parts)) + "(?:/.*)?", re.DOTALL)


def _translate(part: str) -> str:
    if part == "**/":
        return "(?:.*/)?"
    if part.startswith("*"):
        return ".*" if part == "**" else "[^/]*"
    if part == "?":
        return "[^/]"
    if len(part) > 1:
        negation = "^" if part[1] == "!" else ""
        characters = re.sub(r"([\\^\[&~|])", r"\\\1", part[1:-1].removeprefix("!"))
        return f"[{negation}{characters}]"
    return re.escape(part)


def _reason(error: Exception) -> str:
    """An error's own words, in one line and without what the caller says already."""
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return words.splitlines()[0].rstrip(".")
