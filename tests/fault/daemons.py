"""Processes of the real service, as a fault run starts, watches and kills them.

with Preloaded() as parent:
    process = parent.start(Birth(("serve", "--config", "amends.toml")), log)
    process.wait(0.3)
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final, Protocol, Self

from tests.fault.preloaded import MOST_BYTES, Birth

_TICKS: Final = os.sysconf("SC_CLK_TCK")
ROOT: Final = Path(__file__).parent.parent.parent
_NOTICE_SECONDS: Final = 10.0  # for children to notice that their parent is gone


class Process(Protocol):
    """What a fault run does with a process: `subprocess.Popen`, or one that another has forked."""

    pid: int
    stdout: IO[bytes] | None

    @property
    def returncode(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def kill(self) -> None: ...

    def send_signal(self, sig: int) -> None: ...


class Preloaded:
    """The process of `tests.fault.preloaded`, seen from the driver. Any thread may ask."""

    def __enter__(self) -> Self:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                (sys.executable, "-m", "tests.fault.preloaded", str(theirs.fileno())),
                stdin=subprocess.DEVNULL,
                cwd=ROOT,
                pass_fds=(theirs.fileno(),),
                process_group=0,
            )
        return self

    def __exit__(self, *why: object) -> None:
        self._control.close()
        try:
            self._process.wait(10)
        finally:
            self._process.kill()
            self._process.wait()

    def start(self, birth: Birth, log: Path) -> Forked:
        """A daemon of its own, with its log in `log`."""
        ours, theirs = os.pipe()
        with open(theirs, "wb") as output, log.open("wb") as told:
            pid = self._ask(birth.told(), output.fileno(), told.fileno())
        return Forked(self, pid, open(ours, "rb"))

    def bury(self, pid: int) -> int:
        """Its exit code, once it has ended; until then its pid is nobody else's."""
        return self._ask(json.dumps(pid).encode())

    def _ask(self, question: bytes, *files: int) -> int:
        with self._lock:
            socket.send_fds(self._control, [question], files)
            answer = self._control.recv(MOST_BYTES)
        if not answer:
            raise RuntimeError("the process that forks the daemons has ended (see its traceback)")
        return int(answer)


class Forked:
    """A daemon that `Preloaded` forked."""

    def __init__(self, parent: Preloaded, pid: int, stdout: IO[bytes]) -> None:
        self._parent = parent
        self.pid = pid
        self.stdout: IO[bytes] | None = stdout
        self.returncode: int | None = None
        self._ended = os.pidfd_open(pid)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, the negative signal if one ended it. subprocess.TimeoutExpired."""
        if self.returncode is None:
            most = None if timeout is None else max(0.0, timeout)
            if not select.select([self._ended], [], [], most)[0]:
                raise subprocess.TimeoutExpired("amends", timeout or 0.0)
            self.returncode = self._parent.bury(self.pid)
            os.close(self._ended)
        return self.returncode

    def poll(self) -> int | None:
        """Its exit code, or None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0.0)
        return self.returncode

    def kill(self) -> None:
        """SIGKILL to this process alone."""
        self.send_signal(signal.SIGKILL)

    def send_signal(self, sig: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, sig)


def end_group(process: Process) -> None:
    """Kill the process and what it started; its group is its own, so nothing else is hit."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def moment() -> float:
    """Seconds since the machine started, the clock of `/proc`."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def left_over(groups: Mapping[int, float], seconds: float = _NOTICE_SECONDS) -> list[str]:
    """What still runs of these groups (leader: the moment of its death) after so many seconds; it
    is ended and named."""
    end = time.monotonic() + seconds
    while (found := _members(groups)) and time.monotonic() < end:
        time.sleep(0.05)
    for pid in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return [f"{pid}: {command}" for pid, command in found.items()]


def _members(groups: Mapping[int, float]) -> dict[int, str]:
    """Living processes of these groups. A number is used again: what began later is not ours."""
    found: dict[int, str] = {}
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            facts = (place / "stat").read_text().rpartition(")")[2].split()
            state, group, began = facts[0], int(facts[2]), int(facts[19]) / _TICKS
            if state not in "ZX" and began < groups.get(group, 0.0):
                command = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found[int(place.name)] = command.strip()[:80]
    return found
