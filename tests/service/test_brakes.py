"""Brakes hold automatic letters with a task and drop none; promises to known people pass (R-13)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from cases.errors import BadInput, IllegalStep
from config.outbox import Outbox
from demo.customer import Customer
from demo.shop import MAILBOX, MANAGER, RING
from mailer.remember import RememberingCarrier
from service import people, posting
from service.brakes import Brake, brakes, reached
from service.customers import Person
from service.delivering import deliver_due
from service.registrar import register_waiting
from service.watching import Watch
from service.writing import compose_promised, write_letter
from tests.shop import EVE, START, Shop

RULES = Outbox()


# --- pure


def test_the_table() -> None:
    every = brakes(RULES, "elsewhere.example", promise=False)
    assert [(b.scope, b.time, b.most) for b in every] == [
        ("address", timedelta(hours=24), 5),
        ("domain", timedelta(hours=1), 50),
        ("all", timedelta(hours=1), 300),
    ]


def test_free_mail_has_no_brake_of_its_domain() -> None:
    assert [one.scope for one in brakes(RULES, "gmail.com", promise=False)] == ["address", "all"]


def test_a_promise_is_exempt_from_the_three() -> None:
    every = brakes(RULES, "elsewhere.example", promise=True)
    assert {one.scope for one in every} == {"address"}


@pytest.mark.parametrize(("counted", "held"), [(4, False), (5, True), (6, True)])
def test_the_first_brake_that_is_reached(counted: int, held: bool) -> None:
    table = (Brake("address", timedelta(hours=24), 5), Brake("all", timedelta(hours=1), 5))
    found = reached(table, lambda one: counted)
    assert found == (table[0] if held else None)


# --- on the road


def complaints(shop: Shop, who: Person, count: int) -> None:
    writer = Customer(shop.server, who.name, who.address)
    first = len(shop.rows("sightings"))
    for number in range(first, first + count):  # the same words twice would be a robot's
        writer.write(MAILBOX, "Complaint", f"Part {chr(97 + number)} is bent.")
    Watch(shop.w, shop.w.settings.mailbox[0]).look()
    while register_waiting(shop.w):
        pass
    while compose_promised(shop.w):
        pass


def carried(shop: Shop) -> list[str]:
    carrier = RememberingCarrier()
    while asyncio.run(deliver_due(shop.w, carrier)):
        pass
    return [recipient for _, recipient, _ in carrier.mails]


def letters(shop: Shop, state: str) -> list[dict[str, Any]]:
    return [row for row in shop.rows("letters") if row["state"] == state]


def test_the_sixth_letter_to_a_stranger_is_held_with_a_task(shop: Shop) -> None:
    complaints(shop, EVE, 7)
    assert carried(shop) == [EVE.address] * 5
    assert len(letters(shop, "held")) == 2
    assert shop.kinds() == ["letter_braked"] * 2
    assert "5 automatic letters to this address within 24 hours" in shop.tasks()[0]["reason"]
    running = [row["state"] for row in shop.rows("clocks") if row["name"] == "acknowledgment"]
    assert running.count("started") == 2  # the promise runs on
    assert shop.faults() == {}


def test_a_person_releases_what_was_braked(sqlite_shop: Shop) -> None:
    complaints(sqlite_shop, EVE, 6)
    carried(sqlite_shop)
    (held,) = letters(sqlite_shop, "held")
    with people.act(sqlite_shop.w, MANAGER, "outbox") as h:
        posting.release(h, held["id"], "I know her")
    compose_promised(sqlite_shop.w)
    assert carried(sqlite_shop) == [EVE.address]


def test_a_day_later_there_is_room_again(sqlite_shop: Shop) -> None:
    complaints(sqlite_shop, EVE, 5)
    sqlite_shop.clock.forward(hours=24, seconds=1)
    complaints(sqlite_shop, EVE, 1)
    assert carried(sqlite_shop) == [EVE.address] * 6
    assert sqlite_shop.kinds() == []


def test_acknowledgments_to_a_known_contact_pass_until_they_flood(sqlite_shop: Shop) -> None:
    for _ in range(4):  # sixteen in a day, more than the brake for strangers
        complaints(sqlite_shop, RING, 4)
        sqlite_shop.clock.forward(hours=1, seconds=1)
    assert len(carried(sqlite_shop)) == 16
    assert sqlite_shop.kinds() == []
    complaints(sqlite_shop, RING, 6)
    # 16 + 4 is the day's measure
    assert sqlite_shop.kinds() == ["letter_braked"] * 2


def test_letters_of_people_are_never_braked(sqlite_shop: Shop) -> None:
    complaints(sqlite_shop, EVE, 6)
    carried(sqlite_shop)
    for _ in range(3):
        sqlite_shop.letter("KS2026-006", "acknowledgment")
    assert carried(sqlite_shop) == [EVE.address] * 3


# --- everything stops


def test_while_it_is_stopped_nothing_leaves(shop: Shop) -> None:
    complaints(shop, RING, 1)
    with people.act(shop.w, MANAGER, "outbox") as h:
        posting.stop_all(h, "wrong template")
    assert carried(shop) == []
    complaints(shop, RING, 1)  # registering and composing go on
    assert len(letters(shop, "queued")) == 2
    with pytest.raises(IllegalStep, match="wrong template"), shop.w.happening("x", "y") as h:
        posting.stop_all(h, "again")
    with people.act(shop.w, MANAGER, "outbox") as h:
        posting.start_all(h, "mended")
    assert len(carried(shop)) == 2
    (stop,) = shop.rows("outbox_stops")
    assert (stop["stopped_by"], stop["ended_why"]) == (f"user:{MANAGER}", "mended")
    with pytest.raises(IllegalStep, match="nobody"), shop.w.happening("x", "y") as h:
        posting.start_all(h, "again")


def test_a_stop_reaches_a_mail_that_is_being_handed_over(sqlite_shop: Shop) -> None:
    complaints(sqlite_shop, RING, 1)

    class StoppedMidway(RememberingCarrier):
        async def carry(self, *args: Any, **options: Any) -> Any:
            with people.act(sqlite_shop.w, MANAGER, "outbox") as h:
                posting.stop_all(h, "stop")
            return await super().carry(*args, **options)

    carrier = StoppedMidway()
    asyncio.run(deliver_due(sqlite_shop.w, carrier))
    assert carrier.mails == []
    (row,) = sqlite_shop.rows("deliveries")
    assert row["state"] == "deferred"


# --- schedule


def test_a_scheduled_letter_leaves_at_its_moment_and_can_be_taken_back(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    complaints(shop, RING, 1)
    carried(shop)
    at = START + timedelta(days=1)
    first, second = (
        write_letter(shop.w, "KS2026-001", "acknowledgment", {}, MANAGER, send=True, leaves_at=at)
        for _ in range(2)
    )
    shop.clock.forward(hours=23)
    assert carried(shop) == []
    with people.act(shop.w, MANAGER, "outbox") as h:
        posting.undo(h, int(first.letter_id or 0), "said too much")
    shop.clock.forward(hours=1)
    assert carried(shop) == [RING.address]
    assert {row["id"]: row["state"] for row in shop.rows("letters")}[second.letter_id] == "done"


@pytest.mark.parametrize("at", [START, START - timedelta(days=1), START + timedelta(days=400)])
def test_a_letter_is_not_scheduled_for_the_past_or_the_far_future(
    at: Any, sqlite_shop: Shop
) -> None:
    complaints(sqlite_shop, RING, 1)
    with pytest.raises(BadInput, match="still to come"):
        write_letter(
            sqlite_shop.w, "KS2026-001", "acknowledgment", {}, MANAGER, send=True, leaves_at=at
        )
