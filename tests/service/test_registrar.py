"""T1 and T2 with mails that are old, from the future, unreadable, or poison for us."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cases.errors import TryLater
from demo.shop import MAILBOX, PLATE, RING
from intake.errors import Unreadable
from service import filing
from tests.shop import START, Shop


def test_an_old_mail_is_registered_late_and_says_so(shop: Shop) -> None:
    shop.clock.now = datetime(2019, 4, 18, 9, 0, tzinfo=UTC)  # the Thursday before Easter
    shop.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
    shop.clock.now = START
    assert shop.serve() == ()
    assert shop.numbers() == ["KS2026-001"]  # the year of the registration
    clock = shop.promise("KS2026-001")
    assert clock["started_at"].startswith("2019-04-18T09:00")
    assert clock["state"] == "stopped"
    assert clock["breached_at"] == clock["due_at"]
    assert shop.faults() == {}


def test_an_old_mail_is_due_by_the_calendar_of_its_year(sqlite_shop: Shop) -> None:
    sqlite_shop.clock.now = datetime(2019, 4, 18, 9, 0, tzinfo=UTC)
    sqlite_shop.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
    sqlite_shop.clock.now = START
    sqlite_shop.serve()
    clock = sqlite_shop.promise("KS2026-001")
    assert clock["due_at"].startswith("2019-04-23T09:00")  # Good Friday and Easter Monday


def test_a_server_whose_clock_runs_ahead_starts_no_clock_in_the_future(sqlite_shop: Shop) -> None:
    sqlite_shop.clock.forward(days=30)
    sqlite_shop.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
    sqlite_shop.clock.now = START
    sqlite_shop.serve()
    clock = sqlite_shop.promise("KS2026-001")
    assert clock["started_at"].startswith("2026-03-02T09:00")


def test_a_mail_that_no_reader_can_read_is_a_case_with_a_task(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def give_up(data: bytes) -> Any:
        raise Unreadable("no reader understands it")

    shop.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
    with monkeypatch.context() as patch:
        patch.setattr("service.reading.read", give_up)
        assert shop.serve() == ()
    case = shop.case("KS2026-001")
    assert [message["kind"] for message in case["messages"] if message["direction"] == "in"] == [
        "unreadable"
    ]
    assert "unreadable_mail" in [task["kind"] for task in case["tasks"]]
    assert [clock["name"] for clock in case["clocks"]] == ["acknowledgment", "proposal"]
    assert shop.faults() == {}


def test_a_mail_that_is_poison_for_us_stops_no_other(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_mail = filing.file_mail

    def poisoned(h: Any, arrived: Any, *rest: Any) -> None:
        if arrived.mail.subject == "Poison" and arrived.screened.kind != "unreadable":
            raise KeyError("a fault of our own")
        file_mail(h, arrived, *rest)

    monkeypatch.setattr("service.newcomers.file_mail", poisoned)
    jana = shop.customer(RING)
    for subject in ("Before", "Poison", "Behind"):
        jana.write(MAILBOX, subject, "Please help.")
    assert shop.serve() == ()
    kinds = {
        case["subject"]: case["messages"][0]["kind"] for case in map(shop.case, shop.numbers())
    }
    assert kinds == {"Before": "complaint", "Poison": "unreadable", "Behind": "complaint"}
    assert "unreadable_mail" in shop.kinds()
    assert {row["state"] for row in shop.rows("sightings")} == {"registered"}
    assert shop.faults() == {}


def test_without_a_database_nothing_is_counted_against_the_mail(
    sqlite_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise TryLater("the database does not answer")

    sqlite_shop.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
    with monkeypatch.context() as patch:
        patch.setattr("service.registrar.register", away)
        for _ in range(30):
            with pytest.raises(TryLater):
                sqlite_shop.serve()
    assert [(row["state"], row["tries"]) for row in sqlite_shop.rows("sightings")] == [
        ("fetched", 0)
    ]
    assert sqlite_shop.serve() == ()
    assert sqlite_shop.numbers() == ["KS2026-001"]


def test_read_and_flagged_mails_are_registered_all_the_same(shop: Shop) -> None:
    """Flags decide nothing; several customers in one pass get their own numbers in order."""
    from imapclient import IMAPClient

    shop.customer(RING).write(MAILBOX, "Read before", "By a colleague with a mail program.")
    shop.customer(PLATE).write(MAILBOX, "Not read", "Nobody saw it.")
    with IMAPClient("127.0.0.1", shop.server.imap_port, ssl=False) as client:
        client.login(MAILBOX, shop.server.users[MAILBOX])
        client.select_folder("INBOX")
        client.add_flags([client.search("ALL")[0]], [rb"\Seen", rb"\Flagged"])
    assert shop.serve() == ()
    assert [shop.case(number)["subject"] for number in shop.numbers()] == [
        "Read before",
        "Not read",
    ]
    shop.clock.now += timedelta(hours=1)
    assert shop.serve() == ()
    assert len(shop.numbers()) == 2
