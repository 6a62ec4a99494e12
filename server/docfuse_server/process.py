"""A tritonserver process with its stubs and its shared memory: start, look after, end without remains."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import psutil

from docfuse_server.errors import ServerError
from docfuse_server.log import read as read_log

SHARED_MEMORY = Path("/dev/shm")
_PREFIX = "docfuse_"
_STUB = "triton_python_backend_stub"
_DRAINED = "All models are stopped"
"""What tritonserver logs when no request is in flight any more."""
_ENOUGH = 2**28
"""Bytes of shared memory that a few pages in flight take."""
_LAST_ANSWERS = 0.3
"""Seconds for the last answers to leave."""
# The child asks the kernel to be killed when its supervisor is, then becomes tritonserver.
_DIE_WITH_PARENT = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9); "
    "os.getppid() == int(sys.argv[1]) or sys.exit(1); os.execv(sys.argv[2], sys.argv[2:])"
)


class Belongings:
    """What one supervisor keeps outside its own memory: every name begins with its prefix.

    A lock on a file of that prefix tells others that the supervisor lives; whoever can take the lock may
    clear what is left.
    """

    def __init__(self) -> None:
        """Make a folder and a lock.

        Raises:
            ServerError: shared memory or the folder of temporary files is not writable.
        """
        _check_writable()
        self.prefix = f"{_PREFIX}{os.getpid()}_{secrets.token_hex(4)}_"
        self._lock = _lock(SHARED_MEMORY / f"{self.prefix}lock")
        self.folder = _folder(self.prefix)
        self.folder.mkdir(mode=0o700)

    def clear(self) -> None:
        """Remove every shared memory region, as before a new start."""
        _remove_regions(self.prefix, keep="lock")

    def close(self) -> None:
        """Remove everything."""
        _remove(self.prefix)
        if self._lock is not None:
            self._lock.close()

    def admission(self, slots: int) -> str:
        """Create a fresh file for the admission slots and return what DOCFUSE_ADMISSION has to say."""
        self.admission_file.unlink(missing_ok=True)
        self.admission_file.touch(mode=0o600)
        return f"{self.admission_file}:{slots}"

    @property
    def admission_file(self) -> Path:
        """File of the admission slots."""
        return SHARED_MEMORY / f"{self.prefix}admission"


def _check_writable() -> None:
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        raise ServerError(
            "No folder of temporary files can be written to: give a read-only container a tmpfs at /tmp."
        ) from None
    if not os.access(SHARED_MEMORY, os.W_OK):
        raise ServerError(f"{SHARED_MEMORY} cannot be written to: mount it for the user that runs docfuse.")


def too_little_memory(total: int | None = None) -> str:
    """What a user has to know where shared memory is small, as a container's is by default; else nothing."""
    total = shutil.disk_usage(SHARED_MEMORY).total if total is None else total
    if total >= _ENOUGH:
        return ""
    size = total // 2**20
    return f"; {SHARED_MEMORY} has only {size} MiB: give the container 1 GiB (docker: --shm-size 1g)"


def sweep() -> None:
    """Remove what supervisors that were killed have left."""
    for path in SHARED_MEMORY.glob(f"{_PREFIX}*_lock"):
        lock = _lock(path)
        if lock is not None:
            _remove(path.name.removesuffix("lock"))
            lock.close()


def _lock(path: Path) -> IO[bytes] | None:
    try:
        file = path.open("ab")
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def _folder(prefix: str) -> Path:
    return Path(tempfile.gettempdir()) / f"{prefix}run"


def _remove(prefix: str) -> None:
    _remove_regions(prefix)
    shutil.rmtree(_folder(prefix), ignore_errors=True)


def _remove_regions(prefix: str, keep: str = "\0") -> None:
    for path in SHARED_MEMORY.glob(f"{prefix}*"):
        if path.name != prefix + keep:
            with contextlib.suppress(OSError):
                path.unlink()


class TritonProcess:
    """One run of tritonserver."""

    def __init__(self, command: Sequence[str], environment: dict[str, str], log: Path, prefix: str) -> None:
        self._prefix = prefix
        self._stubs: dict[psutil.Process, str] = {}
        self._log = log
        self.log_begin = log.stat().st_size if log.exists() else 0
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-S", "-E", "-c", _DIE_WITH_PARENT, str(os.getpid()), *command],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in a terminal is for the supervisor to handle
            )
        self.pid = self._process.pid

    def returncode(self) -> int | None:
        """Exit status, None while it runs."""
        return self._process.poll()

    def watch_stubs(self) -> None:
        """Take the stubs that run now for the ones to watch."""
        self._stubs = {stub: stub_model(stub) for stub in _stubs_of(self._prefix)}

    def dead_stub(self) -> str | None:
        """Name of the model whose stub has died since `watch_stubs`."""
        return next((model for stub, model in self._stubs.items() if not _alive(stub)), None)

    def drain(self, limit: float) -> None:
        """Let the server finish the requests in flight, for `limit` seconds at most, and take no new ones.

        What it does after that, unloading models that hold nothing, takes seconds and is not waited for.
        """
        self._process.terminate()
        deadline = time.monotonic() + limit
        while self._process.poll() is None and time.monotonic() < deadline:
            if _DRAINED in read_log(self._log, self.log_begin):
                time.sleep(_LAST_ANSWERS)
                return
            time.sleep(0.05)

    def kill(self) -> None:
        """End the server and every stub of it at once, stubs that a crash has orphaned included."""
        self._process.kill()
        self._process.wait()
        deadline = time.monotonic() + 5
        while (stubs := [*_stubs_of(self._prefix)]) and time.monotonic() < deadline:
            for stub in stubs:
                with contextlib.suppress(psutil.Error):
                    stub.kill()
            psutil.wait_procs(stubs, timeout=1)
        _reap_orphans()


def _reap_orphans() -> None:
    """As the first process of a container, take the exit status of stubs that lost their parent."""
    if os.getpid() == 1:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def stub_model(stub: psutil.Process) -> str:
    """Name of the model that a stub runs, from its command line: `… /path/MODEL/1/model.py …`."""
    with contextlib.suppress(psutil.Error):
        for argument in stub.cmdline():
            if argument.endswith("model.py"):
                return Path(argument).parts[-3]
    return "unknown"


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _stubs_of(prefix: str) -> Iterator[psutil.Process]:
    """Stubs whose command line names a shared memory region of this prefix."""
    for process in psutil.process_iter(["name", "cmdline"]):
        arguments = process.info["cmdline"] or []
        if arguments and arguments[0].endswith(_STUB) and any(prefix in argument for argument in arguments):
            if _alive(process):
                yield process
