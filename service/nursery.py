"""The process that bears the children, and what a child does (docs/decisions/0012).

It is started with an empty environment and one socket, has read nothing and nobody's mail, and so
can fork without fear: it has one thread, no lock, no connection. It ends with the end of that
socket, its children with it (PR_SET_PDEATHSIG) and with the end of their own.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import pickle
import resource
import select
import signal
import socket
import struct
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Final, NoReturn

from intake.kinds.screen import OwnAddresses
from service.reading import Reading, given_up

ASK: Final = struct.Struct("<cq")  # what, and of whom: bear (with its end of a pipe) or bury a pid
BEAR, BURY = b"b", b"k"
MEMORY: Final = 1024**3
_PR_SET_PDEATHSIG: Final = 1  # prctl(2)
# Registering is in turn over all nodes: while it wants a processor, reading the next mails waits.
_GIVES_WAY: Final = 5

# The word before a batch: who we are, how many mails follow, and whether only their heads are read.
Word = tuple[OwnAddresses, tuple[str, ...], bool]
Understand = Callable[[bytes, str, OwnAddresses], Reading]


def main(control_fd: int, understand: str, idle_seconds: float) -> None:
    """Bear and bury children until the parent is gone or nothing was asked for a long time."""
    # A stop reaches the whole group of processes; a mail that is being read is not to blame.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    module, _, name = understand.partition(":")
    act: Understand = getattr(importlib.import_module(module), name)
    children: set[int] = set()
    with socket.socket(fileno=control_fd) as control:
        while True:
            if not select.select([control], [], [], idle_seconds / 5)[0]:
                children -= {pid for pid in children if os.waitpid(pid, os.WNOHANG)[0]}
                if children:
                    continue
                return
            asked, fds, _, _ = socket.recv_fds(control, ASK.size, 1)
            if len(asked) < ASK.size:
                return
            what, pid = ASK.unpack(asked)
            if what == BEAR:
                pid = _bear(control, fds[0], act, idle_seconds)
                children.add(pid)
            elif pid in children:  # not buried before, so the pid is still this child's
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                children.discard(pid)
            control.sendall(ASK.pack(what, pid))


def _bear(control: socket.socket, fd: int, act: Understand, idle_seconds: float) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        control.close()
        _live(Connection(fd), act, idle_seconds, parent)
    os.close(fd)
    return pid


def _live(pipe: Connection, act: Understand, idle_seconds: float, parent: int) -> NoReturn:
    """What a child does until its pipe ends. Nothing that it does may come back to the nursery."""
    try:
        _shut_in(parent)
        while pipe.poll(idle_seconds):
            own, names, only_head = pickle.loads(pipe.recv_bytes())  # noqa: S301 - the parent's word
            # All first: a parent that still sends would not take answers.
            mails = [pipe.recv_bytes() for _ in names]
            for sha256, data in zip(names, mails, strict=True):
                pipe.send_bytes(_answer(act, data, sha256, own, only_head=only_head))
    finally:
        os._exit(0)


def _shut_in(parent: int) -> None:
    """Die with the parent and give way to it; little memory, no file grown, no program started,
    nothing printed."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we asked
        os._exit(0)
    os.nice(_GIVES_WAY)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    # What a parser complains of, it quotes out of the mail (reliability.md P16).
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    os.close(nothing)


def _answer(
    act: Understand, data: bytes, sha256: str, own: OwnAddresses, *, only_head: bool
) -> bytes:
    try:
        reading = given_up(data, sha256, "") if only_head else act(data, sha256, own)
        return pickle.dumps(reading, pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        os._exit(1)  # what is left of this child is not to be trusted with the next mail
    except BaseException as error:  # noqa: BLE001 - also SystemExit: the answer is our one duty
        reason = f"the mail cannot be read: {type(error).__name__}"
        return pickle.dumps(given_up(data, sha256, reason), pickle.HIGHEST_PROTOCOL)
