"""R-11: terms are agreed, changed, taken back; new cases take them, and clocks that run follow."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.clocks import CLOCKS, plan
from cases.errors import BadInput, NotAllowed
from cases.terms import TERMS
from demo.shop import MAILBOX, MANAGER, RING
from service import agreeing
from service.agreed import listed, superseded
from service.agreeing import Party, agree, party, take_back
from service.explaining import explain
from service.recounting import keep_reckoned
from storage import casefile
from tests.acts import set_case
from tests.shop import SUPERVISOR, Shop, open_shop

ONE, TWO = "KS2026-001", "KS2026-002"
WHY = "contract of March"


def complained(shop: Shop, subject: str = "Thread too wide") -> Shop:
    shop.customer(RING).write(MAILBOX, subject, "It measures 2.5 mm.")
    assert shop.serve() == ()
    return shop


def ring(shop: Shop) -> Party:
    with shop.w.db.read() as connection:
        return party(connection, "rk29", "")


def put(shop: Shop, name: str, value: str, case: str = "", user: str = SUPERVISOR) -> int:
    to = Party(case=case) if case else ring(shop)
    return agree(shop.w, user, to, name, value, WHY)


def drop(shop: Shop, name: str, case: str = "") -> int:
    return take_back(shop.w, SUPERVISOR, Party(case=case) if case else ring(shop), name, "no more")


def proposal(shop: Shop, number: str = ONE) -> dict[str, Any]:
    return shop.promise(number, "proposal")


def kinds(shop: Shop, number: str = ONE) -> list[str]:
    return [step.kind for step in shop.steps(number)]


def layers(shop: Shop, of: Party) -> dict[str, tuple[str, str]]:
    with shop.w.db.read() as connection:
        every = listed(shop.w, connection, of)
    return {one["term"]: (one["value"], one["layer"]) for one in every if one["layer"] != "default"}


def test_layers_lie_over_each_other_and_move_the_clocks(shop: Shop) -> None:
    complained(shop)
    before = proposal(shop)["due_at"]
    assert put(shop, "proposal.time", "24  Hours") == 1
    clock = proposal(shop)
    assert (clock["time"], clock["due_at"][:16]) == ("24 hours", "2026-03-03T09:00")
    assert clock["due_before"] == before
    assert clock["recomputed_why"] == f"proposal.time is 24 hours: {WHY}"
    assert kinds(shop).count("clock_recomputed") == 1
    assert put(shop, "proposal.time", "6 hours", case=ONE) == 1
    assert proposal(shop)["due_at"].startswith("2026-03-02T15:00")
    assert layers(shop, ring(shop)) == {"proposal.time": ("24 hours", "customer")}
    assert layers(shop, Party(case=ONE)) == {"proposal.time": ("6 hours", "case")}
    assert put(shop, "proposal.time", "30 hours") == 0  # the case's own wins
    assert drop(shop, "proposal.time", case=ONE) == 1
    assert proposal(shop)["due_at"].startswith("2026-03-03T15:00")
    assert drop(shop, "proposal.time") == 1
    assert proposal(shop)["due_at"] == before
    assert layers(shop, Party(case=ONE)) == {}
    assert shop.rows("reckoned") == [] or all(one["mark"] for one in shop.rows("reckoned"))
    assert shop.faults() == {}


def test_an_auditor_sees_what_was_agreed_when(sqlite_shop: Shop) -> None:
    shop = complained(sqlite_shop)
    put(shop, "priority", "yes")
    shop.clock.forward(days=3)
    put(shop, "priority", "no")
    drop(shop, "priority")
    put(shop, "priority", "yes", case=ONE)
    drop(shop, "priority", case=ONE)
    with shop.w.db.read() as connection:
        told = superseded(connection, ring(shop))
        (of_case,) = superseded(connection, Party(case=ONE))
    assert [(one["value"], one["since"][:10], one["ended"][:10]) for one in told] == [
        ("no", "2026-03-05", "2026-03-05"),
        ("yes", "2026-03-02", "2026-03-05"),
    ]
    assert told[1]["by"] == told[1]["ended_by"] == f"user:{SUPERVISOR}"
    assert (told[1]["why"], of_case["value"]) == (WHY, "yes")
    assert [kind for kind in kinds(shop) if kind.startswith("term")] == [
        "term_agreed",
        "term_ended",
    ]
    assert shop.faults() == {}


def test_who_may_and_what_cannot_be_agreed(sqlite_shop: Shop) -> None:
    shop = complained(sqlite_shop)
    for to in (ring(shop), Party(case=ONE)):
        with pytest.raises(NotAllowed):
            agree(shop.w, MANAGER, to, "priority", "yes", WHY)
        with pytest.raises(BadInput, match="a reason"):
            agree(shop.w, SUPERVISOR, to, "priority", "yes", " ")
        with pytest.raises(BadInput, match="was not agreed"):
            take_back(shop.w, SUPERVISOR, to, "priority", WHY)
    for name, value, told in (
        ("calendar", "moon", "no calendar moon"),
        ("language", "fr", "no language fr"),
        ("timezone", "Europe/Berln", "perhaps"),
        ("proposal.time", "soon", "not a time"),
        ("proposal.warns", "soon", "when to warn"),
        ("interim_days", "-1", "number of days"),
    ):
        with pytest.raises(BadInput, match=told):
            put(shop, name, value)
    put(shop, "priority", "yes")
    with pytest.raises(BadInput, match="already"):
        put(shop, "priority", "yes")


def test_a_new_case_takes_the_terms(tmp_path: Path, shop_url: str) -> None:
    company = '\n[terms.clock.analysis]\ntime = "1 week"\n[calendar.china]\ncountry = "CN"\n'
    company += 'timezone = "Asia/Shanghai"\n'
    with open_shop(tmp_path, shop_url, company=company) as shop:
        for name, value in (
            ("language", "zh"),
            ("timezone", "Asia/Shanghai"),
            ("calendar", "china"),
            ("priority", "yes"),
            ("containment.warns", "90 %"),
        ):
            put(shop, name, value)
        assert layers(shop, ring(shop))["analysis.time"] == ("1 week", "company")
        with shop.w.db.write() as tx:
            tx.exec_driver_sql("UPDATE contacts SET language = NULL")
        complained(shop)
        case = shop.case(ONE)
        assert (case["language"], case["priority"], case["formal"]) == ("zh", True, False)
        assert {one["calendar"] for one in case["clocks"]} == {"china"}
        assert proposal(shop)["warns"] == ["6 hours"]  # earlier than 8 hours
        assert shop.promise(ONE, "containment")["warns"] == ["90 %"]  # as it was agreed
        letter = shop.server.messages(RING.address)[-1].decode("utf-8", "replace")
        assert "KS2026-001" in letter
        (text,) = [one["text"] for one in case["messages"] if one["direction"] == "out"]
        assert "2026-03-02 17:00 (Asia/Shanghai)" in text
        # The contact's own language wins.
        put(shop, "language", "en")
        with shop.w.db.write() as tx:
            tx.exec_driver_sql("UPDATE contacts SET language = 'de'")
        complained(shop, "Another one")
        assert shop.case(TWO)["language"] == "de"
        assert shop.faults() == {}


def test_an_expedited_case_is_warned_earlier(sqlite_shop: Shop) -> None:
    """R-32"""
    shop = complained(sqlite_shop)
    assert proposal(shop)["strikes_at"].startswith("2026-03-02T17:00")
    set_case(shop.w, ONE, {"priority": "yes"}, MANAGER)
    assert proposal(shop)["strikes_at"].startswith("2026-03-02T15:00")
    assert shop.promise(ONE, "containment")["warns"] == ["40 %", "70 %"]
    set_case(shop.w, ONE, {"priority": "no"}, MANAGER)
    assert proposal(shop)["strikes_at"].startswith("2026-03-02T17:00")
    assert shop.faults() == {}


def warnings(shop: Shop, template: str = "warning") -> list[str]:
    return [
        row["facts"]["promise"]["due"][:16]
        for row in shop.rows("letters")
        if row["template"] == template and row["facts"]["promise"]["what"] == "proposal"
    ]


def test_nobody_is_told_twice_of_one_due_time(shop: Shop) -> None:
    """R-10: another due time is another promise; the same one again is not."""
    complained(shop)
    shop.clock.forward(hours=8)
    assert shop.serve() == ()
    assert warnings(shop) == ["2026-03-02 22:00"]
    put(shop, "proposal.time", "24 hours")
    put(shop, "proposal.warns", "50 %")
    assert proposal(shop)["warned"] == 0
    drop(shop, "proposal.warns")
    drop(shop, "proposal.time")
    assert shop.serve() == ()
    assert warnings(shop) == ["2026-03-02 22:00"]  # told already
    put(shop, "proposal.time", "24 hours")
    put(shop, "proposal.warns", "50 %")
    shop.clock.forward(hours=4)
    assert shop.serve() == ()
    assert warnings(shop) == ["2026-03-02 22:00", "2026-03-03 10:00"]
    assert shop.faults() == {}


def test_a_breach_stays_a_breach(sqlite_shop: Shop) -> None:
    """R-7: also one that no sweep has seen yet."""
    shop = complained(sqlite_shop)
    shop.clock.forward(hours=13)
    put(shop, "proposal.time", "4 weeks")
    assert shop.serve() == ()
    put(shop, "proposal.time", "5 weeks")
    clock = proposal(shop)
    assert (clock["time"], clock["breached_at"]) == ("12 hours", clock["due_at"])
    assert warnings(shop, "escalation") == ["2026-03-02 22:00"]


def test_a_pause_is_kept(sqlite_shop: Shop) -> None:
    shop = complained(sqlite_shop)
    shop.letter(ONE, "information_request", questions=["Which lot?"])
    assert shop.serve() == ()
    shop.clock.forward(hours=20)
    put(shop, "proposal.time", "24 hours")
    assert (proposal(shop)["state"], proposal(shop)["strikes_at"]) == ("paused", None)
    shop.w.looked.clear()
    assert keep_reckoned(shop.w) == 0
    shop.customer(RING).answer("Lot 12.")
    assert shop.serve() == ()
    assert proposal(shop)["due_at"].startswith("2026-03-04T05:00")
    assert shop.faults() == {}


# --- calendars


def with_days(shop: Shop, **keys: object) -> None:
    """A restart with another calendar in the configuration."""
    calendar = shop.w.settings.calendar["default"].model_copy(update=keys)
    calendar.__dict__.pop("own", None)
    changed = shop.w.settings.model_copy(update={"calendar": {"default": calendar}})
    shop.w = replace(shop.w, settings=changed, calendars={}, looked=set())


def test_a_calendar_that_changed_moves_the_open_clocks_once(shop: Shop) -> None:
    complained(shop)
    shop.letter(ONE, "solution_agreed", solution="A remake.", promised_date="2026-03-20")
    assert shop.serve() == ()
    shop.customer(RING).answer("When will it be?")
    assert shop.serve() == ()
    assert keep_reckoned(shop.w) == 0
    steps = len(shop.steps(ONE))
    with_days(shop, closed=(date(2026, 3, 3), date(2026, 3, 20)))
    assert shop.serve() == ()
    assert shop.promise(ONE, "answer")["due_at"].startswith("2026-03-04T09:00")
    moved = shop.promise(ONE, "promised_date")
    assert moved["due_at"].startswith("2026-03-19T16:30")
    assert moved["due_before"].startswith("2026-03-20T16:30")
    assert moved["recomputed_why"] == "the days of the calendar default were changed"
    assert kinds(shop)[steps:] == ["clock_recomputed"] * 2
    shop.w.looked.clear()
    assert keep_reckoned(shop.w) == 0  # nothing changed since
    with shop.w.db.read() as connection:
        every = explain(shop.w, connection, casefile.by_number(connection, ONE))
    told = {one["clock"]: one for one in every}
    assert told["promised_date"]["was_due"].startswith("2026-03-20T17:30")
    assert "reckoned_now" in told["acknowledgment"]  # it was kept by the calendar of before
    assert shop.faults() == {}


def test_what_a_crash_left_is_done_by_the_next_sweep(
    sqlite_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = complained(sqlite_shop)
    with monkeypatch.context() as patch:
        patch.setattr(agreeing, "recount", lambda w, name: 0)
        put(shop, "proposal.time", "24 hours")
    assert proposal(shop)["time"] == "12 hours"
    assert shop.serve() == ()
    assert proposal(shop)["time"] == "24 hours"
    assert shop.steps(ONE)[-1].actor == f"user:{SUPERVISOR}"
    assert [one for one in shop.rows("reckoned") if one["mark"] is None] == []


def test_years_that_are_not_announced_are_told(sqlite_shop: Shop) -> None:
    """R-8: China tells its make-up days late in the year before."""
    shop = sqlite_shop
    with_days(shop, country="CN", subdivision="")
    shop.clock.now = shop.clock.now.replace(year=2044, month=12, day=30)
    shop.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
    assert shop.serve() == ()
    with shop.w.db.read() as connection:
        case = casefile.by_number(connection, "KS2044-001")
        told = {one["clock"]: one for one in explain(shop.w, connection, case)}
    assert told["acknowledgment"]["confirmed"] is False
    assert "make-up working days are not known" in told["acknowledgment"]["unconfirmed"][0]
    assert told["containment"]["confirmed"] is True  # hours have no holidays


# --- a law


TIMES = st.sampled_from(["1 hour", "5 business hours", "2 business days", "1 week", "30 hours"])
WARNS = st.lists(st.sampled_from(["10 %", "50 %", "90 %", "2 hours"]), max_size=3)
STEP = st.tuples(st.sampled_from(["customer", "case"]), TIMES, WARNS)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEP, min_size=1, max_size=3))
def test_recomputed_is_what_a_fresh_reckoning_says(
    sqlite_shop: Shop, steps: list[tuple[str, str, list[str]]]
) -> None:
    shop = sqlite_shop
    if not shop.numbers():
        complained(shop)
    time = ""
    warns: list[str] = []
    for layer, time, warns in steps:
        for name, value in (("measures.time", time), ("proposal.time", time)):
            _agree_or_keep(shop, name, value, ONE)
            _agree_or_keep(shop, name, value, "" if layer == "customer" else ONE)
        _agree_or_keep(shop, "proposal.warns", ", ".join(warns), ONE)
    clock = proposal(shop)
    start = shop.clock.now
    wanted = plan(time, warns, start, shop.w.calendar("default", start))
    assert (clock["time"], clock["warns"]) == (time, warns)
    assert clock["due_at"][:19] == f"{wanted.due.astimezone(start.tzinfo):%Y-%m-%dT%H:%M:%S}"
    first = wanted.strikes(0, breached=False)
    assert first is not None
    assert clock["strikes_at"][:19] == f"{first.astimezone(start.tzinfo):%Y-%m-%dT%H:%M:%S}"
    assert shop.faults() == {}


def _agree_or_keep(shop: Shop, name: str, value: str, case: str) -> None:
    with suppress(BadInput):  # it is agreed already
        put(shop, name, value, case)


def test_the_terms_are_those_of_the_clocks() -> None:
    named = {name.partition(".")[0] for name in TERMS if "." in name}
    assert named == {name for name, clock in CLOCKS.items() if not clock.fixed}
