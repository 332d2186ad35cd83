"""The very first start on a mailbox that is not empty (reliability.md 6 A 8)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from service.beginning import undecided_mailboxes
from service.first_start import FirstStartUndecided, chosen
from service.registrar import register_waiting
from service.watching import Watch
from service.wiring import Wiring
from tests.dovecot_shop import RealMailbox, dovecot_shop, mail, settings_of
from tests.shop import START, Shop

pytestmark = pytest.mark.dovecot
OLD = START - timedelta(days=30)
YOUNG = START - timedelta(hours=2)


def look(w: Wiring) -> int:
    found = Watch(w, w.settings.mailbox[0]).look()
    while register_waiting(w):
        pass
    return found


def asked(shop: Shop, choice: str = "", *, confirm: bool = False) -> Wiring:
    """The service, told nothing by its configuration and `choice` by the command."""
    w = settings_of(shop.w, first_start="", acknowledge_old=False)
    return chosen(w, choice, acknowledge_old=confirm)


def states(shop: Shop) -> Counter[str]:
    return Counter(str(row["state"]) for row in shop.rows("sightings"))


def fill(mailbox: RealMailbox) -> None:
    mailbox.put(mail(1), mail(2), at=OLD)
    mailbox.put(mail(3), at=YOUNG)


def test_nobody_said_so_nothing_is_done(tmp_path: Path) -> None:
    with dovecot_shop(tmp_path) as (shop, mailbox):
        fill(mailbox)
        w = asked(shop)
        with pytest.raises(FirstStartUndecided) as told:
            look(w)
        assert "holds 3 mails" in str(told.value)
        assert "--from now" in str(told.value)
        assert [str(one) for one in undecided_mailboxes(w)] == [str(told.value)]
        assert shop.rows("sightings") == []


def test_an_empty_mailbox_needs_no_answer(tmp_path: Path) -> None:
    with dovecot_shop(tmp_path) as (shop, mailbox):
        w = asked(shop)
        assert list(undecided_mailboxes(w)) == []
        assert look(w) == 0
        mailbox.put(mail(1), at=OLD)  # somebody moved it here
        assert look(w) == 1
        assert states(shop) == {"registered": 1}


def test_from_now_leaves_what_is_there_and_says_so(tmp_path: Path, shop_url: str) -> None:
    with dovecot_shop(tmp_path, shop_url) as (shop, mailbox):
        fill(mailbox)
        assert look(asked(shop, "now")) == 0
        assert states(shop) == {"before start": 3}
        mailbox.put(mail(4))
        w = asked(shop)  # asked once: the next start needs no answer
        assert list(undecided_mailboxes(w)) == []
        assert look(w) == 1
        assert states(shop) == {"before start": 3, "registered": 1}


def test_what_is_left_stays_left_when_the_mailbox_is_renumbered(tmp_path: Path) -> None:
    with dovecot_shop(tmp_path) as (shop, mailbox):
        fill(mailbox)
        w = asked(shop, "now")
        look(w)
        mailbox.put(mail(4))
        look(w)
        mailbox.renumber()
        look(w)
        assert states(shop) == {"before start": 6, "registered": 1, "copy": 1}
        assert shop.numbers() == ["KS2026-001"]


@pytest.mark.parametrize("choice", ["now", f"since:{START:%Y-%m-%d}"])
def test_old_mail_that_was_moved_here_later_is_registered(
    choice: str, tmp_path: Path, shop_url: str
) -> None:
    """Nobody saw it at the first start, however old it is: it is a complaint like others (R-20)."""
    with dovecot_shop(tmp_path, shop_url) as (shop, mailbox):
        fill(mailbox)
        look(asked(shop, choice))
        assert states(shop)["registered"] == (0 if choice == "now" else 1)
        before = states(shop)["before start"]
        with mailbox.client() as client:
            client.delete_messages(client.search(["HEADER", "Message-ID", "<1@sensorik.example>"]))
            client.expunge()
        shop.clock.forward(days=3)
        # As old as the one that is gone, to the second: only its own fields tell it apart.
        mailbox.put(mail(5), at=OLD)
        mailbox.renumber()
        mailbox.put(mail(6), at=OLD + timedelta(days=1))
        look(asked(shop))
        cases = {str(row["subject"]) for row in shop.rows("cases")}
        assert {"Complaint 5", "Complaint 6"} <= cases
        assert "Complaint 1" not in cases
        assert states(shop)["before start"] == 2 * before - 1
        # R-1 runs; a person decides whether they are still acknowledged.
        assert shop.kinds().count("acknowledgment_withheld") == 2


def test_a_mail_without_fields_is_taken_when_nobody_can_tell(tmp_path: Path) -> None:
    with dovecot_shop(tmp_path) as (shop, mailbox):
        mailbox.put(b"\r\nOnly words.\r\n", at=OLD)
        look(asked(shop, "now"))
        assert states(shop) == {"before start": 1}
        mailbox.renumber()
        look(asked(shop))
        assert states(shop) == {"before start": 1, "registered": 1}
        assert len(shop.rows("letters")) == 0


def test_since_a_day(tmp_path: Path) -> None:
    with dovecot_shop(tmp_path) as (shop, mailbox):
        fill(mailbox)
        assert look(asked(shop, f"since:{YOUNG:%Y-%m-%d}")) == 1
        assert states(shop) == {"before start": 2, "registered": 1}


def test_all_acknowledges_the_young_and_asks_about_the_old(tmp_path: Path, shop_url: str) -> None:
    with dovecot_shop(tmp_path, shop_url) as (shop, mailbox):
        fill(mailbox)
        assert look(asked(shop, "all")) == 3
        assert len(shop.rows("letters")) == 1
        tasks = [task for task in shop.tasks() if task["kind"] == "acknowledgment_withheld"]
        assert [task["reason"] for task in tasks] == ["older than a day at the first start"] * 2
        assert all(shop.promise(number)["started_at"] for number in shop.numbers())


def test_confirmed_the_old_are_acknowledged_too(tmp_path: Path) -> None:
    with dovecot_shop(tmp_path) as (shop, mailbox):
        fill(mailbox)
        look(asked(shop, "all", confirm=True))
        assert len(shop.rows("letters")) == 3
        assert "acknowledgment_withheld" not in shop.kinds()


def test_a_start_that_was_cut_goes_on_as_it_was_told(tmp_path: Path) -> None:
    with dovecot_shop(tmp_path) as (shop, mailbox):
        fill(mailbox)

        def cut() -> None:
            raise KeyboardInterrupt

        w = asked(shop, "all")
        with pytest.raises(KeyboardInterrupt):
            Watch(w, w.settings.mailbox[0], noticed=cut).look()
        w = asked(shop)
        look(w)
        assert states(shop) == {"registered": 3}
        assert len(shop.rows("letters")) == 1
