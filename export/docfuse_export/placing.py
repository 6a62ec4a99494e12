"""A folder that appears complete, all at once, and that one process at a time works on."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_EXCHANGE = 2  # RENAME_EXCHANGE of renameat2(2)
_HERE = -100  # AT_FDCWD


@contextmanager
def locked(out: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the lock of a folder; `waiting` is called once if another process has it.

    The lock goes with its process, killed or not. Its file is beside the folder, and removed afterwards.
    """
    path = out.with_name(f".{out.name}.lock")
    out.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with path.open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiting()
                fcntl.flock(file, fcntl.LOCK_EX)
            if not _is(path, file.fileno()):
                continue  # whoever had the lock took its file away
            try:
                yield
            finally:
                path.unlink()
            return


def _is(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """A folder beside `out` to fill; it takes the place of `out` unless filling it fails.

    Call it while the lock is held: what an earlier, killed run has left is cleared up first.
    """
    _clear_up(out)
    folder = Path(tempfile.mkdtemp(prefix=_prefix(out), dir=out.parent))
    try:
        yield folder
        folder.chmod(0o755)
        _put_in_place(folder, out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _prefix(out: Path) -> str:
    return f".{out.name}-new-"


def _aside(out: Path) -> Path:
    return out.with_name(f".{out.name}-old")


def _clear_up(out: Path) -> None:
    if _aside(out).exists() and not out.exists():
        _aside(out).rename(out)  # the last run was killed between two renames
    for folder in (_aside(out), *out.parent.glob(f"{_prefix(out)}*")):
        shutil.rmtree(folder, ignore_errors=True)


def _put_in_place(folder: Path, out: Path) -> None:
    """Swap the finished folder in; a reader finds the old one or the new one, never half of one."""
    if out.exists() and not _exchange(folder, out):
        out.rename(_aside(out))
    if not out.exists():
        folder.rename(out)
    shutil.rmtree(_aside(out), ignore_errors=True)


def _exchange(first: Path, second: Path) -> bool:
    """Exchange two folders in one step; False where the file system cannot do that, as NFS cannot.

    Raises:
        OSError: it fails for another reason.
    """
    library = ctypes.CDLL(None, use_errno=True)
    if library.renameat2(_HERE, os.fsencode(first), _HERE, os.fsencode(second), _EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        return False
    raise OSError(code, os.strerror(code), str(second))
