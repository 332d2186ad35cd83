"""Several nodes: what each does, who watches which mailbox, how they hear of letters."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from cases.errors import TryLater
from demo.shop import MAILBOX, MANAGER, RING
from service.daemon import _SWEEP_SECONDS, Daemon
from service.holdings import Holdings, planned
from service.registrar import register_waiting
from service.watching import Watch
from service.wiring import Wiring
from service.writing import write_letter
from storage.holding import Held
from storage.listening import Listener
from tests.servers.postgres import PrivatePostgres
from tests.service.second_node import second_node
from tests.shop import Shop, open_shop

BOXES = ("a", "b", "c", "d")


@pytest.fixture
def shop(tmp_path: Path, postgres_server: PrivatePostgres) -> Iterator[Shop]:
    with postgres_server.fresh_database() as url, open_shop(tmp_path, url) as opened:
        yield opened


def test_what_nobody_holds_is_taken() -> None:
    plan = planned("me", BOXES, Held({}, {}))
    assert plan.hold == frozenset(BOXES)
    assert not plan.give | plan.wish


@pytest.mark.parametrize(
    ("mine", "theirs", "wished"),
    [("", "abcd", "ab"), ("a", "bcd", "b"), ("ab", "cd", ""), ("", "a", ""), ("", "ab", "a")],
)
def test_who_has_fewer_asks_for_as_many_as_make_it_even(
    mine: str, theirs: str, wished: str
) -> None:
    there = Held(dict.fromkeys(mine, "me") | dict.fromkeys(theirs, "other"), {})
    assert planned("me", (*mine, *theirs), there).wish == frozenset(wished)


@pytest.mark.parametrize(
    ("mine", "theirs", "wishes", "given"),
    [("abcd", "", "abcd", "ab"), ("ab", "", "a", "a"), ("a", "", "a", ""), ("ab", "c", "a", "")],
)
def test_who_has_more_gives_what_is_asked_for_until_it_is_even(
    mine: str, theirs: str, wishes: str, given: str
) -> None:
    there = Held(
        dict.fromkeys(mine, "me") | dict.fromkeys(theirs, "other"),
        dict.fromkeys(wishes, "other"),
    )
    plan = planned("me", (*mine, *theirs), there)
    assert plan.give == frozenset(given)
    assert plan.hold == frozenset(mine) - frozenset(given)


def test_what_was_given_is_left_to_who_asked() -> None:
    assert not planned("me", ["a"], Held({}, {"a": "other"})).hold
    assert planned("me", ["a"], Held({}, {"a": "me"})).hold


def test_each_mailbox_has_one_node_and_a_dead_ones_are_taken_over(shop: Shop) -> None:
    with second_node(shop) as other:
        one, two = Holdings(shop.w, BOXES), Holdings(other, BOXES)

        def who() -> str:
            assert not any(one.has(x) and two.has(x) for x in BOXES)
            return "".join("1" if one.has(x) else "2" if two.has(x) else "-" for x in BOXES)

        one.renew()
        assert who() == "1111"
        for _ in range(2):  # the second asks, the first gives, the second takes
            two.renew()
            one.renew()
        two.renew()
        assert sorted(who()) == list("1122")
        before = who()
        one.renew()
        two.renew()
        assert who() == before
        with shop.w.db.write() as tx:  # the first died, and its leases ran out
            tx.execute(text("UPDATE leases SET until = 0 WHERE owner = :it"), {"it": shop.w.node})
        one._until.clear()
        two.renew()
        assert who() == "2222"
        two.give_back()
        one.renew()
        assert who() == "1111"


def test_two_nodes_do_not_read_the_same_mails_and_none_is_left_lying(shop: Shop) -> None:
    shop.customer(RING).write(MAILBOX, "The rings are too wide", "All 40 of them.")
    Watch(shop.w, shop.w.settings.mailbox[0]).look()
    with second_node(shop) as other:
        box = shop.w.settings.mailbox[0].name
        one, two = Holdings(shop.w, [box]), Holdings(other, [box])
        one.renew()
        two.renew()
        assert not one.elsewhere
        assert two.elsewhere == {box}
        assert register_waiting(other, two.elsewhere) == 0
        shop.clock.forward(minutes=6)  # the first holds it, and registers nothing
        assert register_waiting(other, two.elsewhere) == 1
        with shop.w.db.write() as tx:
            tx.execute(text("UPDATE leases SET until = 0"))
        two.renew()
        assert two.elsewhere == frozenset()


def test_a_node_that_was_stopped_too_long_knows_that_it_holds_nothing(shop: Shop) -> None:
    now = [0.0]
    holdings = Holdings(shop.w, BOXES, monotonic=lambda: now[0])
    holdings.renew()
    assert holdings.has("a")
    now[0] = 15.0
    assert not holdings.has("a")


def test_on_sqlite_there_is_one_node(tmp_path: Path) -> None:
    with open_shop(tmp_path, f"sqlite:///{tmp_path}/a.db") as shop:
        holdings = Holdings(shop.w, BOXES)
        holdings.renew()
        assert holdings.has("a")


def test_a_letter_that_one_node_promised_is_heard_of_by_another(shop: Shop) -> None:
    with second_node(shop) as other:
        listener = Listener(other.db)
        assert listener.heard(0)  # what was told before
        assert not listener.heard(0.01)
        shop.customer(RING).write(MAILBOX, "Bent", "The parts are bent.")
        Watch(shop.w, shop.w.settings.mailbox[0]).look()
        assert not listener.heard(0.01)
        assert register_waiting(shop.w)
        assert listener.heard(20)
        assert not listener.heard(0.01)
        listener.close()


def test_a_listener_that_was_cut_off_says_so_and_begins_anew(shop: Shop) -> None:
    listener = Listener(shop.w.db)
    listener.heard(0)
    with shop.w.db.write() as tx:
        tx.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE query LIKE 'LISTEN%' AND datname = current_database()"
            )
        )
    with pytest.raises(TryLater):
        listener.heard(20)
    assert listener.heard(0)
    listener.close()


@pytest.mark.parametrize(
    ("roles", "loops"),
    [
        ("desk", set()),
        ("clocks", set()),
        ("outbox", {"outbox", "listener"}),
        ("intake", {"registrar", "mailbox"}),
        ("intake,outbox", {"registrar", "mailbox", "outbox", "listener"}),
    ],
)
def test_a_node_does_what_its_roles_say(shop: Shop, roles: str, loops: set[str]) -> None:
    daemon = Daemon(shop.w, frozenset(roles.split(",")))
    known = {"registrar", "mailbox", "outbox", "listener"}

    def ready() -> None:
        names = {thread.name.partition("-")[0] for thread in threading.enumerate()}
        assert names & known == loops
        held = {one.name for one in shop.w.settings.mailbox if daemon.holdings.has(one.name)}
        assert bool(held) == ("intake" in roles)
        daemon.stopping.set()

    daemon.run(ready)


def test_a_letter_of_the_desk_leaves_from_the_node_of_the_outbox(shop: Shop) -> None:
    """At once: it hears of it, and does not wait for its next sweep."""
    customer = shop.customer(RING)
    customer.write(MAILBOX, "Bent", "The parts are bent.")
    assert shop.serve() == ()
    had, seconds = len(customer.subjects()), 0.0
    outbox = Daemon(shop.w, frozenset({"outbox"}))

    def write(desk: Wiring) -> float:
        facts = {"answer": "We look into it."}
        began = time.monotonic()
        try:
            write_letter(desk, "KS2026-001", "answer", facts, MANAGER, send=True)
            while len(customer.subjects()) == had and time.monotonic() - began < _SWEEP_SECONDS:
                time.sleep(0.05)
        finally:
            outbox.stopping.set()
        return time.monotonic() - began

    with second_node(shop) as desk, ThreadPoolExecutor(1) as people:
        written: list[Future[float]] = []
        outbox.run(lambda: written.append(people.submit(write, desk)))
        seconds = written[0].result()
    assert len(customer.subjects()) == had + 1
    assert seconds < _SWEEP_SECONDS / 2
