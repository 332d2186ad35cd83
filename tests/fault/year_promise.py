"""One promise of the simulated year: when it is due, what was told of it, and how it ended."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from cases.calendar import Calendar
from cases.clocks import Plan, plan, promised
from cases.reckoning import Pause


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
    day: date | None = None  # that was promised
    tellings: list[tuple[str, datetime, datetime]] = field(default_factory=list)  # kind, due, at
    known: set[tuple[str, datetime, tuple[str, ...]]] = field(default_factory=set)

    def plan(self, now: datetime) -> Plan:
        """What is due and warned of, with the pauses; an open one ends now."""
        if not self.time:
            return promised(self.due, self.warns, self.started, self.calendar)
        given = [Pause(begin, end or now, "asked") for begin, end in self.pauses if begin]
        return plan(self.time, self.warns, self.started, self.calendar, given)

    def change(self, at: datetime) -> None:
        """It runs from here as it is now planned."""
        self.due, self.since = self.plan(at).due, at

    def reckon(self, at: datetime) -> None:
        """R-8, R-11: the same start, other terms. What is told already and has still come stays
        told; time stands still in a pause, and what comes after it has not come."""
        ended = [one for one in self.pauses if one[1] is not None]
        stood = next((one[0] for one in self.pauses if one[1] is None), None) or at
        self.pauses, every = ended, self.pauses
        found = self.plan(at)
        self.pauses, self.due, self.since = every, found.due, at
        self.warned = min(self.warned, sum(one <= stood for one in found.warns))

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
                comes = self.due
            else:
                return
            place = bisect_left(sweeps, max(comes, self.since))
            if place == len(sweeps) or sweeps[place] >= until:
                return
            now = sweeps[place]
            if now >= self.due:
                self._tell("escalation", "limit", now)
                self.breached, self.warned = self.due, len(found.warns)
            else:
                self.warned = sum(at <= now for at in found.warns)
                self._tell("warning", str(self.warned), now)

    def _tell(self, kind: str, which: str, at: datetime) -> None:
        """R-10: nobody is told the same thing twice; another due time is another thing."""
        about = (which, self.due, self.warns)
        if about not in self.known:
            self.known.add(about)
            self.tellings.append((kind, self.due, at))
