"""A node that is stopped in the middle of a transaction: what others can do, and what it may."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from cases.errors import TryLater
from storage import outbox, tables
from storage.database import Database
from storage.order import hold_case, take_turn
from storage.records import Delivery
from tests.servers.postgres import PrivatePostgres
from tests.storage.rows import NOW, new_case, new_deliveries

_IDLE = 0.4  # seconds


@pytest.fixture
def url(postgres_server: PrivatePostgres) -> Iterator[str]:
    with postgres_server.fresh_database() as url:
        yield url


@pytest.fixture
def node(url: str) -> Iterator[Database]:
    """One of several; its server loses patience soon."""
    db = Database(url, idle_seconds=_IDLE)
    db.upgrade()
    yield db
    db.close()


@pytest.fixture
def other(url: str, node: Database) -> Iterator[Database]:
    db = Database(url)
    yield db
    db.close()


def claim(db: Database, seconds: int) -> Delivery:
    with db.write() as tx:
        (claimed,) = outbox.claim(tx, "node", NOW, lease_seconds=seconds, limit=1)
        return claimed


def test_a_stopped_node_keeps_its_locks_for_a_moment_only(node: Database, other: Database) -> None:
    case_id = new_case(node)
    with pytest.raises(TryLater), node.write() as tx:  # noqa: PT012 - its end fails
        hold_case(tx, case_id)
        take_turn(tx, "register")
        with other.write() as second:  # waits until the server has lost patience with the first
            hold_case(second, case_id)
            take_turn(second, "register")
    with node.write() as tx:
        hold_case(tx, case_id)


def test_what_a_stopped_node_changed_is_not_committed(node: Database) -> None:
    new_deliveries(node, new_case(node), 1)
    claimed = claim(node, 300)
    with pytest.raises(TryLater), node.write() as tx:  # noqa: PT012 - its end fails
        outbox.let_go(tx, claimed)
        threading.Event().wait(2 * _IDLE)
    with node.read() as connection:
        assert connection.scalar(select(tables.deliveries.c.lease_owner)) == "node"


def test_a_claim_must_outlast_what_the_server_lets_a_node_sleep(
    node: Database, other: Database
) -> None:
    """Else a node could look at its claim, be stopped, and commit after the claim ran out."""
    new_deliveries(node, new_case(node), 1)
    claimed = claim(node, 5)
    with node.write() as tx:
        assert outbox.holds(tx, claimed)
    with other.write() as tx:  # its server is patient for longer than the claim lasts
        assert not outbox.holds(tx, claimed)


def test_turns_are_taken_one_after_the_other(node: Database, other: Database) -> None:
    order: list[str] = []
    began = threading.Event()

    def second() -> None:
        with other.write() as tx:
            began.set()
            take_turn(tx, "brakes")
            order.append("second")

    with node.write() as tx:
        take_turn(tx, "brakes")
        with other.write() as free:
            take_turn(free, "register")  # another turn is free
        thread = threading.Thread(target=second)
        thread.start()
        assert began.wait(5)
        thread.join(_IDLE / 4)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]


def test_who_only_reads_cannot_write(node: Database) -> None:
    case_id = new_case(node)
    with pytest.raises(Exception, match="read-only"), node.read() as connection:
        connection.execute(tables.cases.delete().where(tables.cases.c.id == case_id))
