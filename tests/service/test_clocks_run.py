"""Clocks start, pause, resume, stop and are cancelled by what happens in a case (R-1 to R-15)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cases.errors import BadInput
from demo.shop import MAILBOX, MANAGER, RING
from service import measures, telling
from service.deciding import Decision
from service.explaining import explain
from service.people import act
from service.sorting import dismiss
from storage import casefile
from tests.acts import decide, set_case
from tests.shop import SUPERVISOR, Shop

ONE = "KS2026-001"
OPTIONS = [{"letter": "A", "text": "M3 screws"}, {"letter": "B", "text": "a remake"}]


def complained(shop: Shop) -> Shop:
    shop.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
    assert shop.serve() == ()
    return shop


def states(shop: Shop) -> dict[str, str]:
    return {clock["name"]: clock["state"] for clock in shop.case(ONE)["clocks"]}


def letter(shop: Shop, template: str, **facts: Any) -> None:
    shop.letter(ONE, template, **facts)
    assert shop.serve() == ()


def measure(shop: Shop, kind: str) -> int:
    with act(shop.w, MANAGER, "measure") as h:
        made = measures.Measure(kind, "see to it", MANAGER, date(2026, 3, 31))
        return measures.add_measure(h, ONE, made)


def done(shop: Shop, measure_id: int) -> None:
    with act(shop.w, MANAGER, "measure") as h:
        measures.measure_done(h, measure_id, "seen")


def told(shop: Shop, template: str) -> list[tuple[str, str]]:
    """The internal letters of this kind: what about, and to whom."""
    return [
        (row["facts"]["promise"]["what"], row["recipients"][0]["address"])
        for row in shop.rows("letters")
        if row["template"] == template
    ]


def test_a_complaint_starts_three_promises(shop: Shop) -> None:
    complained(shop)
    assert states(shop) == {
        "acknowledgment": "stopped",
        "proposal": "started",
        "containment": "started",
    }
    assert shop.promise(ONE, "containment")["due_at"].startswith("2026-03-02T13:00")
    assert shop.promise(ONE, "proposal")["due_at"].startswith("2026-03-02T21:00")
    assert shop.case(ONE)["goods_concerned"] is True
    assert shop.faults() == {}


def test_containment_needs_a_measure_and_a_letter(shop: Shop) -> None:
    """R-2, in this order and in the other."""
    complained(shop)
    letter(shop, "containment", containment="We blocked the stock.")
    assert states(shop)["containment"] == "started"
    assert shop.kinds() == ["containment_not_done"]
    done(shop, measure(shop, "containment"))
    assert states(shop)["containment"] == "stopped"
    assert shop.faults() == {}


def test_containment_done_and_then_told(sqlite_shop: Shop) -> None:
    shop = complained(sqlite_shop)
    done(shop, measure(shop, "containment"))
    assert states(shop)["containment"] == "started"
    letter(shop, "containment", containment="We blocked the stock.")
    assert states(shop)["containment"] == "stopped"


def test_a_question_in_time_pauses_the_proposal(shop: Shop) -> None:
    """R-3, R-12: the customer's next mail resumes it, and his time is given back."""
    complained(shop)
    shop.clock.forward(hours=2)
    letter(shop, "information_request", questions=["Which lot?"])
    assert states(shop)["proposal"] == "paused"
    shop.clock.forward(hours=20)
    assert shop.serve() == ()
    assert states(shop)["proposal"] == "paused"  # and no limit passed
    shop.customer(RING).answer("Lot 12 of January.")
    assert shop.serve() == ()
    assert states(shop)["proposal"] == "started"
    assert shop.promise(ONE, "proposal")["due_at"].startswith("2026-03-03T17:00")
    assert shop.promise(ONE, "proposal")["breached_at"] is None
    (pause,) = shop.rows("clock_pauses")
    assert (pause["resumed_at"] - pause["paused_at"]).total_seconds() == 20 * 3600
    assert shop.faults() == {}


def test_a_question_after_the_warning_pauses_nothing(sqlite_shop: Shop) -> None:
    shop = complained(sqlite_shop)
    shop.clock.forward(hours=8)
    letter(shop, "information_request", questions=["Which lot?"])
    assert states(shop)["proposal"] == "started"


def test_a_proposal_that_left_keeps_it(sqlite_shop: Shop) -> None:
    shop = complained(sqlite_shop)
    shop.confirm(ONE)
    letter(shop, "solution_proposal", introduction="We are sorry.", options=OPTIONS)
    assert states(shop)["proposal"] == "stopped"


