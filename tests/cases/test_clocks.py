"""R-1: the acknowledgment is due one business day after arrival."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from cases.calendar import Calendar
from cases.clocks import CLOCKS, start
from cases.duration import Duration
from cases.errors import NotFound

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
    assert str(Duration.parse(clock.time)) == clock.time


def test_an_unknown_clock_is_refused() -> None:
    arrived = datetime.fromisoformat("2026-04-29T10:00+02:00")
    with pytest.raises(NotFound, match="no clock tea; clocks are: acknowledgment"):
        start("tea", arrived, OFFICE)
