"""Time, processor time and peak memory of this process. Linux: the kernel keeps the peak."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class Measured:
    """What one stretch of work cost. `peak_mb` counts the whole process, in 10^6 bytes."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0


@contextmanager
def measured() -> Iterator[Measured]:
    """Fills in what it yields when the work is done."""
    found = Measured()
    # "5" makes the kernel forget the peak so far (proc(5)); ru_maxrss would even keep the
    # parent's, from before the exec.
    Path("/proc/self/clear_refs").write_text("5")
    cpu, start = time.process_time(), time.perf_counter()
    yield found
    found.seconds = time.perf_counter() - start
    found.cpu_seconds = time.process_time() - cpu
    found.peak_mb = _peak_kib() * 1024 / 1e6


def _peak_kib() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
