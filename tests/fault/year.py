"""A simulated year of cases: every warning and every escalation exactly once, and in time.

python -m tests.fault.year [--cases 5000] [--days 365] [--seed 1] [--database sqlite|postgres]

The clock jumps from event to event; the service's own functions are driven on a real database.
Customers write (T1 and T2 as from a mailbox), managers act, letters are accepted; the service is
away for minutes to days and comes back as a new process would, with nothing in memory. What should
have been told is worked out from the list of events alone, by `tests.fault.year_judge`, and every
case is rebuilt from its history.

What can happen to a case is one table, `tests.fault.year_acts.ACTS`; another kind of event is a
line in it, with what it does to the service and what it means for the promises of the case.
"""

from __future__ import annotations

import argparse
import heapq
import logging
import os
import sys
import tempfile
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

from service.measuring_time import strike_measures
from service.recounting import keep_reckoned
from service.striking import strike_due
from tests.fault.year_acts import ACTS
from tests.fault.year_desk import Desk
from tests.fault.year_judge import ANEW, Happened, judge
from tests.fault.year_plans import Planned, plan_case
from tests.fault.year_terms import plan_terms
from tests.servers.postgres import PrivatePostgres
from tests.shop import START

SWEEP: Final = timedelta(minutes=10)
# The real service sweeps every few seconds, so a step of ours is as many of its sweeps.
_SWEEPS_A_STEP: Final = 40
_TELL_EVERY: Final = 10.0
# New closure days, by days after the restart that knows of them.
_CLOSED: Final = (1, 2, 3)
# What is judged here is time, not durability: nothing waits for a disk.
_MEMORY: Final = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@dataclass
class Year:
    """What was played and what was found."""

    cases: int
    days: float
    seed: int
    acts: Counter[str] = field(default_factory=Counter)
    sweeps: int = 0
    away: list[tuple[datetime, datetime]] = field(default_factory=list)
    restarts: int = 0
    warnings: int = 0
    escalations: int = 0
    clocks: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        away = sum((end - begin for begin, end in self.away), timedelta())
        acts = ", ".join(f"{count} {name}" for name, count in sorted(self.acts.items()))
        return "\n".join(
            (
                f"{self.cases} cases in {self.days:g} days, seed {self.seed}: {acts}",
                f"{self.sweeps} sweeps, {len(self.away)} outages of {away} in all, "
                f"{self.restarts} restarts",
                f"{self.clocks} clocks, {self.warnings} warnings, {self.escalations} escalations, "
                f"all judged and all rebuilt in {self.seconds:.0f} s",
                f"{len(self.faults)} faults",
                *(f"FAULT {fault}" for fault in self.faults[:50]),
            )
        )


def run(
    folder: Path, url: str, *, cases: int, days: float = 365, seed: int = 1, tell: bool = False
) -> Year:
    """Play the year and judge it."""
    began = time.monotonic()
    dice = Random(seed)
    year = Year(cases, days, seed, away=outages(dice, days))
    with Desk.open(folder, url) as desk:
        log, sweeps = _Play(year, desk, _planned(desk, dice, cases, days), tell=tell).play()
        year.sweeps = len(sweeps)
        year.clocks, year.warnings, year.escalations = judge(desk, log, sweeps, year.faults)
    year.seconds = time.monotonic() - began
    return year


def outages(dice: Random, days: float) -> list[tuple[datetime, datetime]]:
    """When nothing runs: every nine days or so, for minutes, hours or days."""
    found = []
    at = START + timedelta(days=dice.uniform(1, 4))
    while at < START + timedelta(days=days):
        longest = dice.choice((0.5, 3, 8, 30, 80))
        end = at + timedelta(hours=dice.uniform(0.1, longest))
        found.append((at.replace(second=31), end.replace(second=31)))
        at = end + timedelta(days=dice.uniform(1, 17))
    return found


def _planned(desk: Desk, dice: Random, cases: int, days: float) -> list[Planned]:
    """Every event of every case, as it was meant; the last tenth of the time opens no case."""
    opened = sorted(dice.uniform(0, days * 0.9) for _ in range(cases))
    every, calendar = [], desk.w.calendar("default", START)
    for number, day in enumerate(opened):
        earlier = number - 1 - dice.randrange(min(number, 5)) if number else None
        at = START + timedelta(days=day)
        every += plan_case(dice, number, at, earlier)
        every += plan_terms(dice, f"case {number}", at, calendar)
    return every


