"""When a time is up, asked without a database: for scripts, and to check a promise (R-9)."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from cases.calendar import Calendar
from cases.duration import Duration
from cases.errors import BadInput
from cases.reckoning import Interval, reckon
from config.business_time import CalendarSettings
from config.calendars import day_sets, place_problem
from config.confirmed import unconfirmed
from config.values import timezone_name
from service.wiring import calendar_of

# No calendar has fewer open days than this in a year, as far as public holidays are asked for.
_OPEN_DAYS_A_YEAR: Final = 200


# Beside the question, for whoever asks: a table may name its rows, and say what it expects.
_NOTES: Final = frozenset(
    {"id", "name", "why", "note", "comment", "description", "due", "expected"}
)
_DAYS: Final = ("closed", "working")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `calendar` "DE-BY" means public holidays; "" none. `hours` as in the file: a
    text for Monday to Friday, or weekday -> text. `closed`, `working`: own days, as 2026-12-24."""

    start: str
    time: str
    calendar: str = ""
    timezone: str = "UTC"
    hours: str | Mapping[str, str] = "09:00-17:30"
    closed: Sequence[str] = ()
    working: Sequence[str] = ()

    @classmethod
    def of(cls, given: object) -> Question:
        """Of a JSON object with these keys; BadInput names what is wrong with it.

        A key that is null counts as left out.
        """
        if not isinstance(given, Mapping):
            raise BadInput("this is no JSON object", mend='write {"start": .., "time": ..}')
        names = {one.name for one in fields(cls)}
        if unknown := sorted(map(str, given.keys() - names - _NOTES)):
            near = difflib.get_close_matches(unknown[0].lower(), names, 1)
            hint = f" (perhaps {near[0]})" if near else ""
            keys = ", ".join(one.name for one in fields(cls))
            raise BadInput(f"{unknown[0]} is no key{hint}", mend=f"keys are {keys}")
        asked = {name: given[name] for name in names & given.keys() if given[name] is not None}
        for name, value in asked.items():
            _check_kind(name, value)
        if missing := [name for name in ("start", "time") if name not in asked]:
            raise BadInput(f"{missing[0]} is missing")
        return cls(**asked)


def _check_kind(name: str, value: object) -> None:
    if name in _DAYS:
        if not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
            raise BadInput(f"{name} must be a list of days", mend='write ["2026-12-24"]')
    elif name == "hours" and isinstance(value, Mapping):
        if wrong := [day for day, text in value.items() if not isinstance(text, str)]:
            raise BadInput(f"the hours of {wrong[0]} must be a text", mend=_HOURS)
    elif not isinstance(value, str):
        raise BadInput(f"{name} must be a text", mend=_HOURS if name == "hours" else "")


_HOURS: Final = (
    'write hours such as "09:00-17:30" or "08:00-12:00, 13:00-17:00", or of each weekday: '
    '{"monday": "09:00-17:30", "friday": "09:00-15:00"}'
)


def answer(question: Question) -> dict[str, Any]:
    """`due`, the `intervals` that counted, and those that were `skipped` with the reason."""
    duration = Duration.parse(question.time)
    zone = _zone(question.timezone.strip())
    start = _moment(question.start.strip(), zone)
    last = start.year + 2 + duration.amount // _OPEN_DAYS_A_YEAR
    hours = question.hours if isinstance(question.hours, str) else tuple(question.hours.items())
    own = (_dates("closed", question.closed), _dates("working", question.working))
    place = question.calendar.strip()
    calendar = _calendar(place, zone.key, hours, own, start.year - 1, last)
    way = reckon(start, duration, calendar)
    return {
        "due": way.at.isoformat(),
        "confirmed": not (
            duration.unit.startswith("business")
            and _doubtful(
                question.calendar.strip().upper(), start.astimezone(zone).year, way.at.year
            )
        ),
        "intervals": [_span(one) for one in way.intervals if not one.skipped],
        "skipped": [{**_span(one), "reason": one.skipped} for one in way.intervals if one.skipped],
    }


def _span(one: Interval) -> dict[str, str]:
    return {"from": one.begin.isoformat(), "to": one.end.isoformat()}


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(timezone_name(name))
    except ValueError as error:
        raise BadInput(
            f"timezone {name!r} {error}", mend='write one such as "Europe/Berlin"'
        ) from None


def _moment(text: str, zone: ZoneInfo) -> datetime:
    """A start without an offset is meant in the zone of the question."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(
            f"start {text!r} is no moment", mend="write it as in 2026-03-02T09:00+01:00"
        ) from None
    return found if found.utcoffset() is not None else found.replace(tzinfo=zone)


def _dates(name: str, days: Sequence[str]) -> tuple[date, ...]:
    found = []
    for day in days:
        try:
            found.append(date.fromisoformat(day.strip()))
        except ValueError:
            raise BadInput(
                f"{name}: {day!r} is no day", mend="write days as in 2026-12-24"
            ) from None
    return tuple(found)


@lru_cache(maxsize=256)
def _doubtful(place: str, first: int, last: int) -> bool:
    """Whether holidays on the way are not announced yet (R-8)."""
    country, _, subdivision = place.partition("-")
    written = CalendarSettings(country=country, subdivision=subdivision)
    return bool(unconfirmed(written, range(first, last + 1)))


@lru_cache(maxsize=256)
def _calendar(
    place: str,
    timezone: str,
    hours: str | tuple[tuple[str, str], ...],
    own: tuple[tuple[date, ...], tuple[date, ...]],
    first: int,
    last: int,
) -> Calendar:
    country, _, subdivision = place.upper().partition("-")
    if place_problem(country, subdivision):
        raise BadInput(
            f"there is no calendar {place!r}", mend='write a country such as "CN", or "DE-BY"'
        )
    week = hours if isinstance(hours, str) else {day.strip().lower(): t for day, t in hours}
    try:
        written = CalendarSettings.model_validate(
            {
                "timezone": timezone,
                "country": country,
                "subdivision": subdivision,
                "hours": week,
                **dict(zip(_DAYS, own, strict=True)),
            }
        )
    except ValidationError as error:
        raise _refused(error, hours if isinstance(hours, str) else dict(hours)) from None
    years = range(max(1, first), min(9999, last) + 1)
    return calendar_of(place.upper() or "plain", day_sets(written, years, timezone))


def _refused(error: ValidationError, hours: object) -> BadInput:
    first = error.errors(include_url=False)[0]
    said = str(first["msg"]).removeprefix("Value error, ")
    place = [str(part) for part in first["loc"]][1:]
    day = f" of {place[0]}" if place else ""
    return BadInput(f"hours {hours!r}{day}: {said}", mend=_HOURS)
