"""Who repeats himself is taken for a machine; if it was a person, nothing is missed in silence."""

from __future__ import annotations

from typing import Any

import pytest

from cases.errors import BadInput
from demo.customer import Customer
from demo.shop import MAILBOX, MANAGER, RING
from service.robots import SAME_WORDS
from tests.shop import EVE, Shop


def form(shop: Shop, number: int, who: Customer | None = None) -> None:
    """The same words, and other numbers."""
    writer = who or shop.customer(RING)
    writer.write(MAILBOX, f"Claim {number}", f"Ring of PO-{number}: {number} pieces are too wide.")


def withheld(shop: Shop) -> list[dict[str, Any]]:
    return [task for task in shop.tasks() if task["kind"] == "acknowledgment_withheld"]


def third_form(shop: Shop) -> dict[str, Any]:
    """The task about the third form of a day."""
    for number in (1, 2, 3):
        form(shop, number)
        assert shop.serve() == ()
        shop.clock.forward(minutes=30)
    (task,) = withheld(shop)
    return task


def test_the_third_form_of_a_day_is_a_task_at_once_that_says_why(shop: Shop) -> None:
    task = third_form(shop)
    assert len(shop.server.messages(RING.address)) == 2
    assert (task["case"], task["reason"]) == ("KS2026-003", SAME_WORDS)
    assert "same words, numbers aside" in SAME_WORDS
    clock = shop.promise("KS2026-003")
    assert (clock["name"], clock["state"]) == ("acknowledgment", "started")


def test_one_click_acknowledges_and_stops_the_clock(shop: Shop) -> None:
    task = third_form(shop)
    shop.resolve(int(task["id"]), "acknowledge", "a form of theirs", MANAGER)
    assert shop.serve() == ()
    assert len(shop.server.messages(RING.address)) == 3
    assert withheld(shop) == []
    clock = shop.promise("KS2026-003")
    assert clock["state"] == "stopped"
    assert shop.faults() == {}


def test_nobody_clicks_and_the_breach_is_told(shop: Shop) -> None:
    third_form(shop)
    shop.ask_only_for("acknowledgment")
    shop.clock.forward(days=3)
    assert shop.serve() == ()
    assert shop.promise("KS2026-003")["breached_at"] is not None
    kinds = sorted(task["kind"] for task in shop.tasks() if task["case"] == "KS2026-003")
    assert kinds == ["acknowledgment_withheld", "clock_breached"]


def test_no_brake_holds_what_a_person_wants(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    for number in (1, 2):
        form(shop, number, shop.customer(EVE))
        assert shop.serve() == ()
    for words in ("rust", "cracks", "burrs"):
        shop.customer(EVE).write(MAILBOX, words, f"About {words}.")
    form(shop, 3, shop.customer(EVE))
    assert shop.serve() == ()
    (task,) = withheld(shop)
    assert len(shop.server.messages(EVE.address)) == 5  # as many as the brake lets through
    shop.resolve(int(task["id"]), "acknowledge", "she is a person", MANAGER)
    shop.serve()
    assert len(shop.server.messages(EVE.address)) == 6
    assert RING.name not in shop.server.messages(EVE.address)[-1].decode()


def test_it_is_acknowledged_once(sqlite_shop: Shop) -> None:
    task = third_form(sqlite_shop)
    sqlite_shop.letter("KS2026-003", "acknowledgment")
    with pytest.raises(BadInput, match="was acknowledged already"):
        sqlite_shop.resolve(int(task["id"]), "acknowledge", "again", MANAGER)
    assert withheld(sqlite_shop) != []  # the act was refused, so the task is still there


def test_nobody_to_write_to(sqlite_shop: Shop) -> None:
    raw = f"From: {RING.address}, {EVE.address}\r\nTo: {MAILBOX}\r\nSubject: x\r\n\r\nBent.\r\n"
    sqlite_shop.server.deliver(MAILBOX, raw.encode())
    sqlite_shop.serve()
    (task,) = withheld(sqlite_shop)
    assert not task["suggestion"]
    with pytest.raises(BadInput, match="nobody knows yet"):
        sqlite_shop.resolve(int(task["id"]), "acknowledge", "yes", MANAGER)


def test_three_forms_at_once_are_no_machine(shop: Shop) -> None:
    """Nothing of ours had left: nobody can have answered it."""
    for number in (1, 2, 3):
        form(shop, number)
    assert shop.serve() == ()
    assert len(shop.server.messages(RING.address)) == 3
    assert withheld(shop) == []


def test_a_burst_behind_a_letter_is_one(shop: Shop) -> None:
    shop.customer(RING).write(MAILBOX, "Cracks", "The plates have cracks.")
    assert shop.serve() == ()
    for number in (1, 2, 3, 4):
        form(shop, number)
    assert shop.serve() == ()
    assert len(shop.server.messages(RING.address)) == 2
    assert len(withheld(shop)) == 3


def test_addresses_of_tickets_are_one_sender(shop: Shop) -> None:
    for number in (1, 2, 3):
        local, _, domain = EVE.address.partition("@")
        form(shop, number, Customer(shop.server, "Help", f"{local}+id{number}@{domain}"))
        assert shop.serve() == ()
    assert len(withheld(shop)) == 1


def test_other_words_and_other_days_are_acknowledged(sqlite_shop: Shop) -> None:
    third_form(sqlite_shop)
    sqlite_shop.customer(RING).write(MAILBOX, "Plates", "And the plates are bent.")
    sqlite_shop.clock.forward(days=1)
    form(sqlite_shop, 4)
    assert sqlite_shop.serve() == ()
    assert len(withheld(sqlite_shop)) == 1
