"""What several nodes do in turn, for what one looks up another may be about to write."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from demo.shop import MAILBOX, RING
from service.registrar import register_waiting
from service.watching import Watch
from service.wiring import Chance, Wiring
from service.writing import compose_promised
from storage.database import Database
from storage.order import take_turn
from storage.tables import sightings
from tests.servers.postgres import PrivatePostgres
from tests.shop import Shop, open_shop

_MOMENT = 0.3  # seconds in which who need not wait would long be done


@pytest.fixture
def pg_shop(tmp_path: Path, postgres_server: PrivatePostgres) -> Iterator[Shop]:
    with postgres_server.fresh_database() as url, open_shop(tmp_path, url) as opened:
        yield opened


class Slow(Chance):
    """Salt is needed just before the commit; there this node takes its time."""

    def __init__(self) -> None:
        self.came, self.go_on = threading.Event(), threading.Event()

    def salt(self) -> str:
        self.came.set()
        assert self.go_on.wait(8)
        return super().salt()


@contextmanager
def node(shop: Shop, chance: Chance) -> Iterator[Wiring]:
    db = Database(shop.w.settings.database.url)
    try:
        yield replace(shop.w, db=db, chance=chance)
    finally:
        db.close()


def arrives(shop: Shop, number: int, answers: int | None = None) -> None:
    reply = f"In-Reply-To: <{answers}@sensorik.example>\r\n" if answers else ""
    head = f"From: {RING.address}\r\nTo: {MAILBOX}\r\nSubject: Rings {number}\r\n{reply}"
    mail = f"{head}Message-ID: <{number}@sensorik.example>\r\n\r\nToo wide, no. {number}.\r\n"
    shop.server.deliver(MAILBOX, mail.encode())
    Watch(shop.w, shop.w.settings.mailbox[0]).look()


def started(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_a_reply_finds_the_case_that_another_node_is_just_registering(pg_shop: Shop) -> None:
    slow = Slow()
    with node(pg_shop, slow) as one, node(pg_shop, Chance()) as other:
        arrives(pg_shop, 1)
        first = started(lambda: register_waiting(one))
        assert slow.came.wait(8)
        arrives(pg_shop, 2, answers=1)
        second = started(lambda: register_waiting(other))
        second.join(_MOMENT)
        assert second.is_alive()  # it waits for its turn before it looks anything up
        slow.go_on.set()
        first.join(8)
        second.join(8)
    assert pg_shop.numbers() == ["KS2026-001"]
    case_ids = {row["case_id"] for row in pg_shop.rows("messages")}
    assert len(case_ids) == 1
    assert pg_shop.faults() == {}


def test_automatic_letters_are_counted_by_one_node_at_a_time(pg_shop: Shop) -> None:
    arrives(pg_shop, 1)
    register_waiting(pg_shop.w)
    with node(pg_shop, Chance()) as other:
        with pg_shop.w.db.write() as tx:
            take_turn(tx, "brakes")
            composing = started(lambda: compose_promised(other))
            composing.join(_MOMENT)
            assert pg_shop.rows("deliveries") == []
        composing.join(8)
    assert len(pg_shop.rows("deliveries")) == 1


def test_a_new_start_tries_every_mail_again(shop: Shop) -> None:
    """Perhaps it is a new version, that can register what the old one could not."""
    arrives(shop, 1)
    with shop.w.db.write() as tx:
        tx.execute(update(sightings).values(tries=99))
    assert register_waiting(shop.w) == 0
    assert shop.serve() == ()
    assert shop.numbers() == ["KS2026-001"]
