"""What a service costs the machine, as the kernel counts it: CPU of all processes, memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
# Fields of /proc/PID/stat behind the name, which may hold anything (proc(5)).
_GROUP: Final = 2
_TIMES: Final = slice(11, 15)  # user, system, and both of the children that were waited for


def cpu_seconds(group: int) -> float:
    """Seconds that the processes of a group have used since they began, with those that ended and
    were waited for by one that lives."""
    return sum(sum(map(int, one[_TIMES])) for one in _members(group)) / _TICKS


def processes(group: int) -> int:
    """How many there are."""
    return sum(1 for _ in _members(group))


def resident_mib(pid: int) -> int:
    """What this process holds in memory now."""
    return _kib(pid, "VmRSS") // 1024


def peak_mib(pid: int) -> int:
    """The most that it held so far."""
    return _kib(pid, "VmHWM") // 1024


def _kib(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def _members(group: int) -> Iterator[list[str]]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
        if int(fields[_GROUP]) == group:
            yield fields
