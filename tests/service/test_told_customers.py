"""Customers are told in time, each once (R-12, R-13)."""

from __future__ import annotations

from datetime import date

from demo.shop import MANAGER, RING
from service.by_themselves import NO_MAILS
from service.deciding import Decision
from service.telling_in_time import tell_in_time
from tests.acts import decide, set_case
from tests.shop import Shop
from tests.told import ONE, agree, complained, days, measure, told

# --- steps


def test_the_start_of_the_measures_is_told_once(sqlite_shop: Shop) -> None:
    """R-13: no other letter says so."""
    shop = complained(sqlite_shop)
    for kind in ("corrective", "preventive"):
        measure(shop, kind, date(2026, 3, 31))
    assert told(shop, "status") == [RING.address.partition("@")[0]]
    assert shop.serve() == ()
    assert "has begun" in shop.server.messages(RING.address)[-1].decode()


def test_terms_can_say_no(sqlite_shop: Shop) -> None:
    shop = complained(sqlite_shop)
    agree(shop, status_mails=["closed"], interim_days=0)
    measure(shop, "corrective", date(2026, 6, 1), MANAGER)
    days(shop, 9)
    assert told(shop, "status") == told(shop, "interim_notice") == []


def test_without_automatic_mails_a_person_lets_them_go(sqlite_shop: Shop) -> None:
    """R-11, R-13: what is owed waits with a task; the rest is not written."""
    shop = complained(sqlite_shop)
    agree(shop, automatic_mails=False)
    complained(shop, RING, "Another matter")
    assert told(shop, "acknowledgment") == [RING.address.partition("@")[0]]
    assert "acknowledgment_withheld" in shop.kinds()
    measure(shop, "corrective", date(2026, 3, 31))
    shop.ask_approval(ONE)
    days(shop, 9)
    assert told(shop, "status") == told(shop, "interim_notice") == told(shop, "reminder") == []
    decide(shop.w, ONE, Decision("approve", "by phone"), MANAGER)
    (closing,) = [one for one in shop.rows("letters") if one["template"] == "closing"]
    assert (closing["state"], closing["hold_reason"]) == ("held", NO_MAILS)
    assert "letter_held" in shop.kinds()


def test_a_closing_that_nobody_wants_to_hear_of(sqlite_shop: Shop) -> None:
    shop = complained(sqlite_shop)
    agree(shop, status_mails=["shipped"])
    shop.ask_approval(ONE)
    decide(shop.w, ONE, Decision("approve", "by phone"), MANAGER)
    assert told(shop, "closing") == []


# --- a customer who heard nothing


def test_a_notice_after_five_business_days_of_quiet(shop: Shop) -> None:
    complained(shop)
    days(shop, 6)
    assert told(shop, "interim_notice") == []
    days(shop, 1)
    assert len(told(shop, "interim_notice")) == 1
    tell_in_time(shop.w)
    shop.clock.forward(hours=5)
    assert shop.serve() == ()
    assert len(told(shop, "interim_notice")) == 1
    days(shop, 6)
    assert len(told(shop, "interim_notice")) == 1
    days(shop, 1)
    assert len(told(shop, "interim_notice")) == 2
    assert shop.faults() == {}


def test_no_notice_while_a_mail_waits_or_a_date_is_promised(sqlite_shop: Shop) -> None:
    shop = complained(sqlite_shop)
    shop.letter(ONE, "solution_agreed", solution="A remake.", promised_date="2026-03-20")
    days(shop, 17)
    assert told(shop, "interim_notice") == []
    shop.customer(RING).answer("When will you come back to us?")
    assert shop.serve() == ()
    days(shop, 4)
    assert told(shop, "interim_notice") == []
    shop.letter(ONE, "answer", answer="Soon.")
    days(shop, 8)
    assert len(told(shop, "interim_notice")) == 1


# --- a customer who does not answer


def test_silence_is_reminded_and_then_a_task(shop: Shop) -> None:
    complained(shop)
    shop.letter(ONE, "information_request", questions=["Which lot?"])
    assert shop.serve() == ()
    for gone, reminders in ((2, 0), (1, 1), (5, 1), (1, 2), (3, 2)):
        days(shop, gone)
        assert len(told(shop, "reminder")) == reminders, shop.clock.now
    assert told(shop, "interim_notice") == []
    days(shop, 3)
    assert shop.kinds().count("customer_silent") == 1
    days(shop, 10)
    assert len(told(shop, "reminder")) == 2
    assert shop.kinds().count("customer_silent") == 1
    assert shop.case(ONE)["state"] == "registered"  # silence closes nothing
    assert shop.promise(ONE, "proposal")["state"] == "paused"
    assert "Which lot?" in shop.server.messages(RING.address)[-1].decode()
    assert shop.faults() == {}


def test_after_an_outage_one_reminder_and_any_mail_ends_it(sqlite_shop: Shop) -> None:
    shop = complained(sqlite_shop)
    shop.letter(ONE, "information_request", questions=["Which lot?"])
    assert shop.serve() == ()
    shop.clock.forward(days=9)
    assert shop.serve() == ()
    assert len(told(shop, "reminder")) == 1
    shop.customer(RING).answer("We are looking for it.")
    assert shop.serve() == ()
    shop.clock.forward(days=30)
    assert shop.serve() == ()
    assert len(told(shop, "reminder")) == 1
    assert "customer_silent" not in shop.kinds()


def test_silence_accepts_only_if_the_letter_said_so(shop: Shop) -> None:
    complained(shop)
    shop.ask_approval(ONE)  # said nothing of silence
    agree(shop, deemed_accepted_days=10)
    days(shop, 20)
    assert shop.case(ONE)["state"] == "awaiting_approval"
    set_case(shop.w, ONE, {"state": "in_progress"}, MANAGER)
    shop.letter(ONE, "results", results="All parts were made anew.")
    assert shop.serve() == ()
    assert "within 10 days" in " ".join(shop.server.messages(RING.address)[-1].decode().split())
    days(shop, 9)
    assert shop.case(ONE)["state"] == "awaiting_approval"
    days(shop, 2)
    case = shop.case(ONE)
    assert case["state"] == "closed"
    assert case["answers"][-1]["rule"] == "deemed accepted"
    approved = next(step for step in shop.steps(ONE) if step.kind == "approved")
    assert approved.actor == "clock:deemed_accepted"
    assert told(shop, "closing") == [RING.address.partition("@")[0]]
    assert shop.faults() == {}


def test_a_reminder_can_be_answered(sqlite_shop: Shop) -> None:
    shop = complained(sqlite_shop)
    shop.ask_approval(ONE)
    days(shop, 3)
    assert len(told(shop, "reminder")) == 1
    shop.customer(RING).answer("Approved.")
    assert shop.serve() == ()
    assert shop.case(ONE)["state"] == "closed"
