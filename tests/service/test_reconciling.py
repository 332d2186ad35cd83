"""A letter of which no answer came is looked for before a second copy leaves (6 B)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.mail_server import EmbeddedMail
from demo.shop import MAILBOX, RING
from mailer.carry import Outcome, SmtpCarrier
from mailer.remember import RememberingCarrier
from service.delivering import deliver_due, find_adrift
from service.reconciling import reconcile
from service.registrar import register_waiting
from service.watching import Watch
from service.writing import compose_promised
from storage import sought
from tests.shop import Shop, open_shop

UNKNOWN = Outcome("uncertain", None, "mail.test:25 was lost after the final dot")


def with_settings(shop: Shop, *, sent_folder: str = "", bcc_own: bool = False) -> None:
    settings = shop.w.settings
    smtp = settings.smtp.model_copy(update={"sent_folder": sent_folder})
    rules = settings.outbox.model_copy(update={"bcc_own": bcc_own})
    changed = settings.model_copy(update={"smtp": smtp, "outbox": rules})
    object.__setattr__(shop.w, "settings", changed)


@pytest.fixture
def bcc_shop(tmp_path: Path, shop_url: str) -> Iterator[Shop]:
    with open_shop(tmp_path, shop_url) as opened:
        with_settings(opened, bcc_own=True)
        yield opened


def look(shop: Shop) -> None:
    Watch(shop.w, shop.w.settings.mailbox[0]).look()
    while register_waiting(shop.w):
        pass


def complain(shop: Shop) -> None:
    shop.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
    look(shop)


def sweep(shop: Shop, *outcomes: Outcome) -> RememberingCarrier:
    carrier = RememberingCarrier(*outcomes)
    find_adrift(shop.w)
    compose_promised(shop.w)
    asyncio.run(deliver_due(shop.w, carrier))
    return carrier


class DiesAfterTheDot(SmtpCarrier):
    """The server took it, and nobody hears of that."""

    async def carry(self, *args: object, **options: object) -> Outcome:
        outcome = await super().carry(*args, **options)  # type: ignore[arg-type]  # handed on as they came
        assert outcome.state == "accepted"
        return UNKNOWN


def lose_the_answer(shop: Shop) -> None:
    smtp = shop.w.settings.smtp
    out = DiesAfterTheDot(smtp.host, smtp.port, "plain", None, None, None, 5.0, "parts.example")
    compose_promised(shop.w)
    assert asyncio.run(deliver_due(shop.w, out)) == 1


def delivery(shop: Shop) -> dict[str, object]:
    (row,) = shop.rows("deliveries")
    return row


def to_ring(server: EmbeddedMail) -> list[bytes]:
    return [mail.raw for mail in server.received if RING.address in mail.recipients]


def test_its_own_copy_proves_that_it_left(bcc_shop: Shop) -> None:
    complain(bcc_shop)
    lose_the_answer(bcc_shop)
    assert delivery(bcc_shop)["state"] == "uncertain"
    assert sweep(bcc_shop).mails == []  # it is looked for, not sent
    look(bcc_shop)
    assert reconcile(bcc_shop.w) == 1
    row = delivery(bcc_shop)
    assert (row["state"], row["copies"], row["sought_since"]) == ("accepted", 1, None)
    case = bcc_shop.case("KS2026-001")
    assert bcc_shop.promise("KS2026-001")["state"] == "stopped"
    assert [letter["state"] for letter in case["letters"]] == ["done"]
    bcc_shop.clock.forward(days=1)
    assert sweep(bcc_shop).mails == []
    assert len(to_ring(bcc_shop.server)) == 1
    assert bcc_shop.numbers() == ["KS2026-001"]  # the copy opened nothing
    assert bcc_shop.kinds() == []
    assert bcc_shop.faults() == {}


def test_the_customer_sees_nothing_of_the_own_copy(bcc_shop: Shop) -> None:
    complain(bcc_shop)
    assert bcc_shop.serve() == ()
    (mail,) = [one for one in bcc_shop.server.received if RING.address in one.recipients]
    (own,) = [address for address in mail.recipients if address != RING.address]
    assert own.startswith("complaints+")
    assert own.encode() not in mail.raw


def test_not_found_is_sent_once_more_then_a_person_decides(bcc_shop: Shop) -> None:
    complain(bcc_shop)
    first = sweep(bcc_shop, UNKNOWN)
    bcc_shop.clock.forward(minutes=9)
    look(bcc_shop)
    reconcile(bcc_shop.w)
    assert sweep(bcc_shop).mails == []
    bcc_shop.clock.forward(minutes=1)
    reconcile(bcc_shop.w)
    assert sweep(bcc_shop).mails == []  # nobody has read the mailbox since
    look(bcc_shop)
    reconcile(bcc_shop.w)
    assert sweep(bcc_shop, UNKNOWN).mails == first.mails
    bcc_shop.clock.forward(minutes=10)
    look(bcc_shop)
    reconcile(bcc_shop.w)
    assert bcc_shop.kinds() == ["delivery_uncertain"]
    assert sweep(bcc_shop).mails == []
    assert delivery(bcc_shop)["copies"] == 2
    assert bcc_shop.faults() == {}


def test_a_mailbox_that_cannot_be_read_delays_the_second_copy_by_hours_only(
    sqlite_shop: Shop,
) -> None:
    with_settings(sqlite_shop, sent_folder="Sent")  # the embedded server has no such folder
    complain(sqlite_shop)
    sweep(sqlite_shop, UNKNOWN)
    sqlite_shop.clock.forward(hours=4)
    reconcile(sqlite_shop.w)
    assert sweep(sqlite_shop).mails == []
    sqlite_shop.clock.forward(minutes=10)
    reconcile(sqlite_shop.w)
    assert len(sweep(sqlite_shop).mails) == 1


def test_a_copy_in_the_folder_of_sent_mails_proves_it(sqlite_shop: Shop) -> None:
    complain(sqlite_shop)
    with_settings(sqlite_shop, sent_folder="INBOX")  # any folder will do
    (_, _, data) = sweep(sqlite_shop, UNKNOWN).mails[0]
    sqlite_shop.server.deliver(MAILBOX, data)
    assert reconcile(sqlite_shop.w) == 1
    assert delivery(sqlite_shop)["state"] == "accepted"
    assert delivery(sqlite_shop)["reply_text"] == "found in the folder of sent mails"


def test_two_that_look_at_once_count_it_once(bcc_shop: Shop) -> None:
    complain(bcc_shop)
    lose_the_answer(bcc_shop)
    look(bcc_shop)
    with bcc_shop.w.db.read() as connection:
        (seen,) = sought.sought(connection, 10)
    assert reconcile(bcc_shop.w) == 1
    with bcc_shop.w.db.write() as tx:
        assert sought.still(tx, seen) is None
