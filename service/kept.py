"""What a letter that left keeps, begins and pauses (R-7): the case's contact has it now."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final

from cases.clocks import end_of
from service.clocks import (
    cancel_missed,
    new_clock,
    pause_clocks,
    plan_of,
    running,
    start_clock,
    stop_clocks,
    stop_these,
)
from service.look_soon import look_soon
from service.tasks import end_task, open_task
from service.terms import calendar_of, terms_of
from service.wiring import Happening
from storage import casefile, tables
from storage.book import Update
from storage.records import Case, Clock, Letter

# Automatic letters that say nothing to what the customer wrote.
_NO_ANSWER: Final = frozenset({"challenge", "interim_notice", "reminder", "status"})


def keep_promises(h: Happening, letter: Letter, by: str) -> None:
    """Stop what this letter keeps, and start or pause what begins with it."""
    if letter.case_id is None:
        return
    case = casefile.by_id(h.book.tx, letter.case_id)
    look_soon(h, case.id)
    stop_clocks(h, case.id, [one for one in letter.stops if one not in _MORE], by)
    if "containment" in letter.stops and not contained(h, case, by):
        why = "the customer was told, and no containment measure is done"
        if running(h, case.id, ["containment"]):
            open_task(h, case.id, "containment_not_done", why, letter_id=letter.id)
    if "measures" in letter.stops:
        confirm_measures(h, case)
    _answer(h, case, letter, by)
    if day := letter.facts.get("promised_date"):
        _promise_date(h, case, letter, date.fromisoformat(str(day)))
    if letter.asks == "question":
        pause_clocks(h, case.id, letter.id)


_MORE: Final = ("containment",)  # needs more than the letter


def contained(h: Happening, case: Case, by: str) -> bool:
    """R-2: stopped once a containment measure is done and the customer was told of it."""
    h.book.flush()
    done = casefile.measures(h.book.tx, case.id)
    if not any(one.kind == "containment" and one.done_at for one in done):
        return False
    if not casefile.was_told(h.book.tx, case.id, "containment"):
        return False
    stop_clocks(h, case.id, ["containment"], by)
    return True


def confirm_measures(h: Happening, case: Case) -> None:
    """R-5: from here the results are owed."""
    h.record(
        case.id,
        "measures_confirmed",
        Update(tables.cases, case.id, {"measures_confirmed_at": h.at}),
    )
    if not running(h, case.id, ["results"]):
        start_clock(h, case, "results", h.at)


def _answer(h: Happening, case: Case, letter: Letter, by: str) -> None:
    """R-14: the mail it answers; what a person writes answers all that had come until then."""
    if letter.automatic and letter.template in _NO_ANSWER:
        return
    for clock in running(h, case.id, ["answer"]):
        named = clock.message_id == letter.answers_message_id
        until_then = letter.answers_message_id is None and not letter.automatic
        if named or (until_then and clock.started_at <= letter.created_at):
            stop_these(h, [clock], by)
            _end_reading(h, clock)


def _end_reading(h: Happening, clock: Clock) -> None:
    for task in casefile.open_tasks(h.book.tx, clock.case_id, "read_reply"):
        if task.message_id == clock.message_id:
            end_task(h, task, "answered", "a letter answered this mail")


def _promise_date(h: Happening, case: Case, letter: Letter, day: date) -> None:
    """R-15: a date was promised, or a promised date is moved: only a letter can."""
    w = h.wiring
    at = end_of(day, w.calendar(calendar_of(w, terms_of(h, case)), h.at))
    if "promised_date" in letter.stops:
        return  # it is shipped: what it says of a date is no new promise
    about: dict[str, Any] = {"letter_id": letter.id, "due_at": at}
    every = running(h, case.id, ["promised_date"])
    # A missed date stays one, and the new date is a promise of its own.
    missed = [clock for clock in every if clock.breached_at or clock.due_at < h.at]
    cancel_missed(h, missed, f"letter:{letter.id}", "another date was promised")
    moved = [clock for clock in every if clock not in missed]
    if not moved:
        h.record(case.id, "clock_started", new_clock(h, case, "promised_date", h.at, **about))
    for clock in moved:
        found = plan_of(w, replace(clock, due_at=at), ())
        values: dict[str, Any] = {
            **about,
            "warned": 0,
            "strikes_at": found.strikes(0, breached=False),
            "reason": f"moved from {clock.due_at:%Y-%m-%d} by a letter",
        }
        h.record(case.id, "clock_moved", Update(tables.clocks, clock.id, values))
