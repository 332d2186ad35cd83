"""When a site or a customer is open (R-8).

Open time includes the opening and excludes the closing moment. A calendar speaks wall-clock time
of one zone; everything it hands out is a moment in UTC, because Python subtracts and compares two
datetimes of the same zone as wall clocks, which is wrong by an hour in the two nights of a year.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cases.errors import BadInput

Hours = tuple[tuple[time, time], ...]
Span = tuple[datetime, datetime]

MIDNIGHT = time(0)
ONE_DAY = timedelta(days=1)
CLOSED_AT_MOST = 400  # days; a calendar that is closed for longer is a mistake, not a holiday


@dataclass(frozen=True)
class Calendar:
    """Opening hours by weekday (Monday is 0) in a time zone, days closed, and make-up days worked.

    `names` says what a closed day is, such as a holiday's name.

    A closing at 00:00 is the end of that day. A day in `working` is worked even if it is also in
    `closed`. It has the hours of its weekday; a weekday without any has the hours that most
    weekdays have (the earliest in the week, if several are as common): a make-up Saturday
    replaces an ordinary day, and an ordinary day is what this calendar has most of.
    """

    name: str
    timezone: ZoneInfo
    hours: Mapping[int, Hours]
    closed: frozenset[date] = field(default=frozenset())
    working: frozenset[date] = field(default=frozenset())
    names: Mapping[date, str] = field(default_factory=dict)
    # Of the days that were asked for: a day's spans are asked for by every clock.
    _spans: dict[date, tuple[Span, ...]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def __post_init__(self) -> None:
        for weekday, hours in self.hours.items():
            if weekday not in range(7):
                raise BadInput(
                    f"calendar {self.name} has a weekday {weekday}",
                    mend="weekdays are 0 (Monday) to 6 (Sunday)",
                )
            if not _in_order(hours):
                raise BadInput(
                    f"calendar {self.name} has hours of weekday {weekday} that are not in order",
                    mend="every opening comes before its closing and not before the last closing; "
                    "a closing at 00:00 is the end of the day",
                )

    def hours_on(self, day: date) -> Hours:
        """Return the wall-clock hours of a day; none if it is closed."""
        if day in self.working:
            return self.hours.get(day.weekday()) or self._ordinary_hours()
        return () if day in self.closed else self.hours.get(day.weekday(), ())

    def open_on(self, day: date) -> tuple[Span, ...]:
        """Return the open spans of a day, in order, as moments in UTC."""
        if day not in self._spans:
            self._spans[day] = self._open_on(day)
        return self._spans[day]

    def _open_on(self, day: date) -> tuple[Span, ...]:
        spans = []
        for opening, closing in self.hours_on(day):
            start = moment(datetime.combine(day, opening), self.timezone)
            last_day = day + ONE_DAY if closing == MIDNIGHT else day
            end = moment(datetime.combine(last_day, closing), self.timezone)
            if start < end:  # hours that the clock skips are no hours
                spans.append((start, end))
        return tuple(spans)

    def is_open(self, at: datetime) -> bool:
        """Whether this moment (aware) is in business time."""
        day = at.astimezone(self.timezone).date()
        return any(begin <= at < end for begin, end in self.open_on(day))

    def open_days(self, day: date) -> Iterator[tuple[date, tuple[Span, ...]]]:
        """Yield the working days from `day` on with their open spans; BadInput if none comes."""
        closed_days = 0
        while closed_days < CLOSED_AT_MOST:
            if spans := self.open_on(day):
                closed_days = 0
                yield day, spans
            else:
                closed_days += 1
            day += ONE_DAY
        raise BadInput(
            f"calendar {self.name} has no working day in the {CLOSED_AT_MOST} days before {day}",
            mend="give it hours, or take days out of its closed days",
        )

    def open_after(self, start: datetime) -> Iterator[Span]:
        """Yield the open time after `start` (aware), span by span; BadInput if none comes."""
        for _, spans in self.open_days(start.astimezone(self.timezone).date()):
            yield from ((max(begin, start), end) for begin, end in spans if end > start)

    def open_between(self, start: datetime, end: datetime) -> Iterator[Span]:
        """Yield the open time from `start` to `end` (aware)."""
        for begin, until in self.open_after(start):
            if begin >= end:
                return
            yield begin, min(until, end)

    def _ordinary_hours(self) -> Hours:
        common = Counter(hours for _, hours in sorted(self.hours.items()) if hours).most_common(1)
        return common[0][0] if common else ()


def moment(wall: datetime, timezone: ZoneInfo) -> datetime:
    """Return a wall-clock time of a zone as a moment in UTC.

    A time that comes twice is the first of the two. A time that the clock skips is the moment of
    the skip: moved on by the length of the gap, as zoneinfo does, 02:30 would end after 03:10.
    """
    at = wall.replace(tzinfo=timezone, fold=0).astimezone(UTC)
    if at.astimezone(timezone).replace(tzinfo=None) == wall:
        return at
    # PEP 495: in a gap fold=1 takes the later offset, and so a moment before the skip.
    before = wall.replace(tzinfo=timezone, fold=1, microsecond=0).astimezone(UTC)
    offset = before.astimezone(timezone).utcoffset()

    def skipped(seconds: int) -> bool:
        return (before + timedelta(seconds=seconds)).astimezone(timezone).utcoffset() != offset

    widest = int((at - before).total_seconds()) + 1
    return before + timedelta(seconds=bisect_left(range(widest), True, key=skipped))


def _in_order(hours: Hours) -> bool:
    """Tell whether no span is empty, overlaps the next or runs past midnight."""
    last = MIDNIGHT
    for number, (opening, closing) in enumerate(hours):
        after_midnight = number > 0 and last == MIDNIGHT
        if after_midnight or opening < last or (closing <= opening and closing != MIDNIGHT):
            return False
        last = closing
    return True
