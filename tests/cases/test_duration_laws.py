"""Laws of business time that hold for every calendar (R-8, R-9)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cases.calendar import Calendar, Hours
from cases.duration import Duration, Unit, due
from cases.reckoning import Pause, reckon

ZONES = ["Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "UTC"]
UNITS: list[Unit] = ["hour", "business hour", "business day", "week"]
QUARTERS = [time(minute // 60, minute % 60) for minute in range(0, 24 * 60, 15)]
ENOUGH = settings(max_examples=200, deadline=None)


BUSINESS: list[Unit] = ["business hour", "business day"]


@st.composite
def hours(draw: st.DrawFn, quarters: Sequence[time] = QUARTERS) -> Hours:
    edges = sorted(draw(st.sets(st.sampled_from(quarters), min_size=2, max_size=6)))
    return tuple(zip(edges[0::2], edges[1::2], strict=False))


def dates() -> st.SearchStrategy[date]:
    return st.dates(date(2026, 1, 1), date(2026, 12, 31))


def calendars(of_a_week: st.SearchStrategy[dict[int, Hours]]) -> st.SearchStrategy[Calendar]:
    closed = st.frozensets(dates(), max_size=8)
    zone = st.sampled_from(ZONES).map(ZoneInfo)
    return st.builds(Calendar, st.just("any"), zone, of_a_week, closed, closed)


UNLIKE = calendars(st.dictionaries(st.integers(0, 6), hours(), min_size=1))
ALIKE = calendars(
    st.builds(dict.fromkeys, st.sets(st.integers(0, 6), min_size=1), hours()),
)
BY_DAY = calendars(
    st.builds(dict.fromkeys, st.sets(st.integers(0, 6), min_size=1), hours(QUARTERS[5 * 4 :])),
)
PAUSES = st.lists(st.tuples(st.integers(0, 6000), st.integers(0, 6000)), max_size=3)
# Any moment of the year, and more often the weeks in which clocks change.
STARTS = st.one_of(
    st.integers(0, 364 * 24 * 60),
    st.integers(59 * 24 * 60, 95 * 24 * 60),
    st.integers(265 * 24 * 60, 310 * 24 * 60),
).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))
AMOUNTS = st.integers(1, 40)


def utc(moments: tuple[datetime, datetime]) -> tuple[datetime, datetime]:
    return moments[0].astimezone(UTC), moments[1].astimezone(UTC)


@ENOUGH
@given(UNLIKE, STARTS, STARTS, AMOUNTS, st.sampled_from(UNITS))
def test_a_later_start_is_never_due_earlier(
    calendar: Calendar, one: datetime, other: datetime, amount: int, unit: Unit
) -> None:
    early, late = sorted((one, other))
    time_given = Duration(amount, unit)
    first, second = (due(start, time_given, calendar).at.astimezone(UTC) for start in (early, late))
    if _wall(early, calendar) <= _wall(late, calendar) or "hour" in unit:
        assert first <= second
    else:
        # The clock went back between the two: the later start comes earlier by the wall clock,
        # which days and weeks keep, so it may be due earlier; by less than the clock went back.
        assert first - second < _went_back(early, late, calendar)


def _wall(at: datetime, calendar: Calendar) -> datetime:
    return at.astimezone(calendar.timezone).replace(tzinfo=None)


def _went_back(early: datetime, late: datetime, calendar: Calendar) -> timedelta:
    return (late - early) - (_wall(late, calendar) - _wall(early, calendar))


@ENOUGH
@given(UNLIKE, STARTS, AMOUNTS, st.sampled_from(UNITS))
def test_the_due_moment_comes_after_the_start(
    calendar: Calendar, start: datetime, amount: int, unit: Unit
) -> None:
    assert due(start, Duration(amount, unit), calendar).at.astimezone(UTC) > start


@ENOUGH
@given(UNLIKE, STARTS, AMOUNTS, st.sampled_from(["business hour", "business day"]))
def test_business_time_is_due_in_open_time_or_at_a_closing(
    calendar: Calendar, start: datetime, amount: int, unit: Unit
) -> None:
    at = due(start, Duration(amount, unit), calendar).at
    today = at.date()
    spans = calendar.open_on(today - timedelta(days=1)) + calendar.open_on(today)
    assert any(begin <= at.astimezone(UTC) <= end for begin, end in spans)


@ENOUGH
@given(UNLIKE, STARTS, AMOUNTS)
def test_the_intervals_of_business_hours_sum_up(
    calendar: Calendar, start: datetime, amount: int
) -> None:
    found = due(start, Duration(amount, "business hour"), calendar)
    spans = [utc(span) for span in found.intervals]
    assert sum((end - begin for begin, end in spans), timedelta()) == timedelta(hours=amount)
    assert spans[-1][1] == found.at.astimezone(UTC)


@ENOUGH
@given(UNLIKE, STARTS, AMOUNTS, st.sampled_from(UNITS))
def test_the_intervals_are_in_order_between_start_and_due(
    calendar: Calendar, start: datetime, amount: int, unit: Unit
) -> None:
    found = due(start, Duration(amount, unit), calendar)
    edges = [edge for span in found.intervals for edge in utc(span)]
    assert edges == sorted(edges)
    assert start <= edges[0]
    assert edges[-1] <= found.at.astimezone(UTC)
    assert all(begin < end for begin, end in map(utc, found.intervals))


@ENOUGH
@given(UNLIKE, STARTS, AMOUNTS, AMOUNTS)
def test_business_hours_add_up(calendar: Calendar, start: datetime, some: int, more: int) -> None:
    halfway = due(start, Duration(some, "business hour"), calendar).at
    then = due(halfway, Duration(more, "business hour"), calendar).at
    assert then == due(start, Duration(some + more, "business hour"), calendar).at


@ENOUGH
@given(ALIKE, STARTS, AMOUNTS, AMOUNTS)
def test_business_days_add_up_where_the_days_are_alike(
    calendar: Calendar, start: datetime, some: int, more: int
) -> None:
    whole = due(start, Duration(some + more, "business day"), calendar).at
    halfway = due(start, Duration(some, "business day"), calendar).at
    # A day on which the clock changes may be unlike the others at night.
    assume(halfway.time() == whole.time())
    assert due(halfway, Duration(more, "business day"), calendar).at == whole


@ENOUGH
@given(BY_DAY, STARTS, AMOUNTS, AMOUNTS)
def test_business_days_add_up_by_day(
    calendar: Calendar, start: datetime, some: int, more: int
) -> None:
    """In hours in which no clock of these zones changes: always."""
    whole = due(start, Duration(some + more, "business day"), calendar).at
    halfway = due(start, Duration(some, "business day"), calendar).at
    assert due(halfway, Duration(more, "business day"), calendar).at == whole


@ENOUGH
@given(UNLIKE, STARTS, AMOUNTS, st.sampled_from(BUSINESS), PAUSES)
def test_a_clock_with_pauses_is_never_due_in_closed_time(
    calendar: Calendar, start: datetime, amount: int, unit: Unit, breaks: list[tuple[int, int]]
) -> None:
    taken = [
        Pause(start + timedelta(minutes=after), start + timedelta(minutes=after + long), "asked")
        for after, long in breaks
    ]
    at = reckon(start, Duration(amount, unit), calendar, taken).at.astimezone(UTC)
    today = at.astimezone(calendar.timezone).date()
    spans = calendar.open_on(today - timedelta(days=1)) + calendar.open_on(today)
    assert any(begin <= at <= end for begin, end in spans)
