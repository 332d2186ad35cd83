"""A mailbox is rebuilt or moved: every mail is compared, none registered or answered again."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from demo.shop import MANAGER
from mailer.remember import RememberingCarrier
from service.delivering import deliver_due
from service.old_mail import HELD, release_all, settle_all
from service.registrar import register_waiting
from service.watching import Watch
from service.writing import compose_promised
from tests.dovecot_shop import RealMailbox, dovecot_shop, mail
from tests.shop import START, Shop

pytestmark = pytest.mark.dovecot
OLD = START - timedelta(days=30)
OTHER = "The delivery is late and the box was open."


def look(shop: Shop) -> None:
    Watch(shop.w, shop.w.settings.mailbox[0]).look()


def register(shop: Shop) -> None:
    while register_waiting(shop.w):
        pass
    settle_all(shop.w)


def carried(shop: Shop) -> int:
    """How many letters leave now."""
    carrier = RememberingCarrier()
    while compose_promised(shop.w):
        pass
    while asyncio.run(deliver_due(shop.w, carrier)):
        pass
    return len(carrier.mails)


def held(shop: Shop) -> list[str]:
    return [str(one["hold_reason"]) for one in shop.rows("letters") if one["state"] == "held"]


def mailbox_row(shop: Shop) -> dict[str, object]:
    (row,) = shop.rows("mailboxes")
    return row


def strangers(count: int) -> list[bytes]:
    """One complaint each of many people."""
    return [
        mail(number).replace(b"jana.vogt@sensorik", b"person@shop%d" % number)
        for number in range(100, 100 + count)
    ]


def test_nothing_is_registered_again_and_no_letter_leaves_meanwhile(
    tmp_path: Path, shop_url: str
) -> None:
    with dovecot_shop(tmp_path, shop_url) as (shop, mailbox):
        mailbox.put(mail(1), mail(2, OTHER))
        look(shop)
        register(shop)
        mailbox.renumber()
        look(shop)
        assert mailbox_row(shop)["comparing_since"] is not None
        assert carried(shop) == 0  # it is not known yet what is a copy
        register(shop)
        assert mailbox_row(shop)["comparing_since"] is None
        assert [row["state"] for row in shop.rows("sightings")].count("copy") == 2
        assert shop.numbers() == ["KS2026-001", "KS2026-002"]
        assert carried(shop) == 2


def test_a_comparison_that_was_cut_is_ended_by_the_next(tmp_path: Path) -> None:
    with dovecot_shop(tmp_path) as (shop, mailbox):
        mailbox.put(mail(1), mail(2, OTHER))
        look(shop)
        register(shop)
        mailbox.renumber()

        def cut() -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            Watch(shop.w, shop.w.settings.mailbox[0], noticed=cut).look()
        register(shop)
        assert carried(shop) == 0
        look(shop)
        register(shop)
        assert carried(shop) == 2


def test_a_mail_in_other_bytes_is_a_probable_copy(tmp_path: Path, shop_url: str) -> None:
    """A server that adds fields, or the same mail by a second address."""
    with dovecot_shop(tmp_path, shop_url) as (shop, mailbox):
        mailbox.put(mail(1))
        look(shop)
        register(shop)
        mailbox.put(mail(1, "The core hole measures 2.5 mm.", "X-Rewritten: yes"))
        look(shop)
        register(shop)
        assert shop.numbers() == ["KS2026-001"]
        reasons = [one["reason"] for one in shop.rows("messages") if one["direction"] == "in"]
        assert reasons == ["new complaint", "probable copy"]
        assert len(shop.rows("letters")) == 1
        assert len(shop.rows("answers")) == 0
        assert shop.faults() == {}


def test_both_in_one_batch(tmp_path: Path) -> None:
    with dovecot_shop(tmp_path) as (shop, mailbox):
        mailbox.put(mail(1), mail(1, "The core hole measures 2.5 mm.", "X-Rewritten: yes"))
        look(shop)
        register(shop)
        assert shop.numbers() == ["KS2026-001"]
        assert len(shop.rows("messages")) == 2
        assert shop.faults() == {}


def test_who_only_repeats_a_message_id_is_no_copy(tmp_path: Path) -> None:
    """An attacker who knows a Message-ID must not suppress a mail."""
    with dovecot_shop(tmp_path) as (shop, mailbox):
        mailbox.put(mail(1), mail(1, "And the outer diameter is wrong as well."))
        look(shop)
        register(shop)
        assert [one["reason"] for one in shop.rows("messages")].count("probable copy") == 0


# --- the breaker


def fill(shop: Shop, mailbox: RealMailbox, *, old: int) -> None:
    """The mailbox is in use; then old mail appears in it."""
    mailbox.put(mail(1))
    look(shop)
    register(shop)
    assert carried(shop) == 1
    mailbox.put(*strangers(old), at=OLD)
    look(shop)
    register(shop)


def test_masses_of_old_mail_are_registered_and_their_letters_wait(
    tmp_path: Path, shop_url: str
) -> None:
    with dovecot_shop(tmp_path, shop_url) as (shop, mailbox):
        fill(shop, mailbox, old=25)
        assert len(shop.numbers()) == 26
        assert held(shop) == [HELD] * 25
        tasks = [task for task in shop.tasks() if task["kind"] == "old_mail_held"]
        assert [task["case"] for task in tasks] == [None]
        assert carried(shop) == 0
        mailbox.put(mail(2, OTHER))  # who writes now is answered now
        look(shop)
        register(shop)
        assert carried(shop) == 1
        assert release_all(shop.w, "complaints", MANAGER, "I have looked") == 25
        assert "old_mail_held" not in shop.kinds()
        assert held(shop) == []
        assert shop.faults() == {}


def test_the_task_of_a_mailbox_ends_like_others(tmp_path: Path) -> None:
    with dovecot_shop(tmp_path) as (shop, mailbox):
        fill(shop, mailbox, old=25)
        (task,) = [task for task in shop.tasks() if task["kind"] == "old_mail_held"]
        shop.resolve(int(task["id"]), "done", "they were answered by phone", MANAGER)
        assert "old_mail_held" not in shop.kinds()
        assert held(shop) == [HELD] * 25


def test_some_old_mail_is_no_alarm(tmp_path: Path) -> None:
    with dovecot_shop(tmp_path) as (shop, mailbox):
        fill(shop, mailbox, old=20)
        assert held(shop) == []
        assert "old_mail_held" not in shop.kinds()


def test_copies_are_no_alarm(tmp_path: Path, shop_url: str) -> None:
    """30 known mails get new UIDs, and one old mail is new: its letter goes on by itself."""
    with dovecot_shop(tmp_path, shop_url) as (shop, mailbox):
        mailbox.put(*strangers(30), at=OLD)
        look(shop)
        register(shop)
        carried(shop)
        mailbox.renumber()
        mailbox.put(mail(1), at=OLD)
        look(shop)
        register(shop)
        assert len(shop.numbers()) == 31
        assert held(shop) == []
        assert "old_mail_held" not in shop.kinds()
        assert mailbox_row(shop)["holding_since"] is None
