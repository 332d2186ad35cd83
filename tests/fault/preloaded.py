"""The parent of all daemons of a fault run: it has everything imported, and forks one on demand.

python -m tests.fault.preloaded FD

What costs a start of the service is Python's imports, the rendering of all letters with sample
facts, and the grammar of answers; all come out the same every time, so here they are done once. The
daemon itself is the real one: `desk.cli.main` in a process and a group of its own. FD is a socket:
each message on it is one question (`Birth` with the files for output and log, or a pid to bury),
each answer one number. This process has one thread, no connection and reads no mail; it ends with
its socket.
"""

from __future__ import annotations

import functools
import gc
import importlib
import json
import os
import signal
import socket
import sys
import threading
from dataclasses import asdict, dataclass
from typing import Final, NoReturn

from cases.answers import prepare
from desk.cli import main as amends
from mailer.templates import product_folder
from tests.fault import wrong, wrong_nodes
from tests.fault.points import POINTS, found, put, strike

MOST_BYTES: Final = 65536
# As in the configuration of `tests.fault.installation`.
LANGUAGES: Final = ("en", "de", "zh")
# What a daemon imports only when it needs it.
_LATE: Final = (
    "alembic.command",
    "alembic.ddl.sqlite",
    "alembic.ddl.postgresql",
    "apscheduler.executors.pool",
    "apscheduler.triggers.interval",
    "encodings.idna",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "stringprep",
)


_VARIANTS: Final = {**wrong.VARIANTS, **wrong_nodes.VARIANTS}


@dataclass(frozen=True)
class Birth:
    """A daemon to be born: its arguments, the point at which it dies, and what is wrong with it."""

    arguments: tuple[str, ...]
    point: str = ""
    variant: str = ""

    def told(self) -> bytes:
        return json.dumps(asdict(self)).encode()


def main(fd: int) -> None:
    """Answer until the socket ends."""
    _warm_up()
    with socket.socket(fileno=fd) as control:
        children: set[int] = set()
        while True:
            asked, files, _, _ = socket.recv_fds(control, MOST_BYTES, 2)
            if not asked:
                break
            question = json.loads(asked)
            if isinstance(question, int):
                _, status = os.waitpid(question, 0)
                children.discard(question)
                control.send(str(os.waitstatus_to_exitcode(status)).encode())
            else:
                pid = _fork(control, question, *files)
                children.add(pid)
                control.send(str(pid).encode())
    for pid in children:  # not buried, so the pid is still this child's
        os.kill(pid, signal.SIGKILL)


def _warm_up() -> None:
    for name in _LATE:
        importlib.import_module(name)
    prepare()
    put("service.words.Templates", functools.cache)
    put("mailer.templates.Templates.check", functools.cache)
    made, name = found("service.words.Templates")
    getattr(made, name)((product_folder(),), LANGUAGES).check()
    if threading.active_count() > 1:
        raise RuntimeError("a fork takes one thread with it, and here are more")
    gc.freeze()


def _fork(control: socket.socket, asked: dict[str, object], output: int, log: int) -> int:
    pid = os.fork()
    if pid == 0:
        _live(control, asked, output, log)
    os.close(output)
    os.close(log)
    # Both sides, for either may come first: who kills the group must find it.
    _group_of_its_own(pid)
    return pid


def _group_of_its_own(pid: int) -> None:
    try:
        os.setpgid(pid, pid)
    except (PermissionError, ProcessLookupError):
        return  # it has done so itself, or is dead already


def _live(control: socket.socket, asked: dict[str, object], output: int, log: int) -> NoReturn:
    """Be `amends`, and never come back."""
    code: object = 1
    try:
        _group_of_its_own(0)
        control.close()
        nothing = os.open(os.devnull, os.O_RDONLY)
        for here, there in ((nothing, 0), (output, 1), (log, 2)):
            os.dup2(here, there)
            os.close(here)
        gc.unfreeze()
        if asked["variant"]:
            _VARIANTS[str(asked["variant"])]()
        if asked["point"]:
            strike(POINTS[str(asked["point"])], _die)
        arguments = asked["arguments"]
        assert isinstance(arguments, list)
        amends(arguments, prog_name="amends")
        code = 0
    except SystemExit as error:
        code = error.code or 0
    except BaseException as error:  # noqa: BLE001 - the last wall before the parent's own code
        sys.excepthook(type(error), error, error.__traceback__)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(int(sys.argv[1]))