def test_measures_and_results_are_promised_in_turn(shop: Shop) -> None:
    """R-4 from the last measure done; R-5 from their confirmation."""
    complained(shop)
    first, second = measure(shop, "corrective"), measure(shop, "preventive")
    done(shop, first)
    assert "measures" not in states(shop)
    done(shop, second)
    assert states(shop)["measures"] == "started"
    third = measure(shop, "corrective")
    assert states(shop)["measures"] == "cancelled"  # it was not the last
    done(shop, third)
    letter(
        shop,
        "measures_confirmation",
        measures=[
            {"kind": "corrective", "text": "A gauge at the machine.", "done_on": "2026-03-02"}
        ],
    )
    ends = [one["state"] for one in shop.case(ONE)["clocks"] if one["name"] == "measures"]
    assert ends == ["cancelled", "stopped"]
    assert shop.case(ONE)["measures_confirmed_at"] is not None
    assert shop.promise(ONE, "results")["due_at"].startswith("2026-03-30")
    set_case(shop.w, ONE, {"state": "in_progress"}, MANAGER)
    letter(shop, "results", results="No more complaints.")
    assert states(shop)["results"] == "stopped"
    assert shop.faults() == {}


# ---


def test_a_mail_that_asks_is_owed_an_answer(shop: Shop) -> None:
    complained(shop)
    shop.customer(RING).answer("When will you come back to us?")
    assert shop.serve() == ()
    assert states(shop)["answer"] == "started"
    assert "read_reply" in shop.kinds()
    letter(shop, "answer", answer="Tomorrow.")
    assert states(shop)["answer"] == "stopped"
    assert "read_reply" not in shop.kinds()  # the letter answered that mail
    assert shop.faults() == {}


def test_thanks_are_owed_none(sqlite_shop: Shop) -> None:
    shop = complained(sqlite_shop)
    shop.customer(RING).answer("Thank you very much!")
    assert shop.serve() == ()
    assert "answer" not in states(shop)


def test_a_person_says_that_none_is_needed(sqlite_shop: Shop) -> None:
    shop = complained(sqlite_shop)
    shop.customer(RING).answer("Our plant is closed on Friday.")
    assert shop.serve() == ()
    (task,) = [one for one in shop.tasks() if one["kind"] == "read_reply"]
    shop.resolve(int(task["id"]), "no_answer_needed", "only told us", MANAGER)
    clock = shop.promise(ONE, "answer")
    assert (clock["state"], clock["reason"]) == ("stopped", "no answer needed: only told us")
    assert clock["stopped_by"] == f"task:{task['id']}"


def test_two_mails_are_two_promises(sqlite_shop: Shop) -> None:
    shop = complained(sqlite_shop)
    shop.customer(RING).answer("When will you come back to us?")
    assert shop.serve() == ()
    shop.clock.forward(hours=1)
    shop.customer(RING).answer("And what about the other lot?")
    assert shop.serve() == ()
    every = [one for one in shop.case(ONE)["clocks"] if one["name"] == "answer"]
    assert [one["state"] for one in every] == ["started", "started"]
    assert len({one["message_id"] for one in every}) == 2


# ---


def test_a_promised_date_is_kept_by_the_shipment(shop: Shop) -> None:
    complained(shop)
    letter(shop, "solution_agreed", solution="A remake.", promised_date="2026-03-20")
    clock = shop.promise(ONE, "promised_date")
    assert clock["due_at"].startswith("2026-03-20T16:30")  # closing time in Berlin
    letter(shop, "solution_agreed", solution="A remake.", promised_date="2026-03-28")
    moved = shop.promise(ONE, "promised_date")
    assert moved["due_at"].startswith("2026-03-27T16:30")  # a Saturday: the last open moment
    assert moved["reason"] == "moved from 2026-03-20 by a letter"
    letter(shop, "shipped", shipment="By truck.")
    assert states(shop)["promised_date"] == "stopped"
    assert shop.faults() == {}


# ---


@pytest.mark.parametrize("kind", ["withdraw", "dismiss"])
def test_a_case_that_ends_cancels_its_clocks(sqlite_shop: Shop, kind: str) -> None:
    shop = complained(sqlite_shop)
    if kind == "withdraw":
        decide(shop.w, ONE, Decision(kind, "by phone"), MANAGER)
    else:
        with act(shop.w, MANAGER, "dismiss") as h:
            dismiss(h, ONE, "an advertisement")
    assert states(shop)["proposal"] == states(shop)["containment"] == "cancelled"


def test_warnings_and_escalation_come_once(shop: Shop) -> None:
    """R-10: at 50 % and 80 % to the manager, at the limit to the supervisors."""
    complained(shop)
    manager, supervisor = (
        next(one["email"] for one in shop.rows("users") if one["name"] == name)
        for name in (MANAGER, SUPERVISOR)
    )
    for _ in range(26):
        shop.clock.forward(minutes=30)
        assert shop.serve() == ()
    warned = told(shop, "warning")
    assert warned == [("containment", manager)] * 2 + [("proposal", manager)]
    assert told(shop, "escalation") == [("containment", supervisor), ("proposal", supervisor)]
    assert shop.kinds() == ["clock_breached"] * 2
    assert len(shop.server.messages(RING.address)) == 1  # no customer saw any of it
    assert states(shop)["containment"] == "started"
    assert shop.faults() == {}


