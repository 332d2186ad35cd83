"""A reader for tests of the children: it does what a mail tells it, as a parser with a fault would.

A child finds `understand` by its name, as the service finds its own.
"""

from __future__ import annotations

import ctypes
import os
import signal
import time

from intake.kinds.screen import OwnAddresses
from service import reading
from service.reading import Reading


def understand(data: bytes, sha256: str, own: OwnAddresses) -> Reading:
    """Obey the first line of the body, then read the mail as always."""
    word = data.partition(b"\r\n\r\n")[2].partition(b"\r\n")[0].decode("ascii", "replace").strip()
    if word == "segfault":
        ctypes.string_at(0)
    elif word == "exit":
        os._exit(0)
    elif word == "system exit":
        raise SystemExit(0)
    elif word == "hang":
        _hang()
    elif word == "slow":
        time.sleep(1.2)
    elif word == "allocate":
        hoard = [bytearray(64 * 1024 * 1024) for _ in range(64)]
        return reading.given_up(b"", sha256, f"{len(hoard)} pieces of memory were to be had")
    elif word == "raise":
        raise KeyError("no such thing")
    elif word == "kill the nursery":
        os.kill(os.getppid(), signal.SIGKILL)
        _hang()
    return reading.understand(data, sha256, own)


def _hang() -> None:
    """Ignore every signal that can be ignored, and burn."""
    while True:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
