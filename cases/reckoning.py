"""A clock with pauses: when it is due, when it warns, and why (R-9, R-10, R-12).

What a pause takes is given back in the clock's own time: elapsed time for hours and weeks, open
time for business hours and business days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from cases.calendar import MIDNIGHT, ONE_DAY, Calendar, moment
from cases.duration import Duration, due


@dataclass(frozen=True)
class Pause:
    """The customer had the ball from `begin` to `end` (aware); an open pause ends now."""

    begin: datetime
    end: datetime
    reason: str


@dataclass(frozen=True)
class Interval:
    """A stretch of a clock's way: `skipped` says why it did not count, "" that it did."""

    begin: datetime
    end: datetime
    skipped: str = ""


@dataclass(frozen=True)
class Reckoning:
    """The due moment, and the whole way from start to due, interval by interval."""

    at: datetime
    intervals: tuple[Interval, ...]

    def share(self, percent: int) -> datetime:
        """The moment at which so much of the time is used up."""
        counted = [one for one in self.intervals if not one.skipped]
        left = sum((_length(one) for one in counted), timedelta()) * percent / 100
        for one in counted:
            if left <= _length(one):
                return (one.begin.astimezone(UTC) + left).astimezone(self.at.tzinfo)
            left -= _length(one)
        return self.at


def reckon(
    start: datetime, duration: Duration, calendar: Calendar, pauses: Iterable[Pause] = ()
) -> Reckoning:
    """Count `duration` from `start` (aware) without the pauses. BadInput as `duration.due`."""
    business = duration.unit.startswith("business")
    at = due(start, duration, calendar).at.astimezone(UTC)
    begin = start.astimezone(UTC)
    taken: list[Pause] = []
    for pause in _apart(pauses, begin):
        if pause.begin >= at:
            break
        taken.append(pause)
        at = _given_back(at, pause, calendar) if business else at + (pause.end - pause.begin)
    way = tuple(_way(begin, at, calendar if business else None, taken))
    zone = calendar.timezone
    local = (Interval(i.begin.astimezone(zone), i.end.astimezone(zone), i.skipped) for i in way)
    return Reckoning(at.astimezone(zone), tuple(local))


def before(at: datetime, days: int, calendar: Calendar) -> datetime:
    """The same wall-clock time `days` working days before `at` (aware), as R-15 warns."""
    wall = at.astimezone(calendar.timezone).replace(tzinfo=None)
    day, left = wall.date(), days
    for _ in range(days * 10 + 60):  # no calendar is closed that long: its holidays have an end
        if left == 0:
            break
        day -= ONE_DAY
        left -= bool(calendar.open_on(day))
    return moment(datetime.combine(day, wall.time()), calendar.timezone).astimezone(
        calendar.timezone
    )


def _apart(pauses: Iterable[Pause], start: datetime) -> list[Pause]:
    """In order, from the start on, and no moment paused twice."""
    found: list[Pause] = []
    for one in sorted(pauses, key=lambda pause: pause.begin):
        begin = max(one.begin.astimezone(UTC), start, *(last.end for last in found[-1:]))
        end = one.end.astimezone(UTC)
        if begin < end:
            found.append(Pause(begin, end, one.reason))
    return found


def _given_back(at: datetime, pause: Pause, calendar: Calendar) -> datetime:
    """`at`, later by the open time that the pause took; a due time stays in open time."""
    spans = calendar.open_between(pause.begin, pause.end)
    left = sum((end - begin for begin, end in spans), timedelta())
    if not left:
        return at
    for begin, end in calendar.open_after(at):
        if left <= end - begin:
            return begin + left
        left -= end - begin
    raise AssertionError("open_after ends only by an error")


def _way(
    start: datetime, at: datetime, calendar: Calendar | None, pauses: Sequence[Pause]
) -> Iterator[Interval]:
    """From start to due: cut at every opening, closing, midnight of a closed day, and pause."""
    stretches = _stretches(start, at, calendar) if calendar else [Interval(start, at)]
    for one in stretches:
        at_pause = one.begin
        for pause in pauses:
            begin, end = max(pause.begin, one.begin), min(pause.end, one.end)
            if one.skipped or begin >= end:
                continue
            if at_pause < begin:
                yield Interval(at_pause, begin)
            yield Interval(begin, end, pause.reason)
            at_pause = end
        if at_pause < one.end:
            yield Interval(at_pause, one.end, one.skipped)


def _stretches(start: datetime, at: datetime, calendar: Calendar) -> Iterator[Interval]:
    """Open and closed time in turn; closed time is told day by day."""
    place = start
    for begin, end in calendar.open_between(start, at):
        yield from _closed(place, begin, calendar)
        yield Interval(begin, end)
        place = end
    yield from _closed(place, at, calendar)


def _closed(start: datetime, end: datetime, calendar: Calendar) -> Iterator[Interval]:
    if start >= end:
        return
    first = start.astimezone(calendar.timezone).date()
    last = end.astimezone(calendar.timezone).date()
    days = [first + ONE_DAY * count for count in range((last - first).days + 2)]
    for day, following in pairwise(days):
        begin = max(start, moment(datetime.combine(day, MIDNIGHT), calendar.timezone))
        until = min(end, moment(datetime.combine(following, MIDNIGHT), calendar.timezone))
        if begin < until:
            yield Interval(begin, until, _why_closed(day, calendar))


def _why_closed(day: date, calendar: Calendar) -> str:
    if calendar.hours_on(day):
        return "outside the hours"
    if day in calendar.closed:
        return calendar.names.get(day, "closed")
    return "no working day"


def _length(one: Interval) -> timedelta:
    return one.end.astimezone(UTC) - one.begin.astimezone(UTC)
