"""R-8: when a calendar is open, and which calendars are refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from cases.calendar import Calendar, Hours, moment
from cases.errors import BadInput

BERLIN = ZoneInfo("Europe/Berlin")
LONG: Hours = ((time(8), time(12)), (time(13), time(17)))
SHORT: Hours = ((time(8), time(12)),)
SATURDAY = date(2026, 1, 10)
MONDAY = date(2026, 1, 12)


def calendar(
    hours: Mapping[int, Hours],
    closed: frozenset[date] = frozenset(),
    working: frozenset[date] = frozenset(),
) -> Calendar:
    return Calendar("test", BERLIN, hours, closed, working)


def test_a_closed_day_has_no_hours() -> None:
    shop = calendar({0: LONG}, closed=frozenset({MONDAY}))
    assert shop.hours_on(MONDAY) == ()
    assert shop.hours_on(MONDAY + timedelta(days=7)) == LONG


def test_a_make_up_day_has_the_hours_of_its_weekday() -> None:
    shop = calendar({0: SHORT, 1: LONG, 2: LONG}, working=frozenset({MONDAY}))
    assert shop.hours_on(MONDAY) == SHORT


def test_a_make_up_day_on_a_weekday_without_hours_has_the_commonest_hours() -> None:
    shop = calendar({0: SHORT, 1: LONG, 2: LONG, 5: ()}, working=frozenset({SATURDAY}))
    assert shop.hours_on(SATURDAY) == LONG


def test_of_equally_common_hours_the_earliest_weekday_gives_them() -> None:
    shop = calendar({3: LONG, 1: SHORT}, working=frozenset({SATURDAY}))
    assert shop.hours_on(SATURDAY) == SHORT


def test_a_day_that_is_closed_and_worked_is_worked() -> None:
    day = frozenset({MONDAY})
    assert calendar({0: LONG}, closed=day, working=day).hours_on(MONDAY) == LONG


def test_a_make_up_day_of_a_calendar_without_hours_is_closed() -> None:
    assert calendar({}, working=frozenset({SATURDAY})).open_on(SATURDAY) == ()


def test_closing_at_midnight_is_the_end_of_the_day() -> None:
    shop = calendar({0: ((time(22), time(0)),)})
    assert shop.open_on(MONDAY) == (
        (datetime(2026, 1, 12, 21, tzinfo=UTC), datetime(2026, 1, 12, 23, tzinfo=UTC)),
    )


def test_hours_that_the_clock_skips_are_no_hours() -> None:
    shop = calendar({6: ((time(2), time(2, 30)), (time(2, 45), time(4)))})
    spring = shop.open_on(date(2026, 3, 29))
    assert spring == ((datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 3, 29, 2, tzinfo=UTC)),)


@pytest.mark.parametrize(
    "hours",
    [
        ((time(9), time(9)),),
        ((time(17), time(9)),),
        ((time(9), time(12)), (time(11), time(17))),
        ((time(13), time(17)), (time(8), time(12))),
        ((time(9), time(0)), (time(0), time(8))),
    ],
    ids=["empty", "night shift", "overlap", "wrong order", "after midnight"],
)
def test_hours_out_of_order_are_refused(hours: Hours) -> None:
    with pytest.raises(BadInput, match="weekday 4 that are not in order"):
        calendar({0: LONG, 4: hours})


def test_hours_may_touch_and_begin_at_midnight() -> None:
    calendar({0: ((time(0), time(8)), (time(8), time(0)))})


def test_an_unknown_weekday_is_refused() -> None:
    with pytest.raises(BadInput, match=r"weekday 7; weekdays are 0 \(Monday\)"):
        calendar({7: LONG})


@pytest.mark.parametrize(
    ("zone", "wall", "at"),
    [
        ("Europe/Berlin", "2026-01-05T10:00", "2026-01-05T09:00"),
        ("Europe/Berlin", "2026-03-29T01:59:59.999999", "2026-03-29T00:59:59.999999"),
        ("Europe/Berlin", "2026-03-29T02:00", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-03-29T02:30:15.500000", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-03-29T02:59:59.999999", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30"),
        ("Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00"),
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:00"),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30"),
        ("America/Sao_Paulo", "2018-11-04T00:30", "2018-11-04T03:00"),
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00"),
    ],
)
def test_a_wall_clock_time_is_one_moment(zone: str, wall: str, at: str) -> None:
    expected = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert moment(datetime.fromisoformat(wall), ZoneInfo(zone)) == expected
