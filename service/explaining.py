"""Why a clock is due when it is: its whole way, interval by interval (R-9)."""

from __future__ import annotations

from typing import Any

from cases.clocks import CLOCKS
from cases.reckoning import Interval, Pause
from service.clocks import plan_of
from service.wiring import Wiring
from storage import clocks
from storage.database import Connection
from storage.records import Case, Clock


def explain(w: Wiring, connection: Connection, case: Case) -> list[dict[str, Any]]:
    """Every clock of a case, as a script or a page can show it; moments in the calendar's zone."""
    return [_told(w, connection, clock) for clock in clocks.of_case(connection, case.id)]


def _told(w: Wiring, connection: Connection, clock: Clock) -> dict[str, Any]:
    zone = w.calendar(clock.calendar, clock.started_at).timezone
    known = clocks.pauses(connection, clock.id)
    ends = clock.stopped_at or w.now()
    pauses = [
        Pause(one.paused_at, max(one.resumed_at or ends, one.paused_at), one.reason)
        for one in known
    ]
    plan = plan_of(w, clock, pauses)
    rule = CLOCKS[clock.name]
    return {
        "clock": clock.name,
        "rule": rule.rule,
        "round": clock.round,
        "state": clock.state,
        "time": clock.time or "the promised date",
        "calendar": clock.calendar,
        "started": clock.started_at.astimezone(zone).isoformat(),
        "due": plan.due.astimezone(zone).isoformat(),
        "warns": [at.astimezone(zone).isoformat() for at in plan.warns],
        "warned": clock.warned,
        "breached": clock.breached_at is not None,
        "ended": clock.stopped_at.astimezone(zone).isoformat() if clock.stopped_at else None,
        "ended_by": clock.stopped_by,
        "reason": clock.reason,
        "way": [_stretch(one) for one in (plan.way.intervals if plan.way else ())],
        "pauses": [
            {
                "from": one.paused_at.astimezone(zone).isoformat(),
                "to": one.resumed_at.astimezone(zone).isoformat() if one.resumed_at else None,
                "reason": one.reason,
            }
            for one in known
        ],
    }


def _stretch(one: Interval) -> dict[str, Any]:
    return {
        "from": one.begin.isoformat(),
        "to": one.end.isoformat(),
        "counted": not one.skipped,
        "reason": one.skipped,
    }
