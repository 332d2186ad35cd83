"""R-1 to R-6, R-9: times are read, and due moments are counted."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from cases.calendar import Calendar, Hours
from cases.duration import Duration, due
from cases.errors import BadInput


def days(*texts: str) -> frozenset[date]:
    return frozenset(map(date.fromisoformat, texts))


WEEK = range(5)
OFFICE_DAY: Hours = ((time(9), time(17, 30)),)
BREAK_DAY: Hours = ((time(8), time(12)), (time(13), time(16, 30)))
FACTORY_DAY: Hours = ((time(8), time(12)), (time(13), time(17)))
ALL_DAY: Hours = ((time(0), time(0)),)
BERLIN = ZoneInfo("Europe/Berlin")

CALENDARS = {
    "office": Calendar(
        "office",
        BERLIN,
        dict.fromkeys(WEEK, OFFICE_DAY),
        closed=days("2026-05-01", "2026-12-24", "2026-12-25", "2027-01-01"),
    ),
    "shop": Calendar(
        "shop",
        BERLIN,
        {
            **dict.fromkeys(range(4), BREAK_DAY),
            4: ((time(8), time(12)),),
            5: ((time(10), time(14)),),
        },
    ),
    "factory": Calendar(
        "factory",
        ZoneInfo("Asia/Shanghai"),
        dict.fromkeys(WEEK, FACTORY_DAY),
        closed=days(*(f"2026-10-0{day}" for day in range(1, 8))),
        working=days("2026-10-10"),
    ),
    "broker": Calendar(
        "broker",
        ZoneInfo("America/New_York"),
        dict.fromkeys(WEEK, ((time(9), time(17)),)),
    ),
    "always": Calendar("always", BERLIN, dict.fromkeys(range(7), ALL_DAY)),
    "apia": Calendar("apia", ZoneInfo("Pacific/Apia"), dict.fromkeys(range(7), OFFICE_DAY)),
    "howe": Calendar("howe", ZoneInfo("Australia/Lord_Howe"), dict.fromkeys(WEEK, OFFICE_DAY)),
}

TABLE = """
# an ordinary week: 2026-01-05 is a Monday
office   2026-01-05T10:00+01:00  1 business day    2026-01-06T10:00+01:00
office   2026-01-05T10:00+01:00  5 business days   2026-01-12T10:00+01:00
office   2026-01-09T10:00+01:00  1 business day    2026-01-12T10:00+01:00
office   2026-01-10T11:00+01:00  1 business day    2026-01-13T09:00+01:00
office   2026-01-11T23:59+01:00  1 business day    2026-01-13T09:00+01:00
# before and at opening, before, at and after closing
office   2026-01-05T06:00+01:00  1 business day    2026-01-06T09:00+01:00
office   2026-01-05T09:00+01:00  1 business day    2026-01-06T09:00+01:00
office   2026-01-05T17:29+01:00  1 business day    2026-01-06T17:29+01:00
office   2026-01-05T17:30+01:00  1 business day    2026-01-07T09:00+01:00
office   2026-01-05T20:00+01:00  1 business day    2026-01-07T09:00+01:00
# the start is told in another zone
office   2026-01-05T23:30-05:00  1 business day    2026-01-07T09:00+01:00
# holidays
office   2026-04-30T10:00+02:00  1 business day    2026-05-04T10:00+02:00
office   2026-05-01T10:00+02:00  1 business day    2026-05-05T09:00+02:00
office   2026-04-30T16:30+02:00  2 business hours  2026-05-04T10:00+02:00
# year end, leap day, and no leap day
office   2026-12-23T15:00+01:00  3 business days   2026-12-30T15:00+01:00
office   2026-12-31T16:00+01:00  1 business day    2027-01-04T16:00+01:00
office   2026-12-31T16:30+01:00  2 business hours  2027-01-04T10:00+01:00
office   2028-02-28T10:00+01:00  1 business day    2028-02-29T10:00+01:00
office   2028-02-28T10:00+01:00  2 business days   2028-03-01T10:00+01:00
office   2028-02-29T10:00+01:00  1 week            2028-03-07T10:00+01:00
office   2028-02-29T20:00+01:00  6 hours           2028-03-01T02:00+01:00
office   2026-02-27T10:00+01:00  1 business day    2026-03-02T10:00+01:00
# business hours
office   2026-01-05T10:00+01:00  4 business hours  2026-01-05T14:00+01:00
office   2026-01-05T06:00+01:00  8 business hours  2026-01-05T17:00+01:00
office   2026-01-05T15:30+01:00  2 business hours  2026-01-05T17:30+01:00
office   2026-01-05T16:30+01:00  2 business hours  2026-01-06T10:00+01:00
office   2026-01-05T17:30+01:00  1 business hour   2026-01-06T10:00+01:00
office   2026-01-09T16:30+01:00  2 business hours  2026-01-12T10:00+01:00
office   2026-01-05T09:00+01:00  17 business hours 2026-01-06T17:30+01:00
# unlike days and breaks: the time is closed on the last day, or the day opens later
shop     2026-01-08T15:00+01:00  1 business day    2026-01-09T12:00+01:00
shop     2026-01-09T09:00+01:00  1 business day    2026-01-10T10:00+01:00
shop     2026-01-09T11:00+01:00  1 business day    2026-01-10T11:00+01:00
shop     2026-01-10T12:30+01:00  1 business day    2026-01-12T12:00+01:00
shop     2026-01-10T13:00+01:00  1 business day    2026-01-12T13:00+01:00
shop     2026-01-07T16:29+01:00  3 business days   2026-01-10T14:00+01:00
shop     2026-01-05T12:00+01:00  1 business day    2026-01-06T13:00+01:00
shop     2026-01-05T12:30+01:00  1 business hour   2026-01-05T14:00+01:00
shop     2026-01-05T11:00+01:00  2 business hours  2026-01-05T14:00+01:00
shop     2026-01-05T10:00+01:00  2 business hours  2026-01-05T12:00+01:00
shop     2026-01-10T13:30+01:00  1 business hour   2026-01-12T08:30+01:00
# a week off and its make-up Saturday
factory  2026-09-30T16:00+08:00  1 business day    2026-10-08T16:00+08:00
factory  2026-10-09T10:00+08:00  1 business day    2026-10-10T10:00+08:00
factory  2026-10-10T10:00+08:00  1 business day    2026-10-12T10:00+08:00
factory  2026-10-09T16:00+08:00  2 business hours  2026-10-10T09:00+08:00
factory  2026-10-17T10:00+08:00  1 business day    2026-10-20T08:00+08:00
# hours are elapsed time, in closed time too, and over both changes of the clock
office   2026-01-10T11:00+01:00  4 hours           2026-01-10T15:00+01:00
office   2026-03-28T23:00+01:00  4 hours           2026-03-29T04:00+02:00
office   2026-10-24T23:00+02:00  4 hours           2026-10-25T02:00+01:00
broker   2026-03-07T23:00-05:00  4 hours           2026-03-08T04:00-04:00
broker   2026-10-31T23:00-04:00  4 hours           2026-11-01T02:00-05:00
always   2026-03-28T23:00+01:00  4 business hours  2026-03-29T04:00+02:00
always   2026-10-24T23:00+02:00  4 business hours  2026-10-25T02:00+01:00
# business days and weeks keep the wall clock over them
office   2026-03-27T16:00+01:00  1 business day    2026-03-30T16:00+02:00
office   2026-10-23T16:00+02:00  1 business day    2026-10-26T16:00+01:00
broker   2026-03-06T16:59-05:00  1 business day    2026-03-09T16:59-04:00
broker   2026-10-30T09:00-04:00  2 business days   2026-11-03T09:00-05:00
office   2026-03-16T10:00+01:00  4 weeks           2026-04-13T10:00+02:00
office   2026-10-05T10:00+02:00  4 weeks           2026-11-02T10:00+01:00
office   2026-01-10T11:00+01:00  1 week            2026-01-17T11:00+01:00
# the time does not exist on that day: the moment of the change
office   2026-03-22T02:30+01:00  1 week            2026-03-29T03:00+02:00
broker   2026-03-01T02:30-05:00  1 week            2026-03-08T03:00-04:00
howe     2026-09-27T02:15+10:30  1 week            2026-10-04T02:30+11:00
always   2026-03-28T02:30+01:00  1 business day    2026-03-29T03:00+02:00
# the time comes twice on that day: the first; from the second on: the same wall clock
office   2026-10-18T02:30+02:00  1 week            2026-10-25T02:30+02:00
broker   2026-10-25T01:30-04:00  1 week            2026-11-01T01:30-04:00
always   2026-10-24T02:30+02:00  1 business day    2026-10-25T02:30+02:00
office   2026-10-25T02:30+01:00  1 week            2026-11-01T02:30+01:00
always   2026-10-25T02:30+01:00  1 business day    2026-10-26T02:30+01:00
# Samoa had no 30 December 2011
apia     2011-12-29T10:00-10:00  1 business day    2011-12-31T10:00+14:00
apia     2011-12-29T17:00-10:00  1 business hour   2011-12-31T09:30+14:00
apia     2011-12-23T10:00-10:00  1 week            2011-12-31T00:00+14:00
"""


def rows() -> list[tuple[str, str, str, str]]:
    found = []
    for line in TABLE.strip().splitlines():
        if not line.startswith("#"):
            name, start, *length, at = line.split()
            found.append((name, start, " ".join(length), at))
    return found


@pytest.mark.parametrize(("name", "start", "length", "at"), rows())
def test_due(name: str, start: str, length: str, at: str) -> None:
    found = due(datetime.fromisoformat(start), Duration.parse(length), CALENDARS[name])
    assert found.at.isoformat(timespec="minutes") == at
    assert found.at.tzinfo is CALENDARS[name].timezone


def intervals(name: str, start: str, length: str) -> list[str]:
    found = due(datetime.fromisoformat(start), Duration.parse(length), CALENDARS[name])
    return [f"{begin:%a %H:%M %z} to {end:%a %H:%M %z}" for begin, end in found.intervals]


def test_business_hours_show_the_open_time_that_was_counted() -> None:
    assert intervals("shop", "2026-01-08T11:00+01:00", "6 business hours") == [
        "Thu 11:00 +0100 to Thu 12:00 +0100",
        "Thu 13:00 +0100 to Thu 16:30 +0100",
        "Fri 08:00 +0100 to Fri 09:30 +0100",
    ]


def test_business_days_show_the_open_time_from_the_start_to_the_due_moment() -> None:
    assert intervals("shop", "2026-01-08T12:15+01:00", "1 business day") == [
        "Thu 13:00 +0100 to Thu 16:30 +0100",
        "Fri 08:00 +0100 to Fri 12:00 +0100",
    ]


def test_business_days_due_at_an_opening_count_nothing_of_that_day() -> None:
    assert intervals("shop", "2026-01-09T09:00+01:00", "1 business day") == [
        "Fri 09:00 +0100 to Fri 12:00 +0100",
    ]


def test_hours_and_weeks_show_one_interval_in_the_calendars_zone() -> None:
    assert intervals("office", "2026-03-28T22:00+00:00", "4 hours") == [
        "Sat 23:00 +0100 to Sun 04:00 +0200",
    ]
    assert intervals("office", "2026-03-28T11:00+01:00", "1 week") == [
        "Sat 11:00 +0100 to Sat 11:00 +0200",
    ]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("1 hour", "1 hour"),
        ("4 hours", "4 hours"),
        ("1 business hour", "1 business hour"),
        ("12 Business  Hours", "12 business hours"),
        (" 1 business days ", "1 business day"),
        ("5 business days", "5 business days"),
        ("1 week", "1 week"),
        ("9999 weeks", "9999 weeks"),
    ],
)
def test_a_time_is_read_and_written_back(text: str, written: str) -> None:
    assert str(Duration.parse(text)) == written
    assert Duration.parse(written) == Duration.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "day",
        "0 hours",
        "-1 hours",
        "1.5 hours",
        "01 hours",
        "10000 hours",
        "1 day",
        "2 business weeks",
        "1 business",
        "1 hour later",
        "٣ hours",
    ],
)
def test_another_time_is_refused_with_what_can_be_written(text: str) -> None:
    with pytest.raises(BadInput, match="is not a time; write N hours, N business hours"):
        Duration.parse(text)


def test_a_start_without_a_zone_is_refused() -> None:
    with pytest.raises(BadInput, match="has no time zone; add one"):
        due(datetime(2026, 1, 5), Duration.parse("1 hour"), CALENDARS["office"])  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize("length", ["1 hour", "1 week", "1 business hour", "1 business day"])
def test_the_end_of_the_calendar_is_refused(length: str) -> None:
    last = datetime.max.replace(tzinfo=UTC)
    with pytest.raises(BadInput, match="outside the years 1 to 9999"):
        due(last, Duration.parse(length), CALENDARS["office"])


@pytest.mark.parametrize("length", ["1 business hour", "1 business day"])
def test_a_calendar_without_a_working_day_is_refused(length: str) -> None:
    never = Calendar("never", BERLIN, {})
    start = datetime(2026, 1, 5, tzinfo=UTC)
    with pytest.raises(BadInput, match="calendar never has no working day in the 400 days"):
        due(start, Duration.parse(length), never)


@pytest.mark.parametrize(("closed_days", "answered"), [(399, True), (400, False)])
def test_a_calendar_may_be_closed_for_less_than_400_days(closed_days: int, answered: bool) -> None:
    first = date(2026, 1, 5)
    closed = frozenset(first + timedelta(days=number) for number in range(closed_days))
    long_closed = Calendar("closure", BERLIN, dict.fromkeys(range(7), OFFICE_DAY), closed=closed)
    start = datetime(2026, 1, 5, 8, tzinfo=UTC)
    if answered:
        found = due(start, Duration.parse("1 business hour"), long_closed)
        assert found.at.isoformat() == "2027-02-08T10:00:00+01:00"
    else:
        with pytest.raises(BadInput, match="no working day"):
            due(start, Duration.parse("1 business hour"), long_closed)
