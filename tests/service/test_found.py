"""What was read from a complaint stands in the case, to be confirmed, and in the acknowledgment."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from demo.shop import MAILBOX, MANAGER, RING
from tests.acts import set_case
from tests.servers.postgres import PrivatePostgres
from tests.shop import EVE, Shop, open_shop

NUMBER = "KS2026-001"
SAID = "Our PO 4500123456: 12 of 300 pcs of part no. 4711-02 Rev. C are scratched. NCR no. 26-88."


@pytest.fixture(params=["sqlite", "postgres"])
def shop(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_server: PrivatePostgres
) -> Iterator[Shop]:
    if request.param == "sqlite":
        with open_shop(tmp_path, f"sqlite:///{tmp_path / 'amends.sqlite'}") as opened:
            yield opened
    else:
        with postgres_server.fresh_database() as url, open_shop(tmp_path, url) as opened:
            yield opened


def letter(shop: Shop) -> str:
    mail = message_from_bytes(shop.server.received[-1].raw, policy=policy.default)
    body = mail.get_body(("plain",))
    return " ".join(str(body.get_content()).split()) if body else ""


def test_facts_stand_in_the_case_until_a_manager_confirms_them(shop: Shop) -> None:
    shop.customer(RING).write(MAILBOX, "Scratches", SAID)
    assert shop.serve() == ()
    case = shop.case(NUMBER)
    assert case["customer_reference"] == "26-88"
    (line,) = case["lines"]
    assert (line["po_pi_no"], line["part_number"], line["drawing_revision"]) == (
        "4500123456",
        "4711-02",
        "C",
    )
    assert [Decimal(line[name]) for name in ("quantity_complained", "quantity_delivered")] == [
        12,
        300,
    ]
    assert line["found_in"]["po_pi_no"] == SAID
    assert line["confirmed_by"] is None

    set_case(shop.w, NUMBER, {"part_number": "4711-03"}, MANAGER, line=1)
    (line,) = shop.case(NUMBER)["lines"]
    assert (line["part_number"], line["po_pi_no"], line["confirmed_by"]) == (
        "4711-03",
        "4500123456",
        MANAGER,
    )
    assert shop.faults() == {}


def test_the_acknowledgment_names_them_and_asks_for_the_rest(shop: Shop) -> None:
    shop.customer(RING).write(MAILBOX, "Scratches", "12 of 300 pcs of part no. 4711-02 are bad.")
    assert shop.serve() == ()
    assert "part number 4711-02, 12 of 300 pcs" in letter(shop)
    assert "we still need the order number." in letter(shop)


def test_a_stranger_is_told_nothing_of_what_was_read(shop: Shop) -> None:
    """reliability.md 4.3: an acknowledgment to an unknown sender repeats nothing."""
    shop.customer(EVE).write(MAILBOX, "Scratches", SAID)
    assert shop.serve() == ()
    assert not any(one in letter(shop) for one in ("4711", "4500123456", "still need"))
    assert shop.case(NUMBER)["lines"][0]["part_number"] == "4711-02"


def test_a_later_mail_names_what_was_lacking_and_one_click_takes_it_over(shop: Shop) -> None:
    jana = shop.customer(RING)
    jana.write(MAILBOX, "Scratches", "12 of 300 pcs of part no. 4711-02 are bad.")
    assert shop.serve() == ()
    jana.answer("The lot is lot 2231, part no. 9999.")
    assert shop.serve() == ()
    (task,) = [one for one in shop.tasks() if one["kind"] == "facts_found"]
    assert task["reason"] == "the mail names lot 2231"  # the part is known already
    shop.resolve(int(task["id"]), "fill_in", "it is their lot", MANAGER)
    (line,) = shop.case(NUMBER)["lines"]
    assert (line["lot"], line["part_number"], line["confirmed_by"]) == ("2231", "4711-02", None)
    assert line["found_in"]["lot"] == "The lot is lot 2231, part no. 9999."
    assert shop.faults() == {}
