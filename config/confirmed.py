"""Which years of a calendar are known for certain (R-8)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import holidays

from config.business_time import CalendarSettings

_YEARS_BEFORE = 25


def unconfirmed(calendar: CalendarSettings, years: Iterable[int]) -> dict[int, str]:
    """Years that the public calendar does not know for certain, with the reason.

    Countries that move working days to weekends announce them late in the year before: a year
    without any, after years with some, was not announced when this calendar was made.
    """
    if not calendar.country:
        return {}
    found: dict[int, str] = {}
    for year in years:
        days = _days(calendar.country, calendar.subdivision, year)
        if not days:
            found[year] = "no holiday is known"
        elif not _known(calendar, year) and any(
            _make_up(calendar.country, calendar.subdivision, earlier)
            for earlier in range(year - 1, year - _YEARS_BEFORE, -1)
        ):
            found[year] = "the make-up working days are not known yet"
    return found


def _days(country: str, subdivision: str, year: int) -> holidays.HolidayBase:
    return holidays.country_holidays(country, subdiv=subdivision or None, years=year, expand=False)


def _known(calendar: CalendarSettings, year: int) -> bool:
    """Announced, by the library; or somebody has written down the days that are worked."""
    return _make_up(calendar.country, calendar.subdivision, year) or any(
        day.year == year for day in calendar.own.working
    )


@lru_cache(maxsize=1024)
def _make_up(country: str, subdivision: str, year: int) -> bool:
    return any(day.year == year for day in _days(country, subdivision, year).weekend_workdays)