def test_what_nobody_looked_at_is_told_as_one(sqlite_shop: Shop) -> None:
    shop = complained(sqlite_shop)
    shop.clock.forward(hours=3, minutes=30)
    shop.serve()
    assert [what for what, _ in told(shop, "warning")] == ["containment"]
    shop.clock.forward(days=3)
    shop.serve()
    assert [what for what, _ in told(shop, "warning")] == ["containment"]
    assert len(told(shop, "escalation")) == 2


# --- what a person records


def tell(shop: Shop, name: str, words: str) -> None:
    with act(shop.w, MANAGER, "clock") as h:
        telling.told(h, ONE, name, words)


def test_an_act_stops_a_clock_with_its_words(shop: Shop) -> None:
    complained(shop)
    shop.clock.forward(hours=13)
    tell(shop, "proposal", "Li told Jana Vogt by phone at 22:00")
    clock = shop.promise(ONE, "proposal")
    assert (clock["state"], clock["stopped_by"]) == ("stopped", f"act:user:{MANAGER}")
    assert clock["reason"] == "Li told Jana Vogt by phone at 22:00"
    assert clock["breached_at"] == clock["due_at"]  # late is late, whoever says it
    with pytest.raises(BadInput, match="no clock proposal runs"):
        tell(shop, "proposal", "again")
    with pytest.raises(BadInput, match="what was told"):
        tell(shop, "containment", " ")
    assert shop.faults() == {}


def test_not_concerned_and_concerned_after_all(shop: Shop) -> None:
    """R-2: the clock begins at that later moment."""
    complained(shop)
    with act(shop.w, MANAGER, "clock") as h:
        telling.call_off(h, ONE, "containment", "a single sample")
    assert states(shop)["containment"] == "cancelled"
    assert shop.case(ONE)["goods_concerned"] is False
    shop.clock.forward(hours=6)
    with act(shop.w, MANAGER, "clock") as h:
        telling.begin(h, ONE, "containment", "the lot was shipped")
    again = [one for one in shop.case(ONE)["clocks"] if one["name"] == "containment"][-1]
    assert (again["state"], again["reason"]) == ("started", "the lot was shipped")
    assert again["due_at"].startswith("2026-03-02T19:00")
    assert (shop.case(ONE)["goods_concerned"], shop.case(ONE)["goods_why"]) == (
        True,
        "the lot was shipped",
    )
    assert shop.faults() == {}


def test_an_analysis_is_owed_on_request(sqlite_shop: Shop) -> None:
    """R-6"""
    shop = complained(sqlite_shop)
    with act(shop.w, MANAGER, "clock") as h:
        telling.begin(h, ONE, "analysis", "asked by phone")
    assert shop.promise(ONE, "analysis")["due_at"].startswith("2026-03-04T09:00")
    letter(shop, "analysis", analysis="The tap was worn.")
    assert states(shop)["analysis"] == "stopped"


def test_nobody_starts_another_clock(sqlite_shop: Shop) -> None:
    shop = complained(sqlite_shop)
    with pytest.raises(BadInput, match="only analysis"), act(shop.w, MANAGER, "clock") as h:
        telling.begin(h, ONE, "results", "why not")


def test_every_interval_is_explained(sqlite_shop: Shop) -> None:
    """R-9: what counted, what was skipped and why, and the pause."""
    shop = complained(sqlite_shop)
    shop.clock.forward(hours=2)
    letter(shop, "information_request", questions=["Which lot?"])
    shop.clock.forward(hours=3)
    shop.customer(RING).answer("Lot 12.")
    assert shop.serve() == ()
    with shop.w.db.read() as connection:
        every = explain(shop.w, connection, casefile.by_number(connection, ONE))
    told_of = {one["clock"]: one for one in every}
    way = [(one["from"][11:16], one["to"][11:16], one["counted"]) for one in _way(told_of)]
    assert way == [("10:00", "12:00", True), ("12:00", "15:00", False), ("15:00", "01:00", True)]
    assert told_of["proposal"]["due"] == "2026-03-03T01:00:00+01:00"
    assert told_of["acknowledgment"]["way"][1]["reason"] == "outside the hours"
    assert "the customer was asked" in _way(told_of)[1]["reason"]


def _way(told_of: dict[str, Any]) -> list[dict[str, Any]]:
    return list(told_of["proposal"]["way"])
