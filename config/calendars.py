"""Calendars: settings and public holidays become plain days for cases/ (R-8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import holidays

from config.business_time import CalendarSettings, Week
from config.values import Span


@dataclass(frozen=True)
class DaySets:
    """A calendar as plain data. A day in `working` is worked whatever its weekday says."""

    timezone: str
    # 0 is Monday; a weekday without hours is absent; a closing at 00:00 is the end of the day.
    hours: Mapping[int, tuple[Span, ...]]
    closed: frozenset[date]
    working: frozenset[date]
    names: Mapping[date, str]  # why a day is closed: of public holidays and own closures


def day_sets(calendar: CalendarSettings, years: Iterable[int], company_timezone: str) -> DaySets:
    """The days of `years`; what the company wrote itself wins over the public calendar."""
    wanted = frozenset(years)
    names, make_up = _public(calendar, wanted)
    public = frozenset(names)
    own_closed, own_working = frozenset(calendar.own.closed), calendar.own.working
    names = {**names, **{day: why for day, why in calendar.own.closed.items() if why}}
    working = (make_up - own_closed) | own_working
    return DaySets(
        timezone=calendar.timezone or company_timezone,
        hours=_hours(calendar.hours),
        closed=(public | own_closed) - working,
        working=working,
        names=names,
    )


def place_problem(country: str, subdivision: str) -> str | None:
    """Which of the two keys is unknown to the holiday calendar: "country" or "subdivision"."""
    if not country:
        return "subdivision" if subdivision else None
    # Asked by list: the library would take any name of its own module ("SUN") for a country.
    if country not in holidays.list_supported_countries():
        return "country"
    try:
        holidays.country_holidays(country, subdiv=subdivision or None)
    except NotImplementedError:
        return "subdivision"
    return None


def unknown_categories(country: str, categories: Iterable[str]) -> tuple[list[str], list[str]]:
    """Those that the holiday calendar of a known country has not, and those that it has."""
    if not country:
        return list(categories), []
    known = holidays.country_holidays(country).supported_categories
    return [one for one in categories if one not in known], sorted(set(known) - {"public"})


def _public(
    calendar: CalendarSettings, years: frozenset[int]
) -> tuple[Mapping[date, str], frozenset[date]]:
    if not calendar.country or not years:
        return {}, frozenset()
    days = holidays.country_holidays(
        calendar.country,
        subdiv=calendar.subdivision or None,
        years=sorted(years),
        expand=False,
        categories=("public", *calendar.categories),
    )
    # The library also keeps make-up days of years that were not asked for.
    return dict(days), frozenset(day for day in days.weekend_workdays if day.year in years)


def _hours(week: Week) -> dict[int, tuple[Span, ...]]:
    days = (getattr(week, name) for name in Week.model_fields)
    return {number: spans for number, spans in enumerate(days) if spans}
