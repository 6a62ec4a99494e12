"""Documents in zip and tar archives, read one at a time: an archive is never unpacked."""

from __future__ import annotations

import lzma
import re
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from docfuse.errors import InputError
from docfuse.paths import SUFFIXES
from docfuse_batch.stores import printable

ZIP = (".zip",)
TAR = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
DAMAGED = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError)
"""What reading a damaged archive raises."""
_NUMBERED = re.compile(r"#\d+$")


@dataclass(frozen=True)
class Member:
    """A document in an open archive; those of a tar must be read before the next one is asked for.

    `name` is unique in the archive, `size` is in bytes as the archive declares it.
    """

    name: str
    size: int
    archive: zipfile.ZipFile | tarfile.TarFile
    info: zipfile.ZipInfo | tarfile.TarInfo

    def read(self) -> bytes:
        """The content.

        Raises:
            InputError: the member is encrypted, or the archive is damaged there.
        """
        if isinstance(self.info, zipfile.ZipInfo) and self.info.flag_bits & 1:
            raise InputError("It is encrypted in its zip; unpack the archive first.")
        try:
            if isinstance(self.archive, zipfile.ZipFile):
                return self.archive.read(self.info)  # type: ignore[arg-type]
            stream = self.archive.extractfile(self.info)  # type: ignore[arg-type]
            return b"" if stream is None else stream.read()
        except (*DAMAGED, RuntimeError, NotImplementedError) as error:  # the last: an unknown compression
            raise InputError(f"It cannot be read from its archive ({error}).") from None


def is_document(path: str) -> bool:
    """Whether a file in a folder or archive is a document, by its name; macOS's `._` companions are not."""
    name = path.rpartition("/")[2].lower()
    return not name.startswith("._") and name.endswith(tuple(SUFFIXES))


def is_archive(path: str) -> bool:
    """Whether a file is an archive, by its name."""
    return path.lower().endswith(ZIP + TAR)


def is_zip(path: str) -> bool:
    """Whether an archive is a zip, so that any member can be read without those before it."""
    return path.lower().endswith(ZIP)


def members(stream: IO[bytes], zipped: bool) -> Iterator[Member]:
    """The documents of an archive in its order.

    A name that occurs again is followed by `#2`, `#3`, … (a name that ends so itself, by `#1`).

    Raises:
        One of `DAMAGED`: the archive is damaged here; the members before can be read.
    """
    counts: Counter[str] = Counter()
    for member in _zip_members(stream) if zipped else _tar_members(stream):
        if is_document(member.name):
            counts[member.name] += 1
            yield Member(_unique(member.name, counts[member.name]), member.size, member.archive, member.info)


def _unique(name: str, occurrence: int) -> str:
    return f"{name}#{occurrence}" if occurrence > 1 or _NUMBERED.search(name) else name


def _zip_members(stream: IO[bytes]) -> Iterator[Member]:
    with zipfile.ZipFile(stream) as archive:
        for info in archive.infolist():
            if not info.is_dir():
                yield Member(printable(info.filename), info.file_size, archive, info)


def _tar_members(stream: IO[bytes]) -> Iterator[Member]:
    with tarfile.open(fileobj=stream, mode="r|*") as archive:
        while (info := archive.next()) is not None:
            archive.members = []  # type: ignore[attr-defined]  # the module would keep all of them
            if info.isfile():
                yield Member(printable(info.name), info.size, archive, info)
