"""A container's CPU quota bounds the engines' threads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from docfuse_server.cpus import usable_cores

_CORES = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({}, _CORES),
        ({"cpu.max": "max 100000"}, _CORES),
        ({"cpu.max": "50000 100000"}, 1),
        ({"cpu.max": "100000 100000"}, 1),
        ({"cpu.max": "110000 100000"}, min(2, _CORES)),
        ({"cpu.max": "9000000 100000"}, _CORES),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, _CORES),
        ({"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"}, 1),
        ({"cpu.max": "nonsense"}, _CORES),
    ],
)
def test_cores_by_control_group(tmp_path: Path, files: dict[str, str], cores: int) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"{text}\n")
    assert usable_cores(tmp_path) == cores
