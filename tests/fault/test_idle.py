"""The figure of `./run fault idle` counts what it must; the figure itself takes ten minutes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from tests.fault.costs import cpu_seconds, processes

_BUSY = "sum(range(10**7))"
_SAY = "print('done', flush=True)"
_WAIT = "import sys; sys.stdin.read()"


def _group(program: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        (sys.executable, "-c", program),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        process_group=0,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_a_busy_child_is_counted_while_it_lives_and_when_it_has_ended() -> None:
    child = f"[sys.executable, '-c', {f'{_BUSY}; {_SAY}; {_WAIT}'!r}]"
    began = f"import subprocess, sys; one = subprocess.Popen({child}, stdin=subprocess.PIPE)"
    ended = "; sys.stdin.readline(); one.communicate(); print('over', flush=True); sys.stdin.read()"
    process = _group(began + ended)
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        assert process.stdout.readline() == b"done\n"
        living = cpu_seconds(process.pid)
        assert processes(process.pid) == 2
        assert living > 0.1
        process.stdin.write(b"\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"over\n"
        assert processes(process.pid) == 1
        assert cpu_seconds(process.pid) >= living - 0.03  # counted in other ticks
    finally:
        _end(process)


def test_who_waits_costs_nothing() -> None:
    process = _group(f"{_SAY}; {_WAIT}")
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"done\n"
        before = cpu_seconds(process.pid)
        assert cpu_seconds(os.getpgid(0)) > 0
        assert cpu_seconds(process.pid) - before <= 0.02
    finally:
        _end(process)
