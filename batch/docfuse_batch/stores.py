"""Where documents lie: this machine's file system, or an object store, behind one interface."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, Literal, Protocol

from docfuse.errors import InputError

Kind = Literal["file", "folder"]
_READ_AHEAD = 2**20
"""Bytes fetched at once from an object store: an archive is read in small pieces, each else a request."""


class Store(Protocol):
    """A file system. Paths are its own; addresses are what a result names as its `source`."""

    def address(self, path: str) -> str:
        """The path or URL under which people know a file."""

    def kind(self, path: str) -> Kind | None:
        """What is there; None: nothing."""

    def entries(self, folder: str) -> Iterator[tuple[str, Kind]]:
        """Paths in a folder, by name."""

    def open(self, path: str) -> IO[bytes]:
        """A file for reading; it can seek."""

    def size(self, path: str) -> int:
        """Bytes of a file."""


@dataclass(frozen=True)
class LocalStore:
    """This machine's file system. Names that are not UTF-8 are read, and shown with backslash escapes."""

    def address(self, path: str) -> str:
        """The path itself."""
        return printable(path)

    def kind(self, path: str) -> Kind | None:
        """What is there; links are followed."""
        if os.path.isdir(path):  # noqa: PTH112  # Path is slower, and a run looks at every file
            return "folder"
        return "file" if os.path.exists(path) else None  # noqa: PTH110

    def entries(self, folder: str) -> Iterator[tuple[str, Kind]]:
        """Paths in a folder, by name; links to folders are left out, as they may lead in circles."""
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield entry.path, "folder"
            elif entry.is_file():
                yield entry.path, "file"

    def open(self, path: str) -> IO[bytes]:
        """A file for reading."""
        return open(path, "rb")  # noqa: PTH123

    def size(self, path: str) -> int:
        """Bytes of a file."""
        return os.stat(path).st_size  # noqa: PTH116


@dataclass(frozen=True)
class ObjectStore:
    """A bucket or the like, by pyarrow or fsspec.

    `base` is the path, in the file system, of what `url` names.
    """

    filesystem: Any
    base: str
    url: str

    def address(self, path: str) -> str:
        """The URL of a file, without credentials and options."""
        return printable(self.url + path.removeprefix(self.base))

    def kind(self, path: str) -> Kind | None:
        """What is there."""
        return _kind(self.filesystem.get_file_info(path))

    def entries(self, folder: str) -> Iterator[tuple[str, Kind]]:
        """Paths in a folder, by name."""
        from pyarrow.fs import FileSelector

        found = self.filesystem.get_file_info(FileSelector(folder))
        for info in sorted(found, key=lambda info: info.path):
            kind = _kind(info)
            if kind is not None and info.path.rstrip("/") != folder:
                yield info.path, kind

    def open(self, path: str) -> IO[bytes]:
        """A file for reading."""
        import io

        return io.BufferedReader(self.filesystem.open_input_file(path), _READ_AHEAD)

    def size(self, path: str) -> int:
        """Bytes of a file."""
        info = self.filesystem.get_file_info(path)
        if _kind(info) != "file":
            raise FileNotFoundError(path)
        return int(info.size)


def _kind(info: Any) -> Kind | None:
    from pyarrow.fs import FileType

    kinds: dict[Any, Kind] = {FileType.File: "file", FileType.Directory: "folder"}
    return kinds.get(info.type)


def printable(name: str) -> str:
    """The name in UTF-8; bytes that are not, which Python keeps as surrogates, as backslash escapes."""
    return name.encode("utf-8", "backslashreplace").decode()


def locate(source: str) -> tuple[Store, str]:
    """The store that a path or URL belongs to, and its path there (absolute).

    Raises:
        InputError: the URL's kind of store is not known, needs a package, or refuses the connection.
    """
    scheme, separator, rest = source.partition("://")
    if not separator or scheme == "file":
        return LocalStore(), os.path.abspath(rest if separator else source)  # noqa: PTH100
    place, _, options = rest.partition("?")
    host, _, path = place.partition("/")
    root = f"{scheme}://{host}/" + (f"?{options}" if options else "")
    filesystem, base = _filesystem(root, source)
    base = base.rstrip("/")
    store = ObjectStore(filesystem, base, f"{scheme}://{_without_credentials(host)}")
    return store, f"{base}/{path}".rstrip("/")


def _without_credentials(host: str) -> str:
    """A URL's host without `user:password@`; a container in front of an Azure account stays."""
    user, at, bare = host.rpartition("@")
    return bare if at and ":" in user else host


def _filesystem(root: str, source: str) -> tuple[Any, str]:
    import pyarrow as pa
    from pyarrow import fs

    try:
        return fs.FileSystem.from_uri(root)  # type: ignore[no-any-return]
    except pa.ArrowInvalid as error:
        if "nrecognized filesystem type" not in str(error):
            raise InputError(f"{source} cannot be opened: {error}.") from None
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{source} cannot be opened: {error}.") from None
    import fsspec

    try:
        filesystem, base = fsspec.core.url_to_fs(root)
    except (ValueError, ImportError, OSError) as error:
        raise InputError(f"{source} cannot be opened: {error}.") from None
    return fs.PyFileSystem(fs.FSSpecHandler(filesystem)), base
