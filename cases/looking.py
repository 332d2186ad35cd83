"""A look at an open case: must somebody be told now, and when must it be looked at again?

What no clock tells: silent customers are reminded (R-12), customers who heard nothing get a notice
(R-13), and a case that nothing drives is an alarm (R-10). Pure: it names what is to be done.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.calendar import Calendar
from cases.duration import Duration, due

# Where nobody is reminded, silence becomes a task after this many business days.
SILENT_DAYS = 7
SAFETY = timedelta(days=7)  # an open case is looked at at least once in this time


@dataclass(frozen=True)
class Agreed:
    """The terms that matter here."""

    automatic: bool = True
    interim_days: int = 5
    reminder_days: tuple[int, ...] = (3, 7)


@dataclass(frozen=True)
class Asked:
    """A letter that asks, left at `at`, and no answer since. `reminded`: the number of the last
    reminder; `deemed_days`: silence accepts after so many days, as the letter said (0: never)."""

    at: datetime
    reminded: int = 0
    silence_told: bool = False
    deemed_days: int = 0


@dataclass(frozen=True)
class Seen:
    """How an open case stands at `now`.

    `heard_at`: the customer's last news from us, or his last mail, whichever is later; None if
    nothing of us ever reached him: then a person must look first (R-1).
    `happened_at`: the last thing in its history; `promised`: a date that a letter promised.
    """

    now: datetime
    heard_at: datetime | None
    happened_at: datetime
    asked: Asked | None = None
    driven: bool = True
    alarmed: bool = False
    owes_answer: bool = False
    letter_waits: bool = False
    promised: datetime | None = None


@dataclass(frozen=True)
class Remind:
    """Remind the customer; those that came while nobody looked are told as one."""

    number: int


@dataclass(frozen=True)
class TellSilence:
    """A person must see to a customer who does not answer."""


@dataclass(frozen=True)
class Accept:
    """Silence has accepted, as the letter said."""


@dataclass(frozen=True)
class Notice:
    """The customer has heard nothing for too long."""


@dataclass(frozen=True)
class Alarm:
    """Nothing drives the case."""


@dataclass(frozen=True)
class AlarmEnds:
    """Something drives it again."""


Act = Remind | TellSilence | Accept | Notice | Alarm | AlarmEnds


@dataclass(frozen=True)
class Look:
    """What is to be done now, and when to look again."""

    acts: tuple[Act, ...]
    again: datetime


def look(seen: Seen, agreed: Agreed, calendar: Calendar) -> Look:
    """Judge one open case."""
    acts: list[Act] = []
    moments = [seen.now + SAFETY]
    for found in (
        _silence(seen, agreed, calendar),
        _notice(seen, agreed, calendar),
        _alarm(seen, calendar),
    ):
        for one in found:
            if isinstance(one, datetime):
                moments.append(one)
            else:
                acts.append(one)
    return Look(tuple(acts), min(one for one in moments if one > seen.now))


def _silence(seen: Seen, agreed: Agreed, calendar: Calendar) -> Iterator[Act | datetime]:
    """R-12: reminders, then a task; and what was said about silence."""
    asked = seen.asked
    if asked is None:
        return
    if asked.deemed_days:
        accepted = deemed_at(asked.at, asked.deemed_days, calendar)
        yield accepted
        if accepted <= seen.now:
            yield Accept()
            return
    days = agreed.reminder_days
    moments = [after(asked.at, one, calendar) for one in days]
    yield from moments
    passed = sum(one <= seen.now for one in moments)
    if passed > asked.reminded and agreed.automatic:
        yield Remind(passed)
    told = after(asked.at, _task_after(days), calendar)
    yield told
    if told <= seen.now and not asked.silence_told:
        yield TellSilence()


def _task_after(days: tuple[int, ...]) -> int:
    """The last reminder gets as much time as it had since the one before."""
    if not days:
        return SILENT_DAYS
    return days[-1] + days[-1] - (days[-2] if len(days) > 1 else 0)


def _notice(seen: Seen, agreed: Agreed, calendar: Calendar) -> Iterator[Act | datetime]:
    """R-13: while the case is with the company; a mail of the customer is answered instead."""
    if (
        seen.asked
        or seen.owes_answer
        or seen.heard_at is None
        or not (agreed.automatic and agreed.interim_days)
    ):
        return
    at = after(seen.heard_at, agreed.interim_days, calendar)
    if seen.promised is not None:
        at = max(at, seen.promised)
    if at > seen.now:
        yield at
        return
    yield after(seen.now, 1, calendar)
    if not seen.letter_waits:
        yield Notice()


def _alarm(seen: Seen, calendar: Calendar) -> Iterator[Act | datetime]:
    """R-10: what was just left without a drive gets a business day."""
    if seen.driven or seen.asked:
        if seen.alarmed:
            yield AlarmEnds()
        return
    if seen.alarmed:
        return
    at = after(seen.happened_at, 1, calendar)
    yield at
    if at <= seen.now:
        yield Alarm()


def after(at: datetime, days: int, calendar: Calendar) -> datetime:
    """So many business days after a moment (aware)."""
    return due(at, Duration(days, "business day"), calendar).at


def deemed_at(asked: datetime, days: int, calendar: Calendar) -> datetime:
    """When silence accepts: so many days later, and never in closed time (R-9)."""
    at = asked + timedelta(days=days)
    return next(begin for begin, _ in calendar.open_after(at))
