"""R-10: nobody is told twice, and one broken clock silences no other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from cases.errors import BadInput
from demo.shop import MAILBOX, MANAGER, RING
from service.people import act
from service.sorting import merge
from service.striking import strike_due
from storage import tables
from tests.shop import Shop

ONE, TWO = "KS2026-001", "KS2026-002"


def complained(shop: Shop, about: str) -> None:
    shop.customer(RING).write(MAILBOX, f"The {about} is wrong", f"The {about} measures 2.5 mm.")
    assert shop.serve() == ()


def promised(shop: Shop, day: str) -> None:
    shop.letter(ONE, "solution_agreed", solution="A remake.", promised_date=day)
    assert shop.serve() == ()


def told(shop: Shop, template: str, about: str) -> int:
    return sum(
        row["template"] == template and row["facts"]["promise"]["what"] == about
        for row in shop.rows("letters")
    )


def test_a_date_that_is_moved_away_and_back_is_told_once(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    complained(shop, "thread")
    promised(shop, "2026-03-04")
    shop.clock.forward(minutes=1)
    assert shop.serve() == ()
    promised(shop, "2026-03-05")
    promised(shop, "2026-03-04")
    shop.clock.forward(days=3)
    assert shop.serve() == ()
    assert told(shop, "warning", "promised_date") == 1
    assert told(shop, "escalation", "promised_date") == 1
    assert shop.faults() == {}


def test_after_a_missed_date_the_next_one_is_a_promise_of_its_own(sqlite_shop: Shop) -> None:
    """R-7: a breach stays one. R-15: and the new date is watched like the first."""
    shop = sqlite_shop
    complained(shop, "thread")
    promised(shop, "2026-03-04")
    shop.clock.forward(days=3)
    assert shop.serve() == ()
    promised(shop, "2026-03-10")
    missed, new = [c for c in shop.case(ONE)["clocks"] if c["name"] == "promised_date"]
    assert (missed["state"], missed["breached_at"]) == ("cancelled", missed["due_at"])
    assert (new["state"], new["breached_at"]) == ("started", None)
    shop.clock.forward(days=10)
    assert shop.serve() == ()
    assert told(shop, "escalation", "promised_date") == 2
    assert shop.faults() == {}


def test_a_merge_tells_nothing_again(sqlite_shop: Shop) -> None:
    """The earlier case stood still while the customer was asked; the later one was warned of."""
    shop = sqlite_shop
    complained(shop, "thread")
    shop.letter(ONE, "information_request", questions=["Which lot?"])
    assert shop.serve() == ()
    shop.clock.forward(hours=1)
    complained(shop, "gauge")
    shop.clock.forward(hours=13)
    assert shop.serve() == ()
    assert told(shop, "escalation", "proposal") == 1
    with act(shop.w, MANAGER, "merge") as h:
        merge(h, ONE, TWO, "the same part")
    shop.clock.forward(hours=40)
    assert shop.serve() == ()
    clock = shop.promise(TWO, "proposal")
    assert clock["started_at"].startswith("2026-03-02T09:00")
    assert clock["breached_at"] is not None
    assert told(shop, "escalation", "proposal") == 1
    # What the customer had the ball in either case is not counted, and it is explained.
    assert str(clock["id"]) in [str(one["clock_id"]) for one in shop.rows("clock_pauses")]
    assert shop.faults() == {}


def test_a_clock_that_cannot_be_told_does_not_silence_the_others(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    complained(shop, "thread")
    with shop.w.db.write() as tx:
        table = tables.clocks
        broken = {"time": "some day", "strikes_at": shop.clock.now - timedelta(days=1)}
        tx.execute(update(table).where(table.c.name == "proposal").values(**broken))
    shop.clock.forward(hours=5)
    with pytest.raises(BadInput, match="'some day' is not a time"):
        strike_due(shop.w)
    assert told(shop, "escalation", "containment") == 1
