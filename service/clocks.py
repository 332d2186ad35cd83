"""The clocks of a case start, pause, resume, stop and are cancelled, each with its cause (R-7).

Always in the transaction of the cause. What a clock is due is reckoned from its start and its
pauses, never moved by hand: so it can be explained (R-9).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from cases.clocks import CLOCKS, Plan, plan, promised, started_by
from cases.reckoning import Pause
from cases.terms import Terms
from service.look_soon import look_soon
from service.recomputing import reckoned_with
from service.terms import terms_of
from service.wiring import Happening, Wiring
from storage import clocks, tables
from storage.book import Insert, Update
from storage.records import Case, Clock, ClockPause

ON_COMPLAINT = (*started_by("registered"), *started_by("registered_complaint"))
WITHOUT_GOODS = started_by("registered")  # nobody complained of goods, as far as can be read


def new_clock(
    h: Happening, case: Case, name: str, at: datetime, terms: Terms | None = None, **about: Any
) -> Insert:
    """A clock that started at `at`; `about`: mail, letter, reason; `due_at` of a promised date."""
    terms = terms or terms_of(h, case)
    row: dict[str, Any] = {
        "id": h.new_id(),
        "case_id": case.id,
        "name": name,
        "round": case.round,
        "state": "started",
        **reckoned_with(h.wiring, case, terms, name),
        "started_at": at,
        "warned": 0,
        **about,
    }
    found = plan_of(h.wiring, Clock.of_values({"due_at": at, **row}), ())
    return Insert(
        tables.clocks, {**row, "due_at": found.due, "strikes_at": found.strikes(0, breached=False)}
    )


def start_clock(h: Happening, case: Case, name: str, at: datetime, **about: Any) -> None:
    """Start one, and say so in the history."""
    h.record(case.id, "clock_started", new_clock(h, case, name, at, **about))


def plan_of(w: Wiring, clock: Clock, pauses: Collection[Pause]) -> Plan:
    """When a clock warns and is due, after these pauses."""
    calendar, rule = w.calendar(clock.calendar, clock.started_at), CLOCKS[clock.name]
    warns = rule.warns if clock.warns is None else clock.warns
    if rule.fixed:
        return promised(clock.due_at, warns, clock.started_at, calendar)
    return plan(clock.time, warns, clock.started_at, calendar, pauses)


def pauses_of(h: Happening, clock: Clock) -> list[Pause]:
    """When the customer had the ball; an open pause ends now."""
    return [Pause(one.paused_at, one.resumed_at or h.at, one.reason) for one in _pauses(h, clock)]


def _pauses(h: Happening, clock: Clock) -> list[ClockPause]:
    h.book.settle(clock.case_id, tables.clock_pauses)
    return clocks.pauses(h.book.tx, clock.id)


def running(h: Happening, case_id: int, names: Collection[str] | None = None) -> list[Clock]:
    """The clocks of a case that are started or paused, of these names or all."""
    every = map(Clock.of_values, h.book.rows(tables.clocks, case_id))
    return [
        clock
        for clock in every
        if clock.state in ("started", "paused") and (names is None or clock.name in names)
    ]


def stop_clocks(
    h: Happening, case_id: int, names: Collection[str], by: str, reason: str | None = None
) -> None:
    """R-7: stopped by a letter that left or by a recorded act. Late is late, seen or not."""
    if names:
        stop_these(h, running(h, case_id, names), by, reason)


def stop_these(
    h: Happening,
    every: Collection[Clock],
    by: str,
    reason: str | None = None,
    *,
    at: datetime | None = None,
) -> None:
    """The promises of these clocks were kept, in time or late. `at`: when, if it is proven that it
    was earlier than this moment; what was kept in time then was no breach."""
    kept_at = at or h.at
    for clock in every:
        _end_pause(h, clock, kept_at)
        late = kept_at > clock.due_at and clock.state == "started"
        before = None if at is not None and at <= clock.due_at else clock.breached_at
        values = {
            "state": "stopped",
            "stopped_at": kept_at,
            "stopped_by": by,
            "strikes_at": None,
            "breached_at": before or (clock.due_at if late else None),
            "reason": reason or clock.reason,
        }
        h.record(clock.case_id, "clock_stopped", Update(tables.clocks, clock.id, values))
        look_soon(h, clock.case_id)


def cancel_these(
    h: Happening, every: Collection[Clock], by: str, reason: str | None = None
) -> None:
    """R-7: neither kept nor missed; a breach stays a breach."""
    for clock in every:
        _end_pause(h, clock, h.at)
        values = {
            "state": "cancelled",
            "strikes_at": None,
            "stopped_at": h.at,
            "stopped_by": by,
            "reason": reason or clock.reason,
        }
        h.record(clock.case_id, "clock_cancelled", Update(tables.clocks, clock.id, values))
        look_soon(h, clock.case_id)


def cancel_missed(h: Happening, every: Collection[Clock], by: str, reason: str) -> None:
    """Another promise took their place, when they were overdue: seen by a sweep or not."""
    for clock in every:
        if clock.breached_at is None:
            breach = Update(tables.clocks, clock.id, {"breached_at": clock.due_at})
            h.record(clock.case_id, "clock_breached", breach)
    cancel_these(h, every, by, reason)


def pause_clocks(h: Happening, case_id: int, letter_id: int) -> None:
    """R-12: a question to the customer left, and the clocks of the table stand still."""
    for clock in running(h, case_id, [one.name for one in CLOCKS.values() if one.pauses]):
        warns = plan_of(h.wiring, clock, pauses_of(h, clock)).warns
        if clock.state == "paused" or (
            CLOCKS[clock.name].asked_in_time and warns and h.at >= warns[0]
        ):
            continue
        pause = {
            "id": h.new_id(),
            "clock_id": clock.id,
            "case_id": case_id,
            "reason": f"the customer was asked (letter {letter_id})",
            "paused_at": h.at,
        }
        h.record(
            case_id,
            "clock_paused",
            Insert(tables.clock_pauses, pause),
            Update(tables.clocks, clock.id, {"state": "paused", "strikes_at": None}),
        )


def resume_clocks(h: Happening, case_id: int, at: datetime) -> None:
    """The customer wrote at `at`: the time that he had is given back."""
    look_soon(h, case_id)
    for clock in running(h, case_id):
        if clock.state == "paused":
            _end_pause(h, clock, at)
            values = {"state": "started", **rerun(h, clock)}
            h.record(case_id, "clock_resumed", Update(tables.clocks, clock.id, values))


def rerun(h: Happening, clock: Clock) -> dict[str, Any]:
    """When a clock that runs again is due and strikes next."""
    found = plan_of(h.wiring, clock, pauses_of(h, clock))
    strikes = found.strikes(clock.warned, breached=clock.breached_at is not None)
    return {"due_at": found.due, "strikes_at": strikes}


def again(h: Happening, clock: Clock) -> dict[str, Any]:
    """What an ended clock is when its end is taken back: original start, original due time."""
    return {"state": "started", "stopped_at": None, "stopped_by": None, **rerun(h, clock)}


def _end_pause(h: Happening, clock: Clock, at: datetime) -> None:
    for one in _pauses(h, clock):
        if one.resumed_at is None:
            # A mail may have been on its way when the question left.
            values = {"resumed_at": max(at, one.paused_at)}
            h.record(clock.case_id, "pause_ended", Update(tables.clock_pauses, one.id, values))
