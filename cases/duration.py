"""How long a promise gives, and when it is due (R-1 to R-6, R-9).

- A start in closed time counts as if it came at the next opening (business hours and days only).
- N business days end at the same wall-clock time N working days later; if that time is closed on
  that day, at the last open moment before it, else at that day's opening.
- N business hours count open time only; used up exactly at closing, that closing is the due time.
- Hours are elapsed time. Weeks end at the same wall-clock time N x 7 days later.

A later start is never due earlier, with one exception that "the same wall-clock time" forces: of
two starts in the hour that comes twice when the clock goes back, 02:45 in the first and 02:15 in
the second, the later is due half an hour earlier, at 02:15. By the wall clock, which is what the
promise names, it is not later; any other answer would end at another wall-clock time than it began.
Hours and business hours have no exception.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Literal, cast

from cases.calendar import Calendar, Span, moment
from cases.errors import BadInput

Unit = Literal["hour", "business hour", "business day", "week"]
Counted = tuple[datetime, tuple[Span, ...]]

# Four digits: 9999 business days are 38 years, and no mistyped amount keeps the service counting.
TEXT = re.compile(r"([1-9][0-9]{0,3})\s+(hour|business\s+hour|business\s+day|week)s?")


@dataclass(frozen=True)
class Duration:
    """A time such as "1 business day"; written back as it is read."""

    amount: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read "N hours", "N business hours", "N business days" or "N weeks"; else BadInput."""
        return _parsed(text)

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}{'' if self.amount == 1 else 's'}"


@lru_cache(maxsize=500)  # few are written anywhere, and every clock of every case is one of them
def _parsed(text: str) -> Duration:
    found = TEXT.fullmatch(text.strip().lower())
    if found is None:
        raise BadInput(
            f"{text!r} is not a time",
            mend="write N hours, N business hours, N business days or N weeks (N up to 9999)",
        )
    return Duration(int(found[1]), cast(Unit, " ".join(found[2].split())))


@dataclass(frozen=True)
class Due:
    """A due moment and the intervals that were counted up to it (R-9), in the calendar's zone.

    Convert to UTC before subtracting: Python subtracts moments of one zone as wall clocks.
    """

    at: datetime
    intervals: tuple[Span, ...]


def due(start: datetime, duration: Duration, calendar: Calendar) -> Due:
    """Count `duration` from `start` (aware) on `calendar`; BadInput if that leads nowhere."""
    if start.utcoffset() is None:
        raise BadInput(f"the start {start} has no time zone", mend="add one, as in +02:00")
    zone = calendar.timezone
    try:
        at, spans = COUNTS[duration.unit](start.astimezone(UTC), duration.amount, calendar)
        local = tuple((begin.astimezone(zone), end.astimezone(zone)) for begin, end in spans)
        return Due(at.astimezone(zone), local)
    except OverflowError as error:
        raise BadInput(f"{duration} from {start} is outside the years 1 to 9999") from error


def _hours(start: datetime, amount: int, calendar: Calendar) -> Counted:
    at = start + timedelta(hours=amount)
    return at, ((start, at),)


def _weeks(start: datetime, amount: int, calendar: Calendar) -> Counted:
    wall = start.astimezone(calendar.timezone).replace(tzinfo=None)
    at = moment(wall + timedelta(weeks=amount), calendar.timezone)
    return at, ((start, at),)


def _business_hours(start: datetime, amount: int, calendar: Calendar) -> Counted:
    left = timedelta(hours=amount)
    counted = []
    spans = calendar.open_after(start)
    while left:
        begin, end = next(spans)
        end = min(end, begin + left)
        counted.append((begin, end))
        left -= end - begin
    return counted[-1][1], tuple(counted)


def _business_days(start: datetime, amount: int, calendar: Calendar) -> Counted:
    start, _ = next(calendar.open_after(start))
    wall = start.astimezone(calendar.timezone).replace(tzinfo=None)
    days = list(islice(calendar.open_days(wall.date()), amount + 1))
    last_day, spans = days[-1]
    at = _open_or_before(moment(datetime.combine(last_day, wall.time()), calendar.timezone), spans)
    counted = (
        (max(begin, start), min(end, at))
        for _, day_spans in days
        for begin, end in day_spans
        if begin < at and end > start
    )
    return at, tuple(counted)


def _open_or_before(at: datetime, spans: tuple[Span, ...]) -> datetime:
    """Return `at` if open, else the last closing before it, else the day's opening."""
    begun = [end for begin, end in spans if begin <= at]
    return min(at, begun[-1]) if begun else spans[0][0]


COUNTS: Mapping[Unit, Callable[[datetime, int, Calendar], Counted]] = {
    "hour": _hours,
    "business hour": _business_hours,
    "business day": _business_days,
    "week": _weeks,
}
