"""The parent's side of the nursery: to have children born and buried, and to talk with one."""

from __future__ import annotations

import importlib
import io
import os
import pickle
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, is_dataclass
from multiprocessing.connection import Connection
from typing import Any, Final

from cases.errors import TryLater
from intake.kinds.screen import OwnAddresses
from intake.mail import Mail, Screened
from service.nursery import ASK, BEAR, BURY, Word
from service.reading import Reading

_MOST_ANSWER: Final = 64 * 1024 * 1024
_ANSWERS: Final = 1024 * 1024  # bytes that may wait in a pipe
_STUCK_SECONDS: Final = 30
_START: Final = "import sys; sys.path[:] = sys.argv[4:]; from service.nursery import main; " + (
    "main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]))"
)


class Harmed(Exception):
    """A child died over a mail, or took too long."""


@dataclass(slots=True)
class Child:
    pid: int
    pipe: Connection
    used: float
    given: int = 0

    def give(self, mails: Sequence[tuple[str, bytes]], own: OwnAddresses, *, head: bool) -> None:
        """Send all of them; it answers in order. Harmed."""
        self.given += len(mails)
        word: Word = (own, tuple(sha256 for sha256, _ in mails), head)
        try:
            self.pipe.send_bytes(pickle.dumps(word))
            for _, data in mails:
                self.pipe.send_bytes(data)
        except OSError as error:
            raise Harmed(f"died: {type(error).__name__}") from error

    def answer(self, seconds: float) -> Reading:
        """The next answer. Harmed."""
        try:
            if not self.pipe.poll(seconds):
                raise Harmed("took too long")
            data = self.pipe.recv_bytes(_MOST_ANSWER)
        except (EOFError, OSError) as error:
            raise Harmed(f"died: {type(error).__name__}") from error
        self.used = time.monotonic()
        try:
            found = plain(data)
        except Exception as error:  # what bytes of a stranger do to pickle is not to be listed
            raise Harmed("answered nonsense") from error
        if not _whole(found):
            raise Harmed("answered nonsense")
        return found  # type: ignore[no-any-return]  # _whole has just looked


class _Plain(pickle.Unpickler):
    """Takes values of `intake/` and moments only: a child that was taken over calls nothing."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "datetime" and name in ("datetime", "timezone", "timedelta"):
            return super().find_class(module, name)
        if (module.startswith("intake.") or module == "service.reading") and "." not in name:
            found = getattr(importlib.import_module(module), name, None)
            if isinstance(found, type) and is_dataclass(found):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a mail")


class Nursery:
    """The process that bears children; started when one is needed. Any thread may ask."""

    def __init__(self, understand: str, idle: float) -> None:
        self._understand = understand
        self._idle = idle
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def bear(self) -> Child:
        """A fresh child. TryLater."""
        ours, theirs = socket.socketpair()
        _never_stuck(ours)
        # It must not wait until we fetch the answers to a batch; the kernel gives what it can.
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ANSWERS)
        with theirs, self._lock:
            pid = self._ask(BEAR, 0, theirs.fileno())
            if pid is None:  # it ended for want of work, or somebody ended it
                self._start()
                pid = self._ask(BEAR, 0, theirs.fileno())
        if pid is None:
            ours.close()
            raise TryLater("the process that reads mails cannot be started", mend="see the log")
        return Child(pid, Connection(ours.detach()), time.monotonic())

    def bury(self, child: Child) -> bool:
        """End a child, whatever it does. False: the nursery itself is gone, and so is the child."""
        child.pipe.close()
        with self._lock:
            return self._ask(BURY, child.pid) is not None

    def close(self) -> None:
        """End it and all its children."""
        with self._lock:
            if self._control is not None:
                self._control.close()
                self._control = None
            if self._process is not None:
                self._process.kill()
                self._process.wait()
                self._process = None

    def _ask(self, what: bytes, pid: int, *fds: int) -> int | None:
        if self._control is None:
            return None
        try:
            socket.send_fds(self._control, [ASK.pack(what, pid)], fds)
            said = self._control.recv(ASK.size, socket.MSG_WAITALL)
        except OSError:
            said = b""
        if len(said) == ASK.size:
            return int(ASK.unpack(said)[1])
        # Gone, or too late: a late answer must not be taken for that to the next question.
        self._control.close()
        self._control = None
        return None

    def _start(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._control, theirs = socket.socketpair()
        _never_stuck(self._control)
        with theirs:
            fd = theirs.fileno()
            # Not the start methods of multiprocessing: they hand on our environment, which may
            # hold secrets and stays readable in /proc for as long as the child lives.
            arguments = (str(fd), self._understand, str(self._idle))
            folders = (folder or os.getcwd() for folder in sys.path)
            self._process = subprocess.Popen(
                (sys.executable, "-I", "-c", _START, *arguments, *folders),
                env={},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(fd,),
            )


def plain(data: bytes) -> Any:
    """A value that a child sent. pickle.UnpicklingError: it is more than plain."""
    return _Plain(io.BytesIO(data)).load()


def _never_stuck(end: socket.socket) -> None:
    """A stopped process at the other end must not stop us: reading and writing there time out."""
    span = struct.pack("ll", _STUCK_SECONDS, 0)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, span)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, span)


def _whole(found: object) -> bool:
    """What is done with an answer before the wall of the registrar must not fail."""
    return (
        isinstance(found, Reading)
        and isinstance(found.mail, Mail)
        and isinstance(found.screened, Screened)
        and isinstance(found.mail.size, int)
        and isinstance(found.mail.defects, tuple)
    )
