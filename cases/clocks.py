"""The promises that run against time, as one table (R-1 to R-6, R-14, R-15)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from cases.calendar import Calendar
from cases.duration import Due, Duration, due
from cases.errors import BadInput, NotFound
from cases.reckoning import Pause, Reckoning, before, reckon

# What happens when a clock starts.
Start = Literal[
    "registered",
    "registered_complaint",  # with the containment question: concerned, until somebody says no
    "analysis_requested",
    "measures_done",
    "measures_confirmed",
    "mail_to_answer",
    "date_promised",
]
# "letter": the SMTP server accepted, for the case's contact, a letter whose template names the
# clock in its front matter (`stops = ["acknowledgment"]`). An act is recorded with who told whom,
# when and how. A status alone never stops anything.
Stop = Literal["letter", "act"]


@dataclass(frozen=True)
class ClockRule:
    """One clock: which promise it keeps, from when, for how long, and what stops it.

    `warns`: when the manager is told before the limit: "50 %" of the time used up, "8 hours" after
    the start (counted as the clock counts), or "3 business days before" the limit. `pauses`:
    whether it stands still while the customer owes an answer (R-12); `asked_in_time`: only if he
    was asked before the first warning. `fixed`: the limit is a promised date and no time.
    """

    name: str
    rule: str
    time: str
    starts: Start
    stops: tuple[Stop, ...] = ("letter", "act")
    warns: tuple[str, ...] = ("50 %", "80 %")
    pauses: bool = False
    asked_in_time: bool = False
    fixed: bool = False


CLOCKS: Mapping[str, ClockRule] = {
    clock.name: clock
    for clock in (
        ClockRule("acknowledgment", "R-1", "1 business day", "registered"),
        ClockRule("containment", "R-2", "4 hours", "registered_complaint"),
        ClockRule(
            "proposal",
            "R-3",
            "12 hours",
            "registered",
            warns=("8 hours",),
            pauses=True,
            asked_in_time=True,
        ),
        ClockRule("measures", "R-4", "5 business days", "measures_done"),
        ClockRule("results", "R-5", "4 weeks", "measures_confirmed", pauses=True),
        ClockRule("analysis", "R-6", "2 business days", "analysis_requested", pauses=True),
        ClockRule("answer", "R-14", "1 business day", "mail_to_answer"),
        ClockRule(
            "promised_date",
            "R-15",
            "",
            "date_promised",
            warns=("3 business days before",),
            fixed=True,
        ),
    )
}

# who is expedited is warned earlier. A share that is not here comes ten hundredths earlier.
EARLIER: Mapping[str, str] = {
    "50 %": "40 %",
    "80 %": "70 %",
    "8 hours": "6 hours",
    "3 business days before": "5 business days before",
}
_LONGEST_CLOSURE = 60
_PERCENT = re.compile(r"([1-9][0-9]?)\s*%")
_BEFORE = re.compile(r"([1-9][0-9]?)\s+business\s+days?\s+before")


@dataclass(frozen=True)
class Plan:
    """When a clock is due and warns. Without `way` the limit is a promised date."""

    due: datetime
    warns: tuple[datetime, ...]
    way: Reckoning | None

    def strikes(self, told: int, *, breached: bool) -> datetime | None:
        """What comes next after so many warnings were told: a warning, the limit, or nothing."""
        if told < len(self.warns):
            return self.warns[told]
        return None if breached else self.due


def rule(name: str) -> ClockRule:
    """The clock of this name; NotFound."""
    if name not in CLOCKS:
        raise NotFound(f"there is no clock {name}", mend=f"clocks are: {', '.join(CLOCKS)}")
    return CLOCKS[name]


def plan(
    time: str,
    warns: Iterable[str],
    started: datetime,
    calendar: Calendar,
    pauses: Iterable[Pause] = (),
) -> Plan:
    """Reckon a clock that runs for `time` from `started` (aware). BadInput for what is no time."""
    given = tuple(pauses)
    way = reckon(started, Duration.parse(time), calendar, given)
    found = (_warn(one, started, calendar, given, way) for one in warns)
    return Plan(way.at, tuple(sorted(at for at in found if at < way.at)), way)


def promised(at: datetime, warns: Iterable[str], started: datetime, calendar: Calendar) -> Plan:
    """A clock whose limit is a promised moment (R-15); what would warn too early warns at once."""
    days = (found for one in warns if (found := _BEFORE.fullmatch(one.strip())))
    moments = (max(before(at, int(found[1]), calendar), started) for found in days)
    return Plan(at, tuple(sorted(one for one in moments if one < at)), None)


def earlier(warns: Iterable[str]) -> tuple[str, ...]:
    """When an expedited case warns (R-32): a share earlier, as EARLIER says."""
    return tuple(EARLIER.get(one, _ten_less(one)) for one in warns)


def _ten_less(text: str) -> str:
    percent = _PERCENT.fullmatch(text)
    return f"{int(percent[1]) - 10} %" if percent and int(percent[1]) > 10 else text


def check_warn(text: str) -> str:
    """`text` if it says when to warn; BadInput with what can be written."""
    if not (_PERCENT.fullmatch(text.strip()) or _BEFORE.fullmatch(text.strip())):
        try:
            Duration.parse(text)
        except BadInput as error:
            raise BadInput(
                f"{text!r} does not say when to warn",
                mend='write "50 %", "8 hours" or "3 business days before"',
            ) from error
    return text


def _warn(
    text: str, started: datetime, calendar: Calendar, pauses: tuple[Pause, ...], way: Reckoning
) -> datetime:
    if percent := _PERCENT.fullmatch(text.strip()):
        return way.share(int(percent[1]))
    if days := _BEFORE.fullmatch(text.strip()):
        return max(before(way.at, int(days[1]), calendar), started)
    return reckon(started, Duration.parse(text), calendar, pauses).at


def started_by(cause: Start) -> tuple[str, ...]:
    """The clocks that this starts."""
    return tuple(clock.name for clock in CLOCKS.values() if clock.starts == cause)


def end_of(day: date, calendar: Calendar) -> datetime:
    """The last open moment of a promised day; of a closed day, the last one before it (R-9)."""
    for back in range(_LONGEST_CLOSURE):
        if spans := calendar.open_on(day - timedelta(days=back)):
            return spans[-1][1].astimezone(calendar.timezone)
    raise BadInput(f"calendar {calendar.name} has no working day before {day}")


def start(name: str, arrived: datetime, calendar: Calendar) -> Due:
    """Return when the clock `name`, started by a mail that `arrived` (aware), is due."""
    return due(arrived, Duration.parse(rule(name).time), calendar)
