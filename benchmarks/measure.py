"""Time, processor time and peak memory of this process. Linux: the kernel keeps the peak."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

NONE: Final[Mapping[str, int]] = MappingProxyType({})
_TICK: Final = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Measured:
    """What one stretch of work cost. `peak_mb` counts the whole process, in 10^6 bytes;
    `children_seconds` is the processor time of the processes below this one."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0
    children_seconds: float = 0.0
    servers_seconds: dict[str, float] = field(default_factory=dict)


@contextmanager
def measured(servers: Mapping[str, int] = NONE) -> Iterator[Measured]:
    """Fills in what it yields when the work is done. `servers`: name -> pid of the first one."""
    found = Measured()
    # "5" makes the kernel forget the peak so far (proc(5)); ru_maxrss would even keep the
    # parent's, from before the exec.
    Path("/proc/self/clear_refs").write_text("5")
    below = cpu_below(os.getpid())
    theirs = {name: cpu_below(pid, itself=True) for name, pid in servers.items()}
    cpu, start = time.process_time(), time.perf_counter()
    yield found
    found.seconds = time.perf_counter() - start
    found.cpu_seconds = time.process_time() - cpu
    found.children_seconds = cpu_below(os.getpid()) - below
    found.servers_seconds = {
        name: cpu_below(pid, itself=True) - theirs[name] for name, pid in servers.items()
    }
    found.peak_mb = _peak_kib() * 1024 / 1e6


def cpu_below(pid: int, *, itself: bool = False) -> float:
    """Seconds of processor time of the living processes below this one, and of their dead."""
    parents, times = {}, {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            # Fields of proc(5) from the third one on; the second may hold spaces.
            fields = place.read_text().rpartition(")")[2].split()
            number = int(place.parent.name)
            parents[number] = int(fields[1])
            times[number] = sum(map(int, fields[11:15]))
    found, below = times.get(pid, 0) if itself else 0, {pid}
    while below:
        below = {one for one, parent in parents.items() if parent in below}
        found += sum(times[one] for one in below)
    return found / _TICK


def _peak_kib() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
