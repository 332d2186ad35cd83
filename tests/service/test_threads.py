"""Clues of a conversation that no address and no Message-ID shows, on both databases."""

from __future__ import annotations

import pytest

from demo.shop import MAILBOX, MANAGER, PLATE, RING
from service.people import act
from service.sorting import merge
from tests.acts import set_case
from tests.shop import EVE, Shop


@pytest.mark.parametrize(
    ("reference", "subject", "text", "joins"),
    [
        ("INC0012345", "[INC0012345] has an update", "See the portal.", True),
        ("INC0012345", "inc0012345: update", "See the portal.", True),
        ("INC0012345", "An update", "Our ticket is INC0012345.", True),
        ("SCAR-77, Q 4711-0", "About Q 4711-0", "Where is it?", True),
        ("INC0012345", "INC00123456", "Another one.", False),
        ("INC0012345", "An update", "> INC0012345\n\nof another", False),  # only quoted
        ("RMA", "RMA", "A word is no number.", False),
        ("17", "17 pieces", "Too short to mean a case.", False),
    ],
)
def test_the_customers_own_number_leads_to_the_case(
    shop: Shop, reference: str, subject: str, text: str, joins: bool
) -> None:
    jana = shop.customer(RING)
    jana.write(MAILBOX, "Thread too wide", "The core hole measures 2.5 mm.")
    shop.serve()
    set_case(shop.w, "KS2026-001", {"customer_reference": reference}, MANAGER)
    jana.write(MAILBOX, subject, text)
    shop.serve()
    assert len(shop.case("KS2026-001")["messages"]) == (3 if joins else 2)
    assert len(shop.numbers()) == (1 if joins else 2)


def test_another_customer_with_the_same_number_has_its_own_case(shop: Shop) -> None:
    shop.customer(RING).write(MAILBOX, "Thread too wide", "See INC0012345.")
    shop.serve()
    set_case(shop.w, "KS2026-001", {"customer_reference": "INC0012345"}, MANAGER)
    shop.customer(PLATE).write(MAILBOX, "INC0012345", "Surface not flat.")
    shop.customer(EVE).write(MAILBOX, "INC0012345", "Hello.")
    shop.serve()
    assert shop.numbers() == ["KS2026-001", "KS2026-002", "KS2026-003"]
    assert not [task for task in shop.tasks() if task["kind"] == "link_suggested"]


def test_the_number_of_a_merged_case_leads_to_the_one_that_goes_on(shop: Shop) -> None:
    shop.customer(RING).write(MAILBOX, "Thread too wide", "The core hole measures 2.5 mm.")
    shop.serve()
    shop.customer(PLATE).write(MAILBOX, "Surface not flat", "See the picture.")
    shop.serve()
    with act(shop.w, MANAGER, "merge") as h:
        merge(h, "KS2026-002", "KS2026-001", "the same delivery")
    shop.customer(PLATE).write(MAILBOX, "Re: [KS2026-002]", "Any news?")
    shop.serve()
    assert len(shop.case("KS2026-001")["messages"]) == 3
    assert shop.case("KS2026-002")["state"] == "merged"
    # Whoever took part in neither stays outside.
    shop.customer(EVE).write(MAILBOX, "KS2026-002", "What is it about?")
    shop.serve()
    assert shop.numbers()[-1] == "KS2026-003"
