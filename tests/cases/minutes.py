"""Business time counted by walking, one minute after the other: slow, and too plain to be wrong.

Written from the definition (docs/rules.md, R-8) and not from `cases/`, of which it imports nothing:
the due times of `due_times.toml` are held against both. Every moment walked is a moment in UTC;
what is open is asked of the wall clock at that moment. Starts are whole minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Site:
    """When somebody is there. `hours`: weekday -> "08:00-12:00, 13:00-17:00"; an absent one is
    closed. `made_up`: the hours of a make-up day on a weekday that has none."""

    zone: ZoneInfo
    hours: Mapping[str, str]
    closed: Sequence[date] = ()
    working: Sequence[date] = ()
    made_up: str = ""
    known: dict[date, list[tuple[str, str]]] = field(default_factory=dict, compare=False)

    def spans(self, day: date) -> list[tuple[str, str]]:
        """The hours of a day as pairs of "HH:MM"."""
        if day not in self.known:
            text = self.hours.get(WEEKDAYS[day.weekday()], "")
            if day in self.working:
                text = text or self.made_up
            elif day in self.closed:
                text = ""
            pairs = (part.strip().partition("-") for part in text.split(",") if part.strip())
            self.known[day] = [(begin, end) for begin, _, end in pairs]
        return self.known[day]

    def is_open(self, minute: datetime) -> bool:
        """Whether this minute (UTC) is open: the opening is, the closing moment is not."""
        wall = minute.astimezone(self.zone)
        clock = f"{wall:%H:%M}"
        return any(begin <= clock < end for begin, end in self.spans(wall.date()))

    def is_worked(self, day: date) -> bool:
        """Whether the site is open at any time of this day."""
        return bool(self.spans(day)) and any(map(self.is_open, self.minutes_of(day)))

    def minutes_of(self, day: date) -> Iterator[datetime]:
        """Every minute whose wall clock shows this day; a day in which clocks change has others."""
        minute = datetime.combine(day, time(0), UTC) - timedelta(hours=16)
        for _ in range(56 * 60):
            if minute.astimezone(self.zone).date() == day:
                yield minute
            minute += MINUTE


def due(site: Site, start: datetime, amount: int, unit: str) -> datetime:
    """When `amount` of `unit` (as "business hours") is used up, in the site's zone."""
    counted = {
        "hour": _hours,
        "week": _weeks,
        "business hour": _business_hours,
        "business day": _business_days,
    }[unit.removesuffix("s")](site, start.astimezone(UTC), amount)
    return counted.astimezone(site.zone)


def _hours(site: Site, minute: datetime, amount: int) -> datetime:
    """Hours are elapsed time."""
    for _ in range(amount * 60):
        minute += MINUTE
    return minute


def _weeks(site: Site, start: datetime, amount: int) -> datetime:
    """Weeks end at the same local clock time N x 7 days later."""
    wall = start.astimezone(site.zone)
    return _clock_shows(site, wall.date() + amount * 7 * DAY, wall.time())


def _business_hours(site: Site, minute: datetime, amount: int) -> datetime:
    """N business hours count open time only; used up at closing, that closing is the due time."""
    left = amount * 60
    while left:
        if site.is_open(minute):
            left -= 1
        minute += MINUTE
    return minute


def _business_days(site: Site, minute: datetime, amount: int) -> datetime:
    """The same wall-clock time N working days later; if that time is closed on that day, at the
    last open moment before it, else at that day's opening."""
    while not site.is_open(minute):
        minute += MINUTE
    wall = minute.astimezone(site.zone)
    day = wall.date()
    for _ in range(amount):
        day += DAY
        while not site.is_worked(day):
            day += DAY
    at = _clock_shows(site, day, wall.time())
    if site.is_open(at):
        return at
    last_before = first = None
    for minute in site.minutes_of(day):
        if site.is_open(minute):
            first = first or minute
            if minute < at:
                last_before = minute
    if last_before is not None:
        return last_before + MINUTE
    assert first is not None
    return first


def _clock_shows(site: Site, day: date, clock: time) -> datetime:
    """The first minute at which the wall clock shows this time, or has skipped it."""
    wanted = datetime.combine(day, clock.replace(tzinfo=None))
    minute = wanted.replace(tzinfo=UTC) - timedelta(hours=16)
    while minute.astimezone(site.zone).replace(tzinfo=None) < wanted:
        minute += MINUTE
    return minute
