"""The table of clocks (R-1 to R-15): when each is due, and when it warns."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from cases.calendar import Calendar
from cases.clocks import CLOCKS, check_warn, plan, promised, start
from cases.duration import Duration
from cases.errors import BadInput, NotFound
from cases.reckoning import Pause

OFFICE = Calendar(
    "office",
    ZoneInfo("Europe/Berlin"),
    dict.fromkeys(range(5), ((time(9), time(17, 30)),)),
    closed=frozenset({date(2026, 5, 1)}),
)


@pytest.mark.parametrize(
    ("arrived", "at"),
    [
        ("2026-04-29T10:00+02:00", "2026-04-30T10:00+02:00"),
        ("2026-04-30T10:00+02:00", "2026-05-04T10:00+02:00"),  # Labour Day, then a weekend
        ("2026-05-02T03:00+02:00", "2026-05-05T09:00+02:00"),
    ],
)
def test_the_acknowledgment_is_due_after_one_business_day(arrived: str, at: str) -> None:
    found = start("acknowledgment", datetime.fromisoformat(arrived), OFFICE)
    assert found.at.isoformat(timespec="minutes") == at


@pytest.mark.parametrize("name", CLOCKS)
def test_every_clock_has_a_name_a_rule_and_a_time(name: str) -> None:
    clock = CLOCKS[name]
    assert clock.name == name
    assert clock.rule.startswith("R-")
    assert clock.fixed or str(Duration.parse(clock.time)) == clock.time
    assert [check_warn(one) for one in clock.warns] == list(clock.warns)


def test_an_unknown_clock_is_refused() -> None:
    arrived = datetime.fromisoformat("2026-04-29T10:00+02:00")
    with pytest.raises(NotFound, match="no clock tea; clocks are: acknowledgment"):
        start("tea", arrived, OFFICE)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+02:00")


def told(name: str, started: str, *pauses: Pause, warns: tuple[str, ...] = ()) -> list[str]:
    """The warnings and the limit, as a reader would note them."""
    clock = CLOCKS[name]
    found = plan(clock.time, warns or clock.warns, at(started), OFFICE, pauses)
    return [one.strftime("%d %H:%M") for one in (*found.warns, found.due)]


def test_warnings_come_at_shares_of_the_time() -> None:
    # 8.5 open hours from Wednesday 10:00: half of them are used up at 14:15.
    assert told("acknowledgment", "2026-04-29T10:00") == ["29 14:15", "29 16:48", "30 10:00"]
    assert told("containment", "2026-04-29T23:00") == ["30 01:00", "30 02:12", "30 03:00"]


def test_a_proposal_warns_at_eight_hours_and_is_due_at_twelve() -> None:
    assert told("proposal", "2026-04-29T10:00") == ["29 18:00", "29 22:00"]


def test_a_pause_moves_warning_and_limit() -> None:
    asked = Pause(at("2026-04-29T12:00"), at("2026-04-29T15:00"), "a question is open")
    assert told("proposal", "2026-04-29T10:00", asked) == ["29 21:00", "30 01:00"]


def test_a_promised_date_warns_working_days_before() -> None:
    limit = at("2026-05-05T17:30")
    found = promised(limit, CLOCKS["promised_date"].warns, at("2026-04-20T10:00"), OFFICE)
    assert [one.strftime("%d.%m. %H:%M") for one in found.warns] == ["29.04. 17:30"]  # 1 May closed


def test_a_date_promised_for_soon_warns_at_once() -> None:
    started = at("2026-05-04T10:00")
    found = promised(at("2026-05-05T17:30"), CLOCKS["promised_date"].warns, started, OFFICE)
    assert found.warns == (started,)


def test_a_warning_at_or_after_the_limit_is_none() -> None:
    assert told("containment", "2026-04-29T10:00", warns=("9 hours", "4 hours")) == ["29 14:00"]


def test_what_strikes_next() -> None:
    found = plan("4 hours", ("50 %", "80 %"), at("2026-04-29T10:00"), OFFICE)
    nexts = [found.strikes(count, breached=False) for count in range(4)]
    assert nexts == [*found.warns, found.due, found.due]
    assert found.strikes(2, breached=True) is None


@pytest.mark.parametrize("text", ["", "soon", "0 %", "100 %", "-1 hours", "3 days before"])
def test_what_is_no_warning_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="does not say when to warn"):
        check_warn(text)
