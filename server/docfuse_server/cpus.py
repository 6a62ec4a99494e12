"""How many cores this process may use: those it may run on, and no more than its container's quota."""

from __future__ import annotations

import contextlib
import math
import os
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")


def usable_cores(cgroup: Path = _CGROUP) -> int:
    """Cores that this process may use, at least 1. A quota of two and a half cores counts as three."""
    cores = len(os.sched_getaffinity(0))
    quota = _quota(cgroup)
    return min(cores, max(1, math.ceil(quota))) if quota else cores


def _quota(cgroup: Path) -> float | None:
    """CPU time per time that the control group (version 2 or 1) allows, None if it does not limit it."""
    with contextlib.suppress(OSError, ValueError):
        time, period = (cgroup / "cpu.max").read_text(encoding="ascii").split()
        return None if time == "max" else int(time) / int(period)
    with contextlib.suppress(OSError, ValueError):
        time = (cgroup / "cpu" / "cpu.cfs_quota_us").read_text(encoding="ascii")
        period = (cgroup / "cpu" / "cpu.cfs_period_us").read_text(encoding="ascii")
        return int(time) / int(period) if int(time) > 0 else None
    return None
