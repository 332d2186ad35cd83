"""A clock with pauses: when it is due, when it warns, and why (R-9, R-10, R-12).

What a pause takes is given back in the clock's own time: elapsed time for hours and weeks, open
time for business hours and business days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import pairwise

from cases.calendar import MIDNIGHT, ONE_DAY, Calendar, Span, moment
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
    """The due moment `at`; `begin` and `pauses` in UTC. `calendar` is None where all time counts.

    The way from start to due is told when somebody asks: most clocks are never explained.
    """

    at: datetime
    begin: datetime
    pauses: tuple[Pause, ...]
    calendar: Calendar | None

    @cached_property
    def intervals(self) -> tuple[Interval, ...]:
        """The whole way from start to due, interval by interval, in the zone of `at`."""
        end = self.at.astimezone(UTC)
        stretches = _stretches(self.begin, end, self.calendar) if self.calendar else None
        way = _way(stretches or [Interval(self.begin, end)], self.pauses)
        zone = self.at.tzinfo
        local = (Interval(i.begin.astimezone(zone), i.end.astimezone(zone), i.skipped) for i in way)
        return tuple(local)

    def share(self, percent: int) -> datetime:
        """The moment at which so much of the time is used up."""
        counted = self._counted
        left = sum((end - begin for begin, end in counted), timedelta()) * percent / 100
        for begin, end in counted:
            if left <= end - begin:
                return (begin + left).astimezone(self.at.tzinfo)
            left -= end - begin
        return self.at

    @cached_property
    def _counted(self) -> list[Span]:
        """The time that counts, in UTC."""
        end = self.at.astimezone(UTC)
        spans = (
            self.calendar.open_between(self.begin, end) if self.calendar else [(self.begin, end)]
        )
        way = _way((Interval(*span) for span in spans), self.pauses)
        return [(one.begin, one.end) for one in way if not one.skipped]


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
    local = at.astimezone(calendar.timezone)
    return Reckoning(local, begin, tuple(taken), calendar if business else None)


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


def _way(stretches: Iterable[Interval], pauses: Sequence[Pause]) -> Iterator[Interval]:
    """From start to due: cut at every opening, closing, midnight of a closed day, and pause."""
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
