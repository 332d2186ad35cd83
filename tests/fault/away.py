"""What the service needs goes away and comes back: nothing lost, told, going on by itself.

python -m tests.fault.away [--seconds 100]

The real service on a real Dovecot. Mails arrive while PostgreSQL is stopped, while another process
has the SQLite file locked (longer than its patience of 30 s, several times over), and while a disk
of 2 MB is full. `/ready` is asked all the time.
"""

from __future__ import annotations

import argparse
import http.client
import os
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import func, select

from storage import tables
from storage.database import Database
from tests.fault.daemons import Process
from tests.fault.installation import Installation
from tests.servers.dovecot import PrivateDovecot
from tests.servers.postgres import PrivatePostgres
from tests.servers.process import HOST, free_port
from tests.servers.smtp_sink import SmtpSink

USER: Final = "complaints@acme.test"
MAILS: Final = 20
_PATIENCE: Final = 120.0  # seconds for anything to happen by itself


@dataclass(frozen=True)
class Absence:
    """How one went."""

    what: str
    mails: int
    registered: int
    red_after: float  # seconds until /ready was red, counted from the fault
    green_after: float  # seconds until all was registered and /ready green, from its end
    errors: tuple[str, ...]

    @property
    def wrong(self) -> bool:
        return self.registered != self.mails or bool(self.errors)

    def __str__(self) -> str:
        told = "".join(f"\n  {error}" for error in self.errors)
        return (
            f"{self.what}: {self.registered} of {self.mails} mails registered, /ready red after "
            f"{self.red_after:.0f} s, all well again after {self.green_after:.0f} s{told}"
        )


@dataclass
class Stage:
    """One installation with its servers, and the port on which it says whether it is ready."""

    installation: Installation
    dovecot: PrivateDovecot
    port: int
    sent: int = 0

    def deliver(self, mails: int, size: int = 0) -> None:
        for _ in range(mails):
            self.sent += 1
            self.dovecot.deliver(USER, complaint(self.sent, b"x" * size))

    def is_ready(self) -> bool:
        link = http.client.HTTPConnection(HOST, self.port, timeout=10)
        try:
            link.request("GET", "/ready")
            return link.getresponse().status == 200
        except OSError:
            return False
        finally:
            link.close()

    def wait_until(self, ready: bool) -> float:
        return wait_for(lambda: self.is_ready() is ready, self.installation.log.read_text)


@contextmanager
def staged(
    folder: Path, url: str = "", *, free_percent: int = 0, module: str = "desk.cli"
) -> Iterator[Stage]:
    """A service that looks by itself once an hour only: what is quick here is IDLE."""
    with PrivateDovecot({USER: "secret"}) as dovecot, SmtpSink() as sink:
        url = url or f"sqlite:///{folder / 'amends.sqlite'}"
        command = (sys.executable, "-m", module)
        installation = Installation(folder, url, USER, dovecot.imap_port, sink.port, command)
        config, port = folder / "amends.toml", free_port()
        quick = "poll_seconds = 3600\nbackoff_seconds = 0.1\nbackoff_max_seconds = 0.5"
        health = f"\n[health]\nport = {port}\nfree_mb = 0\nfree_percent = {free_percent}\n"
        config.write_text(config.read_text().replace("poll_seconds = 5", quick) + health)
        yield Stage(installation, dovecot, port)


def complaint(number: int, more: bytes = b"") -> bytes:
    head = f"From: p{number}@shop.test\r\nTo: {USER}\r\nSubject: no. {number}\r\n"
    return f"{head}Message-ID: <{number}@shop.test>\r\n\r\nToo wide.\r\n".encode() + more


def wait_for(
    enough: Callable[[], bool], what: Callable[[], str], seconds: float = _PATIENCE
) -> float:
    """How long it took (seconds)."""
    began = time.monotonic()
    while not enough():
        assert time.monotonic() - began < seconds, what()
        time.sleep(0.02)
    return time.monotonic() - began


def registered(url: str) -> int:
    db = Database(url)
    try:
        with db.read() as connection:
            return connection.scalar(select(func.count()).select_from(tables.cases)) or 0
    finally:
        db.close()


