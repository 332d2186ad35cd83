"""Why a clock is due when it is: its whole way, interval by interval (R-9)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from cases.clocks import CLOCKS
from cases.reckoning import Interval, Pause
from config.confirmed import unconfirmed
from service.clocks import plan_of
from service.wiring import Wiring
from storage import clocks
from storage.database import Connection
from storage.records import Case, Clock


def explain(w: Wiring, connection: Connection, case: Case) -> list[dict[str, Any]]:
    """Every clock of a case, as a script or a page can show it; moments in the calendar's zone."""
    return [_told(w, connection, clock) for clock in clocks.of_case(connection, case.id)]


def _told(w: Wiring, connection: Connection, clock: Clock) -> dict[str, Any]:
    at = partial(_in_zone, w.calendar(clock.calendar, clock.started_at).timezone)
    known = clocks.pauses(connection, clock.id)
    ends = clock.stopped_at or w.now()
    pauses = [
        Pause(one.paused_at, max(one.resumed_at or ends, one.paused_at), one.reason)
        for one in known
    ]
    plan = plan_of(w, clock, pauses)
    rule = CLOCKS[clock.name]
    due = plan.due if clock.state == "paused" else clock.due_at
    told: dict[str, Any] = {
        "clock": clock.name,
        "rule": rule.rule,
        "round": clock.round,
        "state": clock.state,
        "time": clock.time or "the promised date",
        "calendar": clock.calendar,
        "started": at(clock.started_at),
        "due": at(due),
        "confirmed": not _unconfirmed(w, clock, plan.due),
        "unconfirmed": _unconfirmed(w, clock, plan.due),
        "was_due": at(clock.due_before),
        "recomputed": clock.recomputed_why,
        "warns": [at(moment) for moment in plan.warns],
        "warned": clock.warned,
        "breached": clock.breached_at is not None,
        "ended": at(clock.stopped_at),
        "ended_by": clock.stopped_by,
        "reason": clock.reason,
        "way": [_stretch(one) for one in (plan.way.intervals if plan.way else ())],
        "pauses": [
            {"from": at(one.paused_at), "to": at(one.resumed_at), "reason": one.reason}
            for one in known
        ],
    }
    if plan.due != due:
        # It ended, or its limit had passed, before the calendar was changed.
        told["reckoned_now"] = at(plan.due)
    return told


def _in_zone(zone: ZoneInfo, moment: datetime | None) -> str | None:
    return moment.astimezone(zone).isoformat() if moment else None


def _unconfirmed(w: Wiring, clock: Clock, due: datetime) -> list[str]:
    """Years on its way whose holidays are not announced yet (R-8)."""
    if not clock.time.removesuffix("s").endswith(("business hour", "business day")):
        return []
    name = clock.calendar if clock.calendar in w.settings.calendar else w.settings.company.calendar
    zone = w.calendar(name, clock.started_at).timezone
    years = range(clock.started_at.astimezone(zone).year, due.astimezone(zone).year + 1)
    told = unconfirmed(w.settings.calendar[name], years)
    return [f"{year}: {why}" for year, why in told.items()]


def _stretch(one: Interval) -> dict[str, Any]:
    return {
        "from": one.begin.isoformat(),
        "to": one.end.isoformat(),
        "counted": not one.skipped,
        "reason": one.skipped,
    }
