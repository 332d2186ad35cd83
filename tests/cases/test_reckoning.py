"""Clocks with pauses: the way from start to due, every interval of it told (R-9, R-12)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.calendar import Calendar
from cases.duration import Duration, due
from cases.reckoning import Pause, before, reckon

BERLIN = ZoneInfo("Europe/Berlin")
SHOP = Calendar(
    "shop",
    BERLIN,
    dict.fromkeys(range(5), ((time(9), time(12)), (time(13), time(17, 30)))),
    closed=frozenset({date(2026, 5, 1), date(2026, 5, 5)}),
    names={date(2026, 5, 1): "Labour Day"},
)
TIMES = ("4 hours", "12 hours", "3 business hours", "1 business day", "5 business days", "4 weeks")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def told(start: str, time: str, *pauses: tuple[str, str, str]) -> list[str]:
    given = [Pause(at(begin), at(end), reason) for begin, end, reason in pauses]
    way = reckon(at(start), Duration.parse(time), SHOP, given)
    return [f"{i.begin:%d %H:%M} {i.end:%d %H:%M} {i.skipped}".strip() for i in way.intervals]


def test_every_counted_and_every_skipped_interval_is_told() -> None:
    assert told(
        "2026-04-30T16:00", "8 business hours", ("2026-05-04T09:00", "2026-05-04T11:00", "asked")
    ) == [
        "30 16:00 30 17:30",
        "30 17:30 01 00:00 outside the hours",
        "01 00:00 02 00:00 Labour Day",
        "02 00:00 03 00:00 no working day",
        "03 00:00 04 00:00 no working day",
        "04 00:00 04 09:00 outside the hours",
        "04 09:00 04 11:00 asked",
        "04 11:00 04 12:00",
        "04 12:00 04 13:00 outside the hours",
        "04 13:00 04 17:30",
        "04 17:30 05 00:00 outside the hours",
        "05 00:00 06 00:00 closed",
        "06 00:00 06 09:00 outside the hours",
        "06 09:00 06 10:00",
    ]


@pytest.mark.parametrize(
    ("time", "pause", "due_at"),
    [
        ("12 hours", ("2026-04-29T12:00", "2026-04-29T15:00"), "2026-04-30T01:00"),
        ("12 hours", ("2026-04-29T23:00", "2026-04-30T23:00"), "2026-04-29T22:00"),  # too late
        ("12 hours", ("2026-04-28T12:00", "2026-04-29T11:00"), "2026-04-29T23:00"),  # before it
        ("1 business day", ("2026-04-29T12:00", "2026-04-29T13:00"), "2026-04-30T10:00"),  # lunch
        ("1 business day", ("2026-04-29T11:00", "2026-04-29T15:00"), "2026-04-30T14:00"),
        ("1 business day", ("2026-04-29T20:00", "2026-04-30T08:00"), "2026-04-30T10:00"),  # night
        ("4 weeks", ("2026-05-04T10:00", "2026-05-06T10:00"), "2026-05-29T10:00"),
    ],
)
def test_what_a_pause_takes_is_given_back(time: str, pause: tuple[str, str], due_at: str) -> None:
    asked = Pause(at(pause[0]), at(pause[1]), "asked")
    found = reckon(at("2026-04-29T10:00"), Duration.parse(time), SHOP, [asked])
    assert found.at == at(due_at)


def test_no_moment_is_paused_twice() -> None:
    twice = [Pause(at("2026-04-29T12:00"), at("2026-04-29T14:00"), "a")] * 2
    once = reckon(at("2026-04-29T10:00"), Duration.parse("12 hours"), SHOP, twice[:1])
    assert reckon(at("2026-04-29T10:00"), Duration.parse("12 hours"), SHOP, twice) == once


def test_working_days_before() -> None:
    assert before(at("2026-05-06T10:00"), 3, SHOP) == at("2026-04-29T10:00")


minutes = st.integers(min_value=0, max_value=6000).map(lambda count: timedelta(minutes=count))
starts = st.integers(min_value=0, max_value=500_000).map(
    lambda count: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=count)
)


@settings(max_examples=150, deadline=None)
@given(starts, st.sampled_from(TIMES), st.lists(st.tuples(minutes, minutes), max_size=4))
def test_laws(start: datetime, time: str, asked: list[tuple[timedelta, timedelta]]) -> None:
    duration = Duration.parse(time)
    given_pauses = [Pause(start + a, start + a + length, "asked") for a, length in asked]
    plain, found = due(start, duration, SHOP), reckon(start, duration, SHOP, given_pauses)
    # A pause never makes it earlier; without one it is what it was.
    assert found.at >= plain.at
    assert reckon(start, duration, SHOP).at == plain.at
    # The way has no holes and no overlap, and what counted is what was promised.
    ways = found.intervals
    assert (ways[0].begin, ways[-1].end) == (start, found.at)
    assert all(one.end == two.begin for one, two in pairwise(ways))
    counted = [one for one in ways if not one.skipped]
    spent = sum((i.end.astimezone(UTC) - i.begin.astimezone(UTC) for i in counted), timedelta())
    if duration.unit in ("hour", "business hour"):
        assert spent == timedelta(hours=duration.amount)
    shares = [found.share(percent) for percent in (0, 25, 50, 100)]
    assert shares == sorted(shares)
    assert shares[-1] <= found.at
