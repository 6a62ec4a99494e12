"""A real batch, killed with SIGKILL while it works, and run again to its end; what then lies in its folder.

By hand, over many: `python tests/batch/kill_and_resume.py OUT URL DOCUMENTS SOURCE…` kills at half of them.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import psutil
import pyarrow.parquet as pq


def command(*arguments: object) -> list[str]:
    """`docfuse batch` in a process of its own."""
    return [sys.executable, "-c", "from docfuse.cli import main; main()", "batch", *map(str, arguments)]


def committed(out: Path) -> int:
    """Documents in the Parquet files."""
    return sum(pq.ParquetFile(path).metadata.num_rows for path in (out / "parquet").glob("part-*.parquet"))


def kill_at(out: Path, documents: int, arguments: Iterable[object], limit: float) -> list[int]:
    """Kill a batch's process group as soon as so many documents are on disk; processes that outlived it."""
    with subprocess.Popen(command(*arguments), start_new_session=True) as process:
        deadline = time.monotonic() + limit
        while committed(out) < documents:
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline, "it took too long"
            time.sleep(0.05)
        family = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs(family, timeout=10)
    return [child.pid for child in alive]


def resume(arguments: Iterable[object], limit: float) -> subprocess.CompletedProcess[str]:
    """Run the same batch to its end."""
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=limit, check=False)


def results(out: Path) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Rows of the Parquet files and of the JSON lines, the result as JSON text and as an object."""
    rows = [
        row for path in sorted((out / "parquet").glob("*.parquet")) for row in pq.read_table(path).to_pylist()
    ]
    lines = [json.loads(line) for path in sorted((out / "jsonl").glob("*.jsonl")) for line in path.open()]
    return rows, lines


def check_same(rows: list[dict[str, object]], lines: list[dict[str, object]]) -> None:
    """Each document once, and both formats the same."""
    assert not [source for source, count in Counter(row["source"] for row in rows).items() if count > 1]
    assert len(rows) == len(lines)
    for row, line in zip(rows, lines, strict=True):
        assert {**row, "result": json.loads(str(row["result"]))} == line


def main() -> None:
    """Kill at half, go on, and say how it went."""
    out, url, documents, sources = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4:]
    arguments = [*sources, "--out", out, "--url", url, "--shard-seconds", 20]
    say, begin = sys.stdout.write, time.monotonic()
    alive = kill_at(out, documents // 2, arguments, 3600)
    kept, killed = committed(out), time.monotonic()
    say(f"killed after {killed - begin:.0f} s with {kept} documents on disk; still alive: {alive}\n")
    sys.stdout.flush()
    ended = resume(arguments, 3600)
    say(f"{ended.stdout}{ended.stderr}status {ended.returncode} after {time.monotonic() - killed:.0f} s\n")
    rows, lines = results(out)
    check_same(rows, lines)
    pages = sum(int(str(row["pages"])) for row in rows)
    say(f"{len(rows)} documents, {pages} pages, each once; both formats the same\n")


if __name__ == "__main__":
    main()
