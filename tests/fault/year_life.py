"""The promises of one case, as rules.md has them: worked out from what happened.

Due times and warnings are counted by `cases/`, which tests/cases/due_times.toml holds to the
definition; which promises run, pause, end and are told of, and when, is judged here anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from cases.calendar import Calendar
from cases.clocks import end_of
from tests.fault.year_promise import Promise

Calendars = Callable[[str, datetime], Calendar]  # by name, around a moment

# how long, and when it warns.
_TIMES: Final = {
    "acknowledgment": ("1 business day", ("50 %", "80 %")),
    "containment": ("4 hours", ("50 %", "80 %")),
    "proposal": ("12 hours", ("8 hours",)),
    "measures": ("5 business days", ("50 %", "80 %")),
    "results": ("4 weeks", ("50 %", "80 %")),
    "analysis": ("2 business days", ("50 %", "80 %")),
    "answer": ("1 business day", ("50 %", "80 %")),
    "promised_date": ("", ("3 business days before",)),
}
_OF_MEASURES: Final = ("3 business days before", "1 business day before")
_PAUSES: Final = ("proposal", "results", "analysis")
_STOPPED_BY: Final = {
    "solution_proposal": "proposal",
    "measures_confirmation": "measures",
    "results": "results",
    "analysis": "analysis",
    "shipped": "promised_date",
}
_RUNS: Final = ("started", "paused")


@dataclass
class Life:
    """A case as its promises see it."""

    calendars: Calendars
    customer: dict[str, str] = field(default_factory=dict)  # the customer's terms
    own: dict[str, str] = field(default_factory=dict)  # the case's
    promises: list[Promise] = field(default_factory=list)
    written: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)
    contained: bool = False
    told_containment: bool = False
    measures: list[Promise] = field(default_factory=list)

    def look(self, sweeps: Sequence[datetime], until: datetime) -> None:
        """What was told by the sweeps before `until`."""
        for one in (*self.promises, *self.measures):
            one.look(sweeps, until)

    def running(self, *names: str) -> list[Promise]:
        return [p for p in self.promises if p.state in _RUNS and (not names or p.name in names)]

    def start(self, name: str, started: datetime, at: datetime) -> Promise:
        calendar = self.calendar(started)
        time, warns = self.times(name)
        one = Promise(name, started, at, calendar, time, warns, started)
        if time:
            one.due = one.plan(at).due
        self.promises.append(one)
        return one

    def start_once(self, name: str, at: datetime) -> None:
        if not self.running(name):
            self.start(name, at, at)

    def begin(self, arrived: datetime, at: datetime) -> None:
        """R-1, R-2, R-3: from the arrival, whenever it was registered."""
        for name in ("acknowledgment", "proposal", "containment"):
            self.start(name, arrived, at)

    def term(self, name: str, usual: str) -> str:
        """R-11: the case's own terms win over the customer's."""
        return self.own.get(name, self.customer.get(name, usual))

    def calendar(self, at: datetime) -> Calendar:
        return self.calendars(self.term("calendar", "default"), at)

    def times(self, name: str) -> tuple[str, tuple[str, ...]]:
        time, warns = _TIMES[name]
        found = self.term(f"{name}.warns", ", ".join(warns))
        return self.term(f"{name}.time", time), tuple(found.split(", "))

    def reckon(self, at: datetime) -> None:
        """R-11: other terms or another calendar hold, also for what runs; a passed limit stays."""
        for one in self.running():
            if one.breached or (one.state == "started" and at > one.due):
                continue
            one.time, one.warns = self.times(one.name)
            one.calendar = self.calendar(one.started)
            if one.day:
                one.due = end_of(one.day, one.calendar)
            one.reckon(at)

    def other_calendars(self, at: datetime) -> None:
        """R-8: the days of the calendars are others than they were."""
        for one in (*self.promises, *self.measures):
            one.calendar = self.calendars(one.calendar.name, one.started)
        for measure in self.measures:
            if measure.day and measure.state == "started" and not measure.breached:
                measure.due = end_of(measure.day, measure.calendar)
                measure.reckon(at)
        self.reckon(at)

    def stop(self, name: str, at: datetime) -> None:
        for one in self.running(name):
            one.end("stopped", at)

    def cancel(self, at: datetime, by: str, *names: str) -> None:
        for one in self.running(*names):
            one.end("cancelled", at, by)

    def decided(self, at: datetime) -> None:
        """The customer decided, and the case ended."""
        self.resume(at, at)
        self.cancel(at, "decided")

    def begin_anew(self, other: Life, at: datetime) -> None:
        """R-28: fresh clocks in a new case."""
        self.decided(at)
        other.begin(at, at)

    def mail(self, arrived: datetime, at: datetime) -> None:
        """R-12: the time he had is given back. R-14: his mail is to be answered."""
        self.resume(arrived, at)
        self.start("answer", arrived, at)

    def resume(self, wrote: datetime, at: datetime) -> None:
        for one in self.running():
            if one.state == "paused":
                one.end_pause(wrote)
                one.state = "started"
                one.change(at)

    def letter(self, at: datetime) -> None:
        """The oldest letter that was written left."""
        written_at, about = self.written.pop(0)
        template, facts = about["template"], about["facts"]
        if name := _STOPPED_BY.get(template):
            self.stop(name, at)
        if template == "containment":
            self.told_containment = True
            self._contained(at)
        if template == "measures_confirmation":
            self.start_once("results", at)
        for one in self.running("answer"):
            if one.started <= written_at:
                one.end("stopped", at)
        if day := facts.get("promised_date"):
            self._promise(date.fromisoformat(day), at)
        if template == "information_request":
            self._pause(at)

    def _promise(self, day: date, at: datetime) -> None:
        """R-15: moved by a letter; but a missed date stays missed, and the new one is new."""
        due = end_of(day, self.calendar(at))
        for one in self.running("promised_date"):
            if one.breached or one.due < at:
                one.breached = one.breached or one.due
                one.end("cancelled", at)
            else:
                one.day, one.due, one.since, one.warned = day, due, at, 0
        if not self.running("promised_date"):
            new = self.start("promised_date", at, at)
            new.day, new.due = day, due

    def _pause(self, at: datetime) -> None:
        for one in self.running(*_PAUSES):
            warns = one.plan(at).warns
            late = one.name == "proposal" and warns and at >= warns[0]
            if one.state == "started" and not late:
                one.pauses.append([at, None])
                one.state = "paused"

    def contain(self, at: datetime) -> None:
        self.contained = True
        self._contained(at)

    def _contained(self, at: datetime) -> None:
        if self.contained and self.told_containment:
            self.stop("containment", at)

    def agree(self, day: date, at: datetime) -> None:
        """R-4 counts from the last measure. R-26: it is due as a promised date is."""
        calendar = self.calendars("default", at)
        due = end_of(day, calendar)
        new = Promise("measure", at, at, calendar, "", _OF_MEASURES, due, day=day)
        # What would have warned before was told with it.
        new.warned = sum(one <= at for one in new.plan(at).warns)
        self.measures.append(new)
        self.cancel(at, "not the last", "measures")

    def done(self, at: datetime) -> None:
        todo = [one for one in self.measures if one.state == "started"]
        if todo:
            todo[0].end("stopped", at)
            if len(todo) == 1:
                self.start("measures", at, at)

    def told(self, name: str, at: datetime) -> None:
        """R-7: a recorded act."""
        if self.running(name):
            self.stop(name, at)
            if name == "measures":
                self.start_once("results", at)

    def go_on_in(self, other: Life, at: datetime) -> None:
        """R-7: a merged case keeps the earliest start; nobody is told twice."""
        for mine in self.running():
            for theirs in other.running(mine.name):
                own = mine.name in ("answer", "promised_date")
                if own or mine.started >= theirs.started:
                    continue
                theirs.started, theirs.calendar = mine.started, mine.calendar
                theirs.time, theirs.warns = mine.time, mine.warns
                theirs.pauses += [[begin, end or at] for begin, end in mine.pauses]
                theirs.warned = max(theirs.warned, mine.warned)
                theirs.breached = theirs.breached or mine.breached
                theirs.change(at)
        self.cancel(at, "merged")

    def come_back(self, at: datetime) -> None:
        """The merge is undone: what it called off runs on."""
        for one in self.promises:
            if one.state == "cancelled" and one.ended_by == "merged":
                one.state, one.ended, one.ended_by = "started", None, ""
                one.change(at)
        self.reckon(at)  # terms may have changed in between