class _Play:
    """The events in their order, with sweeps between them, and what is put off by outages."""

    def __init__(self, year: Year, desk: Desk, planned: Sequence[Planned], *, tell: bool) -> None:
        self.year, self.desk, self.tell = year, desk, tell
        self.end = START + timedelta(days=year.days)
        self.waiting = [(one.at, place, one) for place, one in enumerate(planned)]
        heapq.heapify(self.waiting)
        self.order = len(planned)
        self.sweeps: list[datetime] = []
        self.log: list[Happened] = []
        self.told = time.monotonic()
        self.today = START.date()

    def play(self) -> tuple[list[Happened], list[datetime]]:
        """Until the end of the year. What happened, and when clocks were looked at."""
        at = START
        while at < self.end:
            self._acts_until(at)
            self._sweep(at)
            at += SWEEP
            if self.tell and time.monotonic() - self.told > _TELL_EVERY:
                self.told = time.monotonic()
                _say(f"{at:%Y-%m-%d}, {sum(self.year.acts.values())} events")
        return self.log, self.sweeps

    def _acts_until(self, at: datetime) -> None:
        while self.waiting and self.waiting[0][0] < at:
            when, _, one = heapq.heappop(self.waiting)
            if back := self._away_until(when):
                # It is done, in the same order, when the service is there again.
                self.order += 1
                again = back + timedelta(microseconds=self.order)
                heapq.heappush(self.waiting, (again, self.order, one))
                continue
            self._back(when)
            self.desk.clock.now = when
            ACTS[one.act].do(self.desk, one)
            self.year.acts[one.act] += 1
            self.log.append(Happened(when, one))

    def _away_until(self, at: datetime) -> datetime | None:
        place = bisect_right(self.year.away, (at, self.end + timedelta(days=999))) - 1
        if place >= 0 and at < self.year.away[place][1]:
            return self.year.away[place][1]
        return None

    def _back(self, at: datetime) -> None:
        """After an outage another process serves: it knows only what the database tells."""
        gone = bisect_right(self.year.away, (at, at))
        if gone > self.year.restarts:
            self.desk.clock.now = at
            half = (len(self.year.away) + 1) // 2
            if self.year.restarts < half <= gone:
                # the configuration has closure days that it had not, soon after.
                self.desk.close_on(at.date() + timedelta(days=one) for one in _CLOSED)
                self._anew(at)
            self.year.restarts = gone
            self.desk.restart()

    def _anew(self, at: datetime) -> None:
        """Whatever runs is reckoned anew: as of a moment in which nothing is swept."""
        about = {"calendars": len(self.desk.calendars) - 1}
        self.log.append(Happened(at, Planned(at, "", ANEW, about)))

    def _sweep(self, at: datetime) -> None:
        if self._away_until(at):
            return
        self._back(at)
        self.desk.clock.now = at
        if at.date() != self.today:
            if at.year != self.today.year:  # other years are looked at
                self._anew(at)
            self.today = at.date()
            keep_reckoned(self.desk.w)
        self.sweeps.append(at)
        for _ in range(_SWEEPS_A_STEP):
            if not strike_due(self.desk.w) + strike_measures(self.desk.w):
                return
        self.year.faults.append(f"{at}: clocks strike and strike")


@contextmanager
def database(kind: str) -> Iterator[tuple[Path, str]]:
    """A folder and an empty database, thrown away afterwards."""
    with tempfile.TemporaryDirectory(prefix="amends-year-", dir=_MEMORY) as folder:
        if kind == "sqlite":
            yield Path(folder), f"sqlite:///{folder}/amends.sqlite"
            return
        with PrivatePostgres() as server, server.fresh_database() as url:
            yield Path(folder), url


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def main(arguments: Sequence[str]) -> int:
    """Play the year and print it. 1 when anything was told wrongly."""
    parser = argparse.ArgumentParser(prog="./run fault year")
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--days", type=float, default=365)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    given = parser.parse_args(arguments)
    logging.disable(logging.WARNING)  # every warning of a clock is a line
    with database(given.database) as (folder, url):
        year = run(folder, url, cases=given.cases, days=given.days, seed=given.seed, tell=True)
    sys.stdout.write(f"{year}\n{given.database}\n")
    return 1 if year.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
