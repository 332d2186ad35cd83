"""Clocks that run are reckoned anew when what they rest upon changed (R-8, R-11).

Terms, the calendar of a customer, a calendar in the configuration, holidays that became known: what
is due then is what a fresh reckoning from the same start says, with one exception. A breach stays a
breach: a clock whose limit has passed, seen or not, is left as it is (R-7). Warnings whose moment
has come and that were told are not told again; one whose moment lies ahead again is about another
due time, and is told when it comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from cases.clocks import CLOCKS, Plan, end_of, plan, promised
from cases.reckoning import Pause
from cases.terms import Terms, time_of, warns_of
from service.look_soon import look_soon
from service.terms import calendar_of, terms_in
from service.wiring import Happening, Wiring
from storage import casefile, clocks, tables
from storage.book import Update
from storage.database import Connection
from storage.records import Case, Clock, ClockPause


def recompute(h: Happening, case_id: int, why: str) -> int:
    """Reckon the clocks of a case anew; return how many are due or warn otherwise now."""
    h.book.flush()
    h.book.lock([case_id])
    look_soon(h, case_id)  # notices and reminders follow terms too
    changed = 0
    for clock, values in stale(h.wiring, h.book.tx, casefile.by_id(h.book.tx, case_id), h.at):
        told = {**values, "recomputed_why": why}
        if values["due_at"] != clock.due_at:
            told["due_before"] = clock.due_at
        h.record(case_id, "clock_recomputed", Update(tables.clocks, clock.id, told))
        changed += 1
    return changed


def stale(
    w: Wiring, connection: Connection, case: Case, now: datetime
) -> Iterable[tuple[Clock, dict[str, Any]]]:
    """The clocks of a case that are not as a fresh reckoning says, with what they should be."""
    terms = terms_in(w, connection, case)
    for clock in casefile.running_clocks(connection, case.id):
        if clock.breached_at is None and (clock.state == "paused" or now <= clock.due_at):
            fresh = _fresh(w, connection, case, clock, terms, now)
            if fresh != _present(clock):
                yield clock, fresh


def reckoned_with(w: Wiring, case: Case, terms: Terms, name: str) -> dict[str, Any]:
    """What a clock of this case is reckoned with, as its row holds it."""
    expedited = bool(case.priority or case.formal)
    return {
        "time": time_of(terms, name),
        "calendar": calendar_of(w, terms),
        "warns": list(warns_of(terms, name, expedited=expedited)),
    }


def _fresh(
    w: Wiring, connection: Connection, case: Case, clock: Clock, terms: Terms, now: datetime
) -> dict[str, Any]:
    basis = reckoned_with(w, case, terms, clock.name)
    pauses = clocks.pauses(connection, clock.id)
    found = _plan(w, connection, clock, basis, pauses)
    # What comes after the begin of a pause that has not ended lies ahead.
    stood = next((one.paused_at for one in pauses if one.resumed_at is None), now)
    warned = min(clock.warned, sum(at <= stood for at in found.warns))
    strikes = None if clock.state == "paused" else found.strikes(warned, breached=False)
    # In UTC: a moment of the hour that comes twice equals none of another zone (PEP 495).
    return {
        **basis,
        "due_at": found.due.astimezone(UTC),
        "warned": warned,
        "strikes_at": strikes and strikes.astimezone(UTC),
    }


def _present(clock: Clock) -> dict[str, Any]:
    return {
        "time": clock.time,
        "calendar": clock.calendar,
        "warns": list(CLOCKS[clock.name].warns if clock.warns is None else clock.warns),
        "due_at": clock.due_at,
        "warned": clock.warned,
        "strikes_at": clock.strikes_at,
    }


def _plan(
    w: Wiring,
    connection: Connection,
    clock: Clock,
    basis: Mapping[str, Any],
    pauses: Iterable[ClockPause],
) -> Plan:
    calendar = w.calendar(basis["calendar"], clock.started_at)
    if CLOCKS[clock.name].fixed:
        day = _promised_day(connection, clock)
        due = end_of(day, calendar) if day else clock.due_at
        return promised(due, basis["warns"], clock.started_at, calendar)
    # A pause that has not ended counts when it ends: until then the row tells what was before it.
    ended = [
        Pause(one.paused_at, one.resumed_at, one.reason)
        for one in pauses
        if one.resumed_at is not None
    ]
    return plan(basis["time"], basis["warns"], clock.started_at, calendar, ended)


def _promised_day(connection: Connection, clock: Clock) -> date | None:
    """R-15: the day that the letter names."""
    facts = casefile.letter_facts(connection, clock.letter_id) if clock.letter_id else {}
    return date.fromisoformat(str(facts["promised_date"])) if "promised_date" in facts else None
