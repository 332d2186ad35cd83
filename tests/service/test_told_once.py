"""What nothing drives is an alarm, and everything is told once (R-10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from demo.shop import MANAGER
from service import measures
from service.digests import send_digests
from service.looking import look_due
from service.measuring_time import strike_measures
from service.people import act
from service.striking import strike_due
from service.telling_in_time import tell_in_time
from service.wiring import Wiring
from storage import casefile
from tests.shop import SUPERVISOR, Shop
from tests.told import ONE, agree, away, complained, days, measure, settings, told, user

# --- nothing drives it


def test_a_case_that_nothing_drives_is_an_alarm_once(shop: Shop) -> None:
    complained(shop)
    agree(shop, interim_days=0)
    shop.ask_only_for("none")
    days(shop, 1)
    assert shop.kinds() == ["nothing_drives"]
    assert told(shop, "escalation") == [SUPERVISOR]
    days(shop, 3)
    assert shop.kinds() == ["nothing_drives"]
    number = measure(shop, "training", date(2026, 5, 1), MANAGER)
    assert shop.serve() == ()
    assert shop.kinds() == []  # ended by itself
    with act(shop.w, MANAGER, "measure") as h:
        measures.measure_done(h, number, "a list")
    days(shop, 4)
    assert shop.kinds() == ["nothing_drives"]
    assert told(shop, "escalation") == [SUPERVISOR] * 2
    assert shop.faults() == {}


# --- once a day, on two nodes, over restarts


def test_a_digest_a_day(shop: Shop) -> None:
    complained(shop)
    w = settings(shop, digest_hour=8)
    other = replace(w)  # a node of its own
    send_digests(w)
    assert send_digests(other) == 0
    assert told(shop, "digest") == [MANAGER]
    (letter,) = [one for one in shop.rows("letters") if one["template"] == "digest"]
    assert letter["case_id"] is None
    assert {one["what"] for one in letter["facts"]["items"]} == {"containment", "proposal"}
    shop.clock.forward(hours=21)  # seven in the morning
    send_digests(w)
    assert told(shop, "digest") == [MANAGER]
    shop.clock.forward(days=4, hours=2)  # a Saturday, after days without service
    send_digests(w)
    assert told(shop, "digest") == [MANAGER]
    shop.clock.forward(days=2)
    send_digests(w)
    assert told(shop, "digest") == [MANAGER] * 2
    assert shop.serve() == ()
    assert all(one["state"] == "done" for one in shop.rows("letters"))


def test_a_digest_of_one_who_is_away_says_whose_it_is(sqlite_shop: Shop) -> None:
    shop = complained(sqlite_shop)
    away(shop, MANAGER, date(2026, 3, 2), None, SUPERVISOR, MANAGER)
    send_digests(settings(shop, digest_hour=8))
    assert told(shop, "digest") == [SUPERVISOR]
    (letter,) = [one for one in shop.rows("letters") if one["template"] == "digest"]
    assert letter["facts"]["instead_of"] == "Li Wei"


@pytest.mark.parametrize("sweep", [look_due, strike_due, strike_measures])
def test_two_nodes_tell_once(shop: Shop, sweep: Callable[[Wiring], int]) -> None:
    """What the one has told between the other's look and its lock is not told again."""
    complained(shop)
    shop.letter(ONE, "information_request", questions=["Which lot?"])
    user(shop, "chen", "viewer")
    measure(shop, "training", date(2026, 3, 10), "chen")
    assert shop.serve() == ()
    shop.clock.forward(days=5)
    other = replace(shop.w)

    class Late:
        """A database on which the other node is faster, after each look."""

        def __getattr__(self, name: str) -> Any:
            return getattr(shop.w.db, name)

        def write(self) -> Any:
            tell_in_time(other)
            return shop.w.db.write()

    slow = replace(shop.w, db=Late())  # type: ignore[arg-type]  # stands in for a database
    assert sweep(slow)
    assert len(told(shop, "reminder")) == 1
    assert told(shop, "escalation") == [SUPERVISOR]  # the proposal is paused
    assert told(shop, "warning").count("chen") == 1
    assert shop.faults() == {}


def test_a_sweep_looks_by_index(sqlite_shop: Shop) -> None:
    shop = complained(sqlite_shop)
    plans = []
    for table, column in (("cases", "look_at"), ("measures", "strikes_at")):
        with shop.w.db.read() as connection:
            found = connection.exec_driver_sql(
                f"EXPLAIN QUERY PLAN SELECT id FROM {table} WHERE {column} <= '2026'"
                f" ORDER BY {column} LIMIT 9"
            )
            plans.append(str(found.all()[0][-1]))
    assert all("USING INDEX" in one or "USING COVERING INDEX" in one for one in plans), plans
    with shop.w.db.read() as connection:
        assert casefile.by_number(connection, ONE).state == "registered"
