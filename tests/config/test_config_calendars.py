"""R-8: public holidays, make-up working days and the company's own days become plain sets."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from pydantic import ValidationError

from config.calendars import DaySets, day_sets, place_problem
from config.settings import CalendarSettings


def calendar(**keys: object) -> CalendarSettings:
    return CalendarSettings.model_validate(keys)


def days(**keys: object) -> DaySets:
    return day_sets(calendar(**keys), [2026], "Europe/Berlin")


def dates(*ranges: str) -> frozenset[date]:
    """`02-15..02-23` of 2026, both ends included."""
    found: set[date] = set()
    for text in ranges:
        first, _, last = text.partition("..")
        day, end = (date.fromisoformat(f"2026-{part}") for part in (first, last or first))
        while day <= end:
            found.add(day)
            day += timedelta(days=1)
    return frozenset(found)


def weekdays(found: frozenset[date]) -> frozenset[date]:
    return frozenset(day for day in found if day.weekday() < 5)


def test_china_works_on_six_weekend_days_in_2026() -> None:
    china = days(country="CN", timezone="Asia/Shanghai")
    assert china.timezone == "Asia/Shanghai"
    assert china.working == dates("01-04", "02-14", "02-28", "05-09", "09-20", "10-10")
    # The State Council's list for 2026, typed in by hand.
    off = dates(
        "01-01..01-03", "02-15..02-23", "04-04..04-06", "05-01..05-05",
        "06-19..06-21", "09-25..09-27", "10-01..10-07",
    )  # fmt: skip
    assert weekdays(china.closed) == weekdays(off)


def test_bavaria_in_2026() -> None:
    assert days(country="DE", subdivision="BY").closed == dates(
        "01-01", "01-06", "04-03", "04-06", "05-01", "05-14",
        "05-25", "06-04", "10-03", "11-01", "12-25", "12-26",
    )  # fmt: skip
    assert days(country="DE").closed < days(country="DE", subdivision="BY").closed


def test_holidays_that_parts_of_a_state_keep() -> None:
    assumption = {"country": "DE", "subdivision": "BY"}
    with_it = days(**assumption, categories=["catholic"])
    assert with_it.closed - days(**assumption).closed == dates("08-15")
    assert dates("08-08") <= days(country="DE", subdivision="Augsburg").closed


def test_only_the_years_asked_for() -> None:
    settings = calendar(country="CN")
    assert day_sets(settings, [], "UTC") == day_sets(calendar(), [2026], "UTC")
    both = day_sets(settings, [2025, 2026], "UTC")
    assert {day.year for day in both.closed | both.working} == {2025, 2026}


def test_own_days_win_over_the_public_calendar() -> None:
    own = days(country="CN", closed=[date(2026, 2, 14)], working=[date(2026, 10, 7)])
    assert date(2026, 2, 14) in own.closed - own.working
    assert date(2026, 10, 7) in own.working - own.closed
    assert not own.closed & own.working


def test_without_a_country_nothing_is_a_holiday() -> None:
    plain = days()
    assert (plain.closed, plain.working) == (frozenset(), frozenset())
    assert plain.timezone == "Europe/Berlin"
    assert plain.hours == dict.fromkeys(range(5), ((time(9), time(17, 30)),))


def test_hours_with_breaks() -> None:
    both = ((time(8), time(12)), (time(13), time(17)))
    assert days(hours="08:00-12:00, 13:00-17:00").hours == dict.fromkeys(range(5), both)


def test_hours_by_weekday() -> None:
    hours = days(hours={"monday": "10:00-12:00", "saturday": "08:00 - 11:30", "sunday": ""}).hours
    assert hours == {0: ((time(10), time(12)),), 5: ((time(8), time(11, 30)),)}


def test_hours_until_the_end_of_the_day() -> None:
    hours = days(hours={"monday": "00:00-24:00", "tuesday": "06:00-12:00, 12:00-00:00"}).hours
    assert hours[0] == ((time(0), time(0)),)
    assert hours[1] == ((time(6), time(12)), (time(12), time(0)))
    with pytest.raises(ValidationError, match="without overlap"):
        days(hours="06:00-24:00, 12:00-13:00")


@pytest.mark.parametrize(
    ("country", "subdivision", "problem"),
    [
        ("", "", None),
        ("CN", "", None),
        ("GB", "ENG", None),
        ("", "BY", "subdivision"),
        ("DE", "CA", "subdivision"),
        ("XX", "BY", "country"),
        ("de", "", "country"),
        ("MON", "", "country"),
    ],
)
def test_places(country: str, subdivision: str, problem: str | None) -> None:
    assert place_problem(country, subdivision) == problem