def said(installation: Installation, event: str) -> int:
    return installation.log.read_text().count(f" {event} ")


def ends_soon(process: Process) -> float:
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    return time.monotonic() - began


# --- what goes away


def postgres_stopped(
    folder: Path, seconds: float, mails: int = MAILS, module: str = "desk.cli"
) -> Absence:
    """PostgreSQL is stopped in the middle, and started again."""
    with (
        PrivatePostgres() as server,
        server.fresh_database() as url,
        staged(folder, url, module=module) as stage,
    ):
        return _absence(
            stage,
            "PostgreSQL stopped",
            seconds,
            mails,
            lambda process: server.stop(),
            server.start,
            registered,
        )


def sqlite_locked(folder: Path, seconds: float, mails: int = MAILS) -> Absence:
    """Another process has the file for itself."""
    path = folder / "amends.sqlite"
    with staged(folder) as stage, closing(_other(path)) as other:
        return _absence(
            stage,
            "SQLite locked",
            seconds,
            mails,
            lambda process: other.execute("BEGIN EXCLUSIVE"),
            other.rollback,
            registered,
        )


def _other(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)


def disk_full(folder: Path, seconds: float, mails: int = 3, module: str = "desk.cli") -> Absence:
    """A disk of 2 MB in a mount namespace of its own; /proc shows it to us from outside.

    Few small mails: with its journal the database must have room on it afterwards.
    """
    small = folder / "small"
    small.mkdir()
    with staged(folder, f"sqlite:///{small / 'amends.sqlite'}", free_percent=5) as stage:
        one = stage.installation
        config = folder / "amends.toml"
        config.write_text(f'{config.read_text()}\n[evidence]\nfolder = "{small / "evidence"}"\n')
        script = f'mount -t tmpfs -o size=2m none {small} && exec {sys.executable} -m {module} "$@"'
        one.command = ("unshare", "-m", "sh", "-c", script, "amends")
        ballast: list[Path] = []

        def fill(process: Process) -> None:
            disk = Path(f"/proc/{process.pid}/root{small}")
            ballast.append(disk / "ballast")
            with ballast[0].open("wb") as file:
                free = os.statvfs(disk)
                file.write(b"x" * max(0, free.f_bavail * free.f_bsize - 16 * 1024))

        return _absence(
            stage,
            "disk full",
            seconds,
            mails,
            fill,
            lambda: ballast[0].unlink(),
            # SQLite would follow /proc to our own folder, so the log tells.
            lambda url: said(one, "mail_registered"),
            size=10_000,
        )


def _absence(
    stage: Stage,
    what: str,
    seconds: float,
    mails: int,
    away: Callable[[Process], object],
    back: Callable[[], object],
    count: Callable[[str], int],
    size: int = 0,
) -> Absence:
    one = stage.installation
    with one.serving() as process:
        stage.wait_until(True)
        away(process)
        began = time.monotonic()
        stage.deliver(mails, size)
        red = stage.wait_until(False)
        time.sleep(max(0.0, seconds - (time.monotonic() - began)))
        assert not stage.is_ready(), one.log.read_text()
        back()
        began = time.monotonic()
        wait_for(lambda: count(one.database_url) >= mails, one.log.read_text)
        stage.wait_until(True)
        green = time.monotonic() - began
        found = count(one.database_url)
        ends_soon(process)
    return Absence(what, mails, found, red, green, tuple(one.errors()))


def main(arguments: Sequence[str]) -> int:
    """Let each go away and come back. 1 when a mail was lost or a fault of ours was told."""
    parser = argparse.ArgumentParser(prog="./run fault away")
    parser.add_argument("--seconds", type=float, default=100.0, help="how long each is away")
    given = parser.parse_args(arguments)
    acts = [sqlite_locked]
    acts += [postgres_stopped] if PrivatePostgres.available() else []
    acts += [disk_full] if os.geteuid() == 0 else []
    wrong = False
    for act in acts:
        with tempfile.TemporaryDirectory(prefix="amends-away-") as folder:
            done = act(Path(folder), given.seconds)
        sys.stdout.write(f"{done}\n")
        sys.stdout.flush()
        wrong |= done.wrong
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
