"""The promises of one case, as rules.md has them: worked out from what happened.

Due times and warnings are counted by `cases/`, which tests/cases/due_times.toml holds to the
definition; which promises run, pause, end and are told of, and when, is judged here anew.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from cases.calendar import Calendar
from cases.clocks import Plan, end_of, plan, promised
from cases.reckoning import Pause

Lives = dict[str, "Life"]
Calendars = Callable[[datetime], Calendar]

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
class Promise:
    """One promise of a case. `since`: when it was last begun, resumed or changed."""

    name: str
    started: datetime
    since: datetime
    calendar: Calendar
    time: str
    warns: tuple[str, ...]
    due: datetime
    state: str = "started"
    pauses: list[list[datetime | None]] = field(default_factory=list)
    ended: datetime | None = None
    ended_by: str = ""
    breached: datetime | None = None
    warned: int = 0
    tellings: list[tuple[str, datetime]] = field(default_factory=list)
    known: set[tuple[str, datetime]] = field(default_factory=set)

    def plan(self, now: datetime) -> Plan:
        """What is due and warned of, with the pauses; an open one ends now."""
        if not self.time:
            return promised(self.due, self.warns, self.started, self.calendar)
        given = [Pause(begin, end or now, "asked") for begin, end in self.pauses if begin]
        return plan(self.time, self.warns, self.started, self.calendar, given)

    def change(self, at: datetime) -> None:
        """It runs from here as it is now planned."""
        self.due, self.since = self.plan(at).due, at

    def end_pause(self, at: datetime) -> None:
        for one in self.pauses:
            if one[1] is None and one[0] is not None:
                one[1] = max(at, one[0])

    def end(self, state: str, at: datetime, by: str = "") -> None:
        """Kept (late is late) or called off."""
        if state == "stopped" and self.state == "started" and at > self.due:
            self.breached = self.breached or self.due
        self.end_pause(at)
        self.state, self.ended, self.ended_by = state, at, by

    def look(self, sweeps: Sequence[datetime], until: datetime) -> None:
        """R-10: what is told by the sweeps before `until`."""
        while self.state == "started":
            found = self.plan(self.since)
            if self.warned < len(found.warns):
                comes = found.warns[self.warned]
            elif self.breached is None:
                comes = found.due
            else:
                return
            place = bisect_left(sweeps, max(comes, self.since))
            if place == len(sweeps) or sweeps[place] >= until:
                return
            now = sweeps[place]
            if now >= found.due:
                self._tell("limit", now)
                self.breached, self.warned = found.due, len(found.warns)
            else:
                self.warned = sum(at <= now for at in found.warns)
                self._tell(str(self.warned), now)

    def _tell(self, which: str, at: datetime) -> None:
        """R-10: nobody is told the same thing twice; another promised date is another thing."""
        about = (which, self.due if self.name == "promised_date" else self.started)
        if about not in self.known:
            self.known.add(about)
            self.tellings.append((which, at))


@dataclass
class Life:
    """A case as its promises see it."""

    calendars: Calendars
    promises: list[Promise] = field(default_factory=list)
    written: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)
    contained: bool = False
    told_containment: bool = False
    measures: list[bool] = field(default_factory=list)  # done?
    times: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=lambda: dict(_TIMES))

    def running(self, *names: str) -> list[Promise]:
        return [p for p in self.promises if p.state in _RUNS and (not names or p.name in names)]

    def start(self, name: str, started: datetime, at: datetime) -> Promise:
        calendar = self.calendars(started)
        time, warns = self.times[name]
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

    def agree_on(self, name: str, time: str, warns: tuple[str, ...], at: datetime) -> None:
        """R-11: other terms hold from here, also for what runs already."""
        self.times[name] = (time, warns)
        for one in self.running(name):
            one.time, one.warns = time, warns
            one.change(at)

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
        due = end_of(day, self.calendars(at))
        for one in self.running("promised_date"):
            if one.breached or one.due < at:
                one.breached = one.breached or one.due
                one.end("cancelled", at)
            else:
                one.due, one.since, one.warned = due, at, 0
        if not self.running("promised_date"):
            self.start("promised_date", at, at).due = due

    def _pause(self, at: datetime) -> None:
        for one in self.running(*_PAUSES):
            late = one.name == "proposal" and at >= one.plan(at).warns[0]
            if one.state == "started" and not late:
                one.pauses.append([at, None])
                one.state = "paused"

    def contain(self, at: datetime) -> None:
        self.contained = True
        self._contained(at)

    def _contained(self, at: datetime) -> None:
        if self.contained and self.told_containment:
            self.stop("containment", at)

    def agree(self, at: datetime) -> None:
        """R-4 counts from the last measure."""
        self.measures.append(False)
        self.cancel(at, "not the last", "measures")

    def done(self, at: datetime) -> None:
        if False in self.measures:
            self.measures[self.measures.index(False)] = True
            if all(self.measures):
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
                theirs.time = mine.time
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
