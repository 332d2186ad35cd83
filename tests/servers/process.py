"""Servers as child processes: a free port, and waiting until they answer."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import time
from collections.abc import Callable

HOST = "127.0.0.1"


def free_port() -> int:
    """A port that was free a moment ago; for servers that cannot choose one themselves."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(
    answers: Callable[[], bool],
    process: subprocess.Popen[bytes],
    log: Callable[[], str],
    seconds: float = 20.0,
) -> None:
    """Return when `answers()`; RuntimeError with the server's log when it died or is too slow."""
    end = time.monotonic() + seconds
    while not answers():
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
            raise RuntimeError(f"the server ended with code {process.returncode}:\n{log()}")
        if time.monotonic() > end:
            raise RuntimeError(f"the server did not answer within {seconds:g} s:\n{log()}")


def greets(port: int) -> bool:
    """Whether a server says hello; a port that only listens may be minutes from an answer."""
    try:
        with socket.create_connection((HOST, port), 5) as link:
            return bool(link.recv(100))
    except OSError:
        return False


def end(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> None:
    """Ask the process to end, and make it end after ten seconds."""
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
