"""The outbox: what becomes of a letter when the way out misbehaves."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from demo.shop import MAILBOX, MANAGER, RING
from mailer.carry import MayEnd, Outcome, always
from mailer.remember import RememberingCarrier
from mailer.retry import next_attempt
from service.deciding import Decision
from service.delivering import deliver_due, find_adrift
from service.registrar import register_waiting
from service.watching import Watch
from service.writing import compose_promised
from tests.acts import decide, set_case
from tests.shop import START, Shop, open_shop

NOBODY = Outcome("deferred", None, "mail.test:25 is not reached (refused)")
LATER = Outcome("deferred", 451, "4.2.0 try later")
NEVER = Outcome("refused", 550, "5.1.1 no such user")
UNKNOWN = Outcome("uncertain", None, "mail.test:25 was lost after the final dot")
CLOSED = Outcome("blocked", 535, "mail.test:25 refuses the log-in; check user and password")


def promise(shop: Shop) -> None:
    """A complaint is registered; its acknowledgment waits in the outbox."""
    shop.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
    Watch(shop.w, shop.w.settings.mailbox[0]).look()
    assert register_waiting(shop.w) == 1


def sweep(shop: Shop, *outcomes: Outcome) -> RememberingCarrier:
    """One sweep of the outbox, with what the relay says in turn."""
    carrier = RememberingCarrier(*outcomes)
    find_adrift(shop.w)
    compose_promised(shop.w)
    asyncio.run(deliver_due(shop.w, carrier))
    return carrier


def delivery(shop: Shop) -> dict[str, object]:
    (row,) = shop.rows("deliveries")
    return row


def clock_state(shop: Shop) -> str:
    clock = shop.promise("KS2026-001")
    return str(clock["state"])


@pytest.mark.parametrize("outcome", [NOBODY, LATER], ids=["nobody there", "451"])
def test_deferred_is_tried_again_when_retry_says(outcome: Outcome, shop: Shop) -> None:
    promise(shop)
    sweep(shop, outcome)
    row = delivery(shop)
    assert (row["state"], row["copies"], row["attempts"]) == ("deferred", 0, 1)
    assert row["next_attempt_at"] == next_attempt(1, START, 0.0) == START + timedelta(minutes=5)
    assert row["reply_text"] == outcome.text

    shop.clock.forward(minutes=4)
    assert sweep(shop).mails == []
    shop.clock.forward(minutes=1)
    assert len(sweep(shop).mails) == 1
    assert delivery(shop)["state"] == "accepted"
    assert clock_state(shop) == "stopped"
    assert [row["outcome"] for row in shop.rows("attempts")] == ["deferred", "accepted"]
    assert shop.faults() == {}


def test_deferred_for_five_days_is_given_up_with_a_task(sqlite_shop: Shop) -> None:
    promise(sqlite_shop)
    for _ in range(40):
        sweep(sqlite_shop, LATER)
        if delivery(sqlite_shop)["state"] != "deferred":
            break
        sqlite_shop.clock.now = delivery(sqlite_shop)["next_attempt_at"]  # type: ignore[assignment]  # a row has values of all kinds
    assert delivery(sqlite_shop)["state"] == "refused"
    assert timedelta(days=4) < sqlite_shop.clock.now - START <= timedelta(days=5)
    (task,) = sqlite_shop.tasks()
    assert task["kind"] == "delivery_refused"
    assert "given up: 4.2.0 try later" in task["reason"]


def test_refused_is_a_task_and_the_clock_runs_on(shop: Shop) -> None:
    promise(shop)
    assert sweep(shop, NEVER).mails == []
    row = delivery(shop)
    assert (row["state"], row["copies"], row["next_attempt_at"]) == ("refused", 0, None)
    (task,) = shop.tasks()
    assert (task["kind"], task["case"]) == ("delivery_refused", "KS2026-001")
    assert "5.1.1 no such user" in task["reason"]
    assert clock_state(shop) == "started"
    shop.clock.forward(days=1)
    assert sweep(shop).mails == []  # final
    assert shop.faults() == {}


def test_uncertain_is_sent_once_more_and_then_a_person_decides(shop: Shop) -> None:
    promise(shop)
    first = sweep(shop, UNKNOWN)
    assert delivery(shop)["state"] == "uncertain"
    assert shop.kinds() == []
    second = sweep(shop, UNKNOWN)
    assert first.mails == second.mails  # the same bytes, the same envelope
    assert delivery(shop)["next_attempt_at"] is None
    assert shop.kinds() == ["delivery_uncertain"]
    shop.clock.forward(days=9)
    assert sweep(shop).mails == []
    assert clock_state(shop) == "started"
    assert shop.faults() == {}


def test_uncertain_then_accepted_needs_nobody(sqlite_shop: Shop) -> None:
    promise(sqlite_shop)
    sweep(sqlite_shop, UNKNOWN)
    assert len(sweep(sqlite_shop).mails) == 1
    assert delivery(sqlite_shop)["state"] == "accepted"
    assert sqlite_shop.kinds() == []
    assert clock_state(sqlite_shop) == "stopped"


def test_blocked_waits_for_who_mends_it(shop: Shop) -> None:
    promise(shop)
    sweep(shop, CLOSED)
    row = delivery(shop)
    assert (row["state"], row["copies"]) == ("deferred", 0)
    assert row["next_attempt_at"] == START + timedelta(minutes=1)
    assert shop.kinds() == []  # no mail failed
    shop.clock.forward(minutes=1)
    assert len(sweep(shop).mails) == 1
    assert clock_state(shop) == "stopped"


def test_an_hour_of_wrong_configuration_costs_no_patience(sqlite_shop: Shop) -> None:
    """Blocked tries are no tries of the relay: the next 4xx is the first."""
    promise(sqlite_shop)
    for _ in range(60):
        sweep(sqlite_shop, CLOSED)
        sqlite_shop.clock.forward(minutes=1)
    sweep(sqlite_shop, LATER)
    assert delivery(sqlite_shop)["state"] == "deferred"
    assert sqlite_shop.kinds() == []
    assert delivery(sqlite_shop)["next_attempt_at"] == next_attempt(1, sqlite_shop.clock.now, 0.0)


def test_a_letter_that_cannot_be_written_is_held_and_its_clock_runs_on(tmp_path: Path) -> None:
    own = tmp_path / "own" / "en"
    own.mkdir(parents=True)
    # Renders with every sample, and fails for this customer only.
    (own / "acknowledgment.md").write_text(
        '+++\nsubject = "Your complaint"\nstops = ["acknowledgment"]\nautomatic = true\n+++\n'
        "{% if case.subject == 'Thread too wide' %}{{ 1 // 0 }}{% endif %}Registered.\n"
    )
    url = f"sqlite:///{tmp_path / 'amends.sqlite'}"
    with open_shop(tmp_path, url, company='templates = "own"') as shop:
        promise(shop)
        shop.customer(RING).write(MAILBOX, "Another thing", "It is bent.")
        Watch(shop.w, shop.w.settings.mailbox[0]).look()
        register_waiting(shop.w)
        sent = sweep(shop)
        assert [recipient for _, recipient, _ in sent.mails] == [RING.address]  # the other leaves
        (task,) = shop.tasks()
        assert (task["kind"], task["case"]) == ("letter_held", "KS2026-001")
        assert "acknowledgment" in task["reason"]
        (letter,) = shop.case("KS2026-001")["letters"]
        assert (letter["state"], letter["hold_reason"]) == ("held", task["reason"])
        assert clock_state(shop) == "started"
        shop.ask_only_for("acknowledgment")
        shop.clock.forward(days=2)
        shop.serve()
        assert shop.kinds() == ["letter_held", "clock_breached", "nothing_drives"]  # the other
        assert shop.faults() == {}


def test_a_letter_whose_evidence_is_gone_is_a_task_and_stops_no_other(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    promise(shop)
    compose_promised(shop.w)
    (row,) = shop.rows("deliveries")
    shop.spoil_evidence(str(row["raw_sha256"]))
    shop.customer(RING).write(MAILBOX, "Another thing", "It is bent.")
    assert shop.serve() == ()
    assert shop.kinds() == ["delivery_refused"]
    assert "has other bytes than its name says" in shop.tasks()[0]["reason"]
    (letter,) = shop.case("KS2026-002")["letters"]
    assert letter["state"] == "done"
    assert not [record for record in caplog.records if record.exc_info]


def test_a_letter_that_waited_too_long_makes_no_illegal_step(shop: Shop) -> None:
    promise(shop)
    sweep(shop)
    set_case(shop.w, "KS2026-001", {"state": "analysis"}, MANAGER)
    shop.letter("KS2026-001", "results", results="Made anew.")
    sweep(shop, LATER)
    decide(shop.w, "KS2026-001", Decision("withdraw", "they called"), MANAGER)
    shop.clock.forward(hours=1)
    assert len(sweep(shop).mails) == 2  # it, and the letter that says so
    case = shop.case("KS2026-001")
    assert case["state"] == "withdrawn"
    (task,) = shop.tasks()
    assert task["kind"] == "letter_out_of_step"
    assert "withdrawn" in task["reason"]
    assert shop.faults() == {}


def test_an_answer_that_came_after_the_lease_is_not_lost(shop: Shop) -> None:
    promise(shop)
    compose_promised(shop.w)

    class Slow(RememberingCarrier):
        async def carry(
            self,
            sender: str,
            recipient: str,
            data: bytes,
            may_end: MayEnd = always,
            own_copy: str | None = None,
        ) -> Outcome:
            outcome = await super().carry(sender, recipient, data, may_end, own_copy)
            shop.let_leases_run_out()
            return outcome

    asyncio.run(deliver_due(shop.w, Slow()))
    assert delivery(shop)["state"] == "sending"
    assert find_adrift(shop.w) == 1
    # The answer was noted with the attempt: it counts, and no second copy leaves.
    assert delivery(shop)["state"] == "accepted"
    assert sweep(shop).mails == []
    assert delivery(shop)["copies"] == 1
    assert shop.faults() == {}
