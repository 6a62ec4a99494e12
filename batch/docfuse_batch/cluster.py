"""Ray: a quiet local one, or a cluster that is there; and the work on it as a stream of tables."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from docfuse.errors import InputError
from docfuse_batch.groups import Group
from docfuse_batch.worker import COLUMN, REAL_HOME, Analyze

if TYPE_CHECKING:
    from docfuse_batch.sending import Service

_OBJECT_STORE = 256 * 2**20
"""Bytes for rows on their way here; Ray's own default is a third of the memory."""
_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",  # tells nobody that it runs
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
}
_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""Ray listens on every interface unless it takes itself for one that cannot be a cluster."""


@dataclass(frozen=True)
class Pool:
    """How many worker processes there are, and how many groups each has in hand at once."""

    workers: int
    calls: int = 2
    """Two: while the last pages of a group are under way, the next one fills the room."""


@contextmanager
def ray_session(address: str | None, workers: int, scratch: Path) -> Iterator[None]:
    """Connect to a Ray cluster, or start Ray on this machine's loopback for as long as the block lasts.

    Args:
        address: of a cluster, `host:port`; None: start Ray here.
        workers: worker processes that Ray shall have room for here.
        scratch: empty folder for the files of a local Ray.

    Raises:
        InputError: there is no cluster at the address, or Ray cannot start here.
    """
    os.environ.update(_ENVIRONMENT)
    if address is None:
        os.environ.update(_LOOPBACK)
    else:
        _check_reachable(address)
    terminate = signal.getsignal(signal.SIGTERM)
    with _output_to(scratch / "ray.log"):
        import ray

        try:
            if address is None:
                _start(workers, scratch)
            else:
                ray.init(address=address, log_to_driver=False)
        except Exception as error:  # Ray raises many kinds
            where = "start here" if address is None else f"be reached at {address}"
            raise InputError(f"Ray cannot {where}: {str(error).splitlines()[0]}") from None
        signal.signal(signal.SIGTERM, terminate)  # Ray sets one of its own
        try:
            yield
        finally:
            ray.shutdown()


def _start(workers: int, scratch: Path) -> None:
    """Start Ray on loopback.

    Ray looks in its user's home for a description of its cloud; if there is none, it asks the metadata
    services of three clouds. So it gets a home of its own; `docfuse_batch.worker` gives the workers theirs.
    """
    import ray

    own = {name: os.environ[name] for name in ("HOME",) if name in os.environ}
    home = scratch / "home"
    home.mkdir()
    (home / "ray_bootstrap_config.yaml").write_text("{}\n", encoding="utf-8")
    os.environ |= {"HOME": str(home), REAL_HOME: own.get("HOME", "")}
    try:
        ray.init(
            address="local",  # whatever RAY_ADDRESS says
            num_cpus=workers,
            include_dashboard=False,
            log_to_driver=False,
            object_store_memory=_OBJECT_STORE,
            _node_ip_address="127.0.0.1",
            _temp_dir=str(scratch / "ray"),
        )
    finally:
        del os.environ["HOME"], os.environ[REAL_HOME]
        os.environ |= own


@contextmanager
def _output_to(path: Path) -> Iterator[None]:
    """Send to a file what this process and its children print, native code included.

    Ray prints from C++ and from threads of its own, whatever its log levels are. Our own messages have a
    descriptor of their own.
    """
    saved = {stream: os.dup(stream) for stream in (1, 2)}
    _flush()
    with path.open("ab") as file:
        for stream in saved:
            os.dup2(file.fileno(), stream)
    try:
        yield
    finally:
        _flush()
        for stream, original in saved.items():
            os.dup2(original, stream)
            os.close(original)


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()


def _check_reachable(address: str) -> None:
    """Ray itself would try for a minute, and end the process when it gives up."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except ValueError:
        raise InputError(f"'{address}' is no address of a Ray cluster; give host:port.") from None
    except OSError as error:
        raise InputError(
            f"There is no Ray cluster at {address} ({error.strerror or error}); start one with `ray start`."
        ) from None


def available_workers() -> int:
    """Worker processes that the connected Ray has room for."""
    import ray

    return max(int(ray.cluster_resources().get("CPU", 1)), 1)


def analyze(groups: Sequence[Group], service: Service, pool: Pool) -> Generator[pa.Table, None, None]:
    """Rows of all documents in the groups, as they are ready, in any order.

    Where a worker process dies, what it had in hand is left out; the others go on.

    Raises:
        InputError: Ray itself failed.
    """
    import ray.data

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    context.target_max_block_size = 1  # bytes: hand every row over as soon as it is there
    context.max_errored_blocks = -1  # a group whose worker died does not end the run
    items = [{COLUMN: pickle.dumps(group)} for group in groups]
    results = ray.data.from_items(items, override_num_blocks=len(items)).map_batches(
        Analyze,
        fn_constructor_args=(service,),
        batch_size=1,
        compute=ray.data.ActorPoolStrategy(
            size=min(pool.workers, len(items)),
            max_concurrent_calls_per_actor=pool.calls,
            max_tasks_in_flight_per_actor=pool.calls,
            enable_true_multi_threading=True,
        ),
        # a document that ends its worker would do so again and again
        ray_remote_args_fn=lambda: {"max_task_retries": 0},
    )
    try:
        yield from results.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0)
    except ray.exceptions.RayError as error:
        reason = str(error).strip().splitlines()[-1]
        raise InputError(f"Ray failed ({reason}); run the same command again to go on.") from None
