"""When a time is up, asked without a database: for scripts, and to check a promise (R-9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
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


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `calendar` "DE-BY" means public holidays; "" none; `hours` as in the file."""

    start: str
    time: str
    calendar: str = ""
    timezone: str = "UTC"
    hours: str = "09:00-17:30"

    @classmethod
    def of(cls, given: object) -> Question:
        """Of a JSON object with these keys; BadInput names what is wrong with it."""
        if not isinstance(given, Mapping):
            raise BadInput("this is no JSON object", mend='write {"start": .., "time": ..}')
        names = {one.name for one in fields(cls)}
        if unknown := sorted(map(str, given.keys() - names)):
            raise BadInput(f"{unknown[0]} is no key", mend=f"keys are {', '.join(sorted(names))}")
        if wrong := [name for name, value in given.items() if not isinstance(value, str)]:
            raise BadInput(f"{wrong[0]} must be a text")
        if missing := [name for name in ("start", "time") if name not in given]:
            raise BadInput(f"{missing[0]} is missing")
        return cls(**given)


def answer(question: Question) -> dict[str, Any]:
    """`due`, the `intervals` that counted, and those that were `skipped` with the reason."""
    duration = Duration.parse(question.time)
    zone = _zone(question.timezone)
    start = _moment(question.start, zone)
    last = start.year + 2 + duration.amount // _OPEN_DAYS_A_YEAR
    calendar = _calendar(question.calendar, question.timezone, question.hours, start.year - 1, last)
    way = reckon(start, duration, calendar)
    return {
        "due": way.at.isoformat(),
        "confirmed": not (
            duration.unit.startswith("business")
            and _doubtful(question.calendar, start.astimezone(zone).year, way.at.year)
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


@lru_cache(maxsize=256)
def _doubtful(place: str, first: int, last: int) -> bool:
    """Whether holidays on the way are not announced yet (R-8)."""
    country, _, subdivision = place.partition("-")
    written = CalendarSettings(country=country, subdivision=subdivision)
    return bool(unconfirmed(written, range(first, last + 1)))


@lru_cache(maxsize=256)
def _calendar(place: str, timezone: str, hours: str, first: int, last: int) -> Calendar:
    country, _, subdivision = place.partition("-")
    if place_problem(country, subdivision):
        raise BadInput(
            f"there is no calendar {place!r}", mend='write a country such as "CN", or "DE-BY"'
        )
    try:
        written = CalendarSettings.model_validate(
            {"timezone": timezone, "country": country, "subdivision": subdivision, "hours": hours}
        )
    except ValidationError as error:
        said = str(error.errors(include_url=False)[0]["msg"]).removeprefix("Value error, ")
        raise BadInput(
            f"hours {hours!r}: {said}", mend='write hours such as "09:00-17:30"'
        ) from None
    years = range(max(1, first), min(9999, last) + 1)
    return calendar_of(place or "plain", day_sets(written, years, timezone))
