"""Documents in groups, each read and sent by one worker; an archive's members are read in one pass."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from docfuse.errors import InputError
from docfuse.options import MIB, Limits
from docfuse_batch.archives import DAMAGED, Member, is_zip, members
from docfuse_batch.listing import MEMBER_MARK, Entry
from docfuse_batch.stores import LocalStore, Store

GROUP = 64
"""Documents of a group, where nothing speaks for more."""
_ZIP_OPENINGS = 128
"""Times that a zip is opened at most: each opening reads its whole list of members."""

Content = Path | bytes | InputError
"""A document to send, or why there is none."""


@dataclass(frozen=True)
class Group:
    """Documents that are files of one store, or members of one archive.

    `paths` holds a file's path, or a member's name, by its source.
    """

    store: Store
    paths: dict[str, str]
    archive: str | None = None


def make_groups(entries: Iterable[Entry], size: int = GROUP, tar_openings: int = 1) -> Iterator[Group]:
    """Groups of about `size` documents, in the order of the entries.

    An archive's groups are larger where it would be opened too often: a tar is read from its beginning each
    time, so that its members are one group unless `tar_openings` allows for more.
    """
    for (store, archive), run in groupby(entries, lambda entry: (entry.store, _archive(entry))):
        paths = [(entry.source, entry.member or entry.path) for entry in run]
        step = size
        if archive is not None:
            openings = _ZIP_OPENINGS if is_zip(archive) else tar_openings
            step = max(size, -(-len(paths) // openings))
        for start in range(0, len(paths), step):
            yield Group(store, dict(paths[start : start + step]), archive)


def _archive(entry: Entry) -> str | None:
    return entry.path if entry.member is not None else None


def read(group: Group, wanted: Collection[str]) -> Iterator[tuple[str, Content]]:
    """The wanted documents of a group, one at a time; each once, with its content or an error."""
    if group.archive is None:
        for source, path in group.paths.items():
            if source in wanted:
                yield source, _read_file(group.store, path)
    else:
        yield from _read_archive(group.store, group.archive, wanted)


def _read_file(store: Store, path: str) -> Content:
    if isinstance(store, LocalStore):
        return Path(path)  # the client reads it when its turn comes
    try:
        _check_size(store.size(path))
        with store.open(path) as stream:
            return stream.read()
    except InputError as error:
        return error
    except FileNotFoundError:
        return InputError("The object is not there any more.")
    except (OSError, ValueError) as error:
        return InputError(f"The object cannot be read ({error}).")


def _read_archive(store: Store, path: str, wanted: Collection[str]) -> Iterator[tuple[str, Content]]:
    left = dict.fromkeys(wanted)
    address, reason = store.address(path), "it is not there any more"
    try:
        with store.open(path) as stream:
            for member in members(stream, is_zip(path)):
                source = f"{address}{MEMBER_MARK}{member.name}"
                if source in left:
                    del left[source]
                    yield source, _read_member(member)
                if not left:
                    return
    except DAMAGED as error:
        reason = str(error) or type(error).__name__
    for source in left:
        yield source, InputError(f"It cannot be read from its archive ({reason}).")


def _read_member(member: Member) -> Content:
    try:
        _check_size(member.size)
        return member.read()
    except InputError as error:
        return error


def _check_size(size: int) -> None:
    limit = Limits().max_bytes
    if size > limit:
        raise InputError(
            f"The document has {size / MIB:.1f} MiB, more than the limit of {limit / MIB:.0f} MiB."
        )
