"""The promises that run against time, as one table (R-1 to R-15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cases.calendar import Calendar
from cases.duration import Due, Duration, due
from cases.errors import NotFound


@dataclass(frozen=True)
class ClockRule:
    """One clock: which promise it keeps, from when, for how long, and what stops it.

    `stops` "letter": the SMTP server accepted, for the case's contact, a letter whose template
    names this clock in its front matter (`stops = ["acknowledgment"]`). A status never does (R-7).
    """

    name: str
    rule: str
    time: str
    starts: Literal["arrival"]
    stops: Literal["letter"]


CLOCKS: Mapping[str, ClockRule] = {
    clock.name: clock
    for clock in (
        ClockRule(
            "acknowledgment", rule="R-1", time="1 business day", starts="arrival", stops="letter"
        ),
    )
}


def start(name: str, arrived: datetime, calendar: Calendar) -> Due:
    """Return when the clock `name`, started by a mail that `arrived` (aware), is due."""
    if name not in CLOCKS:
        raise NotFound(f"there is no clock {name}", mend=f"clocks are: {', '.join(CLOCKS)}")
    return due(arrived, Duration.parse(CLOCKS[name].time), calendar)
